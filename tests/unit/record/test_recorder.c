/* SPDX-License-Identifier: MIT */
#include <harness/cmocka.h>

#include <stdio.h>
#include <string.h>

#include "record/digest.h"
#include "record/recorder.h"

static int set_up(void **state) {
  *state = harness__recorder_new(0);
  return *state != NULL ? 0 : -1;
}

static int tear_down(void **state) {
  harness__recorder_free(*state);
  return 0;
}

static harness__event_ref_t record_log(harness__recorder_t *recorder, harness__lane_t lane,
                                       const char *text) {
  return harness__record(recorder, lane,
                         &(harness__note_t){.kind = HARNESS__EVENT_LOG, .data = text, .size = strlen(text)});
}

static void names_every_kind(void **state) {
  (void)state;
  for (int kind = 0; kind < HARNESS__EVENT_KINDS; kind++) {
    const char *name = harness__event_kind_name((harness__event_kind_t)kind);
    assert_non_null(name);
    assert_int_equal(harness__event_kind_find(name), kind);
  }
  assert_null(harness__event_kind_name(HARNESS__EVENT_KINDS));
  assert_int_equal(harness__event_kind_find("listen"), HARNESS__EVENT_KINDS);
  assert_int_equal(harness__event_kind_find(""), HARNESS__EVENT_KINDS);
}

static void names_lanes(void **state) {
  harness__recorder_t *recorder = *state;
  harness__lane_t server = harness__recorder_lane(recorder, "server", 0, 0);
  harness__lane_t first = harness__recorder_sublane(recorder, server, 1, 0);
  harness__lane_t tenth = harness__recorder_sublane(recorder, first, 10, 0);
  harness__lane_t slashed = harness__recorder_lane(recorder, "a/b", 0, 0);

  assert_string_equal(harness__recorder_lane_name(recorder, server), "server");
  assert_string_equal(harness__recorder_lane_name(recorder, first), "server/1");
  assert_string_equal(harness__recorder_lane_name(recorder, tenth), "server/10");
  assert_string_equal(harness__recorder_lane_name(recorder, slashed), "a/b");
  assert_string_equal(harness__recorder_lane_name(recorder, 0), "?");
  assert_string_equal(harness__recorder_lane_name(recorder, 1000), "?");
  assert_int_equal(harness__recorder_sublane(recorder, 0, 1, 0), 0);
  assert_int_equal(harness__recorder_sublane(recorder, 1000, 1, 0), 0);
}

static void gives_the_same_lane_for_the_same_name(void **state) {
  harness__recorder_t *recorder = *state;
  harness__lane_t lanes[5];

  for (uint32_t i = 0; i < 5; i++)
    lanes[i] = harness__recorder_lane(recorder, "server", i, 0);
  for (uint32_t i = 0; i < 5; i++)
    assert_int_equal(harness__recorder_lane(recorder, "server", i, 0), lanes[i]);
  assert_int_not_equal(lanes[0], lanes[1]);
}

static void finds_one_of_many_families(void **state) {
  harness__recorder_t *recorder = *state;
  harness__lane_t lanes[2000];
  char name[32];

  for (int i = 0; i < 2000; i++) {
    (void)snprintf(name, sizeof name, "client%d", i);
    lanes[i] = harness__recorder_lane(recorder, name, 0, 0);
  }
  for (int i = 0; i < 2000; i++) {
    (void)snprintf(name, sizeof name, "client%d", i);
    assert_int_equal(harness__recorder_lane(recorder, name, 0, 0), lanes[i]);
    assert_string_equal(harness__recorder_lane_name(recorder, lanes[i]), name);
  }
}

