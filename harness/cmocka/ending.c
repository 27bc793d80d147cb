/* SPDX-License-Identifier: MIT */
/*
 * How tests end. A test that failed, was skipped or crashed did not come to close what it had opened. cmocka
 * leaves each of them by a jump, so a test that is called from here and does not come back was one; where a
 * program has another main, _fail and _skip tell.
 *
 * Two ways to end are not seen by cmocka, or it tells nothing about them:
 *
 *  - an assertion that fails on a thread of the pool: cmocka knows one test per thread, finds none there, and
 *    ends the process with code 255 and without a word. All its assertions end in _fail, and the dynamic
 *    linker prefers the one defined here, which says where it was. The definition is weak: with a static
 *    libcmocka it gives way, and all is as cmocka has it.
 *  - exit() from the code under test: with code 0 the test would have passed.
 *
 * Either ends the process, since a thread of the pool can't be left, nor the call on it be undone. ctest runs
 * each test in a process of its own, so no other test is lost.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#include <harness/cmocka.h>

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
enum { EXIT_ASSERTION = 1, STACK_DEPTH = 1 << 20 };

typedef void (*leave_t)(const char *file, int line);

static bool thread_known;
static bool jumped;           /* out of the test, by _fail or _skip */
static bool skipped;          /* the same by _skip */
static const char *test_name; /* of one that is called from here, else NULL */
static bool returned;
static const void *own_frame; /* of the runner, above all that a test calls */
static pthread_t own_thread;
static pid_t running; /* the process in which a test runs; 0: none */

void harness__cmocka_test_begins(void) {
  own_thread = pthread_self();
  thread_known = true;
  jumped = false;
  skipped = false;
  if (own_frame == NULL || own_frame < (const void *)__builtin_frame_address(0))
    own_frame = __builtin_frame_address(0);
}

void harness__cmocka_test_begins_as(const char *name) {
  harness__cmocka_test_begins();
  test_name = name;
  returned = false;
}

void harness__cmocka_test_returned(void) {
  returned = true;
}

bool harness__cmocka_test_was_skipped(void) {
  return skipped;
}

bool harness__cmocka_test_ended_early(void) {
  bool early = jumped || (test_name != NULL && !returned);

  jumped = false;
  return early;
}

/* Children of a fork inherit this and may exit as they like. */
static void at_exit(void) {
  if (running != getpid())
    return;
  fprintf(stderr, "The test called exit(), or a thread of it did.\n");
  (void)fflush(stdout);
  _exit(EXIT_ASSERTION);
}

void harness__cmocka_begin(void) {
  static bool registered;

  harness__cmocka_test_begins();
  if (!registered)
    registered = atexit(at_exit) == 0;
  running = getpid();
}

void harness__cmocka_end(void) {
  test_name = NULL;
  running = 0;
}

/* Out of a coroutine, cmocka's jump leaves frames of the thread's own stack behind. AddressSanitizer tidies
 * up the stack that is jumped from only, so what they poisoned would be found by the next to come there. */
static void forget_frames(void) {
#ifdef WITH_ASAN
  __asan_unpoison_memory_region((const char *)own_frame - STACK_DEPTH, STACK_DEPTH);
#endif
}

/* On a thread of the pool there is nothing to jump to. What was compared is lost: cmocka keeps it for the
 * thread. */
static void end_process(const char *what, const char *file, int line) {
  const char *name = test_name != NULL ? test_name : "the test";

  harness__cmocka_say(
      "[  ERROR   ] --- %s: %s in a background call, on a thread of the pool; the process ends here.\n"
      "[   LINE   ] --- %s:%d: error: Failure!\n"
      "The values are not known. Let the call return what it found, and assert in the test on that.\n"
      "[  FAILED  ] %s\n",
      name, what, file, line, name);
  _exit(EXIT_ASSERTION);
}

/* Leaves the test as cmocka's function does. */
static void leave(bool skips, const char *what, const char *file, int line) {
  leave_t cmocka_function;

  if (thread_known && !pthread_equal(own_thread, pthread_self()))
    end_process(what, file, line);
  jumped = true;
  skipped = skips;
  harness__cmocka_release(NULL);
  forget_frames();
  *(void **)&cmocka_function = dlsym(RTLD_NEXT, skips ? "_skip" : "_fail");
  cmocka_function(file, line);
  abort();
}

/* The names are cmocka's. */
HARNESS_API __attribute__((weak)) void _fail(const char *const file, const int line) {
  leave(false, "an assertion failed", file, line);
}

HARNESS_API __attribute__((weak)) void _skip(const char *const file, const int line) {
  leave(true, "skip() was called", file, line);
}
