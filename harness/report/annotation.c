/* SPDX-License-Identifier: MIT */
#include "report/annotation.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"

/* A command is one line, whose properties end at a comma and, all of them, at two colons; so these are
 * escaped like bytes of a URL. Other control characters could make a terminal of the log, and are shown as
 * what they are, as is what turns text and what is none. */
static void add_escaped(harness__buffer_t *out, const char *text, bool is_property) {
  size_t size = strlen(text);

  for (size_t i = 0, length; i < size; i += length) {
    unsigned char c = (unsigned char)text[i];
    uint32_t code;

    length = harness__text_decode(text + i, size - i, &code);
    if (c == '%' || c == '\r' || c == '\n' || (is_property && (c == ':' || c == ',')))
      harness__buffer_printf(out, "%%%02X", c);
    else if (length > 0 && harness__text_is_readable(text + i, length))
      harness__buffer_add(out, text + i, length);
    else
      harness__text_escape(out, text + i, length = 1, '\0');
  }
}

static const char *below(const char *root, const char *file) {
  size_t length = root != NULL ? strlen(root) : 0;

  if (length == 0 || strncmp(file, root, length) != 0)
    return file;
  file += length;
  return *file == '/' ? file + 1 : root[length - 1] == '/' ? file : file - length;
}

char *harness__annotation(const char *root, const char *file, int line, const char *title, const char *text) {
  harness__buffer_t out = {0};
  size_t length = strlen(text);

  harness__buffer_string(&out, "::error file=");
  add_escaped(&out, below(root, file), true);
  harness__buffer_printf(&out, ",line=%d,title=", line);
  add_escaped(&out, title, true);
  harness__buffer_string(&out, "::");
  while (length > 0 && text[length - 1] == '\n')
    length--;
  if (length > 0) {
    char *whole = strndup(text, length);

    if (whole != NULL)
      add_escaped(&out, whole, false);
    else
      out.failed = true;
    free(whole);
  }
  harness__buffer_char(&out, '\n');
  return harness__buffer_take(&out);
}
