/* SPDX-License-Identifier: MIT */
#ifndef HARNESS_CMOCKA_H
#define HARNESS_CMOCKA_H

/*
 * The cmocka adapter: short tests. It takes in <cmocka.h> with the headers that needs, and
 * <harness/harness.h>; link harness::cmocka.
 *
 *   static void says_hello(void **state)
 *   {
 *     harness_t *h = *state;
 *     harness_server_t *server = harness_assert_made(h, harness_start_server(h, echo, NULL, NULL));
 *     harness_assert_run(h, harness_schedule_coroutine(h, client, server));
 *     harness_assert_transcript(h, "echo/says_hello");
 *   }
 *
 *   static const struct CMUnitTest tests[] = {harness_unit_test(says_hello)};
 *   HARNESS_CMOCKA_MAIN("echo", tests)
 *
 * The assertions, those below and cmocka's own, with skip() and the checks of what is expected of functions,
 * fail the test that runs, with the file and line of the call and a sentence. They may stand anywhere: in the
 * test function, in coroutines, handlers and callbacks, in background calls, on threads that the code under
 * test has made. What runs there is left where it was, and the harness closed by the tear-down;
 * docs/failures.md says what that means for each place. What can't run inside a coroutine or on another
 * thread (harness_assert_run, harness_assert_transcript) fails there with a sentence that says so. An exit()
 * or _exit() from within a test ends the process, as failed.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <harness/harness.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A test's set-up: puts an opened harness with default options in *state, which the test reads as
 * harness_t *h = *state. Returns 0, or -1 after printing why there is none. A set-up of the test's own that
 * needs options or more state may call harness_open itself, with harness_cmocka_report as its options'
 * report, and harness_cmocka_close in its tear-down. */
HARNESS_API int harness_cmocka_setup(void **state);

/* For harness_options_t.report; arg is not used. Prints what the harness reports to standard error, but not
 * what an assertion below prints anyway, nor what a test that failed or was skipped left open. */
HARNESS_API void harness_cmocka_report(const char *text, void *arg);

/* A test's tear-down: closes the harness in *state and sets that to NULL. Returns 0, or -1, which fails the
 * test, after printing how much the test left open; what a test that failed, crashed or was skipped had no
 * time to close is no failure. NULL in *state is tidy. */
HARNESS_API int harness_cmocka_teardown(void **state);

/* The same for a harness that stands elsewhere than in *state. */
HARNESS_API int harness_cmocka_close(harness_t *h);

/* An entry of a cmocka test array whose test gets a harness of its own. */
#define harness_unit_test(f) cmocka_unit_test_setup_teardown(f, harness_cmocka_setup, harness_cmocka_teardown)

/* The transcript is the fixture's (<fixtures>/suite/case.json), as harness_check_transcript compares. On any
 * other outcome the difference is printed, for GitHub Actions as an annotation, too, and the test fails. What
 * is to be written is written at the end of the test, when it has come out the same in several runs
 * (harness/runner.h). */
#define harness_assert_transcript(h, name) harness_cmocka_transcript((h), (name), __FILE__, __LINE__)

/* Runs the task in the foreground and gives its result. The test fails when the task is NULL (so that the
 * call which makes it can stand in place), when the run failed, or when the task ended with a status other
 * than 0. */
#define harness_assert_run(h, task) harness_cmocka_run((h), (task), #task, __FILE__, __LINE__)

/* What a call made is there: gives the pointer, and fails the test where it is NULL. */
#define harness_assert_made(h, pointer) harness_cmocka_made((h), (pointer), #pointer, __FILE__, __LINE__)

/* A call went well: gives its value, a count or 0, and fails the test where that is negative. */
#define harness_assert_ok(h, value) harness_cmocka_ok((h), (value), #value, __FILE__, __LINE__)

/* The scenario does the same however its bytes are cut into reads, as harness_check_all_deliveries tries;
 * options may be NULL. On any other outcome its report is printed and the test fails. It opens harnesses of
 * its own: the test needs none, and can be a plain cmocka_unit_test. */
#define harness_assert_all_deliveries(scenario, arg, options)                                                \
  harness_cmocka_all_deliveries((scenario), (arg), (options), __FILE__, __LINE__)

/* What stands behind the macros. Each returns only when the assertion holds. */
HARNESS_API void harness_cmocka_transcript(harness_t *h, const char *name, const char *file, int line);
HARNESS_API void *harness_cmocka_run(harness_t *h, harness_task_t *task, const char *expression,
                                     const char *file, int line);
HARNESS_API void *harness_cmocka_made(harness_t *h, const void *pointer, const char *expression,
                                      const char *file, int line);
HARNESS_API ptrdiff_t harness_cmocka_ok(harness_t *h, ptrdiff_t value, const char *expression,
                                        const char *file, int line);
HARNESS_API void harness_cmocka_all_deliveries(harness_scenario_t scenario, void *arg,
                                               const harness_deliveries_options_t *options, const char *file,
                                               int line);

/* The main of a test program. It also runs a test again before its transcript is written (harness/runner.h);
 * under another main fixtures are compared, and nothing is written.
 *
 *   program         runs every test; exits 0 when none failed, else 1
 *   program --list  prints the names of the tests, one a line, and exits 0
 *   program --help  prints these forms, and exits 0
 *   program NAME    runs that test only: 0 it passed, 1 it failed, 77 it was skipped (as automake and ctest
 *                   have it), also by a filter of cmocka's
 *
 * Anything else (an unknown name, two tests of one name or one that can't be given so: an empty one,
 * "--list", control characters, a blank at either end, more arguments): a sentence on standard error and 2.
 * Where a background call did not return though its harness was closed, the process ends there with 1, and
 * the tests that follow are named as not run. Returns the exit code. */
HARNESS_API int harness_cmocka_main(int argc, char **argv, const char *suite, const struct CMUnitTest *tests,
                                    size_t count);

#define HARNESS_CMOCKA_MAIN(suite, tests)                                                                    \
  int main(int argc, char **argv) {                                                                          \
    return harness_cmocka_main(argc, argv, (suite), (tests), sizeof(tests) / sizeof((tests)[0]));            \
  }

#ifdef __cplusplus
}
#endif

#endif
