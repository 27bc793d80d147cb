/* SPDX-License-Identifier: MIT */
/* Private: a fixture in the layout that is written, one event a line, read line by line. */
#ifndef HARNESS_RECORD_LINES_H
#define HARNESS_RECORD_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

typedef struct harness__lines {
  const char *text;
  size_t head_size; /* up to and with the bracket that opens the list of events */
  const char *next; /* the next event's line */
  const char *end;  /* behind the last one */
} harness__lines_t;

/* Whether the text may have that layout, by what stands before and behind its events. It must outlive *lines.
 */
bool harness__lines_find(harness__lines_t *lines, const char *text, size_t size);

/* How many lines of events there are. */
size_t harness__lines_count(const harness__lines_t *lines);

/* What stands before the events, with no events in it; a new reference. NULL where it is no JSON, or memory
 * is exhausted. */
json_t *harness__lines_head(const harness__lines_t *lines);

/* The next line's event; a new reference. NULL where the line does not hold one value and, but for the last,
 * a comma, or memory is exhausted. There must be a line left. */
json_t *harness__lines_next(harness__lines_t *lines);

#endif
