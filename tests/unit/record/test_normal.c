/* SPDX-License-Identifier: MIT */
/* Values by name: found however they are cut. How racing lanes number them is in test_normal_races.c. */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/compare.h"
#include "record/recorder.h"
#include "texts.h"

static void add(harness__recorder_t *recorder, const char *name, const char *regex, bool single) {
  char *sentence;

  if (!harness__recorder_add_placeholder(recorder, name, regex, single, &sentence))
    fail_msg("%s", sentence);
}

static harness__recorder_t *naming(const char *name, const char *regex) {
  harness__recorder_t *recorder = harness__recorder_new(0);

  assert_non_null(recorder);
  add(recorder, name, regex, false);
  return recorder;
}

static harness__event_ref_t record_text(harness__recorder_t *recorder, const char *lane,
                                        harness__event_kind_t kind, const char *text) {
  harness__event_ref_t ref =
      harness__record(recorder, harness__recorder_lane(recorder, lane, 0, 0),
                      &(harness__note_t){.kind = kind, .data = text, .size = strlen(text)});

  assert_int_not_equal(ref, 0);
  return ref;
}

static void send(harness__recorder_t *recorder, const char *text) {
  (void)record_text(recorder, "a", HARNESS__EVENT_SEND, text);
}

static void numbers_values_as_they_appear(void **state) {
  harness__recorder_t *recorder = naming("token", "t=(\\w+)");

  (void)state;
  send(recorder, "t=xyz t=abc t=xyz");
  (void)record_text(recorder, "b", HARNESS__EVENT_RECEIVE, "t=abc,t=new");
  (void)record_text(recorder, "b", HARNESS__EVENT_LOG, "told of t=new");
  assert_last_text(recorder, "a  send     't=$token1 t=$token2 t=$token1'\n"
                             "b  receive  't=$token2,t=$token3'\n"
                             "b  log      told of t=$token3\n");
}

/* A second transcript begins to count anew; what was recorded before the placeholder is searched, too. */
static void changes_nothing_that_is_recorded(void **state) {
  harness__recorder_t *recorder = harness__recorder_new(0);
  char *first;
  char *second;

  (void)state;
  send(recorder, "id 7");
  first = text_of(recorder);
  assert_string_equal(first, "a  send     'id 7'\n");
  add(recorder, "id", "\\d", false);
  second = text_of(recorder);
  assert_string_equal(second, "a  send     'id $id1'\n");
  free(first);
  free(second);
  send(recorder, "8");
  assert_last_text(recorder, "a  send     'id $id1'\na  send     '$id2'\n");
}

static void stands_in_braces_where_it_would_read_on(void **state) {
  harness__recorder_t *recorder = naming("n", "\\b\\d\\d");

  (void)state;
  send(recorder, "12 34x 567 89_ 10- 11\xc3\xa9");
  send(recorder, " 12");
  send(recorder, "3");
  assert_last_text(recorder, "a  send     '$n1 ${n2}x ${n3}7 ${n4}_ $n5- $n6é'\n"
                             "a  send     ' ${n1}'\n"
                             "a  send     '3'\n");
}

static void needs_no_braces_between_values(void **state) {
  harness__recorder_t *recorder = naming("n", "\\d\\d");

  (void)state;
  send(recorder, "1234");
  send(recorder, "125");
  assert_last_text(recorder, "a  send     '$n1$n2'\na  send     '${n1}5'\n");
}

static void finds_what_is_cut(void **state) {
  harness__recorder_t *recorder = naming("token", "t=(\\w+);");

  (void)state;
  send(recorder, "a t");
  (void)record_text(recorder, "a", HARNESS__EVENT_RECEIVE, "t=other;");
  send(recorder, "=x");
  send(recorder, "y");
  (void)record_text(recorder, "b", HARNESS__EVENT_SEND, "z;");
  send(recorder, "z;.");
  assert_last_text(recorder, "a  send     'a t'\n"
                             "a  receive  't=$token1;'\n"
                             "a  send     '=$token2'\n"
                             "a  send     ''\n"
                             "b  send     'z;'\n"
                             "a  send     ';.'\n");
}

