/* SPDX-License-Identifier: MIT */
/*
 * Two columns with a gutter of three between them, in which stands the kind of the row: "|" changed, "<" and
 * ">" only on that side, as in other programs of the kind.
 */
#include <string.h>

#include "base/columns.h"
#include "base/text.h"
#include "report/compared/compared.h"
#include "report/compared/paint.h"

enum { GUTTER = 3 };

static size_t half_of(const harness__compared_t *compared) {
  return (compared->look->width - GUTTER) / 2;
}

static void add_cells(harness__compared_t *compared, char kind, const harness__buffer_t cells[2]) {
  bool differs = kind != HARNESS__ROW_SAME;
  bool color = compared->look->color;
  harness__buffer_t *out = &compared->out;

  if (cells[0].text != NULL)
    harness__paint(out, cells[0].text, cells[0].length, differs ? HARNESS__PAINT_LEFT : HARNESS__PAINT_PLAIN,
                   color);
  if (differs || cells[1].length > 0) {
    harness__columns_pad(out, harness__columns_of(&cells[0]), half_of(compared) + 1);
    harness__buffer_char(out, kind);
  }
  if (cells[1].length > 0) {
    harness__buffer_char(out, ' ');
    harness__paint(out, cells[1].text, cells[1].length, differs ? HARNESS__PAINT_RIGHT : HARNESS__PAINT_PLAIN,
                   color);
  }
  harness__buffer_char(out, '\n');
  out->failed = out->failed || cells[0].failed || cells[1].failed;
}

static void add_carets(harness__compared_t *compared, const harness__buffer_t cells[2]) {
  harness__buffer_t carets[2] = {{0}, {0}};

  for (size_t i = 0; i < 2; i++)
    if (cells[i].text != NULL)
      harness__paint_carets(&carets[i], cells[i].text, cells[i].length);
  if (carets[0].length + carets[1].length > 0)
    add_cells(compared, HARNESS__ROW_SAME, carets);
  harness__buffer_free(&carets[0]);
  harness__buffer_free(&carets[1]);
}

static void add_row(harness__compared_t *compared, const harness__row_t *row) {
  harness__buffer_t cells[2] = {{0}, {0}};

  harness__compared_cells(compared, row, half_of(compared), cells);
  add_cells(compared, row->kind, cells);
  if (!compared->look->color)
    add_carets(compared, cells);
  if (row->kind != HARNESS__ROW_SAME)
    harness__compared_words(compared, row, compared->number_width + 2);
  harness__buffer_free(&cells[0]);
  harness__buffer_free(&cells[1]);
}

/* The end of a path tells more than its beginning. */
static void add_names(harness__compared_t *compared) {
  harness__buffer_t cells[2] = {{0}, {0}};

  for (size_t i = 0; i < 2; i++) {
    harness__buffer_t name = {0};
    size_t from = 0;
    harness__text_escape(&name, compared->names[i], strlen(compared->names[i]), '\0');
    while (from < name.length &&
           harness__columns(name.text + from, name.length - from) > half_of(compared) - (from > 0)) {
      uint32_t code;
      size_t size = harness__text_decode(name.text + from, name.length - from, &code);
      from += size > 0 ? size : 1;
    }
    if (from > 0)
      harness__buffer_string(&cells[i], "…");
    if (name.text != NULL)
      harness__buffer_add(&cells[i], name.text + from, name.length - from);
    cells[i].failed = cells[i].failed || name.failed;
    harness__buffer_free(&name);
  }
  add_cells(compared, HARNESS__ROW_SAME, cells);
  harness__buffer_char(&compared->out, '\n');
  harness__buffer_free(&cells[0]);
  harness__buffer_free(&cells[1]);
}

void harness__side_by_side(harness__compared_t *compared) {
  add_names(compared);
  harness__compared_hunks(compared, add_row);
}
