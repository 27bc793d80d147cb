/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <string.h>

#include <harness/transcript.h>

size_t harness__text_decode(const void *data, size_t size, uint32_t *code) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const unsigned char *p = data;
  size_t length = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

  if (length == 0 || length > size)
    return 0;
  *code = length == 1 ? p[0] : p[0] & (0x7fU >> length);
  for (size_t i = 1; i < length; i++) {
    if ((p[i] & 0xc0) != 0x80)
      return 0;
    *code = *code << 6 | (p[i] & 0x3fU);
  }
  if (*code < least[length] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
    return 0;
  return length;
}

/* Controls, and what turns or hides text: bidirectional marks, zero-width characters, separators. */
static bool is_printable(uint32_t code) {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad)
    return false;
  if (code == 0x61c || code == 0x180e || (code >= 0xfff9 && code <= 0xfffb))
    return false;
  if ((code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e))
    return false;
  if ((code >= 0x2060 && code <= 0x206f) || code == 0xfeff)
    return false;
  return (code & 0xfffe) != 0xfffe && !(code >= 0xe000 && code < 0xf900) && code < 0xe0000;
}

/* Writes a byte as an escape; returns how many characters that takes. */
static size_t escape_byte(char out[4], unsigned char byte, char quote) {
  static const char hex[] = "0123456789abcdef";

  out[0] = '\\';
  if (byte == '\n' || byte == '\r' || byte == '\t') {
    out[1] = byte == '\n' ? 'n' : byte == '\r' ? 'r' : 't';
    return 2;
  }
  if (byte == '\\' || (quote != '\0' && byte == (unsigned char)quote)) {
    out[1] = (char)byte;
    return 2;
  }
  out[1] = 'x';
  out[2] = hex[byte >> 4];
  out[3] = hex[byte & 15];
  return 4;
}

/* Writes the first character of the bytes as it is printed, and how many characters that takes to *written;
 * returns how many bytes it was. */
static size_t escape_first(char out[4], size_t *written, const unsigned char *p, size_t size, char quote) {
  uint32_t code = 0;
  size_t length = harness__text_decode(p, size, &code);
  bool special = code == '\\' || (quote != '\0' && code == (unsigned char)quote);

  if (length > 0 && is_printable(code) && !special) {
    memcpy(out, p, length);
    *written = length;
    return length;
  }
  *written = escape_byte(out, p[0], quote);
  return 1;
}

void harness__text_escape(harness__buffer_t *out, const void *data, size_t size, char quote) {
  const unsigned char *p = data;
  char text[4];
  size_t written;

  if (quote != '\0')
    harness__buffer_char(out, quote);
  for (size_t i = 0; i < size;) {
    i += escape_first(text, &written, p + i, size - i, quote);
    harness__buffer_add(out, text, written);
  }
  if (quote != '\0')
    harness__buffer_char(out, quote);
}

void harness__text_path(harness__buffer_t *out, const char *path) {
  harness__text_escape(out, path, strlen(path), '\0');
}

char *harness_quote(char *out, size_t out_size, const void *data, size_t size) {
  static const char ellipsis[] = "…'";
  const unsigned char *p = data;
  size_t length = 0;
  size_t cut = 0; /* up to where the text and the ellipsis fit */
  char text[4];
  size_t written;

  if (out == NULL || out_size == 0)
    return out;
  if (data == NULL)
    size = 0;
  out[0] = '\0';
  if (out_size < 3)
    return out;
  out[length++] = '\'';
  for (size_t i = 0; i < size;) {
    if (length + sizeof ellipsis <= out_size)
      cut = length;
    i += escape_first(text, &written, p + i, size - i, '\'');
    if (length + written + 2 > out_size) {
      if (cut > 0)
        memcpy(out + cut, ellipsis, sizeof ellipsis);
      else
        out[0] = '\0';
      return out;
    }
    memcpy(out + length, text, written);
    length += written;
  }
  out[length++] = '\'';
  out[length] = '\0';
  return out;
}

bool harness__text_is_readable(const void *data, size_t size) {
  const unsigned char *p = data;
  size_t i = 0;

  for (;;) {
    uint32_t code = 0;
    size_t length;

    while (i < size && p[i] >= ' ' && p[i] <= '~')
      i++;
    if (i == size)
      return true;
    length = harness__text_decode(p + i, size - i, &code);
    if (length == 0 || !(is_printable(code) || code == '\n' || code == '\r' || code == '\t'))
      return false;
    i += length;
  }
}

char *harness__text_number(char *out, uint32_t number) {
  char digits[HARNESS__NUMBER_SIZE];
  size_t at = sizeof digits;

  do
    digits[--at] = (char)('0' + number % 10);
  while ((number /= 10) != 0);
  memcpy(out, digits + at, sizeof digits - at);
  out += sizeof digits - at;
  *out = '\0';
  return out;
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* The run of digits at *text, without leading zeros; *text is moved behind it. */
static size_t digits(const char **text, const char **start) {
  const char *p = *text;

  while (*p == '0' && is_digit(p[1]))
    p++;
  *start = p;
  while (is_digit(*p))
    p++;
  *text = p;
  return (size_t)(p - *start);
}

int harness__text_compare_natural(const char *a, const char *b) {
  const char *whole_a = a;
  const char *whole_b = b;

  while (*a != '\0' && *b != '\0') {
    if (is_digit(*a) && is_digit(*b)) {
      const char *start_a;
      const char *start_b;
      size_t length_a = digits(&a, &start_a);
      size_t length_b = digits(&b, &start_b);
      int order = length_a != length_b ? (length_a < length_b ? -1 : 1) : memcmp(start_a, start_b, length_a);
      if (order != 0)
        return order;
    } else if (*a != *b) {
      return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
    } else {
      a++;
      b++;
    }
  }
  if (*a != *b)
    return *a == '\0' ? -1 : 1;
  return strcmp(whole_a, whole_b);
}
