/* SPDX-License-Identifier: MIT */
#include "report/annotation.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

/* A command is one line, whose properties end at a comma and, all of them, at two colons; so these are
 * escaped like bytes of a URL. Other control characters could make a terminal of the log, and are shown as
 * what they are. */
static void add_escaped(harness__buffer_t *out, const char *text, bool is_property) {
  for (const char *p = text; *p != '\0'; p++) {
    unsigned char c = (unsigned char)*p;

    if (c == '%' || c == '\r' || c == '\n' || (is_property && (c == ':' || c == ',')))
      harness__buffer_printf(out, "%%%02X", c);
    else if ((c < 0x20 && c != '\t') || c == 0x7f)
      harness__buffer_printf(out, "\\x%02x", c);
    else
      harness__buffer_char(out, *p);
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
