/* SPDX-License-Identifier: MIT */
/*
 * The main of test programs. cmocka can run one array of tests; ctest wants to ask for their names and to run
 * each in a process of its own.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <harness/cmocka.h>

#include "ending.h"

enum { EXIT_PASSED = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_SKIPPED = 77 };

/* The tests that run, and how many have begun: cmocka runs them in their order. Each is called from here, so
 * that one which did not come back is known to have failed, crashed or been skipped. */
static struct {
  const struct CMUnitTest *tests;
  size_t begun;
  bool came_back;
} group;

static int begin_test(void **state) {
  const struct CMUnitTest *test = &group.tests[group.begun++];

  group.came_back = false;
  harness__cmocka_test_begins_as(test->name);
  return test->setup_func ? test->setup_func(state) : 0;
}

static void call_test(void **state) {
  group.tests[group.begun - 1].test_func(state);
  group.came_back = true;
  harness__cmocka_test_returned();
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
    called[i].setup_func = begin_test;
    called[i].test_func = call_test;
  }
  group.tests = tests;
  group.begun = 0;
  harness__cmocka_begin();
  int failed = _cmocka_run_group_tests(suite, called, count, NULL, NULL);
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
  const char *twice = name_given_twice(tests, count);
  if (twice) {
    fprintf(stderr, "%s: two tests are called %s\n", program, twice);
    return EXIT_USAGE;
  }
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
