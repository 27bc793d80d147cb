/* SPDX-License-Identifier: MIT */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "record/json.h"
#include "record/recorder.h"
#include "texts.h"

static harness__event_ref_t record_text(harness__recorder_t *recorder, harness__lane_t lane,
                                        harness__event_kind_t kind, const char *text,
                                        harness__event_ref_t cause) {
  harness__event_ref_t ref = harness__record(
      recorder, lane,
      &(harness__note_t){.kind = kind, .data = text, .size = strlen(text), .cause = cause, .at_ms = 7});
  assert_int_not_equal(ref, 0);
  return ref;
}

static void keeps_order_and_times_where_nothing_is_free(void **state) {
  harness__recorder_t *recorder = harness__recorder_new(0);
  harness__lane_t b = harness__recorder_lane(recorder, "b", 0, 0);
  harness__lane_t a = harness__recorder_lane(recorder, "a", 0, 0);

  (void)state;
  (void)record_text(recorder, b, HARNESS__EVENT_LOG, "one", 0);
  (void)record_text(recorder, a, HARNESS__EVENT_LOG, "two", 0);
  (void)record_text(recorder, b, HARNESS__EVENT_LOG, "three", 0);
  assert_last_text(recorder, "b  log      one  @7ms\n"
                             "a  log      two  @7ms\n"
                             "b  log      three  @7ms\n");
}

static void orders_by_name_where_causes_do_not(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t c10 = harness__recorder_lane(recorder, "c10", 0, 0);
  harness__lane_t c2 = harness__recorder_lane(recorder, "c2", 0, 0);

  (void)state;
  (void)record_text(recorder, c10, HARNESS__EVENT_LOG, "ten", 0);
  (void)record_text(recorder, c2, HARNESS__EVENT_LOG, "two", 0);
  (void)record_text(recorder, c10, HARNESS__EVENT_LOG, "ten again", 0);
  assert_last_text(recorder, "c2   log      two\n"
                             "c10  log      ten\n"
                             "c10  log      ten again\n");
}

static void puts_a_cause_before_its_effect(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t z = harness__recorder_lane(recorder, "z", 0, 0);
  harness__lane_t a = harness__recorder_lane(recorder, "a", 0, 0);
  harness__event_ref_t send = record_text(recorder, z, HARNESS__EVENT_SEND, "x", 0);

  (void)state;
  (void)record_text(recorder, z, HARNESS__EVENT_LOG, "sent", 0);
  (void)record_text(recorder, a, HARNESS__EVENT_RECEIVE, "x", send);
  assert_last_text(recorder, "z  send     'x'\n"
                             "a  receive  'x'\n"
                             "z  log      sent\n");
}

static void puts_what_was_waited_for_first(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t z = harness__recorder_lane(recorder, "z", 0, 0);
  harness__lane_t a = harness__recorder_lane(recorder, "a", 0, 0);
  harness__event_ref_t end;

  (void)state;
  (void)record_text(recorder, a, HARNESS__EVENT_LOG, "starts", 0);
  end = record_text(recorder, z, HARNESS__EVENT_LOG, "ends", 0);
  harness__recorder_after(recorder, a, end);
  harness__recorder_after(recorder, a, 0);
  (void)record_text(recorder, a, HARNESS__EVENT_LOG, "has waited", 0);
  /* Nothing follows: nothing waits. */
  harness__recorder_after(recorder, z, harness__recorder_last(recorder, a));
  assert_last_text(recorder, "a  log      starts\n"
                             "z  log      ends\n"
                             "a  log      has waited\n");
}

static void joins_what_the_kernel_cut(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t free_peer = harness__recorder_lane(recorder, "a", 0, HARNESS__LANE_FREE_PEER);
  harness__lane_t ordered = harness__recorder_lane(recorder, "b", 0, 0);

  (void)state;
  (void)record_text(recorder, free_peer, HARNESS__EVENT_RECEIVE, "Hel", 0);
  (void)record_text(recorder, ordered, HARNESS__EVENT_RECEIVE, "one", 0);
  (void)record_text(recorder, free_peer, HARNESS__EVENT_RECEIVE, "lo", 0);
  (void)record_text(recorder, free_peer, HARNESS__EVENT_LOG, "between", 0);
  (void)record_text(recorder, free_peer, HARNESS__EVENT_RECEIVE, "!", 0);
  (void)record_text(recorder, ordered, HARNESS__EVENT_RECEIVE, "two", 0);
  assert_last_text(recorder, "a  receive  'Hello'\n"
                             "a  log      between\n"
                             "a  receive  '!'\n"
                             "b  receive  'one'\n"
                             "b  receive  'two'\n");
}

