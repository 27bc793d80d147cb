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
  size_t missing; /* how many are '-' */
  size_t added;   /* how many are '+' */
} harness__alignment_t;

/* Aligns the two. What they have in common at both ends is found in linear time; between, the longest common
 * subsequence where that is cheap, else everything counts as different. False when memory is exhausted. */
bool harness__align(const harness__transcript_t *expected, const harness__transcript_t *actual,
                    harness__alignment_t *alignment);

#endif
