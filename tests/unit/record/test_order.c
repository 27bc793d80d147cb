/* SPDX-License-Identifier: MIT */
/* Orders that causes contradict, and those in which joined receives wait for themselves. */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "record/recorder.h"
#include "report/text.h"

static harness__event_ref_t note(harness__recorder_t *recorder, const char *lane, harness__event_kind_t kind,
                                 const char *text, harness__event_ref_t cause) {
  return harness__record(
      recorder, harness__recorder_lane(recorder, lane, 0, 0),
      &(harness__note_t){.kind = kind, .data = text, .size = strlen(text), .cause = cause});
}

/* The joined form as text; frees the recorder. */
static void assert_joined(harness__recorder_t *recorder, const char *expected) {
  harness__transcript_t *transcript = harness__recorder_joined_transcript(recorder);
  char *text;

  assert_non_null(transcript);
  text = harness__report_text(transcript);
  assert_string_equal(text, expected);
  free(text);
  harness__transcript_free(transcript);
  harness__recorder_free(recorder);
}

static void a_circle_behind_a_beginning_gives_nothing(void **state) {
  harness__recorder_t *recorder = harness__recorder_new(0);

  (void)state;
  harness__recorder_set_free_running(recorder);
  (void)note(recorder, "begin", HARNESS__EVENT_LOG, "1", 0);
  (void)note(recorder, "a", HARNESS__EVENT_LOG, "2", 3);
  (void)note(recorder, "b", HARNESS__EVENT_LOG, "3", 2);
  assert_null(harness__recorder_transcript(recorder));
  harness__recorder_free(recorder);
}

/* What it told another between two reads is what the second read waited for. */
static void of_all_that_wait_the_topmost_goes_on(void **state) {
  (void)state;
  for (int turned = 0; turned < 2; turned++) {
    harness__recorder_t *recorder = harness__recorder_new(SIZE_MAX);
    const char *reader = turned != 0 ? "a" : "z";
    const char *other = turned != 0 ? "z" : "a";
    harness__event_ref_t told = note(recorder, reader, HARNESS__EVENT_RECEIVE, "x", 0);

    (void)note(recorder, reader, HARNESS__EVENT_RECEIVE, "y",
               note(recorder, other, HARNESS__EVENT_LOG, "goes on", told));
    assert_joined(recorder, turned != 0 ? "a  receive  'xy'\n"
                                          "z  log      goes on\n"
                                        : "a  log      goes on\n"
                                          "z  receive  'xy'\n");
  }
}

/* By way of a party that knows of its own first part: it goes on once. */
static void what_waits_for_itself_goes_on_once(void **state) {
  harness__recorder_t *recorder = harness__recorder_new(SIZE_MAX);
  harness__past_t past = {0};

  (void)state;
  harness__past_add(recorder, &past, note(recorder, "a", HARNESS__EVENT_RECEIVE, "x", 0));
  harness__past_add(recorder, &past, note(recorder, "z", HARNESS__EVENT_LOG, "1", 0));
  (void)note(recorder, "a", HARNESS__EVENT_RECEIVE, "y", harness__past_share(&past));
  (void)note(recorder, "a", HARNESS__EVENT_LOG, "2", 0);
  (void)note(recorder, "a", HARNESS__EVENT_LOG, "3", 0);
  assert_joined(recorder, "z  log      1\n"
                          "a  receive  'xy'\n"
                          "a  log      2\n"
                          "a  log      3\n");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_circle_behind_a_beginning_gives_nothing),
    cmocka_unit_test(of_all_that_wait_the_topmost_goes_on),
    cmocka_unit_test(what_waits_for_itself_goes_on_once),
};

HARNESS_CMOCKA_MAIN("record/order", tests)
