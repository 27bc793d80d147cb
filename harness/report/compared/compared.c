/* SPDX-License-Identifier: MIT */
#include "report/compared/compared.h"

#include <stdlib.h>
#include <string.h>

#include "base/columns.h"
#include "base/text.h"
#include "report/compared/inside.h"
#include "report/text.h"

/* What a payload gets at least, and how many events are looked through for one that has moved. */
enum { LEAST_PAYLOAD = 8, MOST_MOVED = 256 * 256 };

static void add_head(const harness__compared_t *compared, size_t side, size_t event, harness__buffer_t *out) {
  const harness__transcript_t *transcript = compared->sides[side];
  const harness__entry_t *entry = &transcript->entries[event];
  const char *lane = transcript->lanes[entry->lane];
  harness__buffer_t name = {0};
  size_t before;

  harness__buffer_printf(out, "%*zu  ", (int)compared->number_width, event + 1);
  before = out->length;
  harness__text_escape(&name, lane, strlen(lane), '\0');
  if (name.text != NULL)
    harness__columns_cut(out, name.text, name.length, compared->lane_width);
  if (!out->failed)
    harness__columns_pad(out, harness__columns(out->text + before, out->length - before),
                         compared->lane_width + 2);
  harness__report_head(out, NULL, 0, entry);
  out->failed = out->failed || name.failed;
  harness__buffer_free(&name);
}

/* Adds a line that was put together, cut where it is too wide, and frees it. */
static void add_cut(harness__buffer_t *out, harness__buffer_t *line, size_t width) {
  if (line->text != NULL)
    harness__columns_cut(out, line->text, line->length, width);
  out->failed = out->failed || line->failed;
  harness__buffer_free(line);
}

static void add_changed(const harness__compared_t *compared, const harness__row_t *row, size_t width,
                        harness__buffer_t cells[2]) {
  harness__buffer_t lines[2] = {{0}, {0}};
  harness__buffer_t payloads[2] = {{0}, {0}};
  harness__buffer_t times[2] = {{0}, {0}};
  const harness__entry_t *entries[2];
  size_t taken = 0;

  for (size_t i = 0; i < 2; i++) {
    size_t own;
    entries[i] = &compared->sides[i]->entries[row->events[i]];
    add_head(compared, i, row->events[i], &lines[i]);
    harness__report_time(&times[i], entries[i]);
    own = harness__columns_of(&lines[i]) + 2 + harness__columns_of(&times[i]);
    taken = own > taken ? own : taken;
  }
  harness__inside(payloads, entries[0], entries[1],
                  width > taken + LEAST_PAYLOAD ? width - taken : LEAST_PAYLOAD);
  for (size_t i = 0; i < 2; i++) {
    if (payloads[i].length > 0)
      harness__buffer_string(&lines[i], "  ");
    harness__buffer_add(&lines[i], payloads[i].text, payloads[i].length);
    harness__buffer_add(&lines[i], times[i].text, times[i].length);
    lines[i].failed = lines[i].failed || payloads[i].failed || times[i].failed;
    add_cut(&cells[i], &lines[i], width);
    harness__buffer_free(&payloads[i]);
    harness__buffer_free(&times[i]);
  }
}

static void add_plain(const harness__compared_t *compared, size_t side, size_t event, size_t width,
                      harness__buffer_t *cell) {
  const harness__entry_t *entry = &compared->sides[side]->entries[event];
  harness__buffer_t line = {0};
  harness__buffer_t payload = {0};

  add_head(compared, side, event, &line);
  harness__report_payload(&payload, entry);
  if (payload.length > 0)
    harness__buffer_string(&line, "  ");
  harness__buffer_add(&line, payload.text, payload.length);
  line.failed = line.failed || payload.failed;
  harness__buffer_free(&payload);
  harness__report_time(&line, entry);
  add_cut(cell, &line, width);
}

void harness__compared_cells(const harness__compared_t *compared, const harness__row_t *row, size_t width,
                             harness__buffer_t cells[2]) {
  if (row->kind == HARNESS__ROW_CHANGED) {
    add_changed(compared, row, width, cells);
    return;
  }
  if (row->kind != HARNESS__ROW_RIGHT)
    add_plain(compared, 0, row->events[0], width, &cells[0]);
  if (row->kind != HARNESS__ROW_LEFT)
    add_plain(compared, 1, row->events[1], width, &cells[1]);
}

