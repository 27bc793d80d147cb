/* SPDX-License-Identifier: MIT */
/* What a test program leaves on the disk, and what it says about that: compared with tests/golden/gate. Each
 * test has a folder of its own, in which the program runs, so that its paths are the same everywhere. */
#include <harness/cmocka.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "record/load.h"
#include "record/touched.h"
#include "support.h"

static char output[65536];

/* What cmocka says at the end. */
static void drop_summary(void) {
  char *end = strstr(output, "[  PASSED  ]");

  if (end != NULL)
    *end = '\0';
}

/* Runs one of the sample's tests (or all of them) with that environment; gives the exit code, or -1 where it
 * was killed. Its standard error is in output. */
static int run(void **state, const char *environment, const char *test) {
  char command[8192];
  int status;
  size_t length;
  FILE *pipe;

  (void)snprintf(
      command, sizeof command,
      "cd '%s' && unset CI GITHUB_ACTIONS GITHUB_WORKSPACE HARNESS_TEST HARNESS_TOUCHED HARNESS_JITTER "
      "HARNESS_DELIVERY HARNESS_GATE_RUNS && HARNESS_FIXTURES_DIR=fixtures %s '%s' %s 2>&1 >/dev/null",
      (const char *)*state, environment, SAMPLE_PROGRAM, test);
  pipe = popen(command, "r"); /* NOLINT(bugprone-command-processor,cert-env33-c): the test's own words */
  assert_non_null(pipe);
  length = fread(output, 1, sizeof output - 1, pipe);
  output[length] = '\0';
  drop_summary();
  status = pclose(pipe);
  return WIFEXITED(status) && WEXITSTATUS(status) < 128 ? WEXITSTATUS(status) : -1;
}

static void assert_run(void **state, const char *environment, const char *test, int code) {
  int actual = run(state, environment, test);

  if (actual != code)
    fail_msg("%s ended with %d instead of %d:\n%s", test, actual, code, output);
}

static void assert_says(const char *words) {
  if (strstr(output, words) == NULL)
    fail_msg("'%s' is not in\n%s", words, output);
}

/* Lines of cmocka and the sample's own path are none of our text: what is ours goes up to the first of them.
 */
static void assert_golden(const char *name) {
  char *end = strstr(output, "[  ERROR   ]");
  char *other = strstr(output, "Could not run test");

  if (other != NULL && (end == NULL || other < end))
    end = other;
  if (end != NULL)
    *end = '\0';
  support_assert_golden(name, output);
}

static int exists(void **state, const char *path) {
  return support_exists(support_path(*state, path));
}

/* Nothing was written, not even a folder. */
static void assert_untouched(void **state) {
  assert_int_equal(support_count(*state), 0);
}

static void assert_valid(void **state, const char *path) {
  char *sentence;
  harness__transcript_t *transcript = harness__transcript_load(support_path(*state, path), NULL, &sentence);

  if (transcript == NULL)
    fail_msg("%s", sentence);
  harness__transcript_free(transcript);
}

static void assert_record(void **state, const char *test, harness__ending_t ending, size_t touched) {
  char *sentence;
  size_t count;
  harness__record_t *records = harness__records_load(support_path(*state, "touched"), &count, &sentence);
  size_t i = 0;

  assert_non_null(records);
  while (i < count && strcmp(records[i].test, test) != 0)
    i++;
  if (i == count)
    fail_msg("there is no record of %s", test);
  assert_string_equal(harness__ending_name(records[i].ending), harness__ending_name(ending));
  assert_int_equal(records[i].count, touched);
  harness__records_free(records, count);
}

static void update_writes_what_is_stable(void **state) {
  assert_run(state, "HARNESS_FIXTURES=update", "same", 0);
  assert_golden("gate/written.txt");
  assert_valid(state, "fixtures/gate/same.json");
  assert_run(state, "HARNESS_FIXTURES=update", "same", 0);
  assert_string_equal(output, "");
  assert_run(state, "HARNESS_FIXTURES=check", "same", 0);
  assert_int_equal(support_count(support_path(*state, "fixtures/gate")), 1);
}

