/* SPDX-License-Identifier: MIT */
#include "report/picture/picture.h"

#include <string.h>

#include "base/columns.h"
#include "base/text.h"
#include "report/picture/wrap.h"

enum { LEAST_ROOM = 8, NUMBER_WIDTH = 8, MARGIN_ABOVE = 3, MARGIN_BELOW = 24 };

/* The fewer columns, the more characters each may have. */
static size_t most_room(size_t columns) {
  return columns <= 2 ? 48 : columns == 3 ? 34 : columns <= 5 ? 29 : 25;
}

/* 12 px of a monospaced font: 7.25 px, a little more than any usual one takes. */
size_t harness__picture_text_width(size_t columns) {
  return (columns * 29 + 3) / 4;
}

size_t harness__picture_card_height(size_t lines) {
  return (lines > 1 ? lines : 1) * HARNESS__PICTURE_LINE + 11;
}

size_t harness__picture_middle(const harness__picture_t *picture, size_t column) {
  return picture->lefts[column] + picture->widths[column] / 2;
}

bool harness__picture_has_band(const harness__picture_t *picture, size_t item) {
  const harness__item_t *items = picture->diagram->items;

  return items[item].entry->at_ms != (item > 0 ? items[item - 1].entry->at_ms : 0);
}

static size_t name_columns(const char *name) {
  harness__buffer_t text = {0};
  size_t columns = 0;

  harness__text_escape(&text, name, strlen(name), '\0');
  if (text.text != NULL)
    columns = harness__columns(text.text, text.length);
  harness__buffer_free(&text);
  return columns;
}

static size_t digits(size_t number) {
  size_t count = 1;

  for (; number > 9; number /= 10)
    count++;
  return count;
}

/* How wide each column is: as wide as its widest card or its name. */
static bool set_widths(harness__picture_t *picture) {
  const harness__diagram_t *diagram = picture->diagram;
  size_t most = most_room(diagram->column_count);
  harness__card_t card = {0};
  bool failed;

  for (size_t i = 0; i < diagram->count; i++) {
    size_t column = diagram->items[i].column;
    if (picture->room[column] >= most)
      continue;
    harness__card_make(&card, diagram, i, most);
    if (card.text.failed)
      break;
    picture->room[column] = card.columns > picture->room[column] ? card.columns : picture->room[column];
  }
  for (size_t i = 0; i < diagram->column_count && !card.text.failed; i++) {
    bool has_cards = picture->room[i] > 0;
    size_t name = name_columns(diagram->columns[i].name) + 4;
    size_t name_width;
    picture->room[i] = picture->room[i] > LEAST_ROOM ? picture->room[i] : LEAST_ROOM;
    picture->widths[i] = harness__picture_text_width(has_cards ? picture->room[i] + 1 : LEAST_ROOM) +
                         (has_cards ? picture->kind : 0) + (size_t)2 * HARNESS__PICTURE_PAD;
    name_width = harness__picture_text_width(name < most ? name : most);
    if (name_width > picture->widths[i])
      picture->widths[i] = name_width;
  }
  failed = card.text.failed;
  harness__buffer_free(&card.text);
  return !failed;
}

static void set_lefts(harness__picture_t *picture) {
  size_t at = picture->left;

  for (size_t i = 0; i < picture->diagram->column_count; i++) {
    picture->lefts[i] = at;
    at += picture->widths[i] + HARNESS__PICTURE_GUTTER;
  }
  picture->width = at - (at > picture->left ? HARNESS__PICTURE_GUTTER : 0) + HARNESS__PICTURE_MARGIN;
}

static bool set_tops(harness__picture_t *picture) {
  const harness__diagram_t *diagram = picture->diagram;
  harness__card_t card = {0};
  size_t bottom = MARGIN_ABOVE;
  bool failed;

  for (size_t i = 0; i < diagram->count && !card.text.failed; i++) {
    const harness__item_t *item = &diagram->items[i];
    size_t height;
    if (!item->is_paired) {
      picture->tops[item->row] = bottom + (harness__picture_has_band(picture, i) ? HARNESS__PICTURE_BAND : 0);
      bottom = 0;
    }
    harness__card_make(&card, diagram, i, picture->room[item->column]);
    height = picture->tops[item->row] + harness__picture_card_height(card.count) + HARNESS__PICTURE_GAP;
    bottom = height > bottom ? height : bottom;
  }
  picture->height = bottom + MARGIN_BELOW;
  failed = card.text.failed;
  harness__buffer_free(&card.text);
  return !failed;
}

bool harness__picture_make(harness__picture_t *picture, harness__diagram_t *diagram, const char *expected,
                           const char *actual) {
  size_t columns = diagram->column_count;

  *picture = (harness__picture_t){.diagram = diagram, .names = {expected, actual}};
  picture->kind = expected != NULL ? 88 : 64;
  picture->left = HARNESS__PICTURE_MARGIN +
                  (digits(diagram->count) * 2 + 1 + (expected != NULL ? 2 : 0)) * NUMBER_WIDTH +
                  HARNESS__PICTURE_MARGIN;
  picture->lefts = harness__diagram_array(diagram, columns, sizeof *picture->lefts);
  picture->widths = harness__diagram_array(diagram, columns, sizeof *picture->widths);
  picture->room = harness__diagram_array(diagram, columns, sizeof *picture->room);
  picture->tops = harness__diagram_array(diagram, diagram->row_count, sizeof *picture->tops);
  if (picture->lefts == NULL || picture->widths == NULL || picture->room == NULL || picture->tops == NULL ||
      !set_widths(picture))
    return false;
  set_lefts(picture);
  return set_tops(picture);
}
