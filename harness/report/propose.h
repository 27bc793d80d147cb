/* SPDX-License-Identifier: MIT */
/* Private: two runs of one test differ in a value; what would make them the same? */
#ifndef HARNESS_REPORT_PROPOSE_H
#define HARNESS_REPORT_PROPOSE_H

#include "base/buffer.h"
#include "record/transcript.h"

/* Adds what varies between two transcripts that are not the same, and what to do about it: a call of
 * harness_placeholder with an expression that both values match, where a value varies, else what the
 * difference points to. Values are looked for where the two first differ. */
void harness__propose(harness__buffer_t *out, const harness__transcript_t *a, const harness__transcript_t *b);

#endif