static void does_not_join_connections(void **state) {
  harness__recorder_t *recorder = naming("token", "abcd");

  (void)state;
  send(recorder, "ab");
  (void)record_text(recorder, "a", HARNESS__EVENT_CLOSE, "");
  send(recorder, "cd");
  assert_last_text(recorder, "a  send     'ab'\na  close\na  send     'cd'\n");
}

static void takes_lines_and_datagrams_by_themselves(void **state) {
  harness__recorder_t *recorder = naming("token", "abcd");
  harness__lane_t b = harness__recorder_lane(recorder, "b", 0, 0);

  (void)state;
  (void)record_text(recorder, "a", HARNESS__EVENT_LOG, "ab");
  (void)record_text(recorder, "a", HARNESS__EVENT_LOG, "cd");
  for (int i = 0; i < 2; i++)
    assert_int_not_equal(harness__record(recorder, harness__recorder_lane(recorder, "a", 0, 0),
                                         &(harness__note_t){.kind = HARNESS__EVENT_SEND,
                                                            .data = &"abcdabcd"[i == 0 ? 0 : 4],
                                                            .size = i == 0 ? 2 : 4,
                                                            .peer = b}),
                         0);
  assert_last_text(recorder,
                   "a  log      ab\na  log      cd\na  send     to b  'ab'\na  send     to b  '$token1'\n");
}

static void numbers_each_placeholder_by_itself(void **state) {
  harness__recorder_t *recorder = naming("id", "id=(\\d+)");

  (void)state;
  add(recorder, "port", ":(\\d+)", false);
  add(recorder, "all", "\\d+", false);
  send(recorder, "id=5 :5 :6 5 id=6");
  assert_last_text(recorder, "a  send     'id=$id1 :$port1 :$port2 $all1 id=$id2'\n");
}

static void takes_what_begins_first(void **state) {
  harness__recorder_t *recorder = naming("late", "b+c");

  (void)state;
  add(recorder, "early", "ab", false); /* b is left for the first, which is late here */
  add(recorder, "never", "bb*c", false);
  send(recorder, "abbc bbc");
  assert_last_text(recorder, "a  send     '$early1$late1 $late2'\n");
}

/* What an expression asks for behind its value may be what another begins with. */
static void finds_a_value_behind_another(void **state) {
  harness__recorder_t *recorder = naming("id", "id=(\\w+) token=");

  (void)state;
  add(recorder, "token", "token=(\\w+)", false);
  send(recorder, "id=1 token=x id=2 tok");
  send(recorder, "en=x");
  assert_last_text(recorder, "a  send     'id=$id1 token=$token1 id=$id2 tok'\na  send     'en=$token1'\n");
}

static void stands_for_one_value(void **state) {
  harness__recorder_t *recorder = harness__recorder_new(0);

  (void)state;
  add(recorder, "host", "host=(\\w+)", true);
  send(recorder, "host=x1 host=x1, host=x1");
  (void)record_text(recorder, "b", HARNESS__EVENT_RECEIVE, "host=x1");
  assert_last_text(recorder, "a  send     'host=$host host=$host, host=$host'\nb  receive  'host=$host'\n");
}

/* What others stand for does not count, nor one value within the other's beginning. */
static void one_value_is_told_from_those_of_others(void **state) {
  harness__recorder_t *recorder = harness__recorder_new(0);

  (void)state;
  add(recorder, "host", "host=(\\w+)", true);
  add(recorder, "id", "\\d+", false);
  send(recorder, "1 2 host=x 3");
  assert_last_text(recorder, "a  send     '$id1 $id2 host=$host $id3'\n");
  recorder = harness__recorder_new(0);
  add(recorder, "host", "host=(\\w+)", true);
  send(recorder, "host=ab host=abc");
  assert_trouble(recorder,
                 "the placeholder \"host\" stands for one value, but there are two: 'ab' and 'abc'");
}