static void keeps_the_order_recorded(void **state) {
  enum { COUNT = 3000 }; /* several chunks */
  harness__recorder_t *recorder = *state;
  harness__lane_t b = harness__recorder_lane(recorder, "b", 0, 0);
  harness__lane_t a = harness__recorder_lane(recorder, "a", 0, 0);
  harness__lane_t idle = harness__recorder_lane(recorder, "idle", 0, 0);
  harness__transcript_t *transcript;
  char text[16];

  for (int i = 0; i < COUNT; i++) {
    (void)snprintf(text, sizeof text, "%d", i);
    assert_int_equal(record_log(recorder, i % 3 == 0 ? b : a, text), i + 1);
  }
  assert_int_equal(harness__recorder_last(recorder, a), COUNT);
  assert_int_equal(harness__recorder_last(recorder, b), COUNT - 2);
  assert_int_equal(harness__recorder_last(recorder, idle), 0);
  transcript = harness__recorder_transcript(recorder);
  assert_int_equal(transcript->lane_count, 2);
  assert_string_equal(transcript->lanes[0], "b");
  assert_int_equal(transcript->count, COUNT);
  for (int i = 0; i < COUNT; i++) {
    (void)snprintf(text, sizeof text, "%d", i);
    assert_string_equal(transcript->entries[i].text, text);
    assert_int_equal(transcript->entries[i].lane, i % 3 == 0 ? 0 : 1);
  }
  harness__transcript_free(transcript);
}

static void copies_what_it_is_told(void **state) {
  harness__recorder_t *recorder = *state;
  harness__lane_t lane = harness__recorder_lane(recorder, "client", 0, 0);
  char text[] = "before";
  harness__transcript_t *transcript;

  (void)record_log(recorder, lane, text);
  memset(text, 'x', sizeof text - 1);
  transcript = harness__recorder_transcript(recorder);
  harness__recorder_free(recorder);
  *state = NULL;
  assert_string_equal(transcript->entries[0].text, "before");
  assert_string_equal(transcript->lanes[0], "client");
  harness__transcript_free(transcript);
}

static void send_bytes(harness__recorder_t *recorder, harness__lane_t lane, const void *data, size_t size) {
  assert_int_not_equal(
      harness__record(recorder, lane,
                      &(harness__note_t){.kind = HARNESS__EVENT_SEND, .data = data, .size = size}),
      0);
}

static void cuts_long_data(void **state) {
  harness__recorder_t *recorder = *state;
  harness__lane_t lane = harness__recorder_lane(recorder, "client", 0, 0);
  harness__transcript_t *transcript;
  char data[4097];
  char digest[HARNESS__DIGEST_SIZE];

  memset(data, 'x', sizeof data);
  send_bytes(recorder, lane, data, 4096);
  send_bytes(recorder, lane, data, 4097);
  transcript = harness__recorder_transcript(recorder);
  assert_int_equal(transcript->entries[0].data.head_size, 4096);
  assert_string_equal(transcript->entries[0].data.digest, "");
  assert_int_equal(transcript->entries[1].data.head_size, HARNESS__HEAD_SIZE);
  assert_int_equal(transcript->entries[1].data.bytes, 4097);
  harness__digest(digest, data, 4097);
  assert_string_equal(transcript->entries[1].data.digest, digest);
  assert_true(harness__digest_is_valid(digest));
  harness__transcript_free(transcript);
}

/* The value that the reference tool `xxh128sum` prints for the same bytes. */
static void digests_as_others_do(void **state) {
  char digest[HARNESS__DIGEST_SIZE];

  (void)state;
  harness__digest(digest, "", 0);
  assert_string_equal(digest, "xxh3-128:99aa06d3014798d86001c324468d497f");
}

static void obeys_a_limit_below_the_head(void **state) {
  harness__recorder_t *recorder = harness__recorder_new(3);
  harness__lane_t lane = harness__recorder_lane(recorder, "client", 0, 0);
  harness__transcript_t *transcript;

  (void)state;
  send_bytes(recorder, lane, "abcd", 4);
  transcript = harness__recorder_transcript(recorder);
  assert_int_equal(transcript->entries[0].data.head_size, 4);
  assert_int_equal(transcript->entries[0].data.bytes, 4);
  assert_string_not_equal(transcript->entries[0].data.digest, "");
  harness__transcript_free(transcript);
  harness__recorder_free(recorder);
}

typedef struct visited {
  size_t count;
  char text[64];
} visited_t;

static void visit(const harness__entry_t *entry, void *arg) {
  visited_t *visited = arg;
  visited->count++;
  (void)strncat(visited->text, entry->text != NULL ? entry->text : entry->to, 1);
}

