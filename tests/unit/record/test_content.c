/* SPDX-License-Identifier: MIT */
/* Lanes that are numbered by content: of each two of these the first is the first, whoever was recorded
 * first. */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "record/json.h"
#include "record/recorder.h"

enum { MOST_NOTES = 3, LONG = 6000 };

/* One lane: its events, and whose connection it is. */
typedef struct content {
  harness__note_t notes[MOST_NOTES];
  size_t count;
  bool own; /* of a client of the harness */
} content_t;

static char long_a[LONG];
static char long_b[LONG];

static harness__note_t note(harness__event_kind_t kind, const char *data) {
  return (harness__note_t){.kind = kind, .data = data, .size = strlen(data)};
}

static harness__note_t bytes(const char *data, size_t size) {
  return (harness__note_t){.kind = HARNESS__EVENT_SEND, .data = data, .size = size};
}

static content_t one(harness__note_t first) {
  return (content_t){.notes = {first}, .count = 1};
}

static content_t two(harness__note_t first, harness__note_t second) {
  return (content_t){.notes = {first, second}, .count = 2};
}

/* The two lanes as server/1 and /2: by their numbers, or by content, and recorded in either order. */
static char *record(const content_t *first, const content_t *second, bool by_content, bool turned) {
  harness__recorder_t *recorder = harness__recorder_new(0);
  const content_t *contents[2] = {first, second};
  harness__transcript_t *transcript;
  char *json;

  assert_non_null(recorder);
  harness__recorder_set_free_running(recorder);
  for (uint32_t i = 0; i < 2; i++)
    (void)harness__recorder_lane(recorder, i == 0 ? "peer10" : "peer2", 0, 0);
  for (uint32_t i = 0; i < 2; i++) {
    const content_t *content = contents[turned ? 1 - i : i];
    unsigned flags = content->own ? HARNESS__LANE_ACCEPTED : HARNESS__LANE_BY_CONTENT;
    harness__lane_t lane = harness__recorder_lane(recorder, "server", i + 1, by_content ? flags : 0);
    for (size_t j = 0; j < content->count; j++)
      assert_int_not_equal(harness__record(recorder, lane, &content->notes[j]), 0);
  }
  transcript = harness__recorder_transcript(recorder);
  assert_non_null(transcript);
  json = harness__transcript_json(transcript);
  harness__transcript_free(transcript);
  harness__recorder_free(recorder);
  return json;
}

static void assert_first(content_t first, content_t second) {
  char *expected = record(&first, &second, false, false);

  for (int turned = 0; turned < 2; turned++) {
    char *json = record(&first, &second, true, turned != 0);
    assert_string_equal(json, expected);
    free(json);
  }
  free(expected);
}

static void kinds_directions_peers_and_codes_come_first(void **state) {
  harness__note_t eof = {.kind = HARNESS__EVENT_EOF, .peer = 1};
  harness__note_t eof_from = {.kind = HARNESS__EVENT_EOF, .peer = 1, .from = true};
  harness__note_t to_2 = {.kind = HARNESS__EVENT_CONNECT, .peer = 2};
  harness__note_t to_10 = {.kind = HARNESS__EVENT_CONNECT, .peer = 1};
  harness__note_t broken = {.kind = HARNESS__EVENT_ERROR, .code = "EPIPE"};
  harness__note_t late = {.kind = HARNESS__EVENT_ERROR, .code = "ETIMEDOUT"};

  (void)state;
  assert_first(one(to_10), one(note(HARNESS__EVENT_SEND, "a")));
  assert_first(one(eof), one(eof_from));
  assert_first(one(to_2), one(to_10)); /* as people order names */
  assert_first(one(broken), one(late));
  /* Each before those behind it. */
  assert_first(two(to_10, eof_from), two(eof, to_2));
  eof.peer = 1;
  eof_from.peer = 2;
  assert_first(one(eof), one(eof_from));
}

static void texts_and_bytes_follow(void **state) {
  (void)state;
  assert_first(one(note(HARNESS__EVENT_LOG, "a")), one(note(HARNESS__EVENT_LOG, "b")));
  assert_first(one(note(HARNESS__EVENT_LOG, "")), one(note(HARNESS__EVENT_LOG, "a")));
  assert_first(one(note(HARNESS__EVENT_LOG, "a")), one(note(HARNESS__EVENT_LOG, "aa")));
  assert_first(one(note(HARNESS__EVENT_LOG, "ab")), one(note(HARNESS__EVENT_LOG, "b")));
  assert_first(one(bytes("a", 1)), one(bytes("b", 1)));
  assert_first(one(bytes("a", 1)), one(bytes("aa", 2)));
  assert_first(one(bytes("ab", 2)), one(bytes("b", 1)));
}

