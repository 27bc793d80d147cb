/* SPDX-License-Identifier: MIT */
/* Private: two transcripts row by row: what is the same, what has changed, what only one of them has. */
#ifndef HARNESS_REPORT_COMPARED_ROWS_H
#define HARNESS_REPORT_COMPARED_ROWS_H

#include "record/compare.h"
#include "record/transcript.h"

enum {
  HARNESS__ROW_SAME = ' ',
  HARNESS__ROW_CHANGED = '|',
  HARNESS__ROW_LEFT = '<',
  HARNESS__ROW_RIGHT = '>'
};

typedef struct harness__row {
  char kind;
  size_t events[2];                 /* left and right, from 0, as far as the row has them */
  harness__field_t field;           /* changed: the first field that differs */
  harness__divergence_t divergence; /* changed: where in it */
} harness__row_t;

typedef struct harness__rows {
  harness__row_t *rows;
  size_t count;
  size_t changed; /* how many of each kind */
  size_t left;
  size_t right;
} harness__rows_t;

/* Puts the two side by side. Of what differs in one place, events of the same lane and kind are taken for one
 * that has changed. Linear but for the alignment (report/align.h). False when memory is exhausted; else *rows
 * is freed with harness__rows_free. */
bool harness__rows_make(harness__rows_t *rows, const harness__transcript_t *left,
                        const harness__transcript_t *right);

/* From row at on: where the next hunk begins and ends. A hunk is what differs, with at most that many rows
 * around it that are the same; what differs less than twice as far apart is one hunk. False where there is
 * none. */
bool harness__rows_hunk(const harness__rows_t *rows, size_t at, size_t context, size_t *begin, size_t *end);

void harness__rows_free(harness__rows_t *rows);

#endif
