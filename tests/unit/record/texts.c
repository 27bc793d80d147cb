/* SPDX-License-Identifier: MIT */
#include "texts.h"

#include <harness/cmocka.h>

#include <stdlib.h>

#include "report/text.h"

char *text_of(harness__recorder_t *recorder) {
  harness__transcript_t *transcript = harness__recorder_transcript(recorder);
  char *text;

  if (transcript == NULL)
    fail_msg("no transcript: %s", harness__recorder_trouble(recorder));
  text = harness__report_text(transcript);
  harness__transcript_free(transcript);
  return text;
}

void assert_text(harness__recorder_t *recorder, const char *expected) {
  char *text = text_of(recorder);

  assert_string_equal(text, expected);
  free(text);
}

char *last_text_of(harness__recorder_t *recorder) {
  char *text = text_of(recorder);

  harness__recorder_free(recorder);
  return text;
}

void assert_last_text(harness__recorder_t *recorder, const char *expected) {
  assert_text(recorder, expected);
  harness__recorder_free(recorder);
}

void assert_trouble(harness__recorder_t *recorder, const char *sentence) {
  assert_null(harness__recorder_transcript(recorder));
  assert_non_null(harness__recorder_trouble(recorder));
  assert_string_equal(harness__recorder_trouble(recorder), sentence);
  harness__recorder_free(recorder);
}

harness__recorder_t *new_free_running(void) {
  harness__recorder_t *recorder = harness__recorder_new(0);

  assert_non_null(recorder);
  harness__recorder_set_free_running(recorder);
  assert_true(harness__recorder_is_free_running(recorder));
  return recorder;
}

harness__recorder_t *redacting(const char *regex) {
  harness__recorder_t *recorder = harness__recorder_new(0);
  char *sentence;

  assert_non_null(recorder);
  if (!harness__recorder_add_redaction(recorder, "secret", regex, &sentence))
    fail_msg("%s", sentence);
  assert_true(harness__recorder_redacts(recorder));
  return recorder;
}

harness__lane_t lane_of(harness__recorder_t *recorder, const char *name) {
  return harness__recorder_lane(recorder, name, 0, 0);
}

void record(harness__recorder_t *recorder, const char *lane, harness__event_kind_t kind, const char *bytes,
            size_t size) {
  assert_int_not_equal(harness__record(recorder, lane_of(recorder, lane),
                                       &(harness__note_t){.kind = kind, .data = bytes, .size = size}),
                       0);
}

uint32_t next_random(uint32_t *random) {
  *random = *random * 1664525U + 1013904223U;
  return *random >> 8;
}
