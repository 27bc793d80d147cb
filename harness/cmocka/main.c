/* SPDX-License-Identifier: MIT */
/*
 * The main of test programs. cmocka can run one array of tests; ctest wants to ask for their names and to run
 * each in a process of its own.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <harness/cmocka.h>

#include "ending.h"
#include "report.h"

enum { EXIT_PASSED = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_SKIPPED = 77 };

/* The test that runs, which cmocka hands over as its initial state: where it was given a filter it leaves
 * some out, so that they can't be counted. Each is called from here, so that one which did not come back is
 * known to have failed, crashed or been skipped. */
static struct {
  const struct CMUnitTest *test;
  const char *suite;
  bool came_back;
  bool is_open;                   /* its recording has begun and not ended */
  const struct CMUnitTest *tests; /* all that are to be run */
  size_t count;
} group;

/* Tells the harness that a test begins, called "suite.test" where ctest has no name for it. */
static int begin_recording(const struct CMUnitTest *test) {
  size_t size = strlen(group.suite) + strlen(test->name) + 2;
  char *name = malloc(size);

  if (name)
    (void)snprintf(name, size, "%s.%s", group.suite, test->name);
  int status = harness_test_begin(name ? name : test->name);
  free(name);
  group.is_open = status == 0;
  if (status != 0)
    harness__cmocka_say("%s\n", harness_error(NULL));
  return status;
}

/* A thread that does not come back can't be ended, and may touch what the next test uses: the process ends
 * here, in order. cmocka can't be left in the middle of its list, so what it would print of the rest is
 * printed here. */
static void end_with_a_thread_left(const struct CMUnitTest *test) {
  harness__cmocka_say(
      "[  ERROR   ] --- %s: %d background call%s did not return, and a thread can't be ended: "
      "the process ends here.\n[  FAILED  ] %s\n",
      test->name, harness_left_running(), harness_left_running() == 1 ? "" : "s", test->name);
  for (const struct CMUnitTest *next = test + 1; next < group.tests + group.count; next++)
    harness__cmocka_say("[  NOT RUN ] %s\n", next->name);
  (void)fflush(stdout);
  harness__cmocka_end();
  _exit(EXIT_FAILED);
}

/* cmocka tears nothing down where the set-up has failed. */
static void end_without_test(void) {
  if (group.is_open)
    (void)harness_test_end(HARNESS_TEST_FAILED, NULL, NULL);
  group.is_open = false;
}

/* Where the test left something to write, it is run again, as ctest would run it. */
static int end_recording(const struct CMUnitTest *test, harness_test_ending_t ending) {
  char *program = realpath("/proc/self/exe", NULL);
  const char *again[] = {program, test->name, NULL};
  char *report;
  harness_check_result_t result = harness_test_end(ending, again, &report);
  group.is_open = false;

  if (report)
    harness__cmocka_say("%s", report);
  free(report);
  free(program);
  return result == HARNESS_CHECK_SAME || result == HARNESS_CHECK_WRITTEN ? 0 : -1;
}

static int begin_test(void **state) {
  const struct CMUnitTest *test = *state;

  end_without_test();
  *state = test->initial_state;
  group.test = test;
  group.came_back = false;
  harness__cmocka_test_begins_as(test->name);
  if (begin_recording(test) != 0)
    return -1;
  return test->setup_func ? test->setup_func(state) : 0;
}

static int end_test(void **state) {
  const struct CMUnitTest *test = group.test;
  harness_test_ending_t ending = harness__cmocka_test_has_passed()    ? HARNESS_TEST_PASSED
                                 : harness__cmocka_test_was_skipped() ? HARNESS_TEST_SKIPPED
                                                                      : HARNESS_TEST_FAILED;
  int left = test->teardown_func ? test->teardown_func(state) : 0;

  if (left != 0)
    ending = HARNESS_TEST_FAILED;
  if (harness_left_running() > 0) {
    (void)harness_test_end(HARNESS_TEST_FAILED, NULL, NULL);
    end_with_a_thread_left(test);
  }
  /* A test that has failed need not fail twice. */
  return end_recording(test, ending) != 0 && ending == HARNESS_TEST_PASSED ? -1 : left;
}

static void call_test(void **state) {
  harness_watch_crashes();
  group.test->test_func(state);
  group.came_back = harness__cmocka_test_returned();
}

