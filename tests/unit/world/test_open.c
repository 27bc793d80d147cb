/* SPDX-License-Identifier: MIT */
/* How a harness is opened: what the environment says, and what is refused. */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "support.h"

static void assert_refused(const char *name, const char *value, const char *sentence) {
  (void)setenv(name, value, 1);
  assert_null(harness_open(NULL));
  if (strstr(harness_error(NULL), sentence) == NULL)
    fail_msg("%s=%s: \"%s\" is not said: %s", name, value, sentence, harness_error(NULL));
  (void)unsetenv(name);
}

static void a_malformed_environment_is_refused(void **state) {
  static const char *const wrong[] = {"soon", "0", "5s", "99999999999999999999", "9223372036854775"};

  (void)state;
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    assert_refused("HARNESS_TIMEOUT_MS", wrong[i], "it takes milliseconds, or -1 for no limit");
  assert_refused("HARNESS_FIXTURES", "overwrite", "HARNESS_FIXTURES");
  assert_refused("HARNESS_DELIVERY", "sideways", "'sideways' is no delivery policy");
}

/* A variable that is empty is not set. */
static void an_empty_environment_is_none(void **state) {
  static const char *const names[] = {"HARNESS_TIMEOUT_MS", "HARNESS_FIXTURES", "HARNESS_DELIVERY",
                                      "HARNESS_FIXTURES_DIR"};
  harness_t *h;

  (void)state;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    (void)setenv(names[i], "", 1);
  h = harness_open(NULL);
  assert_non_null(h);
  assert_int_equal(harness_check_transcript(h, "none/at/all"), HARNESS_CHECK_MISSING);
  assert_non_null(strstr(harness_error(h), "there is no fixture fixtures/none/at/all.json"));
  assert_int_equal(harness_close(h), 0);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    (void)unsetenv(names[i]);
}

static void the_version_has_three_numbers(void **state) {
  int dots = 0;

  (void)state;
  for (const char *p = harness_version(); *p != '\0'; p++) {
    assert_true(*p == '.' || (*p >= '0' && *p <= '9'));
    dots += *p == '.';
  }
  assert_int_equal(dots, 2);
}

static void a_transcript_can_be_saved(void **state) {
  harness_t *h = harness_open(NULL);
  char *saved;
  char *json;

  harness_log(h, "a line");
  assert_int_equal(harness_save_transcript(h, support_path(*state, "talk.json")), 0);
  saved = support_read(support_path(*state, "talk.json"));
  json = harness_transcript_json(h);
  assert_string_equal(saved, json);
  free(saved);
  free(json);
  assert_int_equal(harness_save_transcript(h, *state), UV_EISDIR);
  assert_non_null(strstr(harness_error(h), "can't be written: Is a directory"));
  assert_int_equal(harness_save_transcript(h, NULL), UV_EINVAL);
  assert_int_equal(harness_check_transcript(h, NULL), HARNESS_CHECK_TROUBLE);
  assert_string_equal(harness_error(h), "harness_check_transcript: the name is NULL");
  assert_int_equal(harness_check_transcript(NULL, "x"), HARNESS_CHECK_TROUBLE);
  assert_null(harness_transcript_text(NULL));
  assert_int_equal(harness_close(h), 0);
  assert_int_equal(harness_close(NULL), 0);
}

static void a_line_may_be_of_any_length(void **state) {
  harness_t *h = harness_open(NULL);
  char *text;

  (void)state;
  harness_log(h, "%s", "");
  harness_log(h, "\n");
  harness_log(h, "%255d", 1);
  harness_log(h, "%256d\n", 2);
  text = harness_transcript_text(h);
  assert_memory_equal(text, "main  log      \nmain  log      \nmain  log       ", 45);
  assert_int_equal(strlen(text), 4 * strlen("main  log      \n") + 255 + 256);
  free(text);
  assert_int_equal(harness_close(h), 0);
}

/* A background call that is still at work after the time limit: nothing can be compared, and what is under
 * way is named. */
static void *read_byte(void *arg) {
  char byte;

  return read(*(const int *)arg, &byte, 1) == 1 ? arg : NULL;
}

static void keep(const char *text, void *arg) {
  (void)strncat(arg, text, 1000);
}

enum { TRIES = 1000 };

static void what_does_not_settle_is_told(void **state) {
  char said[4096] = "";
  harness_options_t options = {.timeout_ms = 20, .report = keep, .report_arg = said};
  harness_t *h = harness_open(&options);
  int ends[2];

  (void)state;
  assert_int_equal(pipe(ends), 0);
  assert_non_null(harness_call_in_background_named(h, "sleeper", read_byte, &ends[0]));
  assert_int_equal(harness_check_transcript(h, "none"), HARNESS_CHECK_TROUBLE);
  assert_int_equal(harness_error_code(h), UV_ETIMEDOUT);
  assert_non_null(strstr(said, "not settled after 20 ms\n"));
  assert_non_null(strstr(said, "sleeper"));
  assert_int_equal(write(ends[1], "x", 1), 1);
  /* How long the thread takes to end is the scheduler's affair; each try has the limit again. */
  for (int tries = 0; tries < TRIES && harness_settle(h) != 0; tries++)
    assert_int_equal(harness_error_code(h), UV_ETIMEDOUT);
  assert_int_equal(harness_settle(h), 0);
  assert_int_equal(harness_close(h), 0);
  (void)close(ends[0]);
  (void)close(ends[1]);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_malformed_environment_is_refused),
    cmocka_unit_test(an_empty_environment_is_none),
    cmocka_unit_test(the_version_has_three_numbers),
    cmocka_unit_test_setup_teardown(a_transcript_can_be_saved, support_make_folder, support_remove_folder),
    cmocka_unit_test(a_line_may_be_of_any_length),
    cmocka_unit_test(what_does_not_settle_is_told),
};

HARNESS_CMOCKA_MAIN("world/open", tests)
