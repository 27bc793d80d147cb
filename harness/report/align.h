/* SPDX-License-Identifier: MIT */
/* Private: which events of two transcripts correspond to each other. */
#ifndef HARNESS_REPORT_ALIGN_H
#define HARNESS_REPORT_ALIGN_H

#include "record/transcript.h"

typedef struct harness__step {
  char sign; /* ' ' in both, '-' expected only, '+' actual only */
  size_t expected;
  size_t actual;
} harness__step_t;

typedef struct harness__alignment {
  harness__step_t *steps; /* freed with free() */
  size_t count;
  size_t missing;  /* how many are '-' */
  size_t added;    /* how many are '+' */
  size_t compared; /* how many pairs of events were looked at, which is what an alignment costs */
} harness__alignment_t;

/* Aligns the two, in a time that is linear in the number of events. What they have in common at both ends is
 * found first; between, the longest common subsequence where that is cheap, else what is there once on both
 * sides and a window that moves along (report/matching.h): then more may count as different than need be.
 * False when memory is exhausted. */
bool harness__align(const harness__transcript_t *expected, const harness__transcript_t *actual,
                    harness__alignment_t *alignment);

#endif
