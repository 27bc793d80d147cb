/* SPDX-License-Identifier: MIT */
/*
 * How tests end. A test that failed, was skipped or crashed did not come to close what it had opened. cmocka
 * leaves each of them by a jump, so a test that is called from here and does not come back was one; where a
 * program has another main, _fail and _skip tell.
 *
 * An exit of the process from within a test, by exit() or _exit(), is seen by nobody: with code 0 the test
 * would have passed. _exit is defined here, which the dynamic linker prefers, as are _fail and _skip, in
 * which all of cmocka's assertions end; what they do on another thread than the test's stands in elsewhere.c.
 * The definitions are weak: with a static library they give way, and all is as it is there.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <harness/cmocka.h>

#include "book.h"
#include "elsewhere.h"
#include "ending.h"
#include "report.h"

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#endif

/* STACK_DEPTH: how deep the frames of a test may lie, below those of its runner. */
enum { EXIT_ASSERTION = 1, EXIT_SKIPPED = 77, STACK_DEPTH = 1 << 20 };

typedef void (*leave_t)(const char *file, int line);

static bool thread_known;
static bool in_test;
static bool in_function;
static bool jumped;           /* out of the test, by _fail or _skip */
static bool skipped;          /* the same by _skip */
static const char *test_name; /* of one that is called from here, else NULL */
static bool returned;
static const char *left_file; /* where it was left by _fail; NULL: it was not */
static int left_line;
static const void *own_frame; /* of the runner, above all that a test calls */
static pthread_t own_thread;
static pid_t running; /* the process in which a test runs; 0: none */

void harness__cmocka_test_begins(void) {
  own_thread = pthread_self();
  thread_known = true;
  in_test = true;
  jumped = false;
  skipped = false;
  left_file = NULL;
  if (own_frame == NULL || own_frame < (const void *)__builtin_frame_address(0))
    own_frame = __builtin_frame_address(0);
}

void harness__cmocka_test_begins_as(const char *name) {
  harness__cmocka_test_begins();
  test_name = name;
  returned = false;
}

bool harness__cmocka_test_returned(void) {
  if (returned && !in_function)
    return true;
  harness__cmocka_raise();
  returned = harness__cmocka_book_settle();
  in_function = false;
  return returned;
}

bool harness__cmocka_test_fails(void) {
  if (harness__cmocka_is_elsewhere() || jumped)
    return false;
  returned = false;
  return true;
}

bool harness__cmocka_test_has_passed(void) {
  return returned;
}

bool harness__cmocka_test_was_left_at(const char *file, int line) {
  return left_file != NULL && left_line == line && strcmp(left_file, file) == 0;
}

bool harness__cmocka_test_was_skipped(void) {
  return skipped;
}

bool harness__cmocka_test_ended_early(void) {
  bool early = jumped || (test_name != NULL && !returned);

  jumped = false;
  return early;
}

/* Said once, and no more from here on: the process ends. */
static void say_exit(const char *how) {
  running = 0;
  harness__cmocka_say("The test called %s, or a thread of it did.\n", how);
}

/* Children of a fork inherit this and may exit as they like. */
static void at_exit(void) {
  if (running != getpid())
    return;
  say_exit("exit()");
  _exit(EXIT_ASSERTION);
}

static void on_quick_exit(void) {
  if (running != getpid())
    return;
  say_exit("quick_exit()");
  _exit(EXIT_ASSERTION);
}

void harness__cmocka_begin(void) {
  static bool registered;

  harness__cmocka_test_begins();
  in_function = false;
  if (!registered)
    registered = atexit(at_exit) == 0 && at_quick_exit(on_quick_exit) == 0;
  running = getpid();
}

void harness__cmocka_end(void) {
  test_name = NULL;
  in_test = false;
  running = 0;
}

/* Out of a coroutine, cmocka's jump leaves frames of the thread's own stack behind. AddressSanitizer tidies
 * up the stack that is jumped from only, so what they poisoned would be found by the next to come there. */
static void forget_frames(void) {
#ifdef WITH_ASAN
  __asan_unpoison_memory_region((const char *)own_frame - STACK_DEPTH, STACK_DEPTH);
#endif
}

bool harness__cmocka_is_elsewhere(void) {
  return thread_known && !pthread_equal(own_thread, pthread_self());
}

bool harness__cmocka_in_test(void) {
  return in_test && !harness__cmocka_is_elsewhere();
}

bool harness__cmocka_in_function(void) {
  return in_function && !harness__cmocka_is_elsewhere();
}

void harness__cmocka_function_begins(void) {
  in_function = true;
}

void harness__cmocka_function_ends(void) {
  in_function = false;
  harness__cmocka_book_end();
}

void harness__cmocka_leaves(void) {
  in_function = false;
  jumped = true;
  returned = false;
  harness__cmocka_release(NULL);
  forget_frames();
}

/* Leaves the test as cmocka's function does. What another thread has failed comes first: then this follows
 * from it. In a set-up or tear-down skip() skips nothing, it fails; and cmocka would take the next test that
 * fails for skipped. */
static void leave(bool skips, const char *file, int line) {
  leave_t cmocka_function;

  harness__cmocka_book_let_go();
  if (harness__cmocka_is_elsewhere())
    harness__cmocka_leave_elsewhere(skips, file, line);
  harness__cmocka_raise();
  if (skips && in_test && !in_function) {
    skips = false;
    cm_print_error("skip() is for a test's function, not for what comes before it or after it\n");
  }
  harness__cmocka_book_end();
  skipped = skips;
  left_file = skips ? NULL : file;
  left_line = line;
  harness__cmocka_leaves();
  *(void **)&cmocka_function = harness__cmocka_real(skips ? "_skip" : "_fail");
  cmocka_function(file, line);
  abort();
}

/* The names are cmocka's. */
HARNESS_API __attribute__((weak)) void _fail(const char *const file, const int line) {
  leave(false, file, line);
}

HARNESS_API __attribute__((weak)) void _skip(const char *const file, const int line) {
  leave(true, file, line);
}

/* These are the C library's. */
HARNESS_API __attribute__((weak)) void _exit(int status) {
  void (*real)(int status);

  if (running == getpid()) {
    say_exit("_exit()");
    status = status == 0 || status == EXIT_SKIPPED ? EXIT_ASSERTION : status;
  }
  *(void **)&real = harness__cmocka_real("_exit");
  real(status);
  abort();
}

HARNESS_API __attribute__((weak)) void _Exit(int status) {
  _exit(status);
}
