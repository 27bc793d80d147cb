/* SPDX-License-Identifier: MIT */
/* Crashes seen from outside: what is said, and that the signal takes its course all the same. */
#include <harness/cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/sanitizers.h"

#if defined(HARNESS__WITH_ASAN) || defined(HARNESS__WITH_TSAN)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

static char output[65536];

/* "made at /the/whole/path/crashing.c:17" becomes "made at crashing.c". */
static void shorten_places(void) {
  static const char before[] = "made at ";
  static const char name[] = "crashing.c:";

  for (char *at = strstr(output, before); at != NULL; at = strstr(at + 1, before)) {
    char *from = strstr(at, name);
    char *rest;

    if (from == NULL)
      return;
    at += sizeof before - 1;
    rest = from + sizeof name - 1;
    rest += strspn(rest, "0123456789");
    memmove(at, from, sizeof name - 2);
    memmove(at + sizeof name - 2, rest, strlen(rest) + 1);
  }
}

/* Runs a command line, keeps what it printed to both streams in output and returns how it ended. */
static int run(const char *settings, const char *program, const char *arguments) {
  char command[4096];
  FILE *pipe;
  size_t length;

  (void)snprintf(command, sizeof command, "%s exec '%s' %s 2>&1", settings, program, arguments);
  pipe = popen(command, "r");
  assert_non_null(pipe);
  length = fread(output, 1, sizeof output - 1, pipe);
  output[length] = '\0';
  shorten_places();
  return pclose(pipe);
}

static void assert_says(const char *words) {
  if (strstr(output, words) == NULL)
    fail_msg("'%s' is not in\n%s", words, output);
}

/* A sanitizer has handlers of its own in place of the defaults; they end the process, too. */
static void assert_killed_by(int status, int number) {
  if (SANITIZED) {
    assert_int_not_equal(status, 0);
  } else {
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), number);
  }
}

/* The program crashes so, says this first (without a sanitizer, and nothing else), and is killed. */
static void assert_crash(const char *arguments, int number, const char *text) {
  int status = run("", CRASHING, arguments);

  if (SANITIZED)
    assert_says(text);
  else
    assert_string_equal(output, text);
  assert_killed_by(status, number);
}

static void each_place_is_named(void **state) {
  (void)state;
  assert_crash("segv coroutine", SIGSEGV,
               "harness: SIGSEGV at address 0x10, lane caller, in coroutine caller, made at crashing.c\n");
  assert_crash(
      "segv handler", SIGSEGV,
      "harness: SIGSEGV at address 0x10, lane server/1, in its handler or a callback, made at crashing.c\n");
  assert_crash(
      "segv timer", SIGSEGV,
      "harness: SIGSEGV at address 0x10, lane timer, in the callback of timer, made at crashing.c\n");
  assert_crash("segv loop", SIGSEGV,
               "harness: SIGSEGV at address 0x10, lane main, in a callback on the loop\n");
  assert_crash(
      "segv background", SIGSEGV,
      "harness: SIGSEGV at address 0x10, lane blocking, in background call blocking, made at crashing.c\n");
  assert_crash("segv main", SIGSEGV, "harness: SIGSEGV at address 0x10, lane main, outside of tasks\n");
  assert_crash("segv thread", SIGSEGV,
               "harness: SIGSEGV at address 0x10, on a thread that the harness did not make\n");
}

static void each_signal_is_named(void **state) {
  (void)state;
  assert_crash("abort coroutine", SIGABRT,
               "harness: SIGABRT, lane caller, in coroutine caller, made at crashing.c\n");
  assert_crash("abort background", SIGABRT,
               "harness: SIGABRT, lane blocking, in background call blocking, made at crashing.c\n");
  assert_crash("fpe coroutine", SIGFPE,
               "harness: SIGFPE, lane caller, in coroutine caller, made at crashing.c\n");
  assert_crash("ill coroutine", SIGILL,
               "harness: SIGILL, lane caller, in coroutine caller, made at crashing.c\n");
  assert_int_not_equal(run("", CRASHING, "bus coroutine"), 0);
  assert_says("harness: SIGBUS at address 0x");
  assert_says(", lane caller, in coroutine caller, made at crashing.c\n");
}

