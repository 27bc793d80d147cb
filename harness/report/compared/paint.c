/* SPDX-License-Identifier: MIT */
#include "report/compared/paint.h"

#include <string.h>

#include "base/columns.h"

static const char *const beginnings[] = {"", "\033[31m", "\033[32m"};

static bool is_mark(char c) {
  return c == HARNESS__MARK || c == HARNESS__UNMARK;
}

/* How many bytes from text on are no mark. */
static size_t run_of(const char *text, size_t size) {
  size_t count = 0;

  while (count < size && !is_mark(text[count]))
    count++;
  return count;
}

void harness__paint(harness__buffer_t *out, const char *line, size_t size, harness__paint_t paint,
                    bool color) {
  if (color)
    harness__buffer_string(out, beginnings[paint]);
  for (size_t i = 0; i < size;) {
    size_t run = run_of(line + i, size - i);
    harness__buffer_add(out, line + i, run);
    i += run;
    if (i < size && color)
      harness__buffer_string(out, line[i] == HARNESS__MARK ? "\033[7m" : "\033[27m");
    i += i < size;
  }
  if (color && (paint != HARNESS__PAINT_PLAIN || harness__paint_is_marked(line, size)))
    harness__buffer_string(out, "\033[0m");
}

bool harness__paint_is_marked(const char *line, size_t size) {
  return size > 0 && memchr(line, HARNESS__MARK, size) != NULL;
}

void harness__paint_carets(harness__buffer_t *out, const char *line, size_t size) {
  bool marked = false;
  size_t blanks = 0;

  for (size_t i = 0; i < size;) {
    size_t run = run_of(line + i, size - i);
    size_t columns = harness__columns(line + i, run);
    if (!marked) {
      blanks += columns;
    } else if (columns > 0) {
      harness__columns_pad(out, 0, blanks);
      blanks = 0;
      for (size_t j = 0; j < columns; j++)
        harness__buffer_char(out, '^');
    }
    i += run;
    if (i < size)
      marked = line[i++] == HARNESS__MARK;
  }
}
