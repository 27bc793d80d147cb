/* SPDX-License-Identifier: MIT */
/* Private: what stands on the card of an event. */
#ifndef HARNESS_REPORT_PICTURE_CARD_H
#define HARNESS_REPORT_PICTURE_CARD_H

#include "report/picture/diagram.h"

enum { HARNESS__CARD_LINES = 8 };

typedef struct harness__line {
  char sign; /* ' ', '-' and '+' before and after a change, '!' a remark */
  size_t start;
  size_t size;
  bool is_begun; /* an ellipsis stands before */
  bool is_cut;   /* and one follows */
} harness__line_t;

typedef struct harness__card {
  harness__buffer_t text; /* escaped for people, of all lines */
  harness__line_t lines[HARNESS__CARD_LINES];
  size_t count;
  size_t columns; /* of the widest */
} harness__card_t;

/* Sets the lines of an item's card, each at most width columns wide. *card is zeroed, or from an earlier
 * call, whose memory is used again; text is freed with harness__buffer_free. */
void harness__card_make(harness__card_t *card, const harness__diagram_t *diagram, size_t item, size_t width);

#endif