/* Of long data the beginning, the size and the digest are left. */
static void long_bytes_go_by_size_and_digest(void **state) {
  content_t a;
  content_t b;
  char *turned[2];

  (void)state;
  memset(long_a, 'x', LONG);
  memset(long_b, 'x', LONG);
  for (size_t size = 5000; size < LONG; size += 100)
    assert_first(one(bytes(long_a, size)), one(bytes(long_b, size + 1)));
  long_b[LONG - 1] = 'y';
  a = one(bytes(long_a, LONG));
  b = one(bytes(long_b, LONG));
  turned[0] = record(&a, &b, true, false);
  turned[1] = record(&a, &b, true, true);
  assert_string_equal(turned[0], turned[1]);
  free(turned[0]);
  free(turned[1]);
}

static void the_first_difference_decides(void **state) {
  harness__note_t a = note(HARNESS__EVENT_LOG, "a");
  harness__note_t b = note(HARNESS__EVENT_LOG, "b");

  (void)state;
  assert_first(two(a, b), two(b, a));
  assert_first(two(a, a), two(a, b));
  assert_first(one(a), two(a, a)); /* one is the other's beginning */
  assert_first(two(a, b), one(b));
}

static void own_clients_come_before_those_from_outside(void **state) {
  content_t own = one(note(HARNESS__EVENT_LOG, "z"));
  content_t outside = one(note(HARNESS__EVENT_LOG, "a"));

  (void)state;
  own.own = true;
  assert_first(own, outside);
}

/* A lane with a name: of a family, with a number or not, and called after such a lane or not. */
typedef struct name {
  const char *family;
  uint32_t number;
  uint32_t child;
} name_t;

static harness__lane_t make_named(harness__recorder_t *recorder, const name_t *name) {
  harness__lane_t lane = harness__recorder_lane(recorder, name->family, name->number, 0);

  return name->child != 0 ? harness__recorder_child(recorder, lane, name->child) : lane;
}

/* Two lanes of one content, which only those tell apart that name them. */
static char *name_each(const name_t *first, const name_t *second, bool turned) {
  harness__recorder_t *recorder = harness__recorder_new(0);
  const name_t *names[2] = {first, second};
  harness__lane_t unnamed[2];
  harness__lane_t named[2];
  harness__transcript_t *transcript;
  char *json;

  harness__recorder_set_free_running(recorder);
  for (size_t i = 0; i < 2; i++)
    named[turned ? 1 - i : i] = make_named(recorder, names[turned ? 1 - i : i]);
  for (uint32_t i = 0; i < 2; i++) {
    harness__note_t same = note(HARNESS__EVENT_LOG, "same");
    unnamed[i] = harness__recorder_lane(recorder, "server", i + 1, HARNESS__LANE_BY_CONTENT);
    (void)harness__record(recorder, unnamed[i], &same);
  }
  for (size_t i = 0; i < 2; i++)
    (void)harness__record(
        recorder, named[i],
        &(harness__note_t){.kind = HARNESS__EVENT_CONNECT, .peer = unnamed[turned ? 1 - i : i]});
  transcript = harness__recorder_transcript(recorder);
  assert_non_null(transcript);
  json = harness__transcript_json(transcript);
  harness__transcript_free(transcript);
  harness__recorder_free(recorder);
  return json;
}

static void who_names_them_counts_by_name(void **state) {
  static const name_t names[] = {{"a", 0, 0}, {"b", 0, 0}, {"n", 1, 0}, {"n", 2, 0},
                                 {"n", 1, 2}, {"n", 1, 3}, {"n", 2, 2}, {"n", 10, 0},
                                 {"m", 1, 2}, {"n", 3, 0}, {"n", 3, 2}, {"z", 1, 0}};

  (void)state;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    for (size_t j = 0; j < i; j++) {
      char *plain = name_each(&names[i], &names[j], false);
      char *turned = name_each(&names[i], &names[j], true);
      assert_string_equal(plain, turned);
      /* The lane that is listed first names the first. */
      assert_int_equal(strncmp(strstr(plain, "to\": "), "to\": \"server/1\"", 15), 0);
      free(plain);
      free(turned);
    }
  }
}

