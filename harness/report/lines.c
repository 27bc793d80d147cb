/* SPDX-License-Identifier: MIT */
#include "report/lines.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Ideographs, Hangul, full-width forms, pictures: what a monospaced font draws two columns wide. */
static const struct {
  uint32_t first;
  uint32_t last;
} wide[] = {{0x1100, 0x115f}, {0x2e80, 0xa4cf}, {0xac00, 0xd7a3},   {0xf900, 0xfaff},  {0xfe30, 0xfe6f},
            {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1faff}, {0x20000, 0x3fffd}};

static size_t columns_of(uint32_t code) {
  for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
    if (code >= wide[i].first && code <= wide[i].last)
      return 2;
  return 1;
}

/* The bytes of the first character or escape, and its columns. What is no UTF-8 is taken byte by byte. */
static size_t first_of(const unsigned char *text, size_t size, size_t *columns) {
  size_t length = text[0] < 0xc2 ? 1 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
  uint32_t code = length == 1 ? text[0] : text[0] & (0x7fU >> length);

  if (text[0] == '\\' && size > 1) {
    length = text[1] == 'x' && size > 3 ? 4 : 2;
    *columns = length;
    return length;
  }
  *columns = 1;
  if (length > size)
    return 1;
  for (size_t i = 1; i < length; i++)
    code = code << 6 | (text[i] & 0x3fU);
  *columns = columns_of(code);
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

size_t harness__lines_next(const char *text, size_t size, size_t width, size_t *columns) {
  size_t at = 0;
  size_t word = 0; /* where the last word begins, not too far back */
  size_t word_columns = 0;

  *columns = 0;
  while (at < size) {
    size_t own;
    size_t length = first_of((const unsigned char *)text + at, size - at, &own);
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

size_t harness__lines_columns(const char *text, size_t size) {
  size_t columns = 0;

  for (size_t at = 0; at < size;) {
    size_t own;
    at += first_of((const unsigned char *)text + at, size - at, &own);
    columns += own;
  }
  return columns;
}

size_t harness__lines_skip(const char *a, size_t size_a, const char *b, size_t size_b, size_t width) {
  size_t least = size_a < size_b ? size_a : size_b;
  size_t same = 0; /* bytes, of whole characters */
  size_t columns = 0;
  size_t newlines = 0;
  size_t at = 0;

  while (same < least) {
    size_t own;
    size_t length = first_of((const unsigned char *)a + same, size_a - same, &own);
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
    at += first_of((const unsigned char *)a + at, size_a - at, &own);
    columns -= own;
  }
  return at;
}