static void shows_recent_events_oldest_first(void **state) {
  harness__recorder_t *recorder = *state;
  harness__lane_t a = harness__recorder_lane(recorder, "a", 0, 0);
  harness__lane_t b = harness__recorder_lane(recorder, "b", 0, 0);
  visited_t visited = {0};

  harness__recorder_recent(recorder, a, 3, visit, &visited);
  assert_int_equal(visited.count, 0);
  for (const char *text = "12345"; *text != '\0'; text++) {
    (void)record_log(recorder, a, text);
    (void)record_log(recorder, b, "other");
  }
  (void)harness__record(recorder, a, &(harness__note_t){.kind = HARNESS__EVENT_CONNECT, .peer = b});
  harness__recorder_recent(recorder, a, 3, visit, &visited);
  assert_string_equal(visited.text, "45b");
  visited = (visited_t){0};
  harness__recorder_recent(recorder, a, 1000, visit, &visited);
  assert_string_equal(visited.text, "12345b");
}

static void gives_no_transcript_with_a_hole(void **state) {
  harness__recorder_t *recorder = *state;
  harness__lane_t lane = harness__recorder_lane(recorder, "a", 0, 0);

  (void)record_log(recorder, lane, "kept");
  assert_false(harness__recorder_failed(recorder));
  /* More than any memory holds: refused before a byte is read. */
  assert_int_equal(
      harness__record(recorder, lane,
                      &(harness__note_t){.kind = HARNESS__EVENT_LOG, .data = "x", .size = SIZE_MAX / 2}),
      0);
  assert_true(harness__recorder_failed(recorder));
  assert_int_equal(record_log(recorder, lane, "later"), 0);
  assert_null(harness__recorder_transcript(recorder));
}

static void refuses_a_lane_there_is_not(void **state) {
  harness__recorder_t *recorder = *state;

  assert_int_equal(record_log(recorder, 0, "x"), 0);
  assert_true(harness__recorder_failed(recorder));
}

static void appends_notes(void **state) {
  harness__recorder_t *recorder = *state;
  harness__lane_t lane = harness__recorder_lane(recorder, "call", 0, 0);
  harness__notes_t *notes = harness__notes_new();
  harness__transcript_t *transcript;
  char text[] = "note 0";

  for (int i = 0; i < 100; i++) {
    text[5] = (char)('0' + i % 10);
    assert_true(
        harness__notes_add(notes, &(harness__note_t){.kind = HARNESS__EVENT_LOG, .data = text, .size = 6}));
  }
  harness__recorder_append(recorder, lane, notes);
  harness__notes_free(notes);
  transcript = harness__recorder_transcript(recorder);
  assert_int_equal(transcript->count, 100);
  assert_string_equal(transcript->entries[57].text, "note 7");
  harness__transcript_free(transcript);
}

static void forgets_nothing_of_failed_notes(void **state) {
  harness__recorder_t *recorder = *state;
  harness__lane_t lane = harness__recorder_lane(recorder, "call", 0, 0);
  harness__notes_t *notes = harness__notes_new();

  assert_false(harness__notes_add(
      notes, &(harness__note_t){.kind = HARNESS__EVENT_LOG, .data = "x", .size = SIZE_MAX / 2}));
  harness__recorder_append(recorder, lane, notes);
  harness__notes_free(notes);
  assert_true(harness__recorder_failed(recorder));
  harness__notes_free(NULL);
  harness__recorder_free(NULL);
  harness__transcript_free(NULL);
}

#define with_recorder(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static const struct CMUnitTest tests[] = {
    with_recorder(names_every_kind),
    with_recorder(names_lanes),
    with_recorder(gives_the_same_lane_for_the_same_name),
    with_recorder(finds_one_of_many_families),
    with_recorder(keeps_the_order_recorded),
    with_recorder(copies_what_it_is_told),
    with_recorder(cuts_long_data),
    with_recorder(digests_as_others_do),
    with_recorder(obeys_a_limit_below_the_head),
    with_recorder(shows_recent_events_oldest_first),
    with_recorder(gives_no_transcript_with_a_hole),
    with_recorder(refuses_a_lane_there_is_not),
    with_recorder(appends_notes),
    with_recorder(forgets_nothing_of_failed_notes),
};

HARNESS_CMOCKA_MAIN("record/recorder", tests)