static void refuses_a_second_value(void **state) {
  harness__recorder_t *recorder = harness__recorder_new(0);

  (void)state;
  add(recorder, "host", "host=(\\w+)", true);
  send(recorder, "host=x2 host=x1 host=x3");
  assert_trouble(recorder, "the placeholder \"host\" stands for one value, but there are two: 'x1' and 'x3'");
}

/* Only what would be read as a name in use is one. */
static void refuses_what_looks_like_a_name(void **state) {
  static const struct {
    const char *text;
    bool single;
    const char *found; /* NULL: nothing */
  } cases[] = {
      {"$token1", false, "$token1"},  {"x${token12}", false, "${token12"},
      {"$token0.", false, "$token0"}, {"$token", false, NULL},
      {"$token1x", false, NULL},      {"token1 $tok1", false, NULL},
      {"$$other1", false, NULL},      {"$token", true, "$token"},
      {"${token}", true, "${token"},  {"$token1", true, NULL},
      {"$tokens", true, NULL},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    harness__recorder_t *recorder = harness__recorder_new(0);
    char expected[200];

    add(recorder, "token", "T\\d", cases[i].single);
    /* In two parts: what is looked for is found over cuts. */
    (void)harness__record(recorder, harness__recorder_lane(recorder, "a", 0, 0),
                          &(harness__note_t){.kind = HARNESS__EVENT_SEND, .data = cases[i].text, .size = 3});
    send(recorder, cases[i].text + 3);
    if (cases[i].found == NULL) {
      free(text_of(recorder));
      harness__recorder_free(recorder);
      continue;
    }
    (void)snprintf(expected, sizeof expected,
                   "the text \"%s\" occurs by itself, and can't be told from what stands for the placeholder "
                   "\"token\": give that another name",
                   cases[i].found);
    assert_trouble(recorder, expected);
  }
}

static void leaves_what_is_redacted(void **state) {
  harness__recorder_t *recorder = harness__recorder_new(0);
  char *sentence;

  (void)state;
  assert_true(harness__recorder_add_redaction(recorder, "secret", "s=(\\w+)", &sentence));
  add(recorder, "word", "\\w{3,}", false);
  send(recorder, "abc s=hidden secret");
  assert_last_text(recorder, "a  send     '$word1 s=${secret} $word2'\n");
}

static void names_before_it_digests(void **state) {
  char digests[2][HARNESS__DIGEST_SIZE];
  char bytes[5000];

  (void)state;
  for (int i = 0; i < 2; i++) {
    harness__recorder_t *recorder = naming("token", "t=(\\w+)");
    harness__transcript_t *transcript;
    memset(bytes, '.', sizeof bytes - 1);
    bytes[sizeof bytes - 1] = '\0';
    memcpy(bytes + 2000, i == 0 ? "t=one" : "t=two", 5);
    send(recorder, bytes);
    /* Named, this is as long as the limit: whole. */
    bytes[4096 - (7 - 3)] = '\0';
    send(recorder, bytes);
    transcript = harness__recorder_transcript(recorder);
    assert_int_equal(transcript->entries[0].data.bytes, 4999 - 3 + 7);
    assert_int_equal(transcript->entries[1].data.bytes, 4096);
    assert_string_equal(transcript->entries[1].data.digest, "");
    assert_memory_equal(transcript->entries[1].data.head + 2000, "t=$token1.", 10);
    memcpy(digests[i], transcript->entries[0].data.digest, sizeof digests[i]);
    harness__transcript_free(transcript);
    harness__recorder_free(recorder);
  }
  assert_string_equal(digests[0], digests[1]);
  assert_int_not_equal(digests[0][0], '\0');
}

static void refuses_to_come_after_a_digest(void **state) {
  harness__recorder_t *recorder = harness__recorder_new(3);
  char *sentence;

  (void)state;
  send(recorder, "long");
  assert_false(harness__recorder_add_placeholder(recorder, "token", "l", false, &sentence));
  assert_string_equal(sentence, "a placeholder must be made before data longer than data_limit is recorded, "
                                "which is kept as a digest only");
  free(sentence);
  harness__recorder_free(recorder);
}

