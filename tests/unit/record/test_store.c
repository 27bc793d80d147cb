/* SPDX-License-Identifier: MIT */
/* What is received is stored with what was sent, where it is the same; and times, which mostly stand still.
 */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/slow.h"
#include "record/store.h"

typedef struct lanes {
  harness__recorder_t *recorder;
  harness__lane_t client;
  harness__lane_t server;
} lanes_t;

static lanes_t lanes;

static int set_up(void **state) {
  (void)state;
  lanes.recorder = harness__recorder_new(100);
  lanes.client = harness__recorder_lane(lanes.recorder, "client", 0, 0);
  lanes.server = harness__recorder_lane(lanes.recorder, "server", 1, 0);
  return lanes.client != 0 && lanes.server != 0 ? 0 : -1;
}

static int tear_down(void **state) {
  char *sentence = NULL;

  (void)state;
  harness__recorder_free(lanes.recorder);
  return unsetenv("HARNESS_SLOW") == 0 && harness__slow_choose(&sentence) ? 0 : -1;
}

static void go_slow(void) {
  char *sentence = NULL;

  assert_int_equal(setenv("HARNESS_SLOW", "store", 1), 0);
  assert_true(harness__slow_choose(&sentence));
}

static harness__event_ref_t sends(const char *data) {
  harness__note_t note = {.kind = HARNESS__EVENT_SEND, .data = data, .size = strlen(data)};

  return harness__record(lanes.recorder, lanes.client, &note);
}

/* Where the bytes of what is received lie behind those of its cause; SIZE_MAX: elsewhere. */
static size_t place_of(const char *data, harness__event_ref_t cause, uint64_t left) {
  harness__note_t note = {
      .kind = HARNESS__EVENT_RECEIVE, .data = data, .size = strlen(data), .cause = cause, .left = left};
  const harness__event_t *event =
      harness__event_at(lanes.recorder, harness__record(lanes.recorder, lanes.server, &note));
  const harness__event_t *sent;
  uintptr_t at;

  assert_int_equal(event->size, note.size);
  assert_memory_equal(event->data, data, note.size);
  if (cause == 0 || cause > lanes.recorder->count || harness__event_at(lanes.recorder, cause)->is_long)
    return SIZE_MAX;
  sent = harness__event_at(lanes.recorder, cause);
  at = (uintptr_t)event->data - (uintptr_t)sent->data;
  return at < sent->size ? at : SIZE_MAX;
}

static void what_was_sent_is_stored_once(void **state) {
  harness__event_ref_t sent = sends("Hello World!");

  (void)state;
  assert_int_equal(place_of("Hello", sent, 7), 0);
  assert_int_equal(place_of(" ", sent, 6), 5);
  assert_int_equal(place_of("World!", sent, 0), 6);
  assert_int_equal(place_of("Hello World!", sent, 0), 0);
}

static void the_bytes_that_were_read_decide(void **state) {
  harness__event_ref_t sent = sends("Hello World!");

  (void)state;
  assert_int_equal(place_of("Hello", sent, 6), SIZE_MAX);
  assert_int_equal(place_of("World?", sent, 0), SIZE_MAX);
  assert_int_equal(place_of("Hello", sent, 8), SIZE_MAX);
  assert_int_equal(place_of("Hello", sent, UINT64_MAX), SIZE_MAX);
  assert_int_equal(place_of("and Hello World!", sent, 0), SIZE_MAX);
}

/* Whether a send in the server's lane has bytes of its own. */
static bool has_own_bytes(const char *data, harness__event_ref_t before) {
  harness__note_t note = {.kind = HARNESS__EVENT_SEND, .data = data, .size = strlen(data)};
  const harness__event_t *event =
      harness__event_at(lanes.recorder, harness__record(lanes.recorder, lanes.server, &note));

  assert_int_equal(event->size, note.size);
  assert_memory_equal(event->data, data, note.size);
  return event->data != harness__event_at(lanes.recorder, before)->data;
}

static void what_an_echo_sends_is_stored_once(void **state) {
  harness__event_ref_t received = 2;

  (void)state;
  (void)place_of("Hello", sends("Hello"), 0);
  assert_false(has_own_bytes("Hello", received));
  assert_true(has_own_bytes("Hello", received)); /* it has not received it again */
  (void)place_of("Hello", 0, 0);
  assert_true(has_own_bytes("Hellx", 5));
  (void)place_of("Hello", 0, 0);
  assert_true(has_own_bytes("Hell", 7));
  (void)place_of("Hello", 0, 0);
  go_slow();
  assert_true(has_own_bytes("Hello", 9));
}

static void only_sends_are_shared(void **state) {
  harness__note_t log = {.kind = HARNESS__EVENT_LOG, .data = "Hello", .size = 5};
  harness__event_ref_t logged = harness__record(lanes.recorder, lanes.client, &log);
  harness__event_ref_t received;

  (void)state;
  assert_int_equal(place_of("Hello", logged, 0), SIZE_MAX);
  received = harness__recorder_last(lanes.recorder, lanes.server);
  assert_int_equal(place_of("Hello", received, 0), SIZE_MAX);
  assert_int_equal(place_of("Hello", 0, 0), SIZE_MAX);
  assert_int_equal(place_of("Hello", 1000, 0), SIZE_MAX);
  assert_int_equal(place_of("Hello", HARNESS__JOINT | 1, 0), SIZE_MAX);
}

