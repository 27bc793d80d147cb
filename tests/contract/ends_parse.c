/* SPDX-License-Identifier: MIT */
/* Taking the scripts of ends.c apart. */
#include "ends.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static const char *const verbs[] = {
    [END_CONNECT] = "connect", [END_WRITE] = "write",           [END_READ] = "read",   [END_FILL] = "fill",
    [END_DRAIN] = "drain",     [END_HALF_CLOSE] = "half-close", [END_CLOSE] = "close", [END_ABORT] = "abort",
    [END_STOP] = "stop",       [END_CANCEL] = "cancel",
};

static const struct {
  const char *name;
  int code;
} results[] = {
    {"EOF", 0},
    {"ECONNRESET", UV_ECONNRESET},
    {"EPIPE", UV_EPIPE},
    {"ENOTCONN", UV_ENOTCONN},
    {"ECONNREFUSED", UV_ECONNREFUSED},
};

static bool parse_verb(const char *word, end_step_t *step) {
  for (size_t i = 0; word != NULL && i < sizeof verbs / sizeof verbs[0]; i++) {
    if (strcmp(word, verbs[i]) == 0) {
      step->verb = (end_verb_t)i;
      return true;
    }
  }
  return false;
}

static bool parse_number(const char *word, long *number) {
  char *end;

  *number = strtol(word, &end, 10);
  return end != word && *end == '\0' && *number >= 0 && *number <= 1000;
}

static bool parse_result(const char *word, end_step_t *step) {
  long number;

  step->expects = true;
  for (size_t i = 0; word != NULL && i < sizeof results / sizeof results[0]; i++) {
    if (strcmp(word, results[i].name) == 0) {
      step->result = results[i].code;
      return true;
    }
  }
  if (word == NULL || !parse_number(word, &number))
    return false;
  step->result = (int)number;
  return true;
}

/* The words after the verb. */
static bool parse_rest(end_step_t *step, char **rest) {
  char *word;
  long size;

  while ((word = strtok_r(NULL, " ", rest)) != NULL) {
    if (strcmp(word, "...") == 0)
      step->waits = true;
    else if (strcmp(word, "~") == 0)
      step->flies = true;
    else if (strcmp(word, "=") == 0) {
      if (!parse_result(strtok_r(NULL, " ", rest), step))
        return false;
    } else if (parse_number(word, &size))
      step->size = (size_t)size;
    else
      return false;
  }
  return true;
}

static bool parse_step(const char *text, size_t length, end_step_t *step) {
  char words[sizeof step->text];
  char *rest = NULL;
  char *side;

  while (length > 0 && *text == ' ') {
    text++;
    length--;
  }
  memset(step, 0, sizeof *step);
  if (length >= sizeof step->text)
    return false;
  memcpy(step->text, text, length);
  memcpy(words, step->text, sizeof words);
  side = strtok_r(words, " ", &rest);
  if (side == NULL || strlen(side) != 1 || strchr("ABL", side[0]) == NULL)
    return false;
  step->side = side[0];
  return parse_verb(strtok_r(NULL, " ", &rest), step) && parse_rest(step, &rest);
}

size_t end_parse(const end_line_t *line, end_step_t steps[END_STEPS_MOST]) {
  const char *text = line->script;
  size_t count = 0;

  while (*text != '\0') {
    size_t length = strcspn(text, ";");

    if (count == END_STEPS_MOST || !parse_step(text, length, &steps[count++])) {
      (void)fprintf(stderr, "%s: step %zu is wrong: '%.*s'\n", line->name, count, (int)length, text);
      return 0;
    }
    text += length + (text[length] == ';' ? 1 : 0);
  }
  return count;
}

bool end_connects(const end_step_t *steps, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (steps[i].verb == END_CONNECT)
      return true;
  }
  return false;
}

const char *end_result_text(int result, char buffer[16]) {
  if (result < 0)
    (void)uv_err_name_r(result, buffer, 16);
  else
    (void)snprintf(buffer, 16, "%d", result);
  return buffer;
}