/* What cmocka returns: how many failed, or a negative number when it could not run them. */
static int run_group(const char *suite, const struct CMUnitTest *tests, size_t count) {
  struct CMUnitTest *called = malloc((count + 1) * sizeof *called);

  if (!called) {
    fprintf(stderr, "%s: no memory for the tests\n", suite);
    return EXIT_FAILED;
  }
  for (size_t i = 0; i < count; i++) {
    called[i] = tests[i];
    called[i].initial_state = (void *)(uintptr_t)&tests[i];
    called[i].setup_func = begin_test;
    called[i].test_func = call_test;
    called[i].teardown_func = end_test;
  }
  group.suite = suite;
  group.tests = tests;
  group.count = count;
  group.came_back = false;
  harness__cmocka_begin();
  int failed = _cmocka_run_group_tests(suite, called, count, NULL, NULL);
  end_without_test();
  harness__cmocka_end();
  free(called);
  return failed == 0 ? EXIT_PASSED : EXIT_FAILED;
}

/* cmocka doesn't tell whether a test was skipped: it is what didn't come back without having failed. */
static int run_one(const char *suite, const struct CMUnitTest *test) {
  int result = run_group(suite, test, 1);
  return result == EXIT_PASSED && !group.came_back ? EXIT_SKIPPED : result;
}

static const struct CMUnitTest *find(const struct CMUnitTest *tests, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(tests[i].name, name) == 0)
      return &tests[i];
  return NULL;
}

/* Two tests of one name: the second could never be run by its name. Returns such a name or NULL. */
static const char *name_given_twice(const struct CMUnitTest *tests, size_t count) {
  for (size_t i = 1; i < count; i++)
    if (find(tests, i, tests[i].name))
      return tests[i].name;
  return NULL;
}

/* Why a name can't be listed on a line of its own and be given as the argument, or NULL. */
static const char *name_trouble(const char *name) {
  if (!name || !*name)
    return "has no name";
  for (const char *p = name; *p; p++)
    if ((unsigned char)*p < ' ' || *p == 0x7f)
      return "has a control character in its name";
  if (*name == ' ' || name[strlen(name) - 1] == ' ')
    return "has a name that begins or ends with a blank";
  return strcmp(name, "--list") == 0 || strcmp(name, "--help") == 0 ? "is called like an option" : NULL;
}

/* Whether every test can be run by its name; else a sentence says which can't. */
static bool are_named(const char *program, const struct CMUnitTest *tests, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const char *trouble = name_trouble(tests[i].name);

    if (trouble) {
      fprintf(stderr, "%s: test %zu of %zu %s, and each is run by its name\n", program, i + 1, count,
              trouble);
      return false;
    }
  }
  return true;
}

/* One more run of a test is nobody's result: the file that CMOCKA_XML_FILE names is for the first, and cmocka
 * does not write to one that is there. */
static void keep_from_results(void) {
  const char *rehearsal = getenv("HARNESS_REHEARSAL");

  if (rehearsal && *rehearsal) {
    (void)unsetenv("CMOCKA_MESSAGE_OUTPUT");
    (void)unsetenv("CMOCKA_XML_FILE");
  }
}

static int list(const struct CMUnitTest *tests, size_t count) {
  for (size_t i = 0; i < count; i++)
    puts(tests[i].name);
  return fflush(stdout) == 0 ? EXIT_PASSED : EXIT_USAGE;
}

static int help(const char *program) {
  printf("usage: %s           runs every test; exit status 0 when none failed, else 1\n"
         "       %s --list    prints the names of the tests, one a line\n"
         "       %s NAME      runs that test only: 0 it passed, 1 it failed, 77 it was skipped\n",
         program, program, program);
  return fflush(stdout) == 0 ? EXIT_PASSED : EXIT_USAGE;
}

int harness_cmocka_main(int argc, char **argv, const char *suite, const struct CMUnitTest *tests,
                        size_t count) {
  const char *program = argc > 0 ? argv[0] : suite;
  if (!are_named(program, tests, count))
    return EXIT_USAGE;
  const char *twice = name_given_twice(tests, count);
  if (twice) {
    fprintf(stderr, "%s: two tests are called %s\n", program, twice);
    return EXIT_USAGE;
  }
  keep_from_results();
  if (argc <= 1)
    return run_group(suite, tests, count);
  if (argc > 2) {
    fprintf(stderr, "%s: give no argument, --list, --help, or the name of one test\n", program);
    return EXIT_USAGE;
  }
  if (strcmp(argv[1], "--list") == 0)
    return list(tests, count);
  if (strcmp(argv[1], "--help") == 0)
    return help(program);
  const struct CMUnitTest *test = find(tests, count, argv[1]);
  if (!test) {
    fprintf(stderr, "%s: there is no test called %s; --list prints the names\n", program, argv[1]);
    return EXIT_USAGE;
  }
  return run_one(suite, test);
}
