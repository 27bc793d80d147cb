/* SPDX-License-Identifier: MIT */
/*
 * Private to the alignment: the events of two transcripts on their way to being paired. align.c begins and
 * ends, anchors.c divides what is too long, window.c pairs what is short.
 */
#ifndef HARNESS_REPORT_MATCHING_H
#define HARNESS_REPORT_MATCHING_H

#include "record/transcript.h"

/* A stretch as long as this times this is paired as a whole. */
enum { HARNESS__WINDOW = 512 };

typedef struct harness__item {
  size_t index;  /* of the event */
  uint64_t hash; /* harness__entry_hash */
} harness__item_t;

typedef struct harness__stretch {
  harness__item_t *expected;
  size_t expected_count;
  harness__item_t *actual;
  size_t actual_count;
} harness__stretch_t;

typedef struct harness__matching {
  const harness__transcript_t *expected;
  const harness__transcript_t *actual;
  size_t *mates;     /* of each expected event: the index of the actual one plus 1, 0 for none */
  unsigned *lengths; /* window.c's table; NULL until it is needed */
  size_t compared;   /* how many pairs of events were looked at */
} harness__matching_t;

bool harness__matching_same(harness__matching_t *matching, const harness__item_t *expected,
                            const harness__item_t *actual);

/* Whether both sides fit into one window. */
bool harness__stretch_fits(const harness__stretch_t *stretch);

/* Pairs the events of a stretch: as many as possible where it fits, else as a window shows that moves
 * along. False when memory is exhausted. */
bool harness__stretch_fill(harness__matching_t *matching, harness__stretch_t stretch);

/* The same for long ones: leaves out what has no equal on the other side, pairs what is there once on each,
 * and fills what is left between. Changes the arrays. */
bool harness__stretch_divide(harness__matching_t *matching, harness__stretch_t stretch);

#endif