static void gives_no_transcript_where_it_gave_up(void **state) {
  harness__recorder_t *recorder = naming("token", "(?:a|aa|b)+[^a]$");
  char bytes[3001];

  (void)state;
  memset(bytes, 'a', sizeof bytes - 1);
  bytes[sizeof bytes - 1] = '\0';
  send(recorder, bytes);
  assert_trouble(recorder,
                 "the placeholder \"token\" gave up: it takes more than 1,000,000 steps at one place");
}

/* What a lane received, and what it logged before, between or behind: $token1 must be the same wherever the
 * log stands. */
static harness__transcript_t *joined(const char *values, int logged_after) {
  harness__recorder_t *recorder = naming("token", "T\\d+");
  harness__transcript_t *transcript;
  char text[16];

  for (int i = 0; i < 3; i++) {
    bool is_log = i == logged_after;
    int value = is_log ? 2 : i > logged_after ? i - 1 : i;
    (void)snprintf(text, sizeof text, "T%c%s", values[value], is_log ? "" : ";");
    (void)record_text(recorder, "a", is_log ? HARNESS__EVENT_LOG : HARNESS__EVENT_RECEIVE, text);
  }
  transcript = harness__recorder_joined_transcript(recorder);
  assert_non_null(transcript);
  harness__recorder_free(recorder);
  return transcript;
}

static void numbers_apart_from_cuts_where_they_do_not_count(void **state) {
  harness__transcript_t *expected = joined("123", 0);

  (void)state;
  for (int at = 1; at < 3; at++) {
    harness__transcript_t *actual = joined("794", at);
    bool failed = false;
    assert_true(harness__transcript_same_streams(expected, actual, false, &failed));
    assert_false(failed);
    harness__transcript_free(actual);
    actual = joined("797", at);
    assert_false(harness__transcript_same_streams(expected, actual, false, &failed));
    harness__transcript_free(actual);
  }
  harness__transcript_free(expected);
}

static void stays_near_linear(void **state) {
  enum { COUNT = 100000 };
  harness__recorder_t *recorder = naming("token", "t=(\\d+)");
  harness__transcript_t *transcript;
  char text[32];

  (void)state;
  add(recorder, "never", "never", false);
  for (int i = 0; i < COUNT; i++) {
    (void)snprintf(text, sizeof text, "t=%d;", i);
    send(recorder, text);
  }
  transcript = harness__recorder_transcript(recorder);
  assert_non_null(transcript);
  assert_memory_equal(transcript->entries[COUNT - 1].data.head, "t=$token100000;", 15);
  harness__transcript_free(transcript);
  harness__recorder_free(recorder);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(numbers_values_as_they_appear),
    cmocka_unit_test(changes_nothing_that_is_recorded),
    cmocka_unit_test(stands_in_braces_where_it_would_read_on),
    cmocka_unit_test(needs_no_braces_between_values),
    cmocka_unit_test(finds_what_is_cut),
    cmocka_unit_test(does_not_join_connections),
    cmocka_unit_test(takes_lines_and_datagrams_by_themselves),
    cmocka_unit_test(numbers_each_placeholder_by_itself),
    cmocka_unit_test(takes_what_begins_first),
    cmocka_unit_test(finds_a_value_behind_another),
    cmocka_unit_test(stands_for_one_value),
    cmocka_unit_test(one_value_is_told_from_those_of_others),
    cmocka_unit_test(refuses_a_second_value),
    cmocka_unit_test(refuses_what_looks_like_a_name),
    cmocka_unit_test(leaves_what_is_redacted),
    cmocka_unit_test(names_before_it_digests),
    cmocka_unit_test(refuses_to_come_after_a_digest),
    cmocka_unit_test(gives_no_transcript_where_it_gave_up),
    cmocka_unit_test(numbers_apart_from_cuts_where_they_do_not_count),
    cmocka_unit_test(stays_near_linear),
};

HARNESS_CMOCKA_MAIN("record/normal", tests)
