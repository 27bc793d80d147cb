/* SPDX-License-Identifier: MIT */
/* Private: lists of changes to the cutting of a run, made, and told to people. */
#ifndef HARNESS_WORLD_CUTS_H
#define HARNESS_WORLD_CUTS_H

#include "base/buffer.h"
#include "network/plan.h"
#include "record/transcript.h"

/* Ascending by offset, then by direction. */
typedef struct harness__cuts {
  harness__edit_t *edits; /* freed with free() */
  size_t count;
} harness__cuts_t;

/* One cut in each place within a write, at most `most`; where there are more, those nearest to the writes'
 * ends first. False when memory is exhausted. */
bool harness__cuts_everywhere(const harness__plan_t *plan, size_t most, harness__cuts_t *cuts);

/* What a run was cut otherwise than as written. False when memory is exhausted. */
bool harness__cuts_made(const harness__plan_t *plan, harness__cuts_t *cuts);

/* Adds where they are: "after byte 7 of what server/1 writes to client: 'Hello A' | 'nn\n'"; of more than
 * one, each on a line, with what it is. The bytes are those of the transcript. */
void harness__cuts_describe(harness__buffer_t *out, const harness__edit_t *edits, size_t count,
                            const harness__transcript_t *whole);

#endif
