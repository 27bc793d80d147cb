/* SPDX-License-Identifier: MIT */
/* Private: a transcript as people read it, one event a line. Nothing that comes from data, logs or names is
 * printed raw: control characters are escaped. */
#ifndef HARNESS_REPORT_TEXT_H
#define HARNESS_REPORT_TEXT_H

#include "base/buffer.h"
#include "record/transcript.h"

/* How many columns the longest name of a lane takes, within reason. */
size_t harness__report_lane_width(const harness__transcript_t *transcript);

/* Adds an event: its lane padded to lane_width columns, its name, what it holds. No newline. */
void harness__report_entry(harness__buffer_t *out, const char *lane, size_t lane_width,
                           const harness__entry_t *entry);

/* The whole transcript; the caller frees it. NULL when memory is exhausted. */
char *harness__report_text(const harness__transcript_t *transcript);

#endif
