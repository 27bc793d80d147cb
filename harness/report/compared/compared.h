/* SPDX-License-Identifier: MIT */
/*
 * Private: two transcripts compared for a person at a terminal: all that differs, as wide as the terminal, in
 * colour where it has some. (What a failed test says of the first difference is in report/difference.h.)
 *
 *   - hello.json
 *   + hello.new.json
 *
 *       3  client    send     'Hello World!'
 *   -   4  server/1  receive  'Hello World!'
 *                                    ^^^^^
 *   +   4  server/1  receive  'Hello Mars!'
 *                                    ^^^^
 *          data, from byte 6 on: 12 bytes, now 11
 *       5  server/1  close
 *
 *   1 changed
 */
#ifndef HARNESS_REPORT_COMPARED_COMPARED_H
#define HARNESS_REPORT_COMPARED_COMPARED_H

#include "base/buffer.h"
#include "report/compared/rows.h"

enum { HARNESS__WIDTH_LEAST = 40, HARNESS__WIDTH = 80, HARNESS__WIDTH_MOST = 1000, HARNESS__CONTEXT = 3 };

/* How it is to look. */
typedef struct harness__look {
  size_t width;      /* columns, from HARNESS__WIDTH_LEAST on; only the two names at the top may be wider */
  size_t context;    /* how many equal events are shown around what differs */
  bool color;        /* marks what differs by ECMA-48's colours, else by carets below */
  bool side_by_side; /* in two columns, else one above the other */
} harness__look_t;

/* The text, which the caller frees; NULL when memory is exhausted. It is empty where the two are equal. */
char *harness__compared(const harness__look_t *look, const harness__transcript_t *left, const char *left_name,
                        const harness__transcript_t *right, const char *right_name);

/* The rest is for unified.c and side_by_side.c. */
typedef struct harness__compared {
  const harness__look_t *look;
  const harness__transcript_t *sides[2];
  const char *names[2];
  harness__rows_t rows;
  size_t number_width;
  size_t lane_width;
  harness__buffer_t out;
} harness__compared_t;

/* Adds to each buffer one side of a row, in at most width columns: number, lane, event, payload. Of a changed
 * one, with marks (report/paint.h); of a side that the row does not have, nothing. */
void harness__compared_cells(const harness__compared_t *compared, const harness__row_t *row, size_t width,
                             harness__buffer_t cells[2]);

/* Adds a line that says what there is to say of a row, behind that many spaces: where a changed one differs,
 * where one that has only moved is on the other side. Nothing where there is nothing. */
void harness__compared_words(harness__compared_t *compared, const harness__row_t *row, size_t indent);

/* Adds all hunks row by row, and what is left out between them. */
void harness__compared_hunks(harness__compared_t *compared,
                             void (*add_row)(harness__compared_t *compared, const harness__row_t *row));

/* Add header and all hunks. */
void harness__unified(harness__compared_t *compared);
void harness__side_by_side(harness__compared_t *compared);

#endif
