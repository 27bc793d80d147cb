/* SPDX-License-Identifier: MIT */
/* Data on a page: text line by line, other bytes as a table of hexadecimal digits. */
#include <inttypes.h>
#include <string.h>

#include "base/columns.h"
#include "base/text.h"
#include "report/picture/html.h"
#include "report/picture/markup.h"
#include "report/picture/wrap.h"

enum { SHORT = 60, BYTES_A_LINE = 16 };

static void add_lines(harness__buffer_t *out, const harness__buffer_t *text) {
  size_t columns;

  for (size_t at = 0; at < text->length;) {
    size_t size = harness__wrap_next(text->text + at, text->length - at, SIZE_MAX, &columns);
    harness__markup_add(out, text->text + at, size);
    at += size;
    if (at < text->length)
      harness__buffer_char(out, '\n');
  }
}

static void add_bytes_line(harness__buffer_t *out, const unsigned char *bytes, size_t size, size_t at) {
  char text[BYTES_A_LINE];

  harness__buffer_printf(out, "%08zx ", at);
  for (size_t i = 0; i < BYTES_A_LINE; i++) {
    if (i == BYTES_A_LINE / 2)
      harness__buffer_char(out, ' ');
    if (i < size)
      harness__buffer_printf(out, " %02x", bytes[i]);
    else
      harness__buffer_string(out, "   ");
  }
  for (size_t i = 0; i < size; i++)
    text[i] = bytes[i] >= 0x20 && bytes[i] < 0x7f ? (char)bytes[i] : '.';
  harness__buffer_string(out, "  ");
  harness__markup_add(out, text, size);
}

static void add_bytes(harness__buffer_t *out, const char *bytes, size_t size) {
  for (size_t at = 0; at < size; at += BYTES_A_LINE) {
    if (at > 0)
      harness__buffer_char(out, '\n');
    add_bytes_line(out, (const unsigned char *)bytes + at,
                   size - at < BYTES_A_LINE ? size - at : BYTES_A_LINE, at);
  }
}

/* The line that unfolds, and what stands behind it. */
static void add_folded(harness__buffer_t *out, const harness__buffer_t *text, const harness__data_t *data) {
  harness__buffer_t cut = {0};

  harness__columns_cut(&cut, text->text, text->length, SHORT);
  harness__buffer_string(out, "<details><summary><code>");
  if (cut.text != NULL)
    harness__markup_add(out, cut.text, cut.length);
  harness__buffer_printf(out, "</code> <small>%" PRIu64 " byte%s</small></summary><pre>", data->bytes,
                         data->bytes == 1 ? "" : "s");
  if (harness__text_is_readable(data->head, data->head_size))
    add_lines(out, text);
  else
    add_bytes(out, data->head, data->head_size);
  harness__buffer_string(out, "</pre>");
  if (data->digest[0] != '\0')
    harness__buffer_printf(out, "<p><small>the first %zu bytes of %" PRIu64 ", %s</small></p>",
                           data->head_size, data->bytes, data->digest);
  harness__buffer_string(out, "</details>");
  if (cut.failed)
    out->failed = true;
  harness__buffer_free(&cut);
}

void harness__html_value(harness__buffer_t *out, const harness__data_t *data, char quote) {
  harness__buffer_t text = {0};
  size_t columns = 0;
  bool is_short = data->digest[0] == '\0' && harness__text_is_readable(data->head, data->head_size);

  harness__text_escape(&text, data->head, data->head_size, quote);
  if (text.failed) {
    out->failed = true;
  } else if (text.text != NULL &&
             !(is_short && harness__wrap_next(text.text, text.length, SHORT, &columns) == text.length)) {
    add_folded(out, &text, data);
  } else {
    harness__buffer_string(out, "<code>");
    harness__markup_add(out, text.text, text.length);
    harness__buffer_string(out, "</code>");
  }
  harness__buffer_free(&text);
}