static void pieces_are_found_in_what_is_kept_whole(void **state) {
  char data[101];

  (void)state;
  memset(data, 'x', sizeof data - 1);
  data[sizeof data - 1] = '\0';
  assert_int_equal(place_of("xxx", sends(data), 97), 0);
  assert_int_equal(place_of("yyy", sends(data), 0), SIZE_MAX);
}

/* Of that only the digest is kept. */
static void a_piece_of_what_is_too_long_is_stored(void **state) {
  char data[102];
  harness__event_ref_t sent;

  (void)state;
  memset(data, 'x', sizeof data - 1);
  data[sizeof data - 1] = '\0';
  sent = sends(data);
  assert_true(harness__event_at(lanes.recorder, sent)->is_long);
  assert_int_equal(place_of("xxx", sent, 0), SIZE_MAX);
}

/* What is kept of the data of an event that is too long. */
static const void *kept_of(harness__event_kind_t kind, const char *data, harness__event_ref_t cause) {
  harness__note_t note = {.kind = kind, .data = data, .size = strlen(data), .cause = cause};
  harness__lane_t lane = kind == HARNESS__EVENT_SEND && cause == 0 ? lanes.client : lanes.server;
  const harness__event_t *event =
      harness__event_at(lanes.recorder, harness__record(lanes.recorder, lane, &note));

  assert_true(event->is_long);
  return event->data;
}

static void what_is_too_long_is_digested_once_for_all(void **state) {
  char data[202];
  const void *kept;

  (void)state;
  memset(data, 'x', sizeof data - 1);
  data[sizeof data - 1] = '\0';
  kept = kept_of(HARNESS__EVENT_SEND, data, 0);
  assert_ptr_equal(kept_of(HARNESS__EVENT_RECEIVE, data, 1), kept);
  assert_ptr_equal(kept_of(HARNESS__EVENT_SEND, data, 1), kept);
  assert_ptr_equal(kept_of(HARNESS__EVENT_RECEIVE, data, HARNESS__JOINT | 1), kept); /* of its lane's last */
  assert_ptr_not_equal(kept_of(HARNESS__EVENT_RECEIVE, data + 1, 1), kept);
  data[200] = 'y'; /* in none of the bytes that are shown */
  assert_ptr_not_equal(kept_of(HARNESS__EVENT_RECEIVE, data, 1), kept);
  data[200] = 'x';
  assert_ptr_equal(kept_of(HARNESS__EVENT_RECEIVE, data, 1), kept);
  go_slow();
  assert_ptr_not_equal(kept_of(HARNESS__EVENT_RECEIVE, data, 1), kept);
}

static void slowly_everything_is_stored(void **state) {
  harness__event_ref_t sent = sends("Hello World!");

  (void)state;
  go_slow();
  assert_int_equal(place_of("Hello", sent, 7), SIZE_MAX);
  assert_int_equal(place_of("World!", sent, 0), SIZE_MAX);
}

static void each_event_keeps_its_time(void **state) {
  static const uint64_t times[] = {0, 0, 5, 5, 7, 0, UINT64_MAX, UINT64_MAX, 7, 8};
  size_t count = sizeof times / sizeof times[0];
  harness__transcript_t *transcript;

  (void)state;
  for (size_t i = 0; i < count; i++) {
    harness__note_t note = {.kind = HARNESS__EVENT_LOG, .data = "x", .size = 1, .at_ms = times[i]};
    assert_int_equal(harness__record(lanes.recorder, lanes.client, &note), i + 1);
  }
  assert_int_equal(lanes.recorder->time_count, 6); /* once each time it moves */
  transcript = harness__recorder_transcript(lanes.recorder);
  assert_int_equal(transcript->count, count);
  for (size_t i = 0; i < count; i++)
    assert_int_equal(transcript->entries[i].at_ms, times[i]);
  harness__transcript_free(transcript);
}

static void references_are_kept_short(void **state) {
  static const harness__event_ref_t refs[] = {0, 1, HARNESS__MOST_EVENTS, HARNESS__JOINT | 1,
                                              HARNESS__JOINT | HARNESS__MOST_JOINTS};

  (void)state;
  for (size_t i = 0; i < sizeof refs / sizeof refs[0]; i++)
    assert_int_equal(harness__ref_long(harness__ref_short(refs[i])), refs[i]);
}

/* More events than have references: there is no transcript, as where memory is exhausted. */
static void events_without_a_reference_are_a_hole(void **state) {
  size_t count = (size_t)HARNESS__MOST_EVENTS / HARNESS__CHUNK_EVENTS * HARNESS__CHUNK_EVENTS;

  (void)state;
  lanes.recorder->chunk_capacity = SIZE_MAX; /* of which none is looked at */
  lanes.recorder->count = count;
  assert_int_equal(sends("x"), 0);
  assert_true(harness__recorder_failed(lanes.recorder));
  lanes.recorder->count = 0;
}

#define with_lanes(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static const struct CMUnitTest tests[] = {
    with_lanes(what_was_sent_is_stored_once),
    with_lanes(the_bytes_that_were_read_decide),
    with_lanes(what_an_echo_sends_is_stored_once),
    with_lanes(only_sends_are_shared),
    with_lanes(pieces_are_found_in_what_is_kept_whole),
    with_lanes(a_piece_of_what_is_too_long_is_stored),
    with_lanes(what_is_too_long_is_digested_once_for_all),
    with_lanes(slowly_everything_is_stored),
    with_lanes(each_event_keeps_its_time),
    with_lanes(references_are_kept_short),
    with_lanes(events_without_a_reference_are_a_hole),
};

HARNESS_CMOCKA_MAIN("record/store", tests)
