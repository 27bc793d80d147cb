/* SPDX-License-Identifier: MIT */
#include <harness/cmocka.h>

#include <string.h>

#include "record/compare.h"
#include "record/recorder.h"
#include "support.h"

#define LANES "'a', 'b'"
#define RECEIVE(lane, data) "{'lane': '" lane "', 'event': 'receive', 'data': '" data "'}"
#define SEND(lane, data) "{'lane': '" lane "', 'event': 'send', 'data': '" data "'}"
#define LOG(lane, text) "{'lane': '" lane "', 'event': 'log', 'text': '" text "'}"
#define BASE LOG("b", "x") ", " RECEIVE("a", "onetwo") ", " LOG("a", "y") ", " SEND("a", "12")

static bool same(const char *events, bool with_writes) {
  harness__transcript_t *base = support_transcript(LANES, BASE);
  harness__transcript_t *other = support_transcript(LANES, events);
  bool failed = false;
  bool one_way = harness__transcript_same_streams(base, other, with_writes, &failed);
  bool other_way = harness__transcript_same_streams(other, base, with_writes, &failed);

  assert_false(failed);
  assert_int_equal(one_way, other_way);
  harness__transcript_free(base);
  harness__transcript_free(other);
  return one_way;
}

static void the_cutting_of_receives_does_not_count(void **state) {
  (void)state;
  assert_true(same(BASE, false));
  assert_true(same(
      LOG("b", "x") ", " RECEIVE("a", "one") ", " RECEIVE("a", "two") ", " LOG("a", "y") ", " SEND("a", "12"),
      false));
  assert_true(same(RECEIVE("a", "o") ", " LOG("a", "y") ", " LOG("b", "x") ", " RECEIVE("a", "ne") ", " SEND(
                       "a", "12") ", " RECEIVE("a", "two"),
                   false));
}

static void bytes_count(void **state) {
  (void)state;
  assert_false(
      same(LOG("b", "x") ", " RECEIVE("a", "onetwO") ", " LOG("a", "y") ", " SEND("a", "12"), false));
  assert_false(same(LOG("b", "x") ", " RECEIVE("a", "onetw") ", " LOG("a", "y") ", " SEND("a", "12"), false));
  assert_false(same(LOG("b", "x") ", " LOG("a", "y") ", " SEND("a", "12"), false));
}

/* A pattern matches one event, and nothing that was put together of several. */
static void a_pattern_is_an_event(void **state) {
  harness__transcript_t *fixture =
      support_transcript("'a'", "{'lane': 'a', 'event': 'receive', 'data': {'regex': 'o.*'}}");
  harness__transcript_t *whole = support_transcript("'a'", RECEIVE("a", "one"));
  harness__transcript_t *cut = support_transcript("'a'", RECEIVE("a", "o") ", " RECEIVE("a", "ne"));
  bool failed = false;

  (void)state;
  assert_false(harness__transcript_same_streams(fixture, whole, false, &failed));
  assert_false(harness__transcript_same_streams(fixture, cut, false, &failed));
  assert_true(harness__transcript_same_streams(fixture, fixture, false, &failed));
  assert_true(harness__transcript_same_streams(whole, cut, false, &failed));
  assert_false(failed);
  harness__transcript_free(fixture);
  harness__transcript_free(whole);
  harness__transcript_free(cut);
}

static void other_events_count(void **state) {
  (void)state;
  assert_false(
      same(LOG("b", "x") ", " RECEIVE("a", "onetwo") ", " SEND("a", "12") ", " LOG("a", "y"), false));
  assert_false(
      same(LOG("b", "z") ", " RECEIVE("a", "onetwo") ", " LOG("a", "y") ", " SEND("a", "12"), false));
  assert_false(same(BASE ", " LOG("b", "x"), false));
}

/* Datagrams are no stream: where they are cut is what they say. */
static void the_cutting_of_datagrams_counts(void **state) {
  static const char one[] = "{'lane': 'a', 'event': 'send', 'to': 'b', 'data': 'xy'}, "
                            "{'lane': 'b', 'event': 'receive', 'from': 'a', 'data': 'xy'}";
  static const char two[] = "{'lane': 'a', 'event': 'send', 'to': 'b', 'data': 'x'}, "
                            "{'lane': 'a', 'event': 'send', 'to': 'b', 'data': 'y'}, "
                            "{'lane': 'b', 'event': 'receive', 'from': 'a', 'data': 'xy'}";
  static const char three[] = "{'lane': 'a', 'event': 'send', 'to': 'b', 'data': 'xy'}, "
                              "{'lane': 'b', 'event': 'receive', 'from': 'a', 'data': 'x'}, "
                              "{'lane': 'b', 'event': 'receive', 'from': 'a', 'data': 'y'}";
  harness__transcript_t *transcripts[3] = {support_transcript(LANES, one), support_transcript(LANES, two),
                                           support_transcript(LANES, three)};
  bool failed = false;

  (void)state;
  assert_true(harness__transcript_same_streams(transcripts[0], transcripts[0], true, &failed));
  for (size_t i = 1; i < 3; i++)
    assert_false(harness__transcript_same_streams(transcripts[0], transcripts[i], true, &failed));
  assert_false(failed);
  for (size_t i = 0; i < 3; i++)
    harness__transcript_free(transcripts[i]);
}

static void the_cutting_of_sends_counts_unless_asked(void **state) {
  const char *two =
      LOG("b", "x") ", " RECEIVE("a", "onetwo") ", " SEND("a", "1") ", " LOG("a", "y") ", " SEND("a", "2");

  (void)state;
  assert_false(same(two, false));
  assert_true(same(two, true));
}

