/* SPDX-License-Identifier: MIT */
/*
 * Transcripts compared apart from the cutting of reads, and how reads are joined. The linker puts the
 * functions below in front of the C library's, so that each array can be the one that there is no memory for,
 * and ends where the process's memory does.
 */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "record/compare.h"
#include "record/recorder.h"
#include "support.h"

#define LANES "'a', 'b'"
#define RECEIVE(lane, data) "{'lane': '" lane "', 'event': 'receive', 'data': '" data "'}"
#define SEND(lane, data) "{'lane': '" lane "', 'event': 'send', 'data': '" data "'}"
#define LOG(lane, text) "{'lane': '" lane "', 'event': 'log', 'text': '" text "'}"
#define MATCH(event) "{'lane': 'a', 'event': '" event "', 'data': {'regex': 'o.*'}}"
#define LONG(digit)                                                                                          \
  "{'lane': 'a', 'event': 'receive', 'data': {'bytes': 2, 'head': 'xy',"                                     \
  " 'digest': 'xxh3-128:0123456789abcdef0123456789abcde" digit "'}}"
#define BASE LOG("b", "x") ", " RECEIVE("a", "onetwo") ", " LOG("a", "y") ", " SEND("a", "12")

/* Of one comparison. */
enum { ARRAYS = 4 };
static struct {
  void *pages;
  char *memory;
  size_t size;
} arrays[ARRAYS];

static size_t live;         /* arrays that are not freed */
static size_t requests;     /* while arrays are fenced */
static size_t lost_request; /* from 1; 0: none */
static bool is_fenced;

void *__real_calloc(size_t count, size_t size);
void __real_free(void *memory);
void *__wrap_calloc(size_t count, size_t size);
void __wrap_free(void *memory);

/* Behind the array is a page that nobody may touch. */
void *__wrap_calloc(size_t count, size_t size) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  size_t inner = (count * size + page - 1) / page * page;
  char *pages;

  if (!is_fenced)
    return __real_calloc(count, size);
  assert_true(live < ARRAYS);
  if (++requests == lost_request)
    return NULL;
  pages = mmap(NULL, inner + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  assert_true(pages != MAP_FAILED);
  assert_int_equal(mprotect(pages + inner, page, PROT_NONE), 0);
  for (size_t i = 0; i < ARRAYS; i++) {
    if (arrays[i].memory != NULL)
      continue;
    arrays[i].pages = pages;
    arrays[i].memory = pages + inner - count * size;
    arrays[i].size = inner + page;
    live++;
    return arrays[i].memory;
  }
  return NULL;
}

void __wrap_free(void *memory) {
  for (size_t i = 0; memory != NULL && i < ARRAYS; i++) {
    if (arrays[i].memory != memory)
      continue;
    assert_int_equal(munmap(arrays[i].pages, arrays[i].size), 0);
    arrays[i].memory = NULL;
    live--;
    return;
  }
  __real_free(memory);
}

static bool same_streams(const harness__transcript_t *a, const harness__transcript_t *b, bool with_writes,
                         bool *failed) {
  bool same;

  requests = 0;
  is_fenced = true;
  same = harness__transcript_same_streams(a, b, with_writes, failed);
  is_fenced = false;
  assert_int_equal(live, 0);
  return same;
}

/* Both ways. Lane d is there, but has been left out. */
static bool same_of(const char *lanes_a, const char *events_a, const char *lanes_b, const char *events_b,
                    bool with_writes) {
  harness__transcript_t *a = support_transcript(lanes_a, events_a);
  harness__transcript_t *b = support_transcript(lanes_b, events_b);
  bool failed = false;
  bool one_way;
  bool other_way;

  harness__transcript_keep_lanes(a, (const char *const[]){"a", "b", "c", NULL});
  harness__transcript_keep_lanes(b, (const char *const[]){"a", "b", "c", NULL});
  one_way = same_streams(a, b, with_writes, &failed);
  other_way = same_streams(b, a, with_writes, &failed);
  assert_false(failed);
  assert_int_equal(one_way, other_way);
  harness__transcript_free(a);
  harness__transcript_free(b);
  return one_way;
}

static bool same(const char *events, bool with_writes) {
  return same_of(LANES, BASE, LANES, events, with_writes);
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
  assert_false(same(LOG("b", "x") ", " RECEIVE("a", "onetwo") ", " LOG("a", "y") ", " SEND("a", "13"), true));
}

