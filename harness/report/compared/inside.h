/* SPDX-License-Identifier: MIT */
/* Private: what differs within one event that has changed. */
#ifndef HARNESS_REPORT_COMPARED_INSIDE_H
#define HARNESS_REPORT_COMPARED_INSIDE_H

#include "base/buffer.h"
#include "record/compare.h"
#include "record/transcript.h"

/*
 * Adds the payloads of two events of one kind, each to its buffer, in at most width columns, with marks
 * (report/paint.h) around the bytes that differ. Data is text where both sides are, else "hex 00 ff"; both
 * sides begin at the same byte, so that what differs is within the width and stands one above the other.
 *
 * Data of one length on both sides is compared byte by byte; else what differs is all from the first byte
 * that does to the last. A character is marked as a whole.
 */
void harness__inside(harness__buffer_t out[2], const harness__entry_t *left, const harness__entry_t *right,
                     size_t width);

/* Adds in words where that differs: "data, from byte 6 on: 12 bytes, now 11". field and divergence are those
 * of harness__entry_compare. */
void harness__inside_words(harness__buffer_t *out, const harness__entry_t *left,
                           const harness__entry_t *right, harness__field_t field,
                           const harness__divergence_t *divergence);

#endif