static void new_proposes_what_is_stable(void **state) {
  assert_run(state, "HARNESS_FIXTURES=new", "same", 1);
  assert_golden("gate/missing.txt");
  assert_valid(state, "fixtures/gate/same.new.json");
  assert_run(state, "HARNESS_FIXTURES=update", "same", 0);
  assert_false(exists(state, "fixtures/gate/same.new.json"));
  assert_run(state, "", "other", 1);
  assert_golden("gate/different.txt");
  assert_valid(state, "fixtures/gate/same.new.json");
}

static void several_checks_are_written_together(void **state) {
  assert_run(state, "HARNESS_FIXTURES=update", "two", 0);
  assert_says("fixtures/gate/first.json was written.\nfixtures/gate/second.json was written.\n");
  assert_int_equal(support_count(support_path(*state, "fixtures/gate")), 2);
}

static void chance_is_refused(void **state) {
  assert_run(state, "HARNESS_FIXTURES=update", "varies", 1);
  assert_golden("gate/unstable.txt");
  assert_untouched(state);
  assert_run(state, "HARNESS_FIXTURES=new", "varies", 1);
  assert_golden("gate/unstable_proposal.txt");
  assert_untouched(state);
  assert_run(state, "HARNESS_FIXTURES=update", "varies_under_load", 1);
  assert_says("the first run and run 3 (perturbed) differ");
  assert_untouched(state);
}

static void runs_that_end_otherwise_are_refused(void **state) {
  assert_run(state, "HARNESS_FIXTURES=update", "crashes_again", 1);
  assert_says("run 2 did not come to check fixtures/gate/same.json: it was killed by signal 9 and printed\n");
  assert_run(state, "HARNESS_FIXTURES=update", "exits_again", 1);
  assert_says("run 2 did not come to check fixtures/gate/same.json: it ended with exit code 3 and printed\n");
  assert_run(state, "HARNESS_FIXTURES=update HARNESS_TIMEOUT_MS=300", "hangs_again", 1);
  assert_says("run 2 did not come to check fixtures/gate/same.json: it was ended after ");
  assert_run(state, "HARNESS_FIXTURES=update", "fails_again", 1);
  assert_says("run 2 did not pass: it ended with exit code 1 and printed\n");
  assert_untouched(state);
}

static void what_a_test_leaves_behind_hides_no_failure(void **state) {
  assert_run(state, "HARNESS_FIXTURES=update", "ignores_children", 1);
  assert_says("run 2 did not pass: it ended with exit code 1 and printed\n");
  assert_run(state, "HARNESS_FIXTURES=update HARNESS_TIMEOUT_MS=300", "closes_all_and_hangs_again", 1);
  assert_says("run 2 did not pass: it was ended after ");
  assert_untouched(state);
}

/* The fixture goes where it was looked for, and every run begins where and as the first did. */
static void test_may_go_elsewhere(void **state) {
  assert_run(state, "HARNESS_FIXTURES=update HARNESS_TOUCHED=touched HARNESS_TEST=t", "goes_elsewhere", 0);
  assert_valid(state, "fixtures/gate/same.json");
  assert_int_equal(support_count(support_path(*state, "elsewhere")), 0);
  assert_record(state, "t", HARNESS__ENDING_PASSED, 1);
}

static void test_may_clear_its_environment(void **state) {
  assert_run(state, "HARNESS_FIXTURES=update HARNESS_TOUCHED=touched HARNESS_TEST=t",
             "clears_its_environment", 0);
  assert_valid(state, "fixtures/gate/same.json");
  assert_record(state, "t", HARNESS__ENDING_PASSED, 1);
}

/* Nobody would write what a process holds back that the test forked. */
static void forked_process_is_told(void **state) {
  assert_run(state, "HARNESS_FIXTURES=update", "checks_in_a_fork", 0);
  assert_says(
      "fixtures/gate/same.json was not written: it was checked in a process that the test forked, and "
      "what that one holds back is lost.\n");
  assert_untouched(state);
}