/* A pattern matches one event, and nothing that was put together of several. */
static void a_pattern_is_an_event(void **state) {
  harness__transcript_t *fixture =
      support_transcript("'a'", "{'lane': 'a', 'event': 'receive', 'data': {'regex': 'o.*'}}");
  harness__transcript_t *whole = support_transcript("'a'", RECEIVE("a", "one"));
  harness__transcript_t *cut = support_transcript("'a'", RECEIVE("a", "o") ", " RECEIVE("a", "ne"));
  bool failed = false;

  (void)state;
  assert_false(same_streams(fixture, whole, false, &failed));
  assert_false(same_streams(fixture, cut, false, &failed));
  assert_true(same_streams(fixture, fixture, false, &failed));
  assert_true(same_streams(whole, cut, false, &failed));
  whole->entries[0].data.digest[1] = 'x'; /* behind the end of an empty one */
  assert_true(same_streams(whole, cut, false, &failed));
  assert_false(failed);
  harness__transcript_free(fixture);
  harness__transcript_free(whole);
  harness__transcript_free(cut);
  assert_false(same_of("'a'", MATCH("receive") ", " LOG("a", "x"), "'a'", LOG("a", "x"), false));
  assert_true(same_of("'a'", MATCH("send"), "'a'", SEND("a", "one"), false));
  assert_false(same_of("'a'", MATCH("send"), "'a'", SEND("a", "one"), true));
}

/* Of long data only its head is known, so that it can't be put together with others. */
static void a_digest_is_an_event(void **state) {
  (void)state;
  assert_true(same_of("'a'", LONG("e"), "'a'", LONG("e"), false));
  assert_false(same_of("'a'", LONG("e"), "'a'", LONG("f"), false));
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
  assert_true(same_streams(transcripts[0], transcripts[0], true, &failed));
  for (size_t i = 1; i < 3; i++)
    assert_false(same_streams(transcripts[0], transcripts[i], true, &failed));
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
  assert_false(same_streams(a, b, false, &failed));
  assert_false(same_streams(a, c, false, &failed));
  assert_false(same_streams(c, a, false, &failed));
  harness__transcript_keep_lanes(a, (const char *const[]){"a", NULL});
  assert_int_equal(a->count, 1);
  assert_true(same_streams(c, a, false, &failed));
  harness__transcript_free(a);
  harness__transcript_free(b);
  harness__transcript_free(c);
}

static void lanes_may_stand_anywhere(void **state) {
  (void)state;
  assert_true(same_of(
      "'a', 'b', 'c'", LOG("a", "1") ", " LOG("b", "2") ", " LOG("b", "3") ", " LOG("c", "4"),
      "'c', 'a', 'd', 'b'",
      LOG("c", "4") ", " LOG("b", "2") ", " LOG("d", "0") ", " LOG("a", "1") ", " LOG("b", "3"), false));
  assert_true(same_of("'a', 'd'", LOG("a", "1") ", " LOG("d", "0"), "'d', 'a'",
                      LOG("d", "0") ", " LOG("a", "1"), false));
  assert_false(
      same_of(LANES, LOG("a", "1") ", " LOG("b", "2"), "'d', 'b'", LOG("d", "0") ", " LOG("b", "2"), false));
}

static void one_may_say_more(void **state) {
  const char *one = LOG("a", "x");

  (void)state;
  assert_false(same_of("'a'", one, "'a'", LOG("a", "x") ", " LOG("a", "x") ", " LOG("a", "x"), false));
  assert_false(same_of("'a'", one, LANES, LOG("a", "x") ", " LOG("b", "x"), false));
}

static void what_memory_lacks_for_is_not_the_same(void **state) {
  harness__transcript_t *transcript = support_transcript(LANES, BASE);
  bool failed;

  (void)state;
  for (size_t nth = 1; nth <= ARRAYS; nth++) {
    failed = false;
    lost_request = nth;
    assert_false(same_streams(transcript, transcript, false, &failed));
    assert_true(failed);
  }
  failed = false;
  lost_request = ARRAYS + 1;
  assert_true(same_streams(transcript, transcript, false, &failed));
  assert_false(failed);
  assert_int_equal(requests, ARRAYS);
  lost_request = 0;
  harness__transcript_free(transcript);
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
    cmocka_unit_test(a_digest_is_an_event),
    cmocka_unit_test(other_events_count),
    cmocka_unit_test(the_cutting_of_datagrams_counts),
    cmocka_unit_test(the_cutting_of_sends_counts_unless_asked),
    cmocka_unit_test(lanes_count),
    cmocka_unit_test(lanes_may_stand_anywhere),
    cmocka_unit_test(one_may_say_more),
    cmocka_unit_test(what_memory_lacks_for_is_not_the_same),
    cmocka_unit_test(a_name_stands_for_its_numbers),
    cmocka_unit_test(the_joined_form_joins_in_every_lane),
    cmocka_unit_test(what_waits_for_itself_is_joined),
};

HARNESS_CMOCKA_MAIN("record/streams", tests)
