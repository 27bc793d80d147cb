/* SPDX-License-Identifier: MIT */
/* What people read is compared with tests/golden/difference/<test>.txt. */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "record/recorder.h"
#include "report/difference.h"
#include "support.h"

static void assert_difference(const char *golden, const harness__transcript_t *expected,
                              const harness__transcript_t *actual) {
  char name[128];
  char *text = harness__difference(expected, "hello.json", actual, "the transcript");

  (void)snprintf(name, sizeof name, "difference/%s.txt", golden);
  support_assert_golden(name, text);
  /* No line is wider than a terminal; an ellipsis has three bytes. */
  for (const char *p = text; *p != '\0'; p += strcspn(p, "\n") + 1)
    assert_in_range(strcspn(p, "\n"), 0, 110);
  free(text);
}

#define CONNECT "{'lane': 'client', 'event': 'connect', 'to': 'server'}"
#define ACCEPT "{'lane': 'server/1', 'event': 'accept', 'from': 'client'}"
#define SEND "{'lane': 'client', 'event': 'send', 'data': 'Hello World!'}"
#define RECEIVE "{'lane': 'server/1', 'event': 'receive', 'data': 'Hello World!'}"
#define LOG "{'lane': 'server/1', 'event': 'log', 'text': '-> received'}"
#define CLOSE "{'lane': 'server/1', 'event': 'close'}"
#define END "{'lane': 'client', 'event': 'eof', 'from': 'server/1'}"
#define ALL CONNECT ", " ACCEPT ", " SEND ", " RECEIVE ", " LOG ", " CLOSE ", " END

/* The expected transcript is ALL. */
static void assert_change(const char *golden, const char *events) {
  harness__transcript_t *expected = support_transcript("'client', 'server/1'", ALL);
  harness__transcript_t *actual = support_transcript("'client', 'server/1'", events);

  assert_difference(golden, expected, actual);
  harness__transcript_free(expected);
  harness__transcript_free(actual);
}

static void shows_changed_data(void **state) {
  (void)state;
  assert_change("changed_data",
                CONNECT ", " ACCEPT ", " SEND
                        ", {'lane': 'server/1', 'event': 'receive', 'data': 'Hello Mars!'}, " LOG ", " CLOSE
                        ", " END);
}

static void shows_a_changed_log(void **state) {
  (void)state;
  assert_change("changed_log", CONNECT
                ", " ACCEPT ", " SEND ", " RECEIVE
                ", {'lane': 'server/1', 'event': 'log', 'text': '-> received\u202e[31m'}, " CLOSE ", " END);
}

/* A path may have any bytes. */
static void escapes_names(void **state) {
  harness__transcript_t *expected = support_transcript("'client', 'server/1'", ALL);
  harness__transcript_t *actual = support_transcript("'client', 'server/1'", CONNECT ", " ACCEPT);
  char *text = harness__difference(expected, "a\033[31m.json", actual, "b\xc2\x9b.json");

  (void)state;
  assert_non_null(strstr(text, "a\\x1b[31m.json and b\\xc2\\x9b.json differ: "));
  assert_non_null(strstr(text, ", b\\xc2\\x9b.json ends after event 2"));
  assert_null(strchr(text, '\033'));
  free(text);
  harness__transcript_free(expected);
  harness__transcript_free(actual);
}

static void shows_a_missing_event(void **state) {
  (void)state;
  assert_change("missing_event", CONNECT ", " ACCEPT ", " SEND ", " LOG ", " CLOSE ", " END);
}

static void shows_a_new_event(void **state) {
  (void)state;
  assert_change("new_event",
                CONNECT ", " ACCEPT ", " SEND ", " RECEIVE ", " LOG ", " LOG ", " CLOSE ", " END);
}

static void shows_an_early_end(void **state) {
  (void)state;
  assert_change("early_end", CONNECT ", " ACCEPT ", " SEND ", " RECEIVE);
}

static void shows_a_late_end(void **state) {
  (void)state;
  assert_change("late_end", ALL ", " SEND);
}

