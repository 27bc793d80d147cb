/* SPDX-License-Identifier: MIT */
/*
 * Private: where everything in a picture of a diagram stands, in pixels.
 *
 *   | number |  card of column 0  | gutter |  card of column 1  | …
 *
 * Columns are as wide as what stands in them asks for, within limits that depend on how many there are. Text
 * is monospaced, so that its width is known without a font.
 */
#ifndef HARNESS_REPORT_PICTURE_PICTURE_H
#define HARNESS_REPORT_PICTURE_PICTURE_H

#include "report/picture/card.h"
#include "report/picture/diagram.h"

enum {
  HARNESS__PICTURE_MARGIN = 16,
  HARNESS__PICTURE_GUTTER = 64,
  HARNESS__PICTURE_PAD = 10, /* left and right in a card */
  HARNESS__PICTURE_LINE = 17,
  HARNESS__PICTURE_BASE = 18,  /* from the top of a card to its first base line */
  HARNESS__PICTURE_LEVEL = 14, /* and to where arrows meet it */
  HARNESS__PICTURE_GAP = 10,   /* between rows */
  HARNESS__PICTURE_BAND = 26,  /* where time passes */
  HARNESS__PICTURE_HEAD = 34,
  HARNESS__PICTURE_HEADS = 64 /* the heads with their margins */
};

typedef struct harness__picture {
  harness__diagram_t *diagram;
  const char *names[2]; /* of the transcripts: expected (NULL where there is one), actual */
  size_t kind;          /* how wide the names of events are */
  size_t left;          /* of the first column */
  size_t *lefts;        /* of columns */
  size_t *widths;
  size_t *room;  /* characters in a card of the column */
  size_t *tops;  /* of rows, from the top of the body */
  size_t width;  /* of all */
  size_t height; /* of the body, without the heads */
} harness__picture_t;

/* Places everything; arrays are in the diagram's arena. False when memory is exhausted. */
bool harness__picture_make(harness__picture_t *picture, harness__diagram_t *diagram, const char *expected,
                           const char *actual);

/* How wide so many characters are. */
size_t harness__picture_text_width(size_t columns);

/* How high a card of so many lines is. */
size_t harness__picture_card_height(size_t lines);

/* The middle of a column. */
size_t harness__picture_middle(const harness__picture_t *picture, size_t column);

/* Whether time has passed before an item's row. */
bool harness__picture_has_band(const harness__picture_t *picture, size_t item);

#endif
