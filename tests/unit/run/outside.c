/* SPDX-License-Identifier: MIT */
#include "run/outside.h"

#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>

harness_t *outside_world;
char outside_reported[OUTSIDE_REPORT_SIZE];

static void keep_report(const char *text, void *arg) {
  (void)arg;
  (void)snprintf(outside_reported, sizeof outside_reported, "%s", text);
}

harness_t *outside_open(int64_t timeout_ms) {
  harness_options_t options = {.report = keep_report, .timeout_ms = timeout_ms};

  outside_reported[0] = '\0';
  outside_world = harness_open(&options);
  assert_non_null(outside_world);
  return outside_world;
}

pthread_t outside_start(void *(*fn)(void *), void *arg) {
  pthread_t thread;

  assert_int_equal(pthread_create(&thread, NULL, fn, arg), 0);
  return thread;
}

void outside_join(pthread_t thread) {
  assert_int_equal(pthread_join(thread, NULL), 0);
}

void outside_assert_text(harness_t *h, const char *expected) {
  char *text = harness_transcript_text(h);

  assert_non_null(text);
  assert_string_equal(text, expected);
  free(text);
}
