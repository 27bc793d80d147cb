/* SPDX-License-Identifier: MIT */
/*
 * cmocka's loop over the tests, with each function called from here: so it is known when it has begun and
 * when it has returned, under any main function. Weak, as in elsewhere.c.
 */
#include <stdio.h>
#include <stdlib.h>

#include <harness/cmocka.h>

#include "book.h"
#include "elsewhere.h"
#include "ending.h"

typedef int (*run_t)(const char *name, const struct CMUnitTest *tests, size_t count, CMFixtureFunction setup,
                     CMFixtureFunction teardown);

/* The group that runs, and its test. cmocka gives a test the state that the group's set-up has made or, where
 * that is NULL, its own; here its own is the test itself. */
static struct {
  const struct CMUnitTest *test;
  CMFixtureFunction setup;
  CMFixtureFunction teardown;
  void *state;
} group;

static int set_up_group(void **state) {
  (void)state;
  return group.setup != NULL ? group.setup(&group.state) : 0;
}

static int tear_down_group(void **state) {
  (void)state;
  return group.teardown != NULL ? group.teardown(&group.state) : 0;
}

static int set_up(void **state) {
  const struct CMUnitTest *test = *state;

  group.test = test;
  *state = group.state != NULL ? group.state : test->initial_state;
  harness__cmocka_watch_begin();
  harness__cmocka_test_begins_as(test->name);
  return test->setup_func != NULL ? test->setup_func(state) : 0;
}

static int tear_down(void **state) {
  harness__cmocka_function_ends();
  return group.test->teardown_func(state);
}

static void call(void **state) {
  harness__cmocka_book_begin();
  harness__cmocka_function_begins();
  group.test->test_func(state);
  (void)harness__cmocka_test_returned();
}

/* A test without a function is left out by cmocka. */
static struct CMUnitTest *wrapped(const struct CMUnitTest *tests, size_t count) {
  struct CMUnitTest *called = malloc((count + 1) * sizeof *called);

  for (size_t i = 0; called != NULL && i < count; i++) {
    called[i] = tests[i];
    if (tests[i].test_func == NULL)
      continue;
    called[i].initial_state = (void *)(uintptr_t)&tests[i];
    called[i].setup_func = set_up;
    called[i].test_func = call;
    called[i].teardown_func = tests[i].teardown_func != NULL ? tear_down : NULL;
  }
  return called;
}

HARNESS_API __attribute__((weak)) int
_cmocka_run_group_tests(const char *group_name, const struct CMUnitTest *const tests, const size_t num_tests,
                        CMFixtureFunction group_setup, CMFixtureFunction group_teardown) {
  struct CMUnitTest *called = wrapped(tests, num_tests);
  run_t real;
  int failed;

  if (called == NULL) {
    fprintf(stderr, "%s: no memory for the tests\n", group_name);
    return -1;
  }
  *(void **)&real = harness__cmocka_real("_cmocka_run_group_tests");
  group.setup = group_setup;
  group.teardown = group_teardown;
  group.state = NULL;
  harness__cmocka_begin();
  failed = real(group_name, called, num_tests, group_setup != NULL ? set_up_group : NULL,
                group_teardown != NULL ? tear_down_group : NULL);
  harness__cmocka_watch_end();
  harness__cmocka_end();
  free(called);
  return failed + (int)harness__cmocka_strays();
}
