/* SPDX-License-Identifier: MIT */
/* harness check and harness orphans. */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record/touched.h"
#include "support.h"

#define VALID "{\"format\": \"harness-transcript/1\", \"lanes\": [], \"events\": []}"

/* Runs `harness <arguments>` in the test's folder; what it prints must be that. */
static void assert_run(void **state, const char *arguments, int code, const char *expected_out,
                       const char *expected_err) {
  char command[8192];
  char *out;
  char *err;
  int status;

  (void)snprintf(command, sizeof command,
                 "cd '%s' && mkdir -p .io && unset HARNESS_TOUCHED && '%s' %s >.io/out 2>.io/err",
                 (const char *)*state, TEST_COMMAND, arguments);
  status = system(command); /* NOLINT(bugprone-command-processor,cert-env33-c): the test's own words */
  out = support_read(support_path(*state, ".io/out"));
  err = support_read(support_path(*state, ".io/err"));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != code || strcmp(out, expected_out) != 0 ||
      (*expected_err == '\0' ? *err != '\0' : strstr(err, expected_err) == NULL))
    fail_msg("harness %s: %d\nstandard output: %s\nstandard error: %s", arguments, status, out, err);
  free(out);
  free(err);
}

static void check_tells_what_is_wrong(void **state) {
  support_write(support_path(*state, "f/a.json"), VALID);
  support_write(support_path(*state, "f/s/b.new.json"), VALID);
  support_write(support_path(*state, "f/x.schema.json"), "{}");
  support_write(support_path(*state, "f/notes.txt"), "");
  support_write(support_path(*state, "f/c.json.AbCdEf"), "half");
  assert_run(state, "check f", 0, "2 fixtures, all valid\n", "");
  assert_run(state, "check f/a.json", 0, "1 fixture, all valid\n", "");
  assert_run(state, "check --quiet f f/a.json", 0, "", "");
  support_write(support_path(*state, "f/s/empty.json"), "");
  support_write(support_path(*state, "f/old.json"),
                "{\"format\": \"harness-transcript/9\", \"lanes\": [], \"events\": []}");
  assert_run(state, "check f", 1,
             "f/old.json: \"format\" must be \"harness-transcript/1\", not \"harness-transcript/9\"\n"
             "f/s/empty.json: the file is empty\n",
             "");
  assert_run(state, "check f/notes.txt", 1, "f/notes.txt: the file is empty\n", "");
}

static void check_finds_names_that_differ_by_case(void **state) {
  support_write(support_path(*state, "f/Case.json"), VALID);
  support_write(support_path(*state, "f/case.json"), VALID);
  support_write(support_path(*state, "f/cast.json"), VALID);
  if (support_count(support_path(*state, "f")) < 3)
    skip(); /* a file system that doesn't tell them apart */
  assert_run(state, "check f", 1, "f/Case.json and f/case.json differ by case only\n", "");
}

static void check_tells_trouble(void **state) {
  assert_run(state, "check none", 2, "", "harness: none: No such file or directory\n");
  assert_run(state, "check", 2, "", "a file or folder is missing");
  assert_run(state, "check --strict x", 2, "", "usage: harness check");
  support_write(support_path(*state, "f/a.json"), VALID);
  assert_run(state, "check none f", 2, "", "harness: none: No such file");
}

/* A list as ctest prints it: a.one and a.two keep records, x does not. */
static void write_tests(void **state) {
  support_write(support_path(*state, "tests.json"),
                "{\"kind\": \"ctestInfo\", \"tests\": ["
                "{\"name\": \"a.one\", \"properties\": [{\"name\": \"ENVIRONMENT\", \"value\": "
                "[\"HARNESS_FIXTURES_DIR=f\", \"HARNESS_TEST=a.one\"]}]},"
                "{\"name\": \"x\", \"properties\": [{\"name\": \"TIMEOUT\", \"value\": 60}]},"
                "{\"name\": \"a.two\", \"properties\": [{\"name\": \"ENVIRONMENT\", \"value\": "
                "[\"HARNESS_TEST=a.two\"]}]}]}");
}

/* A record of a test that touched f/<name>.json, if there is a name. */
static void write_record(void **state, const char *test, harness__ending_t ending, const char *name) {
  harness__record_t record = {.test = strdup(test), .ending = ending};
  bool is_other;

  if (name != NULL) {
    char *path = harness__touched_path(support_path(*state, name));

    assert_true(harness__record_touch(&record, path, "{}", &is_other));
    free(path);
  }
  assert_int_equal(harness__record_save(support_path(*state, "touched"), &record), 0);
  harness__record_clear(&record);
}

#define ORPHANS "orphans --touched touched --tests tests.json "