/* The address is a guard's. */
static void assert_overflow(const char *arguments, const char *place, const char *text) {
  int status = run("", CRASHING, arguments);

  assert_says("harness: SIGSEGV");
  assert_says(place);
  assert_says(text);
  assert_killed_by(status, SIGSEGV);
}

static void overflow_is_told(void **state) {
  static const char own[] =
      "harness: its stack (256 KiB) has overflowed: harness_options_t.stack_size makes it larger\n";
  static const char others[] = "harness: its stack has overflowed\n";

  (void)state;
  assert_overflow("overflow coroutine", ", lane caller, in coroutine caller, made at crashing.c\n", own);
  assert_overflow("overflow handler", ", lane server/1, in its handler or a callback, made at crashing.c\n",
                  own);
  assert_overflow("overflow timer", ", lane timer, in the callback of timer, made at crashing.c\n", own);
  assert_overflow("overflow loop", ", lane main, in a callback on the loop\n", others);
  assert_overflow("overflow main", ", lane main, outside of tasks\n", others);
  assert_overflow("overflow background", ", lane blocking, in background call blocking, made at crashing.c\n",
                  others);
}

/* AddressSanitizer writes to the frame before the program does. */
static void overflow_by_one_frame_is_told(void **state) {
  (void)state;
  if (SANITIZED)
    skip();
  assert_overflow(
      "overflow_at_once coroutine", ", lane caller, in coroutine caller, made at crashing.c\n",
      "harness: its stack (256 KiB) has overflowed: harness_options_t.stack_size makes it larger\n");
}

static void handlers_of_others_are_called(void **state) {
  static const char said[] =
      "harness: SIGSEGV at address 0x10, lane caller, in coroutine caller, made at crashing.c\n";
  char *first;

  (void)state;
  assert_int_equal(WEXITSTATUS(run("", CRASHING, "segv handler_before")), 9);
  assert_says(said);
  assert_says("the handler before was called\n");
  /* It calls ours, in whose place it came, and that the default. */
  assert_killed_by(run("", CRASHING, "segv handler_in_front"), SIGSEGV);
  assert_says(said);
  first = strstr(output, "the handler in front was called\n");
  assert_non_null(first);
  assert_null(strstr(first + 1, "the handler in front"));
}

static void can_be_switched_off(void **state) {
  (void)state;
  assert_killed_by(run("HARNESS_CRASH_REPORTS=0", CRASHING, "segv coroutine"), SIGSEGV);
  assert_null(strstr(output, "harness: "));
}

/* cmocka's handler leaves the test by a jump, each time. */
static void next_test_runs_clean(void **state) {
  (void)state;
#ifdef HARNESS__WITH_TSAN
  skip(); /* ThreadSanitizer ends the process where cmocka's signal handler allocates */
#endif
  assert_int_equal(WEXITSTATUS(run("", CMOCKA_CRASHING, "")), 1);
  assert_says("harness: SIGSEGV at address 0x10, lane main, outside of tasks\n");
  assert_says("harness: SIGSEGV at address 0x10, lane client, in coroutine client, made at crashing.c\n");
  assert_says(
      "harness: SIGSEGV at address 0x10, lane server/1, in its handler or a callback, made at crashing.c\n");
  assert_says("harness: its stack (256 KiB) has overflowed");
  assert_says("Test failed with exception");
  assert_says("[  PASSED  ] 4 test(s).");
  assert_says(" 4 FAILED TEST(S)");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_place_is_named),
    cmocka_unit_test(each_signal_is_named),
    cmocka_unit_test(overflow_is_told),
    cmocka_unit_test(overflow_by_one_frame_is_told),
    cmocka_unit_test(handlers_of_others_are_called),
    cmocka_unit_test(can_be_switched_off),
    cmocka_unit_test(next_test_runs_clean),
};

HARNESS_CMOCKA_MAIN("crashes", tests)
