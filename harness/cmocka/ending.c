/* SPDX-License-Identifier: MIT */
/*
 * Two ways for a test to end that cmocka doesn't see, or tells nothing about:
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

typedef void (*fail_t)(const char *file, int line);

static bool thread_known;
static bool failed;
static const void *own_frame; /* of the runner, above all that a test calls */
static pthread_t own_thread;
static pid_t running; /* the process in which a test runs; 0: none */

void harness__cmocka_test_begins(void) {
  own_thread = pthread_self();
  thread_known = true;
  failed = false;
  if (own_frame == NULL || own_frame < (const void *)__builtin_frame_address(0))
    own_frame = __builtin_frame_address(0);
}

bool harness__cmocka_test_failed(void) {
  bool told = failed;

  failed = false;
  return told;
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
  running = 0;
}

/* Out of a coroutine, cmocka's jump leaves frames of the thread's own stack behind. AddressSanitizer tidies
 * up the stack that is jumped from only, so what they poisoned would be found by the next to come there. */
static void forget_frames(void) {
#ifdef WITH_ASAN
  __asan_unpoison_memory_region((const char *)own_frame - STACK_DEPTH, STACK_DEPTH);
#endif
}

/* The name is cmocka's. */
HARNESS_API __attribute__((weak)) void _fail(const char *const file, const int line) {
  fail_t cmocka_fail;

  if (thread_known && !pthread_equal(own_thread, pthread_self())) {
    (void)fflush(stdout);
    fprintf(stderr, "[  ERROR   ] --- An assertion failed on a thread of the pool; the process ends here.\n");
    fprintf(stderr, "[   LINE   ] --- %s:%d: error: Failure!\n", file, line);
    _exit(EXIT_ASSERTION);
  }
  failed = true;
  forget_frames();
  *(void **)&cmocka_fail = dlsym(RTLD_NEXT, "_fail");
  cmocka_fail(file, line);
  abort();
}
