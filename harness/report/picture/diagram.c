/* SPDX-License-Identifier: MIT */
/*
 * Time goes down. Each event has a row to itself, so that the order of the picture is the order of the
 * transcript; only what arrives at once, as the very next event, shares the row of its departure: then the
 * two are one level arrow, as in a drawing by hand. All other arrows fall from the row of one event to that
 * of the other, as time passes on the way.
 *
 * Two transcripts are laid upon each other along their alignment. Within a stretch that differs, an expected
 * event and an actual one of the same lane and kind are one that changed.
 */
#include "report/picture/diagram.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "record/compare.h"
#include "report/align.h"
#include "report/picture/diagram_columns.h"
#include "report/picture/match.h"

/* How far the other side of a changed event is looked for: the cost of a long stretch stays linear. */
enum { LOOK_AHEAD = 32 };

void *harness__diagram_array(harness__diagram_t *diagram, size_t count, size_t size) {
  void *array;

  if (count >= SIZE_MAX / size)
    return NULL;
  array = harness__arena_alloc(&diagram->arena, (count + 1) * size);
  if (array != NULL)
    memset(array, 0, (count + 1) * size);
  return array;
}

static void add_item(harness__diagram_t *diagram, char sign, size_t expected, size_t actual) {
  harness__item_t *item = &diagram->items[diagram->count++];

  item->sign = sign;
  item->peer = HARNESS__NONE;
  item->cause = HARNESS__NONE;
  item->number = (sign == '-' ? expected : actual) + 1;
  item->entry = &diagram->sides[sign != '-']->entries[item->number - 1];
  if (sign != '+' && sign != '-' && diagram->sides[0] != NULL)
    item->expected = &diagram->sides[0]->entries[expected];
  diagram->changes += sign != ' ';
}

/* The expected and the actual events of a stretch that differs, each in their order. */
typedef struct stretch {
  size_t expected;
  size_t expected_end;
  size_t actual;
  size_t actual_end;
} stretch_t;

static bool is_changed(const harness__diagram_t *diagram, size_t expected, size_t actual) {
  const harness__entry_t *one = &diagram->sides[0]->entries[expected];
  const harness__entry_t *other = &diagram->sides[1]->entries[actual];

  return one->kind == other->kind &&
         strcmp(diagram->sides[0]->lanes[one->lane], diagram->sides[1]->lanes[other->lane]) == 0;
}

static void add_stretch(harness__diagram_t *diagram, stretch_t stretch) {
  while (stretch.expected < stretch.expected_end) {
    size_t found = stretch.actual;
    size_t last = stretch.actual_end - stretch.actual < LOOK_AHEAD ? stretch.actual_end : found + LOOK_AHEAD;
    while (found < last && !is_changed(diagram, stretch.expected, found))
      found++;
    if (found == last) {
      add_item(diagram, '-', stretch.expected++, 0);
      continue;
    }
    while (stretch.actual < found)
      add_item(diagram, '+', 0, stretch.actual++);
    add_item(diagram, '~', stretch.expected++, stretch.actual++);
  }
  while (stretch.actual < stretch.actual_end)
    add_item(diagram, '+', 0, stretch.actual++);
}

static bool add_aligned(harness__diagram_t *diagram) {
  harness__alignment_t alignment;
  stretch_t stretch = {0};

  if (!harness__align(diagram->sides[0], diagram->sides[1], &alignment))
    return false;
  for (size_t i = 0; i < alignment.count; i++) {
    const harness__step_t *step = &alignment.steps[i];
    stretch.expected_end += step->sign == '-';
    stretch.actual_end += step->sign == '+';
    if (step->sign != ' ')
      continue;
    add_stretch(diagram, stretch);
    add_item(diagram, ' ', step->expected, step->actual);
    stretch = (stretch_t){step->expected + 1, step->expected + 1, step->actual + 1, step->actual + 1};
  }
  add_stretch(diagram, stretch);
  free(alignment.steps);
  return true;
}