/* cmocka tells only which tests it runs, not how many it left out before. */
static void filter_of_cmocka_is_followed(void **state) {
  assert_run(state, "HARNESS_FIXTURES=update SAMPLE_FILTER='tw?'", "", 0);
  assert_says("fixtures/gate/first.json was written.\nfixtures/gate/second.json was written.\n");
  assert_int_equal(support_count(support_path(*state, "fixtures/gate")), 2);
  assert_run(state, "HARNESS_FIXTURES=check SAMPLE_FILTER='tw?'", "same", 77);
}

static void set_up_that_fails_is_a_test_that_failed(void **state) {
  assert_run(state, "HARNESS_FIXTURES=update", "same", 0);
  assert_run(state, "HARNESS_FIXTURES=check HARNESS_TOUCHED=touched HARNESS_TEST=t", "never_begins", 1);
  assert_record(state, "t", HARNESS__ENDING_FAILED, 0);
}

/* cmocka leaves a file alone that is there, so the first to end has it. */
static void report_is_that_of_the_first_run(void **state) {
  harness__buffer_t text = {0};

  assert_run(state, "HARNESS_FIXTURES=update CMOCKA_MESSAGE_OUTPUT=XML CMOCKA_XML_FILE=report.xml",
             "fails_again", 1);
  assert_int_equal(harness__file_read(support_path(*state, "report.xml"), &text), 0);
  harness__buffer_string(&text, "");
  assert_null(strstr(text.text, "is_rehearsal"));
  harness__buffer_free(&text);
}

static void test_that_fails_writes_no_fixture(void **state) {
  assert_run(state, "HARNESS_FIXTURES=update", "fails_later", 1);
  assert_says("fixtures/gate/same.json was not written, since the test did not pass\n");
  assert_run(state, "HARNESS_FIXTURES=update", "leaves_an_expectation", 1);
  assert_says("fixtures/gate/same.json was not written, since the test did not pass\n");
  assert_run(state, "HARNESS_FIXTURES=update", "leaves_a_block", 1);
  assert_says("fixtures/gate/same.json was not written, since the test did not pass\n");
  assert_run(state, "HARNESS_FIXTURES=update", "fails_on_a_thread", 1);
  assert_says("fixtures/gate/same.json was not written, since the test did not pass\n");
  assert_run(state, "HARNESS_FIXTURES=update", "skips_later", 77);
  assert_says("fixtures/gate/same.json was not written, since the test did not pass\n");
  assert_untouched(state);
}

static void killed_half_way_leaves_nothing(void **state) {
  assert_run(state, "HARNESS_FIXTURES=update", "kills_the_first_run", -1);
  assert_untouched(state);
}

static void ci_writes_nothing(void **state) {
  assert_run(state, "CI=true HARNESS_FIXTURES=update", "same", 1);
  assert_golden("gate/ci.txt");
  assert_run(state, "CI=true", "varies", 1);
  assert_untouched(state);
}

static void annotation_goes_with_the_line(void **state) {
  char *line;

  assert_run(state, "HARNESS_FIXTURES=update", "same", 0);
  assert_run(state, "CI=true GITHUB_ACTIONS=true", "other", 1);
  line = strstr(output, "::error file=");
  assert_non_null(line);
  assert_non_null(strstr(line, "gate_sample.c,line=2"));
  assert_non_null(
      strstr(line, ",title=gate/same::fixtures/gate/same.json and the transcript differ at event 1 (main): "
                   "text, from byte 0 on%0A%0A-   1  main  log      always this%0A+"));
  line[strcspn(line, "\n")] = '\0';
  assert_string_equal(line + strlen(line) - strlen("missing (-), 1 new (+)"), "missing (-), 1 new (+)");
}

static void one_name_is_one_transcript(void **state) {
  assert_run(state, "HARNESS_FIXTURES=update", "twice", 1);
  assert_golden("gate/twice.txt");
  assert_untouched(state);
}

