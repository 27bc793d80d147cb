/* SPDX-License-Identifier: MIT */
/* Large transcripts come back from a file as they were: the recordings of the benchmark, each to a file and
 * from it. */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "record/compare.h"
#include "record/fixture.h"
#include "record/json.h"
#include "record/load.h"
#include "support.h"
#include "transcript_cases.h"

/* Fewer where a program runs the tests that makes them slower by fifty (valgrind). */
enum { MANY = TEST_MANY };

static harness__transcript_t *recorded(const bench_recording_t *recording, size_t events) {
  harness__recorder_t *recorder = harness__recorder_new(0);
  harness__transcript_t *transcript;

  assert_non_null(recorder);
  recording->record(recorder, events);
  transcript = harness__recorder_transcript(recorder);
  harness__recorder_free(recorder);
  assert_non_null(transcript);
  return transcript;
}

static void assert_equal_texts(const char *a, const char *b) {
  /* Not assert_string_equal, which would print megabytes. */
  assert_int_equal(strlen(a), strlen(b));
  assert_int_equal(strcmp(a, b), 0);
}

/* Saves, loads, and saves what was loaded: both files have the same bytes, those of the JSON text. */
static void make_round_trip(const char *folder, const harness__transcript_t *transcript) {
  const char *path = support_path(folder, "large.json");
  char *json = harness__transcript_json(transcript);
  harness__transcript_t *loaded;
  char *sentence;
  char *saved;

  assert_non_null(json);
  assert_true(harness__transcript_save(transcript, path, NULL, &sentence));
  loaded = harness__transcript_load(path, NULL, &sentence);
  if (loaded == NULL)
    fail_msg("%s", sentence);
  assert_true(harness__transcript_equal(transcript, loaded, NULL));
  assert_true(harness__transcript_save(loaded, path, NULL, &sentence));
  saved = support_read(path);
  assert_equal_texts(saved, json);
  free(saved);
  free(json);
  harness__transcript_free(loaded);
}

static void come_back_from_a_file(void **state) {
  for (const bench_recording_t *recording = bench_recordings; recording->name != NULL; recording++) {
    harness__transcript_t *transcript = recorded(recording, 10000);

    assert_in_range(transcript->count, 10, 10000);
    make_round_trip(*state, transcript);
    harness__transcript_free(transcript);
  }
}

static void come_back_with_many_events(void **state) {
  harness__transcript_t *transcript = recorded(&bench_recordings[0], MANY);

  assert_in_range(transcript->count, MANY - 10, MANY);
  make_round_trip(*state, transcript);
  harness__transcript_free(transcript);
}

static void come_back_with_10000_lanes(void **state) {
  const bench_recording_t *recording = bench_recordings;
  harness__transcript_t *transcript;

  while (strcmp(recording->name, "10,000 lanes") != 0)
    recording++;
  transcript = recorded(recording, 30000);
  assert_int_equal(transcript->lane_count, 10000);
  make_round_trip(*state, transcript);
  harness__transcript_free(transcript);
}

/* The layout of the text is no matter. */
static void come_back_in_another_layout(void **state) {
  harness__transcript_t *transcript = recorded(&bench_recordings[0], MANY / 5);
  char *json = harness__transcript_json(transcript);
  harness__transcript_t *loaded;
  char *again;
  char *sentence;

  (void)state;
  for (char *newline = json; (newline = strchr(newline, '\n')) != NULL;)
    *newline = ' ';
  loaded = harness__transcript_parse("text", json, strlen(json), &sentence);
  if (loaded == NULL)
    fail_msg("%s", sentence);
  assert_true(harness__transcript_equal(transcript, loaded, NULL));
  free(json);
  json = harness__transcript_json(transcript);
  again = harness__transcript_json(loaded);
  assert_equal_texts(again, json);
  free(json);
  free(again);
  harness__transcript_free(loaded);
  harness__transcript_free(transcript);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(come_back_from_a_file, support_make_folder, support_remove_folder),
    cmocka_unit_test_setup_teardown(come_back_with_many_events, support_make_folder, support_remove_folder),
    cmocka_unit_test_setup_teardown(come_back_with_10000_lanes, support_make_folder, support_remove_folder),
    cmocka_unit_test(come_back_in_another_layout),
};

HARNESS_CMOCKA_MAIN("record/large", tests)