static void write_tree(void **state) {
  support_write(support_path(*state, "f/s/a.json"), VALID);
  support_write(support_path(*state, "f/s/b.json"), VALID);
  support_write(support_path(*state, "f/s/b.new.json"), VALID);
  support_write(support_path(*state, "f/h.schema.json"), VALID);
  support_write(support_path(*state, "f/README.md"), VALID);
  write_tests(state);
}

static void orphans_are_what_nobody_touched(void **state) {
  write_tree(state);
  write_record(state, "a.one", HARNESS__ENDING_PASSED, "f/s/a.json");
  write_record(state, "a.two", HARNESS__ENDING_PASSED, "f/s/a.json");
  assert_run(state, ORPHANS "f", 1, "f/s/b.json\n", "");
  assert_run(state, ORPHANS "--except f/s/b.json f", 0, "", "");
  assert_run(state, ORPHANS "--except f/s/ f", 0, "", "");
  assert_run(state, ORPHANS "--except f/s/b f", 1, "f/s/b.json\n", "");
  assert_run(state, "orphans -f touched -t - f/s <tests.json", 1, "f/s/b.json\n", "");
  /* One that ctest doesn't know of may touch, too. */
  write_record(state, "by hand", HARNESS__ENDING_FAILED, "f/s/b.json");
  assert_run(state, ORPHANS "f", 0, "", "");
  support_write(support_path(*state, "f/s/c.json.Xy12Zz"), "half");
  assert_run(state, ORPHANS "f", 1, "f/s/c.json.Xy12Zz\n", "");
  /* What mkstemp made of another file is none of ours. */
  support_write(support_path(*state, "f/s/c.text.Xy12Zz"), "half");
  support_write(support_path(*state, "f/s/c.json-Xy12Zz"), "half");
  assert_run(state, ORPHANS "f", 1, "f/s/c.json.Xy12Zz\n", "");
}

static void exceptions_are_known_however_they_are_written(void **state) {
  char whole[4200];
  char path[4200];

  write_tree(state);
  write_record(state, "a.one", HARNESS__ENDING_PASSED, "f/s/a.json");
  write_record(state, "a.two", HARNESS__ENDING_PASSED, NULL);
  assert_run(state, ORPHANS "--except ./f/s/b.json f", 0, "", "");
  assert_run(state, ORPHANS "--except f/../f/s/ ./f", 0, "", "");
  (void)snprintf(whole, sizeof whole, ORPHANS "--except '%s' f", support_path(*state, "f/s"));
  assert_run(state, whole, 0, "", "");
  assert_run(state, ORPHANS "--except f/s/b f", 1, "f/s/b.json\n", "");
  /* Below the root is all; below nothing (a variable that is not set) is nothing. */
  assert_run(state, ORPHANS "--except / f", 0, "", "");
  (void)snprintf(whole, sizeof whole, ORPHANS "--except '' '%s'", support_path(*state, "f"));
  (void)snprintf(path, sizeof path, "%s\n", support_path(*state, "f/s/b.json"));
  assert_run(state, whole, 1, path, "");
}

/* A path may be any bytes; one that is no text is no fixture less. */
static void orphans_know_paths_of_any_bytes(void **state) {
  write_tests(state);
  support_write(support_path(*state, "f/gr\xfcn.json"), VALID);
  support_write(support_path(*state, "f/gr\xfc"
                                     "er.json"),
                VALID);
  write_record(state, "a.one", HARNESS__ENDING_PASSED, "f/gr\xfcn.json");
  write_record(state, "a.two", HARNESS__ENDING_PASSED, NULL);
  assert_run(state, ORPHANS "f", 1,
             "f/gr\xfc"
             "er.json\n",
             "");
}

static void orphans_need_a_whole_run(void **state) {
  static const harness__ending_t endings[] = {HARNESS__ENDING_SKIPPED, HARNESS__ENDING_FAILED,
                                              HARNESS__ENDING_NONE};
  static const char *const words[] = {"  a.two was skipped\n", "  a.two failed\n",
                                      "  a.two did not come to its end\n"};

  write_tree(state);
  write_record(state, "a.one", HARNESS__ENDING_PASSED, NULL);
  assert_run(state, ORPHANS "f", 2, "",
             "harness orphans: nothing can be called unused, since 1 of 2 tests did not tell what they need\n"
             "  a.two did not run\n");
  for (size_t i = 0; i < 3; i++) {
    write_record(state, "a.two", endings[i], "f/s/a.json");
    assert_run(state, ORPHANS "f", 2, "", words[i]);
  }
}