/* The row of the other side that holds the same event, or NULL. */
static const harness__row_t *find_moved(const harness__compared_t *compared, const harness__row_t *row) {
  const harness__rows_t *rows = &compared->rows;
  char wanted = row->kind == HARNESS__ROW_LEFT ? HARNESS__ROW_RIGHT : HARNESS__ROW_LEFT;

  if (rows->left > 0 && rows->right > MOST_MOVED / rows->left)
    return NULL;
  for (size_t i = 0; i < rows->count; i++) {
    const harness__row_t *other = &rows->rows[i];
    const harness__row_t *left = wanted == HARNESS__ROW_LEFT ? other : row;
    const harness__row_t *right = wanted == HARNESS__ROW_LEFT ? row : other;
    if (other->kind == wanted &&
        harness__entry_compare(compared->sides[0], &compared->sides[0]->entries[left->events[0]],
                               compared->sides[1], &compared->sides[1]->entries[right->events[1]],
                               NULL) == HARNESS__FIELD_NONE)
      return other;
  }
  return NULL;
}

/* Returns false where there is nothing to say. */
static bool say(const harness__compared_t *compared, const harness__row_t *row, harness__buffer_t *out) {
  const harness__row_t *moved;

  if (row->kind == HARNESS__ROW_CHANGED) {
    harness__inside_words(out, &compared->sides[0]->entries[row->events[0]],
                          &compared->sides[1]->entries[row->events[1]], row->field, &row->divergence);
    return true;
  }
  moved = row->kind != HARNESS__ROW_SAME ? find_moved(compared, row) : NULL;
  if (moved == NULL)
    return false;
  if (row->kind == HARNESS__ROW_LEFT)
    harness__buffer_printf(out, "moved: now event %zu", moved->events[1] + 1);
  else
    harness__buffer_printf(out, "moved: was event %zu", moved->events[0] + 1);
  return true;
}

void harness__compared_words(harness__compared_t *compared, const harness__row_t *row, size_t indent) {
  harness__buffer_t words = {0};

  harness__columns_pad(&words, 0, indent);
  if (say(compared, row, &words)) {
    add_cut(&compared->out, &words, compared->look->width);
    harness__buffer_char(&compared->out, '\n');
  }
  harness__buffer_free(&words);
}

void harness__compared_hunks(harness__compared_t *compared,
                             void (*add_row)(harness__compared_t *compared, const harness__row_t *row)) {
  const harness__rows_t *rows = &compared->rows;
  size_t begin;
  size_t end = 0;
  size_t at = 0;

  for (; harness__rows_hunk(rows, at, compared->look->context, &begin, &end); at = end) {
    if (begin > at)
      harness__buffer_string(&compared->out, "  …\n");
    for (size_t i = begin; i < end; i++)
      add_row(compared, &rows->rows[i]);
  }
  if (end < rows->count)
    harness__buffer_string(&compared->out, "  …\n");
}

static void add_total(harness__buffer_t *out, size_t count, const char *word) {
  if (count > 0)
    harness__buffer_printf(out, "%s%zu %s", out->length > 0 ? ", " : "", count, word);
}

static void add_totals(harness__compared_t *compared) {
  harness__buffer_t totals = {0};

  add_total(&totals, compared->rows.changed, "changed");
  add_total(&totals, compared->rows.left, "missing");
  add_total(&totals, compared->rows.right, "new");
  harness__buffer_char(&compared->out, '\n');
  harness__buffer_add(&compared->out, totals.text, totals.length);
  harness__buffer_char(&compared->out, '\n');
  compared->out.failed = compared->out.failed || totals.failed;
  harness__buffer_free(&totals);
}

static void measure(harness__compared_t *compared) {
  size_t most = compared->look->width / (compared->look->side_by_side ? 8 : 4);

  for (size_t i = 0; i < 2; i++) {
    size_t digits = harness__report_digits(compared->sides[i]->count);
    size_t width = harness__report_lane_width(compared->sides[i]);
    compared->number_width = digits > compared->number_width ? digits : compared->number_width;
    compared->lane_width = width > compared->lane_width ? width : compared->lane_width;
  }
  compared->lane_width = compared->lane_width < most ? compared->lane_width : most;
}

char *harness__compared(const harness__look_t *look, const harness__transcript_t *left, const char *left_name,
                        const harness__transcript_t *right, const char *right_name) {
  harness__compared_t compared = {
      .look = look, .sides = {left, right}, .names = {left_name, right_name}, .number_width = 3};

  if (!harness__rows_make(&compared.rows, left, right))
    return NULL;
  if (compared.rows.changed + compared.rows.left + compared.rows.right > 0) {
    measure(&compared);
    if (look->side_by_side)
      harness__side_by_side(&compared);
    else
      harness__unified(&compared);
    add_totals(&compared);
  }
  harness__rows_free(&compared.rows);
  return harness__buffer_take(&compared.out);
}
