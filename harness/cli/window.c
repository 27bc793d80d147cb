/* SPDX-License-Identifier: MIT */
#include "cli/window.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool harness__window_style(const char *command, const char *name, harness__style_t *style) {
  static const char *const names[] = {"protocol", "stream", "framed"};

  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (strcmp(name, names[i]) == 0) {
      *style = (harness__style_t)i;
      return true;
    }
  }
  (void)fprintf(stderr, "harness %s: '%s' is no style: protocol, stream or framed\n", command, name);
  return false;
}

bool harness__window_number(const char *command, const char *what, const char *text, uint64_t least,
                            uint64_t most, uint64_t *number) {
  char *end = NULL;

  errno = 0;
  *number = strtoull(text, &end, 10);
  if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *number >= least && *number <= most)
    return true;
  (void)fprintf(stderr, "harness %s: the %s is '%s': it takes a number from %llu to %llu\n", command, what,
                text, (unsigned long long)least, (unsigned long long)most);
  return false;
}

void harness__window_log(harness_t *h, const char *who, const char *what, const void *data, size_t size) {
  char quoted[16 * 1024];

  harness_log(h, "%s%s%s b%s", who != NULL ? who : "", who != NULL ? ": " : "", what,
              harness_quote(quoted, sizeof quoted, data, size));
}

static void print_line(const char *lane, const char *text, void *arg) {
  FILE *out = arg;

  (void)lane;
  (void)fprintf(out, "%s\n", text);
  (void)fflush(out);
}

harness_t *harness__window_open(const char *command, void *out) {
  harness_options_t options = {.timeout_ms = -1, .no_transcript = 1};
  harness_t *h = harness_open(&options);

  if (h == NULL)
    (void)fprintf(stderr, "harness %s: %s\n", command, harness_error(NULL));
  else if (out != NULL)
    harness_set_log_sink(h, print_line, out);
  return h;
}