/* Datagrams have borders of their own, and those that are long are digested one by one. */
static void joins_no_datagrams(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t peer = harness__recorder_lane(recorder, "peer", 0, 0);
  harness__lane_t lane = harness__recorder_lane(recorder, "a", 1, HARNESS__LANE_BY_CONTENT);
  harness__lane_t other = harness__recorder_lane(recorder, "a", 2, HARNESS__LANE_BY_CONTENT);
  static const char data[5000];

  (void)state;
  for (size_t size = 0; size <= 5000; size += 2500)
    (void)harness__record(
        recorder, lane,
        &(harness__note_t){.kind = HARNESS__EVENT_RECEIVE, .peer = peer, .data = data, .size = size % 5000});
  (void)harness__record(
      recorder, other,
      &(harness__note_t){.kind = HARNESS__EVENT_RECEIVE, .peer = peer, .data = data, .size = sizeof data});
  harness__transcript_t *transcript = harness__recorder_transcript(recorder);
  assert_int_equal(transcript->count, 4);
  assert_string_equal(transcript->lanes[0], "a/1");
  for (size_t i = 0; i < 4; i++)
    assert_string_equal(transcript->entries[i].from, "peer");
  assert_int_equal(transcript->entries[3].data.bytes, sizeof data);
  assert_int_not_equal(transcript->entries[3].data.digest[0], '\0');
  harness__transcript_free(transcript);
  harness__recorder_free(recorder);
}

static void digests_what_was_joined(void **state) {
  harness__recorder_t *recorders[2] = {new_free_running(), new_free_running()};
  char *texts[2];
  static char data[9000];

  (void)state;
  for (size_t i = 0; i < sizeof data; i++)
    data[i] = (char)('a' + i % 26);
  for (size_t i = 0; i < 2; i++) {
    harness__lane_t lane = harness__recorder_lane(recorders[i], "a", 0, HARNESS__LANE_BY_CONTENT);
    size_t step = i == 0 ? sizeof data : 1000;
    harness__transcript_t *transcript;
    for (size_t at = 0; at < sizeof data; at += step)
      (void)harness__record(
          recorders[i], lane,
          &(harness__note_t){.kind = HARNESS__EVENT_RECEIVE, .data = data + at, .size = step});
    transcript = harness__recorder_transcript(recorders[i]);
    assert_int_equal(transcript->count, 1);
    assert_int_equal(transcript->entries[0].data.bytes, sizeof data);
    texts[i] = harness__transcript_json(transcript);
    harness__transcript_free(transcript);
    harness__recorder_free(recorders[i]);
  }
  assert_string_equal(texts[0], texts[1]);
  free(texts[0]);
  free(texts[1]);
}

/* A later part waited for a task that the first part had started: joining must not make a circle of that. */
static void joins_across_a_wait(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t server = harness__recorder_lane(recorder, "server", 1, HARNESS__LANE_FREE_PEER);
  harness__lane_t task = harness__recorder_lane(recorder, "task", 0, 0);

  (void)state;
  harness__recorder_after(recorder, task, record_text(recorder, server, HARNESS__EVENT_RECEIVE, "a", 0));
  harness__recorder_after(recorder, server, record_text(recorder, task, HARNESS__EVENT_LOG, "runs", 0));
  (void)record_text(recorder, server, HARNESS__EVENT_RECEIVE, "b", 0);
  (void)record_text(recorder, server, HARNESS__EVENT_LOG, "goes on", 0);
  assert_last_text(recorder, "server/1  receive  'ab'\n"
                             "task      log      runs\n"
                             "server/1  log      goes on\n");
}