static void lanes_count(void **state) {
  harness__transcript_t *a = support_transcript("'a', 'b'", LOG("a", "x") ", " LOG("b", "x"));
  harness__transcript_t *b = support_transcript("'a', 'c'", LOG("a", "x") ", " LOG("c", "x"));
  harness__transcript_t *c = support_transcript("'a'", LOG("a", "x"));
  bool failed = false;

  (void)state;
  assert_false(harness__transcript_same_streams(a, b, false, &failed));
  assert_false(harness__transcript_same_streams(a, c, false, &failed));
  assert_false(harness__transcript_same_streams(c, a, false, &failed));
  harness__transcript_keep_lanes(a, (const char *const[]){"a", NULL});
  assert_int_equal(a->count, 1);
  assert_true(harness__transcript_same_streams(c, a, false, &failed));
  harness__transcript_free(a);
  harness__transcript_free(b);
  harness__transcript_free(c);
}

static void a_name_stands_for_its_numbers(void **state) {
  (void)state;
  assert_true(harness__lane_is_named("server", "server"));
  assert_true(harness__lane_is_named("server/2", "server"));
  assert_true(harness__lane_is_named("server/2", "server/2"));
  assert_false(harness__lane_is_named("server/20", "server/2"));
  assert_false(harness__lane_is_named("server2", "server"));
}

static harness__event_ref_t record(harness__recorder_t *recorder, harness__lane_t lane,
                                   harness__event_kind_t kind, const char *data, harness__event_ref_t cause) {
  return harness__record(
      recorder, lane,
      &(harness__note_t){.kind = kind, .data = data, .size = strlen(data), .cause = cause, .at_ms = 7});
}

static void the_joined_form_joins_in_every_lane(void **state) {
  harness__recorder_t *recorder = harness__recorder_new(SIZE_MAX);
  harness__lane_t a = harness__recorder_lane(recorder, "a", 0, 0);
  harness__lane_t b = harness__recorder_lane(recorder, "b", 0, 0);
  harness__event_ref_t sent = record(recorder, b, HARNESS__EVENT_SEND, "onetwo", 0);
  harness__transcript_t *transcript;

  (void)state;
  record(recorder, a, HARNESS__EVENT_RECEIVE, "one", sent);
  record(recorder, b, HARNESS__EVENT_LOG, "later", 0);
  record(recorder, a, HARNESS__EVENT_RECEIVE, "two", sent);
  transcript = harness__recorder_joined_transcript(recorder);
  assert_non_null(transcript);
  assert_int_equal(transcript->count, 3);
  assert_int_equal(transcript->entries[0].kind, HARNESS__EVENT_SEND);
  assert_int_equal(transcript->entries[0].at_ms, 7);
  assert_int_equal(transcript->entries[1].kind, HARNESS__EVENT_RECEIVE);
  assert_int_equal(transcript->entries[1].at_ms, 0);
  assert_int_equal(transcript->entries[1].data.head_size, 6);
  assert_memory_equal(transcript->entries[1].data.head, "onetwo", 6);
  harness__transcript_free(transcript);
  transcript = harness__recorder_transcript(recorder);
  assert_int_equal(transcript->count, 4);
  harness__transcript_free(transcript);
  harness__recorder_free(recorder);
}

/* a reads, b hears of it and makes the peer send more: what a reads then stands before b all the same. */
static void what_waits_for_itself_is_joined(void **state) {
  harness__recorder_t *recorder = harness__recorder_new(SIZE_MAX);
  harness__lane_t a = harness__recorder_lane(recorder, "a", 0, 0);
  harness__lane_t b = harness__recorder_lane(recorder, "b", 0, 0);
  harness__event_ref_t sent;
  harness__transcript_t *transcript;

  (void)state;
  record(recorder, a, HARNESS__EVENT_RECEIVE, "one", 0);
  harness__recorder_after(recorder, b, harness__recorder_last(recorder, a));
  sent = record(recorder, b, HARNESS__EVENT_SEND, "two", 0);
  record(recorder, a, HARNESS__EVENT_RECEIVE, "two", sent);
  transcript = harness__recorder_joined_transcript(recorder);
  assert_non_null(transcript);
  assert_int_equal(transcript->count, 2);
  assert_int_equal(transcript->entries[0].data.head_size, 6);
  assert_memory_equal(transcript->entries[0].data.head, "onetwo", 6);
  assert_int_equal(transcript->entries[1].kind, HARNESS__EVENT_SEND);
  harness__transcript_free(transcript);
  transcript = harness__recorder_transcript(recorder);
  assert_int_equal(transcript->count, 3);
  harness__transcript_free(transcript);
  harness__recorder_free(recorder);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_cutting_of_receives_does_not_count),
    cmocka_unit_test(bytes_count),
    cmocka_unit_test(a_pattern_is_an_event),
    cmocka_unit_test(other_events_count),
    cmocka_unit_test(the_cutting_of_datagrams_counts),
    cmocka_unit_test(the_cutting_of_sends_counts_unless_asked),
    cmocka_unit_test(lanes_count),
    cmocka_unit_test(a_name_stands_for_its_numbers),
    cmocka_unit_test(the_joined_form_joins_in_every_lane),
    cmocka_unit_test(what_waits_for_itself_is_joined),
};

HARNESS_CMOCKA_MAIN("record/streams", tests)
