/* SPDX-License-Identifier: MIT */
/*
 * wcwidth() answers by the locale, and a report must be the same bytes everywhere; so the ranges stand here,
 * as coarse as they may be: whole blocks of Unicode's wide scripts and symbols, and of its combining marks.
 * What is missing misaligns its line, no more.
 */
#include "base/columns.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

typedef struct range {
  uint32_t first;
  uint32_t last;
} range_t;

static const range_t combining[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd},   {0x05bf, 0x05bf}, {0x05c1, 0x05c2},
    {0x05c4, 0x05c5}, {0x0610, 0x061a}, {0x064b, 0x065f},   {0x0670, 0x0670}, {0x06d6, 0x06dc},
    {0x06df, 0x06e4}, {0x06e7, 0x06e8}, {0x06ea, 0x06ed},   {0x0900, 0x0902}, {0x093c, 0x093c},
    {0x0941, 0x0948}, {0x094d, 0x094d}, {0x0e31, 0x0e31},   {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e},
    {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff},   {0x302a, 0x302d}, {0x3099, 0x309a},
    {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0x1f3fb, 0x1f3ff},
};

static const range_t wide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},
    {0x4e00, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
    {0xff01, 0xff60},   {0xffe0, 0xffe6},   {0x16fe0, 0x18cff}, {0x1b000, 0x1b2ff}, {0x1f300, 0x1f64f},
    {0x1f680, 0x1f6ff}, {0x1f7e0, 0x1f7eb}, {0x1f900, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
};

static bool is_in(const range_t *ranges, size_t count, uint32_t code) {
  for (size_t i = 0; i < count; i++)
    if (code >= ranges[i].first && code <= ranges[i].last)
      return true;
  return false;
}

static size_t width_of(uint32_t code) {
  if (code < 0x20 || code == 0x7f)
    return 0;
  if (code < 0x300)
    return 1;
  if (is_in(combining, sizeof combining / sizeof combining[0], code))
    return 0;
  return is_in(wide, sizeof wide / sizeof wide[0], code) ? 2 : 1;
}

/* The columns of the first character; *length is how many bytes it has. */
static size_t first(const char *text, size_t size, size_t *length) {
  uint32_t code = 0;

  *length = harness__text_decode(text, size, &code);
  if (*length > 0)
    return width_of(code);
  *length = 1;
  return 1;
}

size_t harness__columns(const char *text, size_t size) {
  size_t count = 0;
  size_t length;

  for (size_t i = 0; i < size; i += length)
    count += first(text + i, size - i, &length);
  return count;
}

size_t harness__columns_of(const harness__buffer_t *buffer) {
  return buffer->text != NULL ? harness__columns(buffer->text, buffer->length) : 0;
}

size_t harness__columns_fit(const char *text, size_t size, size_t width) {
  size_t count = 0;
  size_t length;

  for (size_t i = 0; i < size; i += length) {
    count += first(text + i, size - i, &length);
    if (count > width)
      return i;
  }
  return size;
}

void harness__columns_cut(harness__buffer_t *out, const char *text, size_t size, size_t width) {
  size_t fit = harness__columns_fit(text, size, width);

  if (fit == size) {
    harness__buffer_add(out, text, size);
  } else if (width > 0) {
    harness__buffer_add(out, text, harness__columns_fit(text, size, width - 1));
    harness__buffer_string(out, "…");
  }
}

void harness__columns_pad(harness__buffer_t *out, size_t have, size_t want) {
  for (; have < want; have++)
    harness__buffer_char(out, ' ');
}
