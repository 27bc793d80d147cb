/* SPDX-License-Identifier: MIT */
/* Tests that crash, each followed by one that must run clean, for test_crashes.c. Not a test by itself. */
#include <signal.h>

#include <harness/cmocka.h>

static volatile uintptr_t nowhere = 16;
static volatile int depth = 1 << 30;

static void *touches_nothing(void *arg) {
  *(volatile char *)nowhere = 1;
  return arg;
}

static int recurse(int left) {
  volatile char frame[1024];

  frame[left % 1024] = 1;
  return left > 0 ? recurse(left - 1) + frame[left % 1024] : 0;
}

static void *recurses(void *arg) {
  (void)recurse(depth);
  return arg;
}

static void *answers(void *arg) {
  return arg;
}

static void touches_in_a_handler(harness_stream_t *stream, void *arg) {
  (void)stream;
  (void)touches_nothing(arg);
}

typedef struct visit {
  harness_t *h;
  harness_server_t *server;
} visit_t;

static void *visits(void *arg) {
  const visit_t *visit = arg;
  char byte;

  (void)harness_read(harness_connect_to(visit->h, visit->server), &byte, 1);
  return NULL;
}

static void crashes_at_once(void **state) {
  (void)touches_nothing(*state);
}

static void crashes_in_a_coroutine(void **state) {
  (void)harness_assert_run(*state, harness_schedule_coroutine(*state, touches_nothing, NULL));
}

static void crashes_in_a_handler(void **state) {
  visit_t visit = {
      *state, harness_assert_made(*state, harness_start_server(*state, touches_in_a_handler, NULL, NULL))};

  (void)harness_assert_run(visit.h, harness_schedule_coroutine(visit.h, visits, &visit));
}

static void overflows_in_a_coroutine(void **state) {
  (void)harness_assert_run(*state, harness_schedule_coroutine(*state, recurses, NULL));
}

/* Neither is a signal blocked, nor does a coroutine seem to run. */
static void runs_clean(void **state) {
  sigset_t blocked;

  assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &blocked), 0);
  assert_int_equal(sigismember(&blocked, SIGSEGV), 0);
  assert_null(harness_current_task(*state));
  assert_ptr_equal(harness_assert_run(*state, harness_schedule_coroutine(*state, answers, *state)), *state);
}

#define CLEAN(number)                                                                                        \
  { "runs_clean_" #number, runs_clean, harness_cmocka_setup, harness_cmocka_teardown, NULL }

static const struct CMUnitTest tests[] = {
    harness_unit_test(crashes_at_once),      CLEAN(1), harness_unit_test(crashes_in_a_coroutine),   CLEAN(2),
    harness_unit_test(crashes_in_a_handler), CLEAN(3), harness_unit_test(overflows_in_a_coroutine), CLEAN(4),
};

HARNESS_CMOCKA_MAIN("crashing", tests)
