/* SPDX-License-Identifier: MIT */
#include "report/unstable.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "record/compare.h"
#include "record/load.h"
#include "report/difference.h"
#include "report/propose.h"

enum { MOST_OUTPUT = 4096 };

static harness__transcript_t *parse(harness__buffer_t *out, const char *name, const char *json) {
  char *sentence;
  harness__transcript_t *transcript = harness__transcript_parse(name, json, strlen(json), &sentence);

  if (transcript == NULL) {
    /* A rehearsal saves "" for a fixture that was checked with two transcripts. */
    if (json[0] == '\0')
      harness__buffer_printf(out, "%s checked it twice, with different transcripts\n", name);
    else
      harness__buffer_printf(out, "%s\n", sentence != NULL ? sentence : "memory is exhausted");
    free(sentence);
  }
  return transcript;
}

static void add_difference(harness__buffer_t *out, const harness__transcript_t *a,
                           const harness__transcript_t *b, const char *name) {
  char *text = harness__difference(a, "the first run", b, name);

  if (text != NULL)
    harness__buffer_printf(out, "%s\n", text);
  else
    harness__buffer_printf(out, "the first run and %s differ\n\n", name);
  free(text);
  harness__propose(out, a, b);
}

bool harness__is_stable(harness__buffer_t *out, const char *first, const char *again, const char *again_name,
                        bool up_to_cutting) {
  harness__transcript_t *a = NULL;
  harness__transcript_t *b = NULL;
  bool failed = false;
  bool same = strcmp(first, again) == 0;

  if (same)
    return true;
  a = parse(out, "the first run", first);
  b = parse(out, again_name, again);
  if (a != NULL && b != NULL) {
    same = up_to_cutting && harness__transcript_same_streams(a, b, false, &failed);
    if (failed)
      harness__buffer_string(out, "memory is exhausted\n");
    else if (!same)
      add_difference(out, a, b, again_name);
  }
  harness__transcript_free(b);
  harness__transcript_free(a);
  return same;
}

void harness__report_output(harness__buffer_t *out, const char *text, size_t size) {
  if (size > MOST_OUTPUT) {
    text += size - MOST_OUTPUT;
    size = MOST_OUTPUT;
    harness__buffer_string(out, "  …\n");
  }
  while (size > 0) {
    const char *end = memchr(text, '\n', size);
    size_t length = end != NULL ? (size_t)(end - text) : size;

    harness__buffer_string(out, "  ");
    harness__text_escape(out, text, length, '\0');
    harness__buffer_char(out, '\n');
    length += end != NULL;
    text += length;
    size -= length;
  }
}