static void shows_another_order(void **state) {
  (void)state;
  assert_change("another_order", CONNECT ", " SEND ", " ACCEPT ", " RECEIVE ", " LOG ", " CLOSE ", " END);
}

static void shows_an_event_that_comes_early(void **state) {
  (void)state;
  assert_change("early_event", CONNECT ", " END ", " ACCEPT ", " SEND ", " RECEIVE ", " LOG ", " CLOSE);
}

static void shows_another_time(void **state) {
  (void)state;
  assert_change("another_time", CONNECT ", " ACCEPT ", " SEND ", " RECEIVE ", " LOG
                                        ", {'lane': 'server/1', 'event': 'close', 'at_ms': 250}, " END);
}

static void shows_an_empty_transcript(void **state) {
  harness__transcript_t *expected = support_transcript("'client'", CONNECT);
  harness__transcript_t *actual = support_transcript("", "");

  (void)state;
  assert_difference("empty", expected, actual);
  harness__transcript_free(expected);
  harness__transcript_free(actual);
}

static harness__transcript_t *record(const void *data, size_t size, size_t limit) {
  harness__recorder_t *recorder = harness__recorder_new(limit);
  harness__lane_t lane = harness__recorder_lane(recorder, "client", 0, 0);
  harness__transcript_t *transcript;

  (void)harness__record(recorder, lane,
                        &(harness__note_t){.kind = HARNESS__EVENT_SEND, .data = data, .size = size});
  transcript = harness__recorder_transcript(recorder);
  harness__recorder_free(recorder);
  return transcript;
}

static void assert_data(const char *golden, const void *a, size_t size_a, const void *b, size_t size_b) {
  harness__transcript_t *expected = record(a, size_a, 0);
  harness__transcript_t *actual = record(b, size_b, 0);

  assert_difference(golden, expected, actual);
  harness__transcript_free(expected);
  harness__transcript_free(actual);
}

static void points_into_binary_data(void **state) {
  char a[200];
  char b[200];

  (void)state;
  for (size_t i = 0; i < sizeof a; i++)
    a[i] = b[i] = (char)(i + 128);
  b[100] = 'x';
  assert_data("binary_data", a, sizeof a, b, sizeof b);
}

static void points_into_the_middle_of_long_text(void **state) {
  static const char text[] =
      "The quick brown fox jumps over the lazy dog, and then the lazy dog jumps over the quick "
      "brown fox, until both are tired.";
  char changed[sizeof text];

  (void)state;
  memcpy(changed, text, sizeof text);
  changed[66] = 'D';
  assert_data("long_text", text, sizeof text - 1, changed, sizeof changed - 1);
}

static void points_at_whole_characters(void **state) {
  (void)state;
  assert_data("characters", "grüße", strlen("grüße"), "größe", strlen("größe"));
}

static void names_digests_of_long_data(void **state) {
  static char a[6000];
  static char b[6000];

  (void)state;
  memset(a, 'a', sizeof a);
  memset(b, 'a', sizeof b);
  b[5000] = 'b';
  assert_data("digests", a, sizeof a, b, sizeof b);
}

static harness__transcript_t *numbered(size_t count, size_t step, size_t skip) {
  harness__buffer_t events = {0};
  harness__transcript_t *transcript;

  for (size_t i = 0; i < count; i++)
    if (skip == 0 || i % skip != 0)
      harness__buffer_printf(&events, "%s{'lane': 'a', 'event': 'log', 'text': '%zu'}",
                             events.length > 0 ? ", " : "", i * step);
  transcript = support_transcript("'a'", events.text);
  harness__buffer_free(&events);
  return transcript;
}

static void leaves_out_what_is_the_same(void **state) {
  harness__transcript_t *expected = numbered(100, 1, 0);
  harness__transcript_t *actual = numbered(100, 1, 30);

  (void)state;
  assert_difference("distant_changes", expected, actual);
  harness__transcript_free(expected);
  harness__transcript_free(actual);
}

