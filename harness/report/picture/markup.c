/* SPDX-License-Identifier: MIT */
#include "report/picture/markup.h"

#include <stdint.h>
#include <string.h>

#include "base/columns.h"
#include "base/text.h"

void harness__markup_add(harness__buffer_t *out, const char *text, size_t size) {
  for (size_t i = 0; i < size; i++) {
    switch (text[i]) {
    case '&':
      harness__buffer_string(out, "&amp;");
      break;
    case '<':
      harness__buffer_string(out, "&lt;");
      break;
    case '>':
      harness__buffer_string(out, "&gt;");
      break;
    case '"':
      harness__buffer_string(out, "&quot;");
      break;
    case '\'':
      harness__buffer_string(out, "&#39;");
      break;
    default:
      harness__buffer_char(out, text[i]);
    }
  }
}

void harness__markup_short(harness__buffer_t *out, const char *text, size_t columns) {
  harness__buffer_t safe = {0};
  harness__buffer_t cut = {0};

  harness__text_escape(&safe, text, strlen(text), '\0');
  if (safe.text != NULL)
    harness__columns_cut(&cut, safe.text, safe.length, columns);
  if (cut.text != NULL)
    harness__markup_add(out, cut.text, cut.length);
  if (safe.failed || cut.failed)
    out->failed = true;
  harness__buffer_free(&safe);
  harness__buffer_free(&cut);
}

void harness__markup_string(harness__buffer_t *out, const char *text) {
  harness__markup_short(out, text, SIZE_MAX);
}

const char *harness__markup_sign(char sign) {
  return sign == '-' ? "−" : sign == '+' ? "+" : sign == '~' ? "~" : "";
}
