/* SPDX-License-Identifier: MIT */
/*
 * The main of test programs. cmocka can run one array of tests; ctest wants to ask for their names and to run
 * each in a process of its own.
 */
#include <stdio.h>
#include <string.h>

#include <harness/cmocka.h>

#include "ending.h"

enum { EXIT_PASSED = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_SKIPPED = 77 };

/* cmocka doesn't tell whether a test was skipped, but it leaves a skipped one by a jump. So the one test
 * that runs is called from here, and what didn't come back without having failed was skipped. */
static struct {
  CMUnitTestFunction test;
  int came_back;
} single;

static void run_single(void **state) {
  single.test(state);
  single.came_back = 1;
}

/* What cmocka returns: how many failed, or a negative number when it could not run them. */
static int run_group(const char *suite, const struct CMUnitTest *tests, size_t count) {
  harness__cmocka_begin();
  int failed = _cmocka_run_group_tests(suite, tests, count, NULL, NULL);
  harness__cmocka_end();
  return failed == 0 ? EXIT_PASSED : EXIT_FAILED;
}

static int run_one(const char *suite, struct CMUnitTest test) {
  single.test = test.test_func;
  single.came_back = 0;
  test.test_func = run_single;
  int result = run_group(suite, &test, 1);
  if (result == EXIT_PASSED && !single.came_back)
    return EXIT_SKIPPED;
  return result;
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
    fprintf(stderr, "%s: give no argument, --list, or the name of one test\n", program);
    return EXIT_USAGE;
  }
  if (strcmp(argv[1], "--list") == 0)
    return list(tests, count);
  const struct CMUnitTest *test = find(tests, count, argv[1]);
  if (!test) {
    fprintf(stderr, "%s: there is no test called %s; --list prints the names\n", program, argv[1]);
    return EXIT_USAGE;
  }
  return run_one(suite, *test);
}
