/* SPDX-License-Identifier: MIT */
/* Patterns survive the acceptance of a change as long as they match. */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "record/json.h"
#include "report/check.h"
#include "report/keep.h"
#include "support.h"

#define LANES "'a', 'b'"
#define B "{'lane': 'b', 'event': 'close'}"
#define LOG(text) "{'lane': 'a', 'event': 'log', 'text': " text "}"
#define SEND(data) "{'lane': 'a', 'event': 'send', 'data': " data "}"
#define REGEX(text) "{'regex': '" text "'}"

static void assert_kept(const char *old, const char *fresh, const char *kept) {
  harness__transcript_t *expected = support_transcript(LANES, old);
  harness__transcript_t *actual = support_transcript(LANES, fresh);
  harness__transcript_t *wanted = support_transcript(LANES, kept);
  harness__transcript_t *written = harness__keep_patterns(expected, actual);
  char *text;
  char *wanted_text = harness__transcript_json(wanted);

  assert_non_null(written);
  text = harness__transcript_json(written);
  assert_string_equal(text, wanted_text);
  free(text);
  free(wanted_text);
  harness__transcript_free(written);
  harness__transcript_free(wanted);
  harness__transcript_free(actual);
  harness__transcript_free(expected);
}

static void keeps_what_still_matches(void **state) {
  (void)state;
  assert_kept(LOG(REGEX("x.*")) ", " SEND("'old'") ", " SEND(REGEX("\\\\d+")) ", " B,
              LOG("'xyz'") ", " SEND("'new'") ", " SEND("'12'") ", " B,
              LOG(REGEX("x.*")) ", " SEND("'new'") ", " SEND(REGEX("\\\\d+")) ", " B);
}

static void drops_what_does_not(void **state) {
  (void)state;
  assert_kept(LOG(REGEX("x.*")) ", " SEND(REGEX("\\\\d+")) ", " B, LOG("'y'") ", " SEND("'12x'") ", " B,
              LOG("'y'") ", " SEND("'12x'") ", " B);
  assert_kept(LOG(REGEX("x.*")) ", " B, B ", " SEND("'x'"), B ", " SEND("'x'"));
}

/* Events that are another in some other way, or stand elsewhere in the change. */
static void keeps_through_other_changes(void **state) {
  (void)state;
  assert_kept("{'lane': 'a', 'event': 'log', 'text': {'regex': 'x.*'}, 'at_ms': 5}, " B,
              "{'lane': 'a', 'event': 'log', 'text': 'xy', 'at_ms': 6}, " B,
              "{'lane': 'a', 'event': 'log', 'text': {'regex': 'x.*'}, 'at_ms': 6}, " B);
  assert_kept(LOG(REGEX("x.*")) ", " LOG("'2'") ", " LOG(REGEX("z.*")) ", " B,
              LOG("'1'") ", " LOG("'x'") ", " LOG("'3'") ", " LOG("'z'") ", " B,
              LOG("'1'") ", " LOG(REGEX("x.*")) ", " LOG("'3'") ", " LOG(REGEX("z.*")) ", " B);
}

static void gives_a_pattern_once(void **state) {
  (void)state;
  assert_kept(LOG(REGEX("x.*")) ", " B, LOG("'x1'") ", " LOG("'x2'") ", " LOG("'x3'") ", " B,
              LOG(REGEX("x.*")) ", " LOG("'x2'") ", " LOG("'x3'") ", " B);
}

static void assert_check(void **state, harness__fixture_mode_t mode, const char *events,
                         harness_check_result_t expected) {
  harness__transcript_t *transcript = support_transcript(LANES, events);
  char *sentence = NULL;

  assert_int_equal(harness__fixture_check(*state, "case", mode, transcript, NULL, &sentence), expected);
  free(sentence);
  harness__transcript_free(transcript);
}

static void assert_file(const char *path, const char *events) {
  harness__transcript_t *transcript = support_transcript(LANES, events);
  char *expected = harness__transcript_json(transcript);
  char *text = support_read(path);

  assert_string_equal(text, expected);
  free(text);
  free(expected);
  harness__transcript_free(transcript);
}

static void checks_write_what_is_kept(void **state) {
  static const char fixture[] = LOG(REGEX("x.*")) ", " SEND("'old'") ", " B;
  static const char kept[] = LOG(REGEX("x.*")) ", " SEND("'new'") ", " B;

  assert_check(state, HARNESS__FIXTURES_UPDATE, fixture, HARNESS_CHECK_WRITTEN);
  assert_check(state, HARNESS__FIXTURES_UPDATE, LOG("'x1'") ", " SEND("'old'") ", " B, HARNESS_CHECK_SAME);
  assert_file(support_path(*state, "case.json"), fixture);
  assert_check(state, HARNESS__FIXTURES_NEW, LOG("'x1'") ", " SEND("'new'") ", " B, HARNESS_CHECK_DIFFERENT);
  assert_file(support_path(*state, "case.new.json"), kept);
  assert_file(support_path(*state, "case.json"), fixture);
  assert_check(state, HARNESS__FIXTURES_UPDATE, LOG("'x1'") ", " SEND("'new'") ", " B, HARNESS_CHECK_WRITTEN);
  assert_file(support_path(*state, "case.json"), kept);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(keeps_what_still_matches),
    cmocka_unit_test(drops_what_does_not),
    cmocka_unit_test(keeps_through_other_changes),
    cmocka_unit_test(gives_a_pattern_once),
    cmocka_unit_test_setup_teardown(checks_write_what_is_kept, support_make_folder, support_remove_folder),
};

HARNESS_CMOCKA_MAIN("report/keep", tests)
