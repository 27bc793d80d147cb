/* SPDX-License-Identifier: MIT */
/* A program whose second test has a background call that never returns; test_left.c looks at how it ends. */
#include <harness/cmocka.h>

#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

static void passes(void **state) {
  assert_non_null(*state);
}

static void *pause_for_ever(void *arg) {
  atomic_int *begun = arg;

  atomic_store(begun, 1);
  while (atomic_load(begun) != 0)
    (void)pause();
  return arg;
}

static int open_with_little_time(void **state) {
  harness_options_t options = {.report = harness_cmocka_report, .timeout_ms = 100};

  *state = harness_open(&options);
  return *state != NULL ? 0 : -1;
}

static void never_returns(void **state) {
  static atomic_int begun;
  harness_t *h = *state;
  harness_task_t *call = harness_call_in_background_named(h, "sleeper", pause_for_ever, &begun);

  while (atomic_load(&begun) == 0)
    (void)sched_yield();
  (void)harness_run_in_foreground(h, call);
  fail();
}

static void comes_after(void **state) {
  assert_non_null(*state);
}

static const struct CMUnitTest tests[] = {
    harness_unit_test(passes),
    cmocka_unit_test_setup_teardown(never_returns, open_with_little_time, harness_cmocka_teardown),
    harness_unit_test(comes_after),
};

HARNESS_CMOCKA_MAIN("left", tests)