static void stays_short_when_all_differs(void **state) {
  harness__transcript_t *expected = numbered(100, 2, 1000);
  harness__transcript_t *actual = numbered(100, 3, 1000);

  (void)state;
  assert_difference("all_differs", expected, actual);
  harness__transcript_free(expected);
  harness__transcript_free(actual);
}

static void is_nothing_for_equal_transcripts(void **state) {
  harness__transcript_t *transcript = numbered(10, 1, 0);

  (void)state;
  assert_null(harness__difference(transcript, "a", transcript, "b"));
  harness__transcript_free(transcript);
}

/* Every third of the one and every other of the other are the same. */
static void stays_cheap_for_large_transcripts(void **state) {
  harness__transcript_t *expected = numbered(20000, 2, 0);
  harness__transcript_t *actual = numbered(20000, 3, 0);
  clock_t start = clock();
  char *text = harness__difference(expected, "a", actual, "b");

  (void)state;
  assert_in_range((clock() - start) / CLOCKS_PER_SEC, 0, 5);
  assert_non_null(strstr(text, "13333 expected events missing"));
  free(text);
  harness__transcript_free(expected);
  harness__transcript_free(actual);
}

#define PATTERN "{'lane': 'client', 'event': 'send', 'data': {'regex': 'Hello \\\\w+!'}}"

static void shows_what_a_pattern_does_not_match(void **state) {
  harness__transcript_t *expected = support_transcript("'client'", PATTERN);
  harness__transcript_t *actual =
      support_transcript("'client'", "{'lane': 'client', 'event': 'send', 'data': 'Hello brave new World!'}");

  (void)state;
  assert_difference("pattern", expected, actual);
  assert_difference("pattern_reversed", actual, expected);
  harness__transcript_free(expected);
  harness__transcript_free(actual);
}

static void says_why_a_pattern_can_not_match(void **state) {
  harness__transcript_t *expected = support_transcript(
      "'client'", "{'lane': 'client', 'event': 'log', 'text': {'regex': '(a|aa|b)+[^a]$'}}");
  harness__transcript_t *actual =
      support_transcript("'client'", "{'lane': 'client', 'event': 'log', 'text': "
                                     "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}");

  (void)state;
  assert_difference("pattern_gave_up", expected, actual);
  harness__transcript_free(expected);
  harness__transcript_free(actual);
  expected = support_transcript("'client'", PATTERN);
  actual =
      support_transcript("'client'", "{'lane': 'client', 'event': 'send', 'data': {'bytes': 6, 'digest': "
                                     "'xxh3-128:99aa06d3014798d86001c324468d497f', 'head': 'Hello!'}}");
  assert_difference("pattern_of_digest", expected, actual);
  harness__transcript_free(expected);
  harness__transcript_free(actual);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(shows_changed_data),
    cmocka_unit_test(shows_a_changed_log),
    cmocka_unit_test(escapes_names),
    cmocka_unit_test(shows_a_missing_event),
    cmocka_unit_test(shows_a_new_event),
    cmocka_unit_test(shows_an_early_end),
    cmocka_unit_test(shows_a_late_end),
    cmocka_unit_test(shows_another_order),
    cmocka_unit_test(shows_an_event_that_comes_early),
    cmocka_unit_test(shows_another_time),
    cmocka_unit_test(shows_an_empty_transcript),
    cmocka_unit_test(points_into_binary_data),
    cmocka_unit_test(points_into_the_middle_of_long_text),
    cmocka_unit_test(points_at_whole_characters),
    cmocka_unit_test(names_digests_of_long_data),
    cmocka_unit_test(leaves_out_what_is_the_same),
    cmocka_unit_test(shows_what_a_pattern_does_not_match),
    cmocka_unit_test(says_why_a_pattern_can_not_match),
    cmocka_unit_test(stays_short_when_all_differs),
    cmocka_unit_test(is_nothing_for_equal_transcripts),
    cmocka_unit_test(stays_cheap_for_large_transcripts),
};

HARNESS_CMOCKA_MAIN("report/difference", tests)
