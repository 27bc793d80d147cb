/* SPDX-License-Identifier: MIT */
/*
 * A large fixture as one JSON document takes some 700 bytes of memory an event, most of which is fresh and
 * none of which stays in a cache until the event is looked at. So where a text has the layout that json.c
 * writes, jansson gets it in pieces: what stands before the events, completed by "]}", and then each line.
 *
 * That is the same as the whole. No string of JSON holds a newline, so lines end between tokens; what was
 * completed ends in the root's list of events, since otherwise "]}" would not have completed it; each line is
 * one value, with a comma behind all but the last; and what stands behind them is compared as it is. Whatever
 * has another layout, and whatever is wrong, is left to whoever reads the document as a whole.
 */
#include "record/lines.h"

#include <string.h>

#include "base/buffer.h"

static const char opening[] = "  \"events\": [";
static const char closing[] = "\n  ]\n}\n";

enum { OPENING_SIZE = sizeof opening - 1, CLOSING_SIZE = sizeof closing - 1 };

bool harness__lines_find(harness__lines_t *lines, const char *text, size_t size) {
  const char *line = text;
  const char *newline;

  if (size < CLOSING_SIZE || memcmp(text + size - CLOSING_SIZE, closing, CLOSING_SIZE) != 0)
    return false;
  lines->text = text;
  lines->end = text + size - CLOSING_SIZE;
  while ((newline = memchr(line, '\n', (size_t)(lines->end - line))) != NULL) {
    lines->next = newline + 1;
    lines->head_size = (size_t)(newline - text);
    if (newline - line == OPENING_SIZE && memcmp(line, opening, OPENING_SIZE) == 0)
      return true;
    line = lines->next;
  }
  return false;
}

size_t harness__lines_count(const harness__lines_t *lines) {
  const char *line = lines->next;
  const char *newline;
  size_t count = 1;

  while ((newline = memchr(line, '\n', (size_t)(lines->end - line))) != NULL) {
    line = newline + 1;
    count++;
  }
  return count;
}

json_t *harness__lines_head(const harness__lines_t *lines) {
  harness__buffer_t head = {0};
  json_t *root = NULL;

  harness__buffer_add(&head, lines->text, lines->head_size);
  harness__buffer_string(&head, "]}");
  if (!head.failed)
    root = json_loadb(head.text, head.length, JSON_REJECT_DUPLICATES, NULL);
  harness__buffer_free(&head);
  return root;
}

json_t *harness__lines_next(harness__lines_t *lines) {
  const char *line = lines->next;
  const char *newline = memchr(line, '\n', (size_t)(lines->end - line));
  const char *end = newline != NULL ? newline : lines->end;

  lines->next = newline != NULL ? newline + 1 : lines->end;
  if (newline != NULL && (newline == line || *--end != ','))
    return NULL;
  return json_loadb(line, (size_t)(end - line), JSON_REJECT_DUPLICATES, NULL);
}