static void numbers_lanes_by_content(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t server = harness__recorder_lane(recorder, "server", 0, 0);
  harness__lane_t chance1 = harness__recorder_sublane(recorder, server, 1, HARNESS__LANE_BY_CONTENT);
  harness__lane_t ordered2 = harness__recorder_sublane(recorder, server, 2, 0);
  harness__lane_t chance3 = harness__recorder_sublane(recorder, server, 3, HARNESS__LANE_BY_CONTENT);
  harness__lane_t ordered5 = harness__recorder_sublane(recorder, server, 5, 0);
  harness__lane_t other7 = harness__recorder_lane(recorder, "other", 7, 0);

  (void)state;
  (void)record_text(recorder, chance1, HARNESS__EVENT_RECEIVE, "z", 0);
  (void)record_text(recorder, ordered2, HARNESS__EVENT_LOG, "second", 0);
  (void)record_text(recorder, chance3, HARNESS__EVENT_RECEIVE, "a", 0);
  (void)record_text(recorder, ordered5, HARNESS__EVENT_LOG, "fifth", 0);
  (void)harness__record(recorder, other7, &(harness__note_t){.kind = HARNESS__EVENT_ACCEPT, .peer = chance1});
  (void)harness__record(recorder, other7, &(harness__note_t){.kind = HARNESS__EVENT_CONNECT, .peer = server});
  (void)harness__record(recorder, other7, &(harness__note_t){.kind = HARNESS__EVENT_EOF, .peer = ordered5});
  assert_last_text(recorder, "other/7   accept   from server/4\n"
                             "other/7   connect  to server\n"
                             "other/7   eof      to server/2\n"
                             "server/1  log      second\n"
                             "server/2  log      fifth\n"
                             "server/3  receive  'a'\n"
                             "server/4  receive  'z'\n");
}

/* Whether a connection was made that nothing happened on is chance: it takes no number from the others. */
static void numbers_lanes_without_events_last(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t idle = harness__recorder_lane(recorder, "server", 1, HARNESS__LANE_BY_CONTENT);
  harness__lane_t busy = harness__recorder_lane(recorder, "server", 2, HARNESS__LANE_BY_CONTENT);

  (void)state;
  (void)record_text(recorder, busy, HARNESS__EVENT_SEND, "x", 0);
  assert_int_equal(harness__recorder_last(recorder, idle), 0);
  assert_last_text(recorder, "server/1  send     'x'\n");
}

static void gives_nothing_where_causes_go_in_a_circle(void **state) {
  harness__recorder_t *recorder = new_free_running();
  harness__lane_t a = harness__recorder_lane(recorder, "a", 0, 0);
  harness__lane_t b = harness__recorder_lane(recorder, "b", 0, 0);

  (void)state;
  (void)record_text(recorder, a, HARNESS__EVENT_LOG, "a", 2);
  (void)record_text(recorder, b, HARNESS__EVENT_LOG, "b", 1);
  assert_null(harness__recorder_transcript(recorder));
  harness__recorder_free(recorder);
}

static void gives_nothing_where_a_cause_is_missing(void **state) {
  for (int i = 0; i < 3; i++) {
    harness__recorder_t *recorder = new_free_running();
    harness__lane_t a = harness__recorder_lane(recorder, "a", 0, 0);
    if (i == 1)
      harness__recorder_after(recorder, a, 99);
    /* 99 is not there; an event of the same lane that comes later, or itself, can't be a cause. */
    (void)record_text(recorder, a, HARNESS__EVENT_LOG, "a", i == 0 ? 99 : i == 2 ? 2 : 0);
    (void)record_text(recorder, a, HARNESS__EVENT_LOG, "b", 0);
    assert_null(harness__recorder_transcript(recorder));
    harness__recorder_free(recorder);
  }
  (void)state;
}

static void is_empty_when_nothing_happened(void **state) {
  (void)state;
  assert_last_text(new_free_running(), "");
  assert_last_text(harness__recorder_new(0), "");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(keeps_order_and_times_where_nothing_is_free),
    cmocka_unit_test(orders_by_name_where_causes_do_not),
    cmocka_unit_test(puts_a_cause_before_its_effect),
    cmocka_unit_test(puts_what_was_waited_for_first),
    cmocka_unit_test(joins_what_the_kernel_cut),
    cmocka_unit_test(joins_no_datagrams),
    cmocka_unit_test(digests_what_was_joined),
    cmocka_unit_test(joins_across_a_wait),
    cmocka_unit_test(numbers_lanes_by_content),
    cmocka_unit_test(numbers_lanes_without_events_last),
    cmocka_unit_test(gives_nothing_where_causes_go_in_a_circle),
    cmocka_unit_test(gives_nothing_where_a_cause_is_missing),
    cmocka_unit_test(is_empty_when_nothing_happened),
};

HARNESS_CMOCKA_MAIN("record/canonical", tests)
