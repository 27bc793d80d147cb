/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/columns.h"
#include "base/text.h"
#include "report/compared/compared.h"
#include "report/compared/paint.h"

enum { SIGN_WIDTH = 2 };

static void add_name(harness__compared_t *compared, char sign, const char *name, harness__paint_t paint) {
  harness__buffer_t line = {0};

  harness__buffer_printf(&line, "%c ", sign);
  harness__text_escape(&line, name, strlen(name), '\0');
  if (line.text != NULL)
    harness__paint(&compared->out, line.text, line.length, paint, compared->look->color);
  harness__buffer_char(&compared->out, '\n');
  compared->out.failed = compared->out.failed || line.failed;
  harness__buffer_free(&line);
}

/* One line, and carets below what is marked in it where there is no colour. */
static void add_line(harness__compared_t *compared, char sign, const harness__buffer_t *cell,
                     harness__paint_t paint) {
  harness__buffer_t line = {0};

  harness__buffer_printf(&line, "%c ", sign);
  harness__buffer_add(&line, cell->text, cell->length);
  if (line.text != NULL) {
    harness__paint(&compared->out, line.text, line.length, paint, compared->look->color);
    harness__buffer_char(&compared->out, '\n');
    if (!compared->look->color && harness__paint_is_marked(line.text, line.length)) {
      harness__paint_carets(&compared->out, line.text, line.length);
      harness__buffer_char(&compared->out, '\n');
    }
  }
  compared->out.failed = compared->out.failed || line.failed || cell->failed;
  harness__buffer_free(&line);
}

static void add_row(harness__compared_t *compared, const harness__row_t *row) {
  harness__buffer_t cells[2] = {{0}, {0}};

  harness__compared_cells(compared, row, compared->look->width - SIGN_WIDTH, cells);
  if (row->kind == HARNESS__ROW_SAME) {
    add_line(compared, ' ', &cells[1], HARNESS__PAINT_PLAIN);
  } else {
    if (row->kind != HARNESS__ROW_RIGHT)
      add_line(compared, '-', &cells[0], HARNESS__PAINT_LEFT);
    if (row->kind != HARNESS__ROW_LEFT)
      add_line(compared, '+', &cells[1], HARNESS__PAINT_RIGHT);
    harness__compared_words(compared, row, SIGN_WIDTH + compared->number_width + 2);
  }
  harness__buffer_free(&cells[0]);
  harness__buffer_free(&cells[1]);
}

void harness__unified(harness__compared_t *compared) {
  add_name(compared, '-', compared->names[0], HARNESS__PAINT_LEFT);
  add_name(compared, '+', compared->names[1], HARNESS__PAINT_RIGHT);
  harness__buffer_char(&compared->out, '\n');
  harness__compared_hunks(compared, add_row);
}