/* Of many tests that did not run the first few are named; what keeps no records is not waited for. */
static void orphans_name_a_few(void **state) {
  char *text = calloc(1, 4096);
  size_t length = (size_t)sprintf(
      text, "{\"tests\": [{\"properties\": []}, {\"name\": \"x\"}, {\"name\": \"y\", \"properties\": [{}, "
            "{\"name\": \"ENVIRONMENT\", \"value\": [7, \"HOME=/\"]}]}");

  for (int i = 1; i <= 7; i++)
    length += (size_t)sprintf(text + length,
                              ", {\"name\": \"a.%d\", \"properties\": [{\"name\": \"ENVIRONMENT\", "
                              "\"value\": [\"HARNESS_TEST=a.%d\"]}]}",
                              i, i);
  (void)sprintf(text + length, "]}");
  write_tree(state);
  write_record(state, "a.2", HARNESS__ENDING_PASSED, NULL);
  support_write(support_path(*state, "tests.json"), text);
  free(text);
  assert_run(state, ORPHANS "f", 2, "",
             "harness orphans: nothing can be called unused, since 6 of 7 tests did not tell what they need\n"
             "  a.1 did not run\n  a.3 did not run\n  a.4 did not run\n  a.5 did not run\n  a.6 did not run\n"
             "  …\n");
}

static void orphans_tell_trouble(void **state) {
  write_tree(state);
  assert_run(state, ORPHANS "f", 2, "", "harness: touched: No such file or directory");
  write_record(state, "a.one", HARNESS__ENDING_PASSED, NULL);
  write_record(state, "a.two", HARNESS__ENDING_PASSED, NULL);
  assert_run(state, ORPHANS "none", 2, "", "harness: none: No such file");
  assert_run(state, "orphans --touched touched f", 2, "", "--tests is missing");
  assert_run(state, "orphans --tests tests.json f", 2, "",
             "--touched is missing, and HARNESS_TOUCHED is not set");
  assert_run(state, ORPHANS, 2, "", "a folder is missing");
  assert_run(state, "orphans --touched touched --tests f/README.md f", 2, "",
             "harness: f/README.md: this is not what ctest --show-only=json-v1");
  assert_run(state, "orphans --touched touched --tests none f", 2, "", "harness: none: ");
  assert_run(state, "orphans --touched touched --tests - f </dev/null", 2, "", "harness: standard input: ");
  support_write(support_path(*state, "tests.json"), "{\"tests\": []}");
  assert_run(state, ORPHANS "f", 2, "",
             "harness: tests.json: there is no test of harness_discover_tests in it");
  support_write(support_path(*state, "touched/x.json"), "torn");
  assert_run(state, ORPHANS "f", 2, "", "touched/x.json is no record of touched fixtures");
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, support_make_folder, support_remove_folder)

/* Runs `harness serve` with so many descriptors, to listen where it can't. Returns whether it could be
 * loaded; *lacking: whether it has said that there are too few. */
static int serve_with(void **state, int limit, int *lacking) {
  char command[8192];
  char *err;
  int status;

  (void)snprintf(command, sizeof command,
                 "exec >'%s/out' 2>'%s/err'; ulimit -n %d; exec '%s' serve --host unix:%s/none/s",
                 (const char *)*state, (const char *)*state, limit, TEST_COMMAND, (const char *)*state);
  status = system(command); /* NOLINT(bugprone-command-processor,cert-env33-c): the test's own words */
  err = support_read(support_path(*state, "err"));
  *lacking = strstr(err, "harness serve: ") == err && strstr(err, "too many open files") != NULL;
  if (strstr(err, "error while loading shared libraries") != NULL) {
    free(err);
    return 0;
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 2 ||
      (*lacking == 0 && strstr(err, "no such file or directory") == NULL))
    fail_msg("with %d descriptors: %d\nstandard error: %s", limit, status, err);
  free(err);
  return 1;
}

/* Whatever the test has open already: from too few for the loader of programs on, up to enough. Between these
 * there is a sentence each time, never an abort. */
static void serve_without_descriptors(void **state) {
  int limit = 4;
  int lacking = 0;
  int told = 0;

  while (limit < 200 && serve_with(state, limit, &lacking) == 0)
    limit++;
  for (; lacking != 0; limit++) {
    assert_int_equal(serve_with(state, limit, &lacking), 1);
    told += lacking;
  }
  assert_in_range(told, 2, 100);
}

static const struct CMUnitTest tests[] = {
    in_folder(serve_without_descriptors),
    in_folder(check_tells_what_is_wrong),
    in_folder(check_finds_names_that_differ_by_case),
    in_folder(check_tells_trouble),
    in_folder(orphans_are_what_nobody_touched),
    in_folder(orphans_know_paths_of_any_bytes),
    in_folder(exceptions_are_known_however_they_are_written),
    in_folder(orphans_need_a_whole_run),
    in_folder(orphans_name_a_few),
    in_folder(orphans_tell_trouble),
};

HARNESS_CMOCKA_MAIN("cli/hygiene", tests)