/* Two tests of one process: the second finds what the first wrote. */
static void tests_of_a_program_do_not_share(void **state) {
  assert_run(state, "HARNESS_FIXTURES=update HARNESS_GATE_RUNS=1 HARNESS_TIMEOUT_MS=2000", "", 1);
  assert_says(
      "another test of this program checked it with another transcript: each needs a fixture of its own.");
  assert_run(state, "HARNESS_FIXTURES=check", "same", 0);
}

/* Two processes of one run of ctest. */
static void tests_of_a_run_do_not_share(void **state) {
  assert_run(state, "HARNESS_FIXTURES=update HARNESS_TOUCHED=touched HARNESS_TEST=one", "same", 0);
  assert_run(state, "HARNESS_FIXTURES=update HARNESS_TOUCHED=touched HARNESS_TEST=two", "other", 1);
  assert_golden("gate/disputed.txt");
  assert_run(state, "HARNESS_FIXTURES=check", "same", 0);
  /* The same one again may change its mind. */
  assert_run(state, "HARNESS_FIXTURES=update HARNESS_TOUCHED=again HARNESS_TEST=one", "other", 0);
  assert_run(state, "HARNESS_FIXTURES=update HARNESS_TOUCHED=again HARNESS_TEST=one", "same", 0);
}

/* Jobs of a parallel run, with the gate and all: what they write at once, the same and different files, is
 * whole, and is what each by itself would have written. */
static void jobs_write_at_once(void **state) {
  static const char *const written[] = {"same", "first", "second"};
  char jobs[4096];

  (void)snprintf(jobs, sizeof jobs, "same & '%s' two & '%s' same & '%s' two & wait", SAMPLE_PROGRAM,
                 SAMPLE_PROGRAM, SAMPLE_PROGRAM);
  (void)run(state, "export HARNESS_FIXTURES_DIR=fixtures HARNESS_FIXTURES=update HARNESS_GATE_RUNS=1;", jobs);
  assert_int_equal(support_count(support_path(*state, "fixtures/gate")), 3);
  for (size_t i = 0; i < 3; i++) {
    char path[64];

    (void)snprintf(path, sizeof path, "fixtures/gate/%s.json", written[i]);
    assert_valid(state, path);
  }
  assert_run(state, "HARNESS_FIXTURES=check", "same", 0);
  assert_run(state, "HARNESS_FIXTURES=check", "two", 0);
}

static void records_tell_how_tests_ended(void **state) {
  static const char touched[] = "HARNESS_FIXTURES=check HARNESS_TOUCHED=touched HARNESS_TEST=t";

  assert_run(state, "HARNESS_FIXTURES=update", "two", 0);
  assert_run(state, touched, "two", 0);
  assert_record(state, "t", HARNESS__ENDING_PASSED, 2);
  assert_run(state, touched, "same", 1);
  assert_record(state, "t", HARNESS__ENDING_FAILED, 1);
  assert_run(state, "HARNESS_FIXTURES=update", "same", 0);
  assert_run(state, touched, "skips_later", 77);
  assert_record(state, "t", HARNESS__ENDING_SKIPPED, 1);
  assert_run(state,
             "HARNESS_FIXTURES=check HARNESS_TOUCHED=touched HARNESS_REHEARSAL=rehearsal HARNESS_TEST=t",
             "two", 0);
  assert_record(state, "t", HARNESS__ENDING_SKIPPED, 1);
  assert_run(state, "HARNESS_FIXTURES=check HARNESS_TOUCHED=touched", "two", 0);
  assert_record(state, "gate.two", HARNESS__ENDING_PASSED, 2);
}

/* What a link leads to is needed, too, and checked with one transcript only. */
static void record_has_what_a_link_leads_to(void **state) {
  assert_run(state, "HARNESS_FIXTURES=update", "two", 0);
  assert_int_equal(symlink("first.json", support_path(*state, "fixtures/gate/same.json")), 0);
  assert_run(state, "HARNESS_FIXTURES=check HARNESS_TOUCHED=touched HARNESS_TEST=t", "same", 1);
  assert_record(state, "t", HARNESS__ENDING_FAILED, 2);
}

