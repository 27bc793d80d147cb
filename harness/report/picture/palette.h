/* SPDX-License-Identifier: MIT */
/* Private: the colours of pictures, for light and dark. */
#ifndef HARNESS_REPORT_PICTURE_PALETTE_H
#define HARNESS_REPORT_PICTURE_PALETTE_H

#include "base/buffer.h"

typedef enum harness__colour {
  HARNESS__COLOUR_PAGE,
  HARNESS__COLOUR_TEXT,
  HARNESS__COLOUR_DIM,
  HARNESS__COLOUR_RULE,
  HARNESS__COLOUR_LIFELINE,
  HARNESS__COLOUR_ARROW,
  HARNESS__COLOUR_LINK,
  HARNESS__COLOUR_CARD,
  HARNESS__COLOUR_CARD_EDGE,
  HARNESS__COLOUR_CARD_TEXT,
  HARNESS__COLOUR_CARD_KIND,
  HARNESS__COLOUR_CARD_DIM,
  HARNESS__COLOUR_CARD_BAD,
  HARNESS__COLOUR_HEAD,
  HARNESS__COLOUR_HEAD_TEXT,
  HARNESS__COLOUR_LOG,
  HARNESS__COLOUR_LOG_TEXT,
  HARNESS__COLOUR_MINUS,
  HARNESS__COLOUR_MINUS_EDGE,
  HARNESS__COLOUR_MINUS_TEXT,
  HARNESS__COLOUR_PLUS,
  HARNESS__COLOUR_PLUS_EDGE,
  HARNESS__COLOUR_PLUS_TEXT,
  HARNESS__COLOUR_CHANGE,
  HARNESS__COLOUR_CHANGE_EDGE,
  HARNESS__COLOUR_CHANGE_TEXT,
  HARNESS__COLOURS
} harness__colour_t;

typedef struct harness__paint {
  const char *light; /* "#rrggbb" */
  const char *dark;
  harness__colour_t on; /* what it is drawn on */
  double contrast;      /* with that it has at least this: 4.5 for text, 3 for lines, 0 for no matter */
} harness__paint_t;

extern const harness__paint_t harness__palette[HARNESS__COLOURS];

typedef struct harness__rule {
  const char *selector;
  const char *property;
  harness__colour_t colour;
} harness__rule_t;

/* Adds the rules as CSS: in light colours, then in dark ones for screens of people who want them. */
void harness__palette_css(harness__buffer_t *out, const harness__rule_t *rules, size_t count);

#endif