/* Two lanes of one content: of one the first event is waited for, of the other the second. */
static char *wait_for_each(bool turned) {
  harness__recorder_t *recorder = harness__recorder_new(0);
  harness__note_t same = note(HARNESS__EVENT_LOG, "same");
  harness__lane_t waiter = harness__recorder_lane(recorder, "a", 0, 0);
  harness__transcript_t *transcript;
  char *json;

  harness__recorder_set_free_running(recorder);
  for (uint32_t i = 0; i < 2; i++) {
    harness__lane_t lane = harness__recorder_lane(recorder, "server", i + 1, HARNESS__LANE_BY_CONTENT);
    for (uint32_t j = 0; j < 2; j++) {
      harness__event_ref_t event = harness__record(recorder, lane, &same);
      if (j == (turned ? 1 - i : i))
        harness__recorder_after(recorder, waiter, event);
    }
  }
  (void)harness__record(recorder, waiter, &same);
  transcript = harness__recorder_transcript(recorder);
  assert_non_null(transcript);
  json = harness__transcript_json(transcript);
  harness__transcript_free(transcript);
  harness__recorder_free(recorder);
  return json;
}

static void which_event_is_waited_for_counts(void **state) {
  char *plain = wait_for_each(false);
  char *turned = wait_for_each(true);

  (void)state;
  assert_string_equal(plain, turned);
  free(plain);
  free(turned);
}

/* Where nothing ran freely numbers are as given, also in the joined form. */
static void numbers_stay_where_nothing_is_chance(void **state) {
  harness__recorder_t *recorder = harness__recorder_new(SIZE_MAX);
  harness__transcript_t *transcript;

  (void)state;
  for (uint32_t i = 1; i <= 2; i++) {
    harness__note_t line = note(HARNESS__EVENT_LOG, i == 1 ? "z" : "a");
    (void)harness__record(
        recorder,
        harness__recorder_lane(recorder, "server", i, HARNESS__LANE_ACCEPTED | HARNESS__LANE_FREE_PEER),
        &line);
  }
  transcript = harness__recorder_joined_transcript(recorder);
  assert_non_null(transcript);
  assert_string_equal(transcript->lanes[transcript->entries[0].lane], "server/1");
  assert_memory_equal(transcript->entries[0].text, "z", 1);
  harness__transcript_free(transcript);
  harness__recorder_free(recorder);
}

/* Two lanes of each of two families in a ring, each of which waits for the one before: turned by one, the
 * ring would look the same, were it not for the families. */
static char *record_ring(size_t begin) {
  harness__recorder_t *recorder = harness__recorder_new(0);
  harness__note_t same = note(HARNESS__EVENT_LOG, "same");
  harness__lane_t lanes[4];
  harness__event_ref_t refs[4] = {0};
  harness__transcript_t *transcript;
  char *json;

  harness__recorder_set_free_running(recorder);
  for (size_t i = begin; i < begin + 4; i++) {
    lanes[i % 4] = harness__recorder_lane(recorder, i % 2 == 0 ? "f" : "g", (uint32_t)(i - begin) / 2 + 1,
                                          HARNESS__LANE_BY_CONTENT);
    refs[i % 4] = harness__record(recorder, lanes[i % 4], &same);
  }
  for (size_t i = begin; i < begin + 4; i++) {
    same.cause = refs[(i + 3) % 4];
    (void)harness__record(recorder, lanes[i % 4], &same);
  }
  transcript = harness__recorder_transcript(recorder);
  assert_non_null(transcript);
  json = harness__transcript_json(transcript);
  harness__transcript_free(transcript);
  harness__recorder_free(recorder);
  return json;
}

static void families_are_told_apart(void **state) {
  char *first = record_ring(0);

  (void)state;
  for (size_t begin = 1; begin < 4; begin++) {
    char *again = record_ring(begin);
    assert_string_equal(again, first);
    free(again);
  }
  free(first);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(kinds_directions_peers_and_codes_come_first),
    cmocka_unit_test(texts_and_bytes_follow),
    cmocka_unit_test(long_bytes_go_by_size_and_digest),
    cmocka_unit_test(the_first_difference_decides),
    cmocka_unit_test(own_clients_come_before_those_from_outside),
    cmocka_unit_test(who_names_them_counts_by_name),
    cmocka_unit_test(families_are_told_apart),
    cmocka_unit_test(which_event_is_waited_for_counts),
    cmocka_unit_test(numbers_stay_where_nothing_is_chance),
};

HARNESS_CMOCKA_MAIN("record/content", tests)
