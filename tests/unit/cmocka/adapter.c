/* SPDX-License-Identifier: MIT */
/* The adapter seen from outside: what test programs print and how they exit. */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/sanitizers.h"
#include "support.h"

static char output[65536];

/* Runs a program with one argument (or none, or several) as a user's shell does; gives its exit code, with
 * what it printed to both streams in output. */
static int run(const char *program, const char *argument) {
  char command[4096];
  snprintf(command, sizeof command, "HARNESS_FIXTURES=check exec '%s' %s 2>&1", program, argument);
  FILE *pipe = popen(command, "r");
  assert_non_null(pipe);
  size_t length = fread(output, 1, sizeof output - 1, pipe);
  output[length] = '\0';
  int status = pclose(pipe);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void assert_says(const char *words) {
  if (strstr(output, words))
    return;
  fprintf(stderr, "this is the output:\n%s\n", output);
  fail_msg("'%s' is not in it", words);
}

static void assert_silent_about(const char *words) {
  if (!strstr(output, words))
    return;
  fprintf(stderr, "this is the output:\n%s\n", output);
  fail_msg("'%s' is in it", words);
}

static void assert_no_closing(void) {
  assert_silent_about("can't be closed");
  assert_silent_about("teardown failed");
  assert_silent_about("still open");
}

static void assert_says_once(const char *words) {
  assert_says(words);
  if (strstr(strstr(output, words) + 1, words))
    fail_msg("'%s' is said twice", words);
}

/* The sample's test fails, at its own line and with these words. */
static void assert_fails(const char *test, const char *words) {
  assert_int_equal(run(SAMPLE_PROGRAM, test), 1);
  assert_says("sample.c:");
  assert_says("Failure!");
  assert_says(words);
  /* The harness was closed in spite of it, and what it left open is not a second failure. */
  assert_no_closing();
}

static void lists_names(void **state) {
  (void)state;
  assert_int_equal(run(SAMPLE_PROGRAM, "--list"), 0);
  assert_memory_equal(output, "passes\nskips\nfails\n", strlen("passes\nskips\nfails\n"));
}

static void runs_one(void **state) {
  (void)state;
  assert_int_equal(run(SAMPLE_PROGRAM, "passes"), 0);
  assert_says("1 test(s) run");
  assert_null(strstr(output, "fails"));
}

/* A test that fails, wherever it did, leaves a clean process to the next. The last one ends the process. */
static void runs_all(void **state) {
  (void)state;
  assert_int_equal(run(SAMPLE_PROGRAM, ""), 1);
  assert_says("[       OK ] passes_after_all");
  assert_says("[ RUN      ] fails_in_the_background");
  assert_says("[  FAILED  ] fails_after_that"); /* and not skipped, as its predecessor's set-up would be */
}

static void skipped_is_77(void **state) {
  (void)state;
  assert_int_equal(run(SAMPLE_PROGRAM, "skips"), 77);
}

/* What was left open is no failure of a test that didn't come to its end, and not said before the cause. */
static void early_end_may_leave_things_open(void **state) {
  (void)state;
  assert_int_equal(run(SAMPLE_PROGRAM, "skips_with_a_server_open"), 77);
  assert_no_closing();
  assert_fails("fails_with_a_server_open", "this is the cause");
}

static void crash_is_one_failure(void **state) {
  (void)state;
#ifdef HARNESS__WITH_TSAN
  skip(); /* as the sample does */
#endif
  assert_int_equal(run(SAMPLE_PROGRAM, "crashes_with_a_server_open"), 1);
  assert_says("Test failed with exception");
  assert_no_closing();
}

static void helps(void **state) {
  (void)state;
  assert_int_equal(run(SAMPLE_PROGRAM, "--help"), 0);
  assert_says("usage: ");
  assert_says("--list");
  assert_says(" NAME ");
}

static void unknown_name_is_refused(void **state) {
  (void)state;
  assert_int_equal(run(SAMPLE_PROGRAM, "no_such_test"), 2);
  assert_says("there is no test called no_such_test");
  assert_int_equal(run(SAMPLE_PROGRAM, "passes fails"), 2);
}

static void equal_names_are_refused(void **state) {
  (void)state;
  assert_int_equal(run(TWICE_PROGRAM, "--list"), 2);
  assert_says("two tests are called same_name");
}

/* ctest would leave the test out, or run another thing. */
static void names_that_cannot_be_given_are_refused(void **state) {
  static const char *const troubles[] = {"has no name",
                                         "has no name",
                                         "has a control character in its name",
                                         "has a name that begins or ends with a blank",
                                         "has a name that begins or ends with a blank",
                                         "is called like an option",
                                         "is called like an option"};

  (void)state;
  for (size_t i = 0; i < sizeof troubles / sizeof troubles[0]; i++) {
    char number[8];
    char sentence[128];

    snprintf(number, sizeof number, "%zu", i);
    snprintf(sentence, sizeof sentence, "unnamed: test 2 of 2 %s, and each is run by its name", troubles[i]);
    setenv("SAMPLE_NAME", number, 1);
    assert_int_equal(run(UNNAMED_PROGRAM, ""), 2);
    assert_says(sentence);
  }
}

static void failed_assertion_tells_where(void **state) {
  (void)state;
  assert_fails("fails", "0x1 != 0x2");
}

static void coroutine_fails_the_test(void **state) {
  (void)state;
  assert_fails("fails_in_a_coroutine", "Failure!");
}

static void handler_fails_the_test(void **state) {
  (void)state;
  assert_fails("fails_in_a_handler", "Failure!");
}

static void background_call_fails_the_test(void **state) {
  (void)state;
  assert_fails("fails_in_the_background", "[  ERROR   ] --- arg\n");
  assert_says("[  FAILED  ] fails_in_the_background");
}

/* The call is waited for when the harness closes, after the test's function has returned. */
static void background_call_fails_the_test_while_it_closes(void **state) {
  (void)state;
  assert_int_equal(run(SAMPLE_PROGRAM, "fails_while_it_closes"), 1);
  assert_says("[  ERROR   ] --- received > 0\n[   LINE   ] --- ");
  assert_says("sample.c:");
  assert_says_once("received > 0");
}

/* Where the test goes on as if nothing had been, and never asks. */
static void failure_that_is_passed_over_fails_the_test(void **state) {
  (void)state;
  assert_int_equal(run(SAMPLE_PROGRAM, "passes_over_a_failure"), 1);
  assert_says("this does not hold: h == NULL");
}

/* By harness_fail, on another thread: not raised yet when the test's own function ends otherwise. */
static void failure_counts_more_than_what_follows(void **state) {
  (void)state;
  assert_int_equal(run(SAMPLE_PROGRAM, "skips_after_a_failure"), 1);
  assert_says_once("this is the cause");
  assert_int_equal(run(SAMPLE_PROGRAM, "skips_beside_a_failure"), 1);
  assert_says_once("this does not hold: *state == NULL");
  assert_int_equal(run(SAMPLE_PROGRAM, "fails_after_a_failure"), 1);
  assert_says_once("this is the cause");
}

/* The same by an assertion. */
static void first_failure_alone_is_told(void **state) {
  (void)state;
  assert_fails("fails_after_a_threads_failure", "this is the cause");
  assert_silent_about("0x1 != 0x2");
  assert_fails("fails_after_a_threads_skip", "this is the cause");
}

static void harness_of_a_thread_fails_the_test(void **state) {
  (void)state;
  assert_fails("fails_in_a_threads_world", "ERROR   ] --- this is the cause");
}

static void crash_leaves_no_expectations(void **state) {
  (void)state;
#ifdef HARNESS__WITH_TSAN
  skip(); /* as the sample does */
#endif
  assert_int_equal(run(SAMPLE_PROGRAM, "crashes_with_expectations"), 1);
  assert_says("Test failed with exception");
  assert_silent_about("No entries for symbol");
  assert_no_closing();
}

static void exit_fails_the_test(void **state) {
  (void)state;
  assert_int_equal(run(SAMPLE_PROGRAM, "exits"), 1);
  assert_says("The test called exit()");
  assert_int_equal(run(SAMPLE_PROGRAM, "exits_at_once"), 1);
  assert_says("The test called _exit()");
  assert_int_equal(run(SAMPLE_PROGRAM, "exits_quickly"), 1);
  assert_says("The test called quick_exit()");
}

static void open_server_fails_the_test(void **state) {
  (void)state;
  assert_int_equal(run(SAMPLE_PROGRAM, "leaves_a_server_open"), 1);
  assert_says("1 thing was still open");
  assert_says("left 1 thing open");
}

static void null_from_a_call_tells_the_sentence(void **state) {
  (void)state;
  assert_fails("makes_nothing", "harness_start_server(h, NULL, NULL, NULL) is NULL: ");
  assert_null(strstr(output, "no reason was given"));
}

static void null_in_a_coroutine_tells_the_sentence(void **state) {
  (void)state;
  assert_fails("makes_nothing_in_a_coroutine", "harness_connect_to(visit->h, visit->server) is NULL: ");
}

static void negative_code_is_explained(void **state) {
  (void)state;
  assert_fails("gets_a_code", "-104 is -104: Connection reset by peer");
}

static void task_that_was_not_made_tells_the_sentence(void **state) {
  (void)state;
  assert_fails("runs_no_task", "harness_schedule_coroutine(h, NULL, NULL): ");
  assert_null(strstr(output, "no reason was given"));
}

static void failed_task_fails_the_test(void **state) {
  (void)state;
  assert_fails("runs_a_failed_task", "future: ");
  assert_null(strstr(output, "no reason was given"));
}

static void deadlock_fails_the_test(void **state) {
  (void)state;
  assert_fails("runs_into_a_deadlock", "harness_schedule_coroutine(h, waits_for, future): deadlock: ");
  assert_says_once("deadlock: ");
  assert_fails("finds_a_deadlock", "harness: deadlock: ");
  assert_says_once("deadlock: ");
}

static void missing_fixture_fails_the_test(void **state) {
  (void)state;
  assert_fails("has_no_fixture", "has_no_fixture");
  assert_null(strstr(output, "no reason was given"));
}

static void breaking_cut_fails_the_test(void **state) {
  (void)state;
  assert_fails("breaks_when_cut",
               "smallest cut that breaks it: after byte 1 of what server/1 writes to client");
  assert_says("sample.c:");
}

/* cmocka's own print_error cuts at 1023 bytes. */
static void long_difference_is_whole(void **state) {
  static const char empty[] = "{\"format\": \"harness-transcript/1\", \"lanes\": [], \"events\": []}";
  support_write(support_path(*state, "sample/differs_at_length.json"), empty);
  const char *before = getenv("HARNESS_FIXTURES_DIR");
  char *folder = before ? strdup(before) : NULL;
  setenv("HARNESS_FIXTURES_DIR", *state, 1);
  int code = run(SAMPLE_PROGRAM, "differs_at_length");
  if (folder)
    setenv("HARNESS_FIXTURES_DIR", folder, 1);
  else
    unsetenv("HARNESS_FIXTURES_DIR");
  free(folder);
  assert_int_equal(code, 1);
  assert_says("line 1 of a hundred");
  assert_says("in all: 0 expected events missing (-), 100 new (+)");
  assert_in_range(strlen(output), 4097, sizeof output - 2);
}

static void null_state_is_tidy(void **state) {
  (void)state;
  void *none = NULL;
  assert_int_equal(harness_cmocka_teardown(&none), 0);
}

static void setup_reports_a_bad_environment(void **state) {
  (void)state;
  void *h = NULL;
  setenv("HARNESS_TIMEOUT_MS", "soon", 1);
  int result = harness_cmocka_setup(&h);
  unsetenv("HARNESS_TIMEOUT_MS");
  assert_int_equal(result, -1);
  assert_null(h);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(lists_names),
    cmocka_unit_test(runs_one),
    cmocka_unit_test(runs_all),
    cmocka_unit_test(skipped_is_77),
    cmocka_unit_test(early_end_may_leave_things_open),
    cmocka_unit_test(crash_is_one_failure),
    cmocka_unit_test(helps),
    cmocka_unit_test(unknown_name_is_refused),
    cmocka_unit_test(equal_names_are_refused),
    cmocka_unit_test(names_that_cannot_be_given_are_refused),
    cmocka_unit_test(failed_assertion_tells_where),
    cmocka_unit_test(coroutine_fails_the_test),
    cmocka_unit_test(handler_fails_the_test),
    cmocka_unit_test(background_call_fails_the_test),
    cmocka_unit_test(background_call_fails_the_test_while_it_closes),
    cmocka_unit_test(failure_that_is_passed_over_fails_the_test),
    cmocka_unit_test(failure_counts_more_than_what_follows),
    cmocka_unit_test(first_failure_alone_is_told),
    cmocka_unit_test(harness_of_a_thread_fails_the_test),
    cmocka_unit_test(crash_leaves_no_expectations),
    cmocka_unit_test(exit_fails_the_test),
    cmocka_unit_test(open_server_fails_the_test),
    cmocka_unit_test(null_from_a_call_tells_the_sentence),
    cmocka_unit_test(null_in_a_coroutine_tells_the_sentence),
    cmocka_unit_test(negative_code_is_explained),
    cmocka_unit_test(task_that_was_not_made_tells_the_sentence),
    cmocka_unit_test(failed_task_fails_the_test),
    cmocka_unit_test(deadlock_fails_the_test),
    cmocka_unit_test(missing_fixture_fails_the_test),
    cmocka_unit_test(breaking_cut_fails_the_test),
    cmocka_unit_test_setup_teardown(long_difference_is_whole, support_make_folder, support_remove_folder),
    cmocka_unit_test(null_state_is_tidy),
    cmocka_unit_test(setup_reports_a_bad_environment),
};

HARNESS_CMOCKA_MAIN("adapter", tests)
