/* SPDX-License-Identifier: MIT */
/* A pair that never stops talking does not starve timers that are due, other pairs, nor the run's time limit.
 */
#include <harness/cmocka.h>

#include <uv.h>

#include "talker.h"

enum { NAPS = 4 };

static void forget(const char *text, void *arg) {
  (void)text;
  (void)arg;
}

static void set_timer_for_now(void) {
  harness_assert_made(world, harness_call_later(world, 0, happen, NULL));
}

static void timers_that_are_due(void **state) {
  (void)state;
  talk_starves_nobody((harness_options_t){0}, set_timer_for_now, NULL);
  talk_starves_nobody((harness_options_t){0}, set_timer_for_now, set_timer_for_now);
  talk_starves_nobody((harness_options_t){.real_time = 1}, set_timer_for_now, NULL);
}

static void *nap(void *arg) {
  for (int i = 0; i < NAPS; i++)
    assert_int_equal(harness_sleep(world, 0), 0);
  happened = true;
  return arg;
}

static void begin_nap(void) {
  harness_assert_made(world, harness_schedule_coroutine(world, nap, NULL));
}

static void sleeps_that_are_over(void **state) {
  (void)state;
  talk_starves_nobody((harness_options_t){0}, begin_nap, NULL);
  talk_starves_nobody((harness_options_t){.real_time = 1}, begin_nap, NULL);
}

static void set_timer(void) {
  harness_assert_made(world, harness_call_later(world, 1, happen, NULL));
}

static void let_its_time_come(void) {
  while (harness_now_ms(world) < 2)
    continue;
}

static void timers_in_real_time(void **state) {
  (void)state;
  talk_starves_nobody((harness_options_t){.real_time = 1}, set_timer, let_its_time_come);
}

/* Time is real while something free-running is under way: here a handle that stays silent. */
static uv_async_t silent;
static harness_task_t *silence;

static void end_silence(void *arg) {
  happen(arg);
  uv_close((uv_handle_t *)&silent, NULL);
}

static void set_timer_beside_a_handle(void) {
  talk_most = SIZE_MAX; /* as many as a millisecond takes; the run's time limit ends it, too */
  assert_int_equal(uv_async_init(harness_loop(world), &silent, NULL), 0);
  silence = harness_assert_made(world, harness_call_later(world, 1, end_silence, NULL));
}

static void timers_while_something_is_free_running(void **state) {
  (void)state;
  talk_starves_nobody((harness_options_t){0}, set_timer_beside_a_handle, NULL);
}

/* Where nothing is free-running, virtual time stands still until they pause. */
static void timers_for_later_wait_for_a_pause(void **state) {
  (void)state;
  for (size_t i = 0; i < TALK_KINDS; i++) {
    harness_task_t *talked = talk_open(i, (harness_options_t){.timeout_ms = TALK_LIMIT_MS}, NULL);
    harness_task_t *later = harness_assert_made(world, harness_call_later(world, 1, happen, NULL));

    talk_most = 5000;
    harness_assert_run(world, talked);
    assert_false(happened);
    assert_int_equal(harness_now_ms(world), 0);
    harness_assert_run(world, later);
    assert_true(happened);
    talk_close();
  }
}

/* What parties compute takes no time, beside something free-running either, unless it has no end. */
static void short_talks_take_no_time(void **state) {
  (void)state;
  for (size_t i = 0; i < 2; i++) { /* in memory: the kernel is never waited for */
    harness_task_t *talked = talk_open(i, (harness_options_t){.timeout_ms = TALK_LIMIT_MS}, NULL);

    set_timer_beside_a_handle();
    talk_most = TALK_SOME;
    harness_assert_run(world, talked);
    assert_false(happened);
    assert_int_equal(harness_now_ms(world), 0);
    harness_assert_run(world, silence);
    talk_close();
  }
}

static harness_server_t *other_server;

static void *talk_a_while(void *arg) {
  harness_stream_t *stream = harness_connect_to(world, other_server);

  harness_assert_made(world, stream);
  for (int i = 0; i < TALK_SOME; i++)
    talk_trip(stream);
  harness_stream_close(stream);
  harness_server_close(other_server);
  happened = true;
  return arg;
}

static void begin_other_talk(void) {
  other_server = harness_assert_made(world, harness_start_server(world, talk_echo, NULL, NULL));
  harness_assert_made(world, harness_schedule_coroutine(world, talk_a_while, NULL));
}

static void other_pairs(void **state) {
  (void)state;
  talk_starves_nobody((harness_options_t){0}, begin_other_talk, NULL);
}

/* It holds for runs and for settling; then the talk goes on. */
static void the_time_limit(void **state) {
  const harness_options_t options = {.timeout_ms = 20, .report = forget};

  (void)state;
  for (size_t i = 0; i < TALK_KINDS; i++) {
    harness_task_t *talked = talk_open(i, options, NULL);

    talk_most = SIZE_MAX;
    assert_null(harness_run_in_foreground(world, talked));
    assert_int_equal(harness_error_code(world), UV_ETIMEDOUT);
    assert_int_equal(harness_settle(world), UV_ETIMEDOUT);
    happened = true;
    while (harness_task_status(talked) == UV_EAGAIN) /* the machine may be slow */
      (void)harness_run_in_foreground(world, talked);
    assert_int_equal(harness_task_status(talked), 0);
    talk_close();
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(timers_that_are_due),
    cmocka_unit_test(sleeps_that_are_over),
    cmocka_unit_test(timers_in_real_time),
    cmocka_unit_test(timers_while_something_is_free_running),
    cmocka_unit_test(timers_for_later_wait_for_a_pause),
    cmocka_unit_test(short_talks_take_no_time),
    cmocka_unit_test(other_pairs),
    cmocka_unit_test(the_time_limit),
};

HARNESS_CMOCKA_MAIN("contract_fairness", tests)
