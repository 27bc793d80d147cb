/* SPDX-License-Identifier: MIT */
/* Switching stacks: values survive, stacks are used again, an overflow is caught by the guard. */
#include <harness/cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/coroutine.h"

enum { STACK = 64 * 1024, ROUNDS = 1000, MANY = 300 };

static harness__coroutine_t *main_context;
static harness__coroutine_t *coroutines[MANY];
static unsigned counter;

static void count_rounds(void *arg) {
  harness__coroutine_t **self = arg;
  volatile double kept = 1.5;

  for (unsigned i = 0; i < ROUNDS; i++) {
    counter++;
    kept += 1;
    harness__coroutine_switch(*self, main_context);
  }
  assert_true(kept == 1.5 + ROUNDS);
}

static void switches_back_and_forth(void **state) {
  (void)state;
  main_context = harness__coroutine_new_main();
  counter = 0;
  coroutines[0] = harness__coroutine_new(STACK, count_rounds, &coroutines[0], main_context);
  assert_non_null(coroutines[0]);
  for (unsigned i = 0; i < ROUNDS; i++) {
    assert_int_equal(counter, i);
    harness__coroutine_switch(main_context, coroutines[0]);
  }
  harness__coroutine_switch(main_context, coroutines[0]); /* to its end */
  harness__coroutine_delete(coroutines[0], true);
  harness__coroutine_delete(main_context, true);
}

static void note_place(void *arg) {
  *(void **)arg = __builtin_frame_address(0);
}

static void a_stack_is_used_again(void **state) {
  void *first = NULL;
  void *second = NULL;

  (void)state;
  main_context = harness__coroutine_new_main();
  for (int i = 0; i < 2; i++) {
    coroutines[0] = harness__coroutine_new(STACK, note_place, i == 0 ? &first : &second, main_context);
    assert_non_null(coroutines[0]);
    harness__coroutine_switch(main_context, coroutines[0]);
    assert_true(harness__coroutine_is_here(coroutines[0], i == 0 ? first : second));
    assert_false(harness__coroutine_is_here(coroutines[0], __builtin_frame_address(0)));
    harness__coroutine_delete(coroutines[0], true);
  }
  assert_ptr_equal(first, second);
  harness__coroutine_delete(main_context, true);
}

static void fill_stack(void *arg) {
  harness__coroutine_t **self = arg;
  char block[STACK / 4];

  memset(block, (int)(self - coroutines), sizeof block);
  harness__coroutine_switch(*self, main_context);
  for (size_t i = 0; i < sizeof block; i++)
    assert_int_equal(block[i], (char)(self - coroutines));
}

static void many_do_not_touch_each_other(void **state) {
  (void)state;
  main_context = harness__coroutine_new_main();
  for (size_t i = 0; i < MANY; i++) {
    coroutines[i] = harness__coroutine_new(STACK, fill_stack, &coroutines[i], main_context);
    assert_non_null(coroutines[i]);
    harness__coroutine_switch(main_context, coroutines[i]);
  }
  for (size_t i = 0; i < MANY; i += 2)
    harness__coroutine_switch(main_context, coroutines[i]);
  for (size_t i = 0; i < MANY; i++) /* every second is thrown away in the middle */
    harness__coroutine_delete(coroutines[i], i % 2 == 0);
  harness__coroutine_delete(main_context, true);
}

static void no_memory_is_told(void **state) {
  (void)state;
  assert_null(harness__coroutine_new(SIZE_MAX, note_place, NULL, NULL));
}

static unsigned char *dig(volatile unsigned char *above) {
  volatile unsigned char block[1024];

  memset((void *)(uintptr_t)block, above != NULL ? above[0] + 1 : 1, sizeof block);
  return block[5] == 77 && above == NULL ? NULL : dig(block) + block[3];
}

static void overflow(void *arg) {
  *(unsigned char **)arg = dig(NULL);
}

/* The child's fault would be caught by a sanitizer or valgrind and reported as theirs. */
static void an_overflow_faults_in_the_guard(void **state) {
  int status = 0;
  pid_t child;

  (void)state;
  child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    unsigned char *bottom;
    signal(SIGSEGV, SIG_DFL);
    main_context = harness__coroutine_new_main();
    coroutines[0] = harness__coroutine_new(STACK, overflow, &bottom, main_context);
    harness__coroutine_switch(main_context, coroutines[0]);
    _exit(0);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(switches_back_and_forth),         cmocka_unit_test(a_stack_is_used_again),
    cmocka_unit_test(many_do_not_touch_each_other),    cmocka_unit_test(no_memory_is_told),
    cmocka_unit_test(an_overflow_faults_in_the_guard),
};

HARNESS_CMOCKA_MAIN("run_coroutine", tests)
