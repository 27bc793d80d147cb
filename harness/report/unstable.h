/* SPDX-License-Identifier: MIT */
/* Private: whether another run gave the same transcript, and if not, what a person has to know. */
#ifndef HARNESS_REPORT_UNSTABLE_H
#define HARNESS_REPORT_UNSTABLE_H

#include "base/buffer.h"

/* Whether the transcripts, as JSON text, are the same to the byte; where up_to_cutting is set, up to the
 * cutting of reads (harness__transcript_same_streams). Else the difference is added to out, with a way to
 * mend it; again_name is what it calls the later run. */
bool harness__is_stable(harness__buffer_t *out, const char *first, const char *again, const char *again_name,
                        bool up_to_cutting);

/* Adds the last lines of what a program printed, indented and safe to print. */
void harness__report_output(harness__buffer_t *out, const char *text, size_t size);

#endif