static void record_that_cannot_be_written_fails_the_test(void **state) {
  assert_run(state, "HARNESS_FIXTURES=update", "same", 0);
  support_write(support_path(*state, "file"), "");
  assert_run(state, "HARNESS_FIXTURES=check HARNESS_TOUCHED=file/touched", "same", 1);
  assert_says("HARNESS_TOUCHED: a record in file/touched: ");
}

static void fixture_that_cannot_be_written_fails_the_test(void **state) {
  support_write(support_path(*state, "fixtures"), "a file where the folder should be");
  assert_run(state, "HARNESS_FIXTURES=update", "same", 1);
  assert_says("Not a directory");
}

static void rehearsal_that_can_leave_nothing_fails(void **state) {
  support_write(support_path(*state, "file"), "");
  assert_run(state, "HARNESS_FIXTURES=update HARNESS_REHEARSAL=file/folder", "same", 1);
  assert_says("what this run has checked can't be left in file/folder: Not a directory\n");
}

static void rehearsal_leaves_nothing_behind(void **state) {
  char environment[4200];

  (void)snprintf(environment, sizeof environment, "TMPDIR='%s' HARNESS_FIXTURES=update",
                 support_path(*state, "tmp"));
  assert_run(state, environment, "same", 1);
  assert_says(", since the test could not be run again:\nthere can be no folder in ");
  assert_says("/tmp: No such file or directory\n");
  support_write(support_path(*state, "tmp/file"), "");
  assert_run(state, environment, "same", 0);
  assert_int_equal(support_count(support_path(*state, "tmp")), 1);
}

/* The signal takes its course, but not before what was on the disk is gone. */
static void interrupted_rehearsal_leaves_nothing_behind(void **state) {
  const char *environment = "HARNESS_FIXTURES=update TMPDIR=\"$PWD/tmp\"";

  support_write(support_path(*state, "tmp/file"), "");
  assert_run(state, environment, "interrupts_the_first_run", -1);
  assert_int_equal(support_count(support_path(*state, "tmp")), 1);
  assert_false(exists(state, "fixtures"));
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, support_make_folder, support_remove_folder)

static const struct CMUnitTest tests[] = {
    in_folder(update_writes_what_is_stable),
    in_folder(new_proposes_what_is_stable),
    in_folder(several_checks_are_written_together),
    in_folder(chance_is_refused),
    in_folder(runs_that_end_otherwise_are_refused),
    in_folder(what_a_test_leaves_behind_hides_no_failure),
    in_folder(test_may_go_elsewhere),
    in_folder(test_may_clear_its_environment),
    in_folder(forked_process_is_told),
    in_folder(filter_of_cmocka_is_followed),
    in_folder(set_up_that_fails_is_a_test_that_failed),
    in_folder(report_is_that_of_the_first_run),
    in_folder(test_that_fails_writes_no_fixture),
    in_folder(killed_half_way_leaves_nothing),
    in_folder(ci_writes_nothing),
    in_folder(annotation_goes_with_the_line),
    in_folder(one_name_is_one_transcript),
    in_folder(tests_of_a_program_do_not_share),
    in_folder(tests_of_a_run_do_not_share),
    in_folder(jobs_write_at_once),
    in_folder(records_tell_how_tests_ended),
    in_folder(record_has_what_a_link_leads_to),
    in_folder(record_that_cannot_be_written_fails_the_test),
    in_folder(fixture_that_cannot_be_written_fails_the_test),
    in_folder(rehearsal_that_can_leave_nothing_fails),
    in_folder(rehearsal_leaves_nothing_behind),
    in_folder(interrupted_rehearsal_leaves_nothing_behind),
};

HARNESS_CMOCKA_MAIN("gate", tests)
