/* SPDX-License-Identifier: MIT */
/* Private: a new transcript with the patterns of the old fixture. */
#ifndef HARNESS_REPORT_KEEP_H
#define HARNESS_REPORT_KEEP_H

#include "record/transcript.h"

/* The actual events, each with the pattern of the expected event that it corresponds to, where that matches
 * it: so accepting a change loses no pattern that still holds. It points into both, which must outlive it;
 * freed with harness__transcript_free. NULL when memory is exhausted. */
harness__transcript_t *harness__keep_patterns(const harness__transcript_t *expected,
                                              const harness__transcript_t *actual);

#endif
