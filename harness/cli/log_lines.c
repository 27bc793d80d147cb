/* SPDX-License-Identifier: MIT */
#include "cli/log_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

void harness__log_lines_init(harness__log_lines_t *log) {
  *log = (harness__log_lines_t){0};
  pthread_mutex_init(&log->lock, NULL);
}

static void clear(harness__log_lines_t *log) {
  for (size_t i = 0; i < log->count; i++) {
    free(log->lines[i].lane);
    free(log->lines[i].text);
  }
  free(log->lines);
  log->lines = NULL;
  log->count = 0;
  log->failed = false;
}

void harness__log_lines_free(harness__log_lines_t *log) {
  clear(log);
  pthread_mutex_destroy(&log->lock);
}

static bool append(harness__log_lines_t *log, const char *lane, const char *text) {
  harness__log_line_t line = {strdup(lane), strdup(text)};
  harness__log_line_t *grown = realloc(log->lines, (log->count + 1) * sizeof *grown);

  if (grown != NULL)
    log->lines = grown;
  if (grown == NULL || line.lane == NULL || line.text == NULL) {
    free(line.lane);
    free(line.text);
    return false;
  }
  log->lines[log->count++] = line;
  return true;
}

void harness__log_lines_sink(const char *lane, const char *text, void *arg) {
  harness__log_lines_t *log = arg;

  pthread_mutex_lock(&log->lock);
  if (!append(log, lane, text))
    log->failed = true;
  pthread_mutex_unlock(&log->lock);
}

/* Appends the log events of a transcript in JSON. Returns 0 or a negative code. */
static int append_events(harness__log_lines_t *log, const json_t *events) {
  size_t index;
  json_t *event;

  if (!json_is_array(events))
    return -EPROTO;
  json_array_foreach(events, index, event) {
    const char *kind = json_string_value(json_object_get(event, "event"));
    const char *lane = json_string_value(json_object_get(event, "lane"));
    const char *text = json_string_value(json_object_get(event, "text"));

    if (kind == NULL || lane == NULL)
      return -EPROTO;
    if (strcmp(kind, "log") != 0)
      continue;
    if (text == NULL)
      return -EPROTO;
    if (!append(log, lane, text))
      return -ENOMEM;
  }
  return 0;
}

int harness__log_lines_from_transcript(harness__log_lines_t *log, harness_t *h) {
  char *text = harness_transcript_json(h);
  json_t *root;
  int status;

  if (text == NULL)
    return harness_error_code(h) != 0 ? harness_error_code(h) : -EPROTO;
  root = json_loads(text, 0, NULL);
  free(text);
  pthread_mutex_lock(&log->lock);
  clear(log);
  status = append_events(log, json_object_get(root, "events"));
  pthread_mutex_unlock(&log->lock);
  json_decref(root);
  return status;
}
