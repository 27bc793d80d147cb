/* SPDX-License-Identifier: MIT */
/* Orders that causes contradict, joined receives that wait for themselves, and what a transcript keeps. */
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

/* Of what ran on the loop only the joined form keeps times, but not those of receives. */
static void joined_receives_have_no_times(void **state) {
  harness__recorder_t *recorder = harness__recorder_new(SIZE_MAX);
  harness__lane_t lane = harness__recorder_lane(recorder, "a", 0, 0);

  (void)state;
  for (int kind = HARNESS__EVENT_SEND; kind <= HARNESS__EVENT_RECEIVE; kind++)
    (void)harness__record(
        recorder, lane,
        &(harness__note_t){.kind = (harness__event_kind_t)kind, .data = "x", .size = 1, .at_ms = 7});
  assert_joined(recorder, "a  send     'x'  @7ms\n"
                          "a  receive  'x'\n");
}

/* Of what was long before its lane was known to have a free-running peer the digest is left. */
static void what_was_digested_is_not_joined(void **state) {
  static const char data[5000];
  harness__recorder_t *recorder = harness__recorder_new(0);
  harness__lane_t lane = harness__recorder_lane(recorder, "a", 0, 0);
  harness__note_t receive = {.kind = HARNESS__EVENT_RECEIVE, .data = data, .size = sizeof data};
  harness__transcript_t *transcript;

  (void)state;
  harness__recorder_set_free_running(recorder);
  for (int i = 0; i < 2; i++)
    (void)harness__record(recorder, lane, &receive);
  harness__recorder_set_flags(recorder, lane, HARNESS__LANE_FREE_PEER);
  receive.size = 3;
  (void)harness__record(recorder, lane, &receive);
  transcript = harness__recorder_transcript(recorder);
  assert_int_equal(transcript->count, 3);
  for (size_t i = 0; i < 2; i++)
    assert_int_equal(transcript->entries[i].data.bytes, sizeof data);
  harness__transcript_free(transcript);
  harness__recorder_free(recorder);
}

static void a_transcript_owns_its_codes(void **state) {
  char code[] = "EPIPE";
  harness__recorder_t *recorder = harness__recorder_new(0);
  harness__transcript_t *transcript;

  (void)state;
  (void)harness__record(recorder, harness__recorder_lane(recorder, "a", 0, 0),
                        &(harness__note_t){.kind = HARNESS__EVENT_ERROR, .code = code});
  transcript = harness__recorder_transcript(recorder);
  memset(code, 'x', sizeof code - 1);
  assert_string_equal(transcript->entries[0].code, "EPIPE");
  assert_false(transcript->renamed);
  harness__transcript_free(transcript);
  harness__recorder_free(recorder);
}

/* A transcript says whether values may stand in it by name. */
static void says_whether_values_have_names(void **state) {
  (void)state;
  for (int i = 0; i < 2; i++) {
    harness__recorder_t *recorder = harness__recorder_new(0);
    harness__transcript_t *transcript;
    char *sentence;

    assert_true(i == 0 ? harness__recorder_add_redaction(recorder, "secret", "t=\\w+", &sentence)
                       : harness__recorder_add_placeholder(recorder, "token", "t=\\w+", false, &sentence));
    (void)note(recorder, "a", HARNESS__EVENT_LOG, "1", 0);
    transcript = harness__recorder_transcript(recorder);
    assert_true(transcript->renamed);
    harness__transcript_free(transcript);
    harness__recorder_free(recorder);
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_circle_behind_a_beginning_gives_nothing),
    cmocka_unit_test(of_all_that_wait_the_topmost_goes_on),
    cmocka_unit_test(what_waits_for_itself_goes_on_once),
    cmocka_unit_test(joined_receives_have_no_times),
    cmocka_unit_test(what_was_digested_is_not_joined),
    cmocka_unit_test(a_transcript_owns_its_codes),
    cmocka_unit_test(says_whether_values_have_names),
};

HARNESS_CMOCKA_MAIN("record/order", tests)
