/* SPDX-License-Identifier: MIT */
#include "report/picture/wrap.h"
#include "base/columns.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/columns.h"
#include "base/text.h"

/* The bytes of the first character or escape, and its columns. What is no UTF-8 is taken byte by byte. */
static size_t first_of(const char *text, size_t size, size_t *columns) {
  uint32_t code;
  size_t length = harness__text_decode(text, size, &code);

  if (text[0] == '\\' && size > 1)
    length = text[1] == 'x' && size > 3 ? 4 : 2;
  else if (length == 0)
    length = 1;
  *columns = harness__columns(text, length);
  return length;
}

/* Whether no more follows than newlines and a closing quote, and that fits. */
static bool is_tail(const char *text, size_t size, size_t room) {
  size_t at = 0;

  while (size - at >= 2 && (memcmp(text + at, "\\n", 2) == 0 || memcmp(text + at, "\\r", 2) == 0))
    at += 2;
  at += at < size && text[at] == '\'';
  return at == size && size <= room;
}

size_t harness__wrap_next(const char *text, size_t size, size_t width, size_t *columns) {
  size_t at = 0;
  size_t word = 0; /* where the last word begins, not too far back */
  size_t word_columns = 0;

  *columns = 0;
  while (at < size) {
    size_t own;
    size_t length = first_of(text + at, size - at, &own);
    if (at > 0 && *columns + own > width) {
      if (word == 0)
        return at;
      *columns = word_columns;
      return word;
    }
    at += length;
    *columns += own;
    if (text[at - 1] == ' ' && *columns > width / 2) {
      word = at;
      word_columns = *columns;
    }
    if (length == 2 && memcmp(text + at - 2, "\\n", 2) == 0 &&
        !is_tail(text + at, size - at, width - *columns))
      return at;
  }
  return at;
}

size_t harness__wrap_skip(const char *a, size_t size_a, const char *b, size_t size_b, size_t width) {
  size_t least = size_a < size_b ? size_a : size_b;
  size_t same = 0; /* bytes, of whole characters */
  size_t columns = 0;
  size_t newlines = 0;
  size_t at = 0;

  while (same < least) {
    size_t own;
    size_t length = first_of(a + same, size_a - same, &own);
    if (length > least - same || memcmp(a + same, b + same, length) != 0)
      break;
    same += length;
    columns += own;
    newlines += length == 2 && memcmp(a + same - 2, "\\n", 2) == 0;
  }
  if (columns < width - width / 4 && newlines < 2)
    return 0;
  while (columns > width / 4) {
    size_t own;
    at += first_of(a + at, size_a - at, &own);
    columns -= own;
  }
  return at;
}