static bool add_items(harness__diagram_t *diagram) {
  size_t most = diagram->sides[1]->count + (diagram->sides[0] != NULL ? diagram->sides[0]->count : 0);

  diagram->items = harness__diagram_array(diagram, most, sizeof *diagram->items);
  if (diagram->items == NULL)
    return false;
  if (diagram->sides[0] != NULL)
    return add_aligned(diagram);
  for (size_t i = 0; i < diagram->sides[1]->count; i++)
    add_item(diagram, ' ', 0, i);
  return true;
}

/* A lane's column, by side and number of the lane. */
static bool set_columns(harness__diagram_t *diagram) {
  size_t *columns[2] = {NULL, NULL};

  for (int side = 0; side < 2; side++) {
    const harness__transcript_t *transcript = diagram->sides[side];
    size_t count = transcript != NULL ? transcript->lane_count : 0;
    columns[side] = harness__diagram_array(diagram, count, sizeof *columns[side]);
    if (columns[side] == NULL)
      return false;
    for (size_t i = 0; i < count; i++)
      columns[side][i] = harness__diagram_find(diagram, transcript->lanes[i]);
  }
  for (size_t i = 0; i < diagram->count; i++) {
    harness__item_t *item = &diagram->items[i];
    bool arrives;
    item->column = columns[item->sign != '-'][item->entry->lane];
    if (harness__entry_message(item->entry, &arrives) != HARNESS__MESSAGE_NONE)
      diagram->columns[item->column].talks = true;
  }
  return true;
}

static bool can_pair(const harness__item_t *one, const harness__item_t *other) {
  bool both = (one->sign == ' ' || one->sign == '~') && (other->sign == ' ' || other->sign == '~');

  return (both || one->sign == other->sign) && one->entry->at_ms == other->entry->at_ms;
}

static void count_arrows(harness__diagram_t *diagram) {
  for (size_t i = 0; i < diagram->arrow_count; i++) {
    const harness__arrow_t *arrow = &diagram->arrows[i];
    if (arrow->from != HARNESS__NONE)
      diagram->items[arrow->from].effects++;
    if (arrow->to == HARNESS__NONE)
      continue;
    if (diagram->items[arrow->to].causes++ == 0)
      diagram->items[arrow->to].cause = arrow->from;
  }
}

static void set_rows(harness__diagram_t *diagram) {
  for (size_t i = 0; i < diagram->count; i++) {
    harness__item_t *item = &diagram->items[i];
    item->is_paired = i > 0 && item->causes == 1 && item->cause == i - 1 && item->effects == 0 &&
                      item[-1].effects == 1 && item[-1].causes == 0 && can_pair(&item[-1], item);
    diagram->row_count += !item->is_paired;
    item->row = diagram->row_count - 1;
  }
}

void harness__item_remark(harness__buffer_t *out, const harness__diagram_t *diagram, size_t item) {
  const harness__item_t *own = &diagram->items[item];
  bool is_part = own->entry->kind == HARNESS__EVENT_SEND && own->entry->to == NULL && own->delivered > 0 &&
                 own->delivered < own->entry->data.bytes;

  if (own->lost)
    harness__buffer_string(out, "never received");
  else if (is_part)
    harness__buffer_printf(out, "%" PRIu64 " of %" PRIu64 " bytes received", own->delivered,
                           own->entry->data.bytes);
}

bool harness__item_repeats(const harness__diagram_t *diagram, size_t item) {
  const harness__item_t *own = &diagram->items[item];

  return own->is_paired && own->sign != '~' && own[-1].sign != '~' &&
         own->entry->kind == HARNESS__EVENT_RECEIVE && own->entry->data.bytes > 0 &&
         own[-1].entry->data.pattern == NULL && harness__data_equal(&own->entry->data, &own[-1].entry->data);
}

bool harness__diagram_make(harness__diagram_t *diagram, const harness__transcript_t *expected,
                           const harness__transcript_t *actual) {
  *diagram = (harness__diagram_t){.sides = {expected, actual}};
  if (!harness__diagram_parties(diagram) || !add_items(diagram) || !set_columns(diagram) ||
      !harness__diagram_match(diagram))
    return false;
  count_arrows(diagram);
  set_rows(diagram);
  return true;
}

void harness__diagram_free(harness__diagram_t *diagram) {
  harness__arena_free(&diagram->arena);
  *diagram = (harness__diagram_t){0};
}
