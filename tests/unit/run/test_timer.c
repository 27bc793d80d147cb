/* SPDX-License-Identifier: MIT */
/* Timers that call back: when, in which order, in which lane; what their callbacks may do; how they end. */
#include <harness/cmocka.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "../../jump.h"

static harness_t *world;
static char order[64];
static char reported[2000];

static void keep_report(const char *text, void *arg) {
  (void)arg;
  (void)snprintf(reported, sizeof reported, "%s", text);
}

static void add(void *arg) {
  strcat(order, arg);
}

static void once_and_at_its_time(void **state) {
  harness_task_t *timer;

  world = *state;
  order[0] = '\0';
  timer = harness_call_later(world, 250, add, "x");
  assert_string_equal(harness_task_name(timer), "timer");
  assert_int_equal(harness_task_status(timer), UV_EAGAIN);
  harness_assert_ok(world, harness_settle(world)); /* no timer fires while settling */
  assert_string_equal(order, "");
  assert_null(harness_run_in_foreground(world, timer));
  assert_null(harness_error(world)); /* its result is NULL: that is no failure */
  assert_int_equal(harness_task_status(timer), 0);
  assert_int_equal(harness_now_ms(world), 250);
  assert_string_equal(order, "x");
  assert_int_equal(harness_task_cancel(timer), UV_EALREADY);
}

static void *sleep_and_add(void *arg) {
  assert_int_equal(harness_sleep(world, 10), 0);
  add(arg);
  return NULL;
}

static void *wait_and_add(void *arg) {
  harness_task_t *limited = harness_wait_for(world, harness_future_new(world), 10);

  assert_int_equal(harness_await(limited, NULL), UV_ETIMEDOUT);
  add(arg);
  return NULL;
}

static void *limit_and_add(void *arg) {
  (void)harness_begin_deadline(world, 10);
  assert_int_equal(harness_sleep(world, 1000), UV_ETIMEDOUT);
  add(arg);
  return NULL;
}

static void *set_all(void *arg) {
  harness_task_t *tasks[7];

  tasks[0] = harness_call_later(world, 10, add, "a");
  tasks[1] = harness_schedule_coroutine(world, sleep_and_add, "b");
  assert_int_equal(harness_sleep(world, 0), 0); /* it parks */
  tasks[2] = harness_schedule_coroutine(world, wait_and_add, "c");
  assert_int_equal(harness_sleep(world, 0), 0);
  tasks[3] = harness_call_later(world, 10, add, "d");
  tasks[4] = harness_schedule_coroutine(world, limit_and_add, "e");
  assert_int_equal(harness_sleep(world, 0), 0);
  tasks[5] = harness_schedule_coroutine(world, sleep_and_add, "f");
  assert_int_equal(harness_sleep(world, 0), 0);
  tasks[6] = harness_call_later(world, 9, add, "0");
  assert_int_equal(harness_await(harness_wait_all(world, tasks, 7), NULL), 0);
  return arg;
}

static void ties_go_by_setting_whatever_the_kind(void **state) {
  world = *state;
  order[0] = '\0';
  harness_assert_run(world, harness_schedule_coroutine(world, set_all, NULL));
  assert_string_equal(order, "0abcdef");
}

typedef struct period {
  harness_task_t *timer;
  harness_task_t *done;
  int calls;
  int most;
  uint64_t times[8];
} period_t;

static void tick(void *arg) {
  period_t *period = arg;

  period->times[period->calls++] = harness_now_ms(world);
  harness_log(world, "tick %d", period->calls);
  if (period->calls < period->most)
    return;
  assert_int_equal(harness_task_cancel(period->timer), 0);
  assert_int_equal(harness_task_status(period->timer), UV_EAGAIN); /* until the callback returns */
  assert_int_equal(harness_future_resolve(period->done, NULL), 0);
}

static void periods_are_exact(void **state) {
  period_t period = {.most = 4};
  char *text;

  world = *state;
  harness_assert_run(world, harness_call_later(world, 5, tick, &(period_t){.most = 2}));
  period.done = harness_future_new(world);
  period.timer = harness_call_every(world, 30, tick, &period);
  assert_string_equal(harness_task_name(period.timer), "timer2");
  harness_assert_run(world, period.done);
  assert_int_equal(harness_task_status(period.timer), UV_ECANCELED);
  assert_int_equal(period.calls, 4);
  for (uint64_t i = 0; i < 4; i++)
    assert_int_equal(period.times[i], 5 + 30 * (i + 1));
  text = harness_transcript_text(world);
  assert_non_null(strstr(text, "timer   log      tick 1  @5ms\n"));
  assert_non_null(strstr(text, "timer2  log      tick 1  @35ms\n"));
  assert_non_null(strstr(text, "timer2  log      tick 4  @125ms\n"));
  free(text);
}

/* A periodic timer is set again before its call: what the callback sets for the same time comes behind it. */
static void set_another(void *arg) {
  period_t *period = arg;

  strcat(order, "p");
  if (++period->calls == 3)
    (void)harness_task_cancel(period->timer);
  else
    (void)harness_call_later(world, 10, add, "l");
}

static void a_period_is_set_before_its_call(void **state) {
  period_t period = {0};

  world = *state;
  order[0] = '\0';
  period.timer = harness_call_every(world, 10, set_another, &period);
  assert_null(harness_run_in_foreground(world, period.timer));
  assert_int_equal(harness_task_status(period.timer), UV_ECANCELED);
  assert_string_equal(order, "pplp");
  harness_assert_run(world, harness_call_later(world, 0, add, "."));
  assert_string_equal(order, "pplpl.");
}

static harness_stream_t *stream;

static void try_to_park(void *arg) {
  int *refused = arg;
  char byte;

  *refused += harness_sleep(world, 1) == UV_EPERM;
  *refused += harness_await(harness_current_task(world), NULL) == UV_EPERM;
  *refused += harness_connect(world, "127.0.0.1", 1) == NULL;
  *refused += harness_run_in_foreground(world, harness_current_task(world)) == NULL;
  *refused += harness_settle(world) == UV_EBUSY;
  *refused += harness_close(world) == UV_EBUSY;
  *refused += harness_begin_deadline(world, 1).number == 0;
  *refused += stream != NULL && harness_read(stream, &byte, 1) == UV_EPERM;
  harness_clear_error(world);
}

static void use_timer(harness_stream_t *s, void *arg) {
  stream = s;
  assert_int_equal(harness_await(harness_call_later(world, 1, try_to_park, arg), NULL), 0);
  harness_stream_close(s);
}

static void *connect_once(void *arg) {
  harness_stream_t *s = harness_connect_to(world, arg);
  char byte;

  assert_int_equal(harness_read(s, &byte, 1), 0);
  harness_stream_close(s);
  return NULL;
}

static void a_callback_may_not_park(void **state) {
  harness_server_t *server;
  int refused = 0;

  world = *state;
  server = harness_assert_made(world, harness_start_server(world, use_timer, &refused, NULL));
  harness_assert_run(world, harness_schedule_coroutine(world, connect_once, server));
  assert_int_equal(refused, 8);
  harness_server_close(server);
}

static jmp_buf out;

static void jump_out(void *arg) {
  (void)arg;
  jump_to(out);
}

static void a_jump_out_of_a_callback_ends_the_timer(void **state) {
  harness_task_t *volatile timer;

  world = *state;
  order[0] = '\0';
  timer = harness_call_every(world, 10, jump_out, NULL);
  if (setjmp(out) == 0) {
    (void)harness_run_in_foreground(world, timer);
    fail();
  }
  harness_assert_run(world, harness_call_later(world, 1000, add, "x"));
  assert_string_equal(order, "x");
  assert_int_equal(harness_task_status(timer), UV_ECANCELED);
}

static void *cancel_it(void *arg) {
  assert_int_equal(harness_sleep(world, 10), 0);
  assert_int_equal(harness_task_cancel(arg), 0);
  return NULL;
}

static void cancelled_before_its_call(void **state) {
  harness_task_t *canceller;
  harness_task_t *timer;

  world = *state;
  order[0] = '\0';
  timer = harness_call_later(world, 10, add, "x");
  assert_int_equal(harness_task_cancel(timer), 0);
  assert_int_equal(harness_task_status(timer), UV_ECANCELED);
  canceller = harness_schedule_coroutine(world, cancel_it, harness_call_later(world, 11, add, "y"));
  harness_assert_run(world, canceller);
  harness_assert_run(world, harness_call_later(world, 1000, add, "z"));
  assert_string_equal(order, "z");
}

static void *cancel_when_ended(void *arg) {
  harness_task_t **tasks = arg;

  assert_int_equal(harness_await(tasks[0], NULL), 0);
  assert_int_equal(harness_task_cancel(tasks[1]), 0);
  return NULL;
}

/* The second is due at the time at which the first is called, and what the first wakes cancels it. */
static void cancelled_when_it_is_due(void **state) {
  harness_task_t *tasks[2];
  harness_task_t *canceller;

  world = *state;
  order[0] = '\0';
  tasks[0] = harness_call_later(world, 10, add, "w");
  tasks[1] = harness_call_later(world, 10, add, "x");
  canceller = harness_schedule_coroutine(world, cancel_when_ended, tasks);
  harness_assert_run(world, canceller);
  assert_int_equal(harness_task_status(tasks[1]), UV_ECANCELED);
  assert_string_equal(order, "w");
}

static harness_task_t *next_due;

static void *cancel_next(void *arg) {
  assert_int_equal(harness_await(arg, NULL), 0);
  assert_int_equal(harness_task_cancel(next_due), 0);
  return NULL;
}

/* wait_for gives up on a timer as on any task. */
static void a_limit_ends_a_timer(void **state) {
  harness_task_t *limited;
  harness_task_t *timer;

  world = *state;
  order[0] = '\0';
  timer = harness_call_every(world, 10, add, "x");
  limited = harness_wait_for(world, timer, 35);
  assert_null(harness_run_in_foreground(world, limited));
  assert_int_equal(harness_task_status(limited), UV_ETIMEDOUT);
  assert_int_equal(harness_task_status(timer), UV_ECANCELED);
  assert_string_equal(order, "xxx");
  next_due = harness_call_every(world, 10, add, "y");
  harness_assert_run(world,
                     harness_schedule_coroutine(world, cancel_next, harness_call_later(world, 5, add, "z")));
  assert_string_equal(order, "xxxz");
}

static void one_that_is_set_when_the_harness_closes_is_told(void **state) {
  harness_options_t options = {.report = keep_report};

  (void)state;
  world = harness_open(&options);
  (void)harness_call_every(world, 500, add, "x");
  (void)harness_call_later(world, 70, add, "x");
  assert_int_equal(harness_close(world), 2);
  assert_non_null(
      strstr(reported, "task timer had not ended: it is a timer, due at 500 ms and every 500 ms"));
  assert_non_null(strstr(reported, "task timer2 had not ended: it is a timer, due at 70 ms"));
}

/* There is always something to come, so it is no deadlock: the real time limit ends it. */
static void a_run_that_only_ticks_ends_at_its_limit(void **state) {
  harness_options_t options = {.report = keep_report, .timeout_ms = 50};
  harness_task_t *future;
  uint64_t to_ms = 0;
  const char *found;

  (void)state;
  world = harness_open(&options);
  future = harness_future_new(world);
  order[0] = '\0';
  (void)harness_call_every(world, 10, add, "");
  assert_null(harness_run_in_foreground(world, future));
  assert_int_equal(harness_error_code(world), UV_ETIMEDOUT);
  found = strstr(reported, "in which the harness's time has come from 0 to ");
  assert_non_null(found);
  assert_int_equal(sscanf(strstr(found, " to "), " to %" SCNu64 " ms", &to_ms), 1);
  assert_true(to_ms > 0 && to_ms == harness_now_ms(world));
  assert_int_equal(harness_task_cancel(future), 0);
  assert_int_equal(harness_close(world), 1);
}

static void *set_elsewhere(void *arg) {
  *(harness_task_t **)arg = harness_call_later(world, 1, add, "x");
  return NULL;
}

static void bad_arguments_are_refused(void **state) {
  harness_task_t *task = NULL;

  world = *state;
  assert_null(harness_call_later(NULL, 1, add, NULL));
  assert_non_null(strstr(harness_error(NULL), "harness_call_later: the harness is NULL"));
  assert_null(harness_call_every(NULL, 0, add, NULL));
  assert_null(harness_call_later(world, 1, NULL, NULL));
  assert_non_null(strstr(harness_error(world), "harness_call_later: the function is NULL"));
  assert_null(harness_call_every(world, 0, add, NULL));
  assert_int_equal(harness_error_code(world), UV_EINVAL);
  assert_non_null(strstr(harness_error(world), "an interval of 0 ms"));
  harness_assert_run(world, harness_call_in_background(world, set_elsewhere, &task));
  assert_null(task);
  task = harness_call_later(world, UINT64_MAX, add, "x"); /* in 584 years at most: no overflow */
  assert_string_equal(harness_task_name(task), "timer");  /* the refused took no name */
  assert_int_equal(harness_task_cancel(task), 0);
  assert_int_equal(harness_task_cancel(harness_call_every(world, UINT64_MAX, add, "x")), 0);
}

static const struct CMUnitTest tests[] = {
    harness_unit_test(once_and_at_its_time),
    harness_unit_test(ties_go_by_setting_whatever_the_kind),
    harness_unit_test(periods_are_exact),
    harness_unit_test(a_period_is_set_before_its_call),
    harness_unit_test(a_callback_may_not_park),
    harness_unit_test(a_jump_out_of_a_callback_ends_the_timer),
    harness_unit_test(cancelled_before_its_call),
    harness_unit_test(cancelled_when_it_is_due),
    harness_unit_test(a_limit_ends_a_timer),
    cmocka_unit_test(one_that_is_set_when_the_harness_closes_is_told),
    cmocka_unit_test(a_run_that_only_ticks_ends_at_its_limit),
    harness_unit_test(bad_arguments_are_refused),
};

HARNESS_CMOCKA_MAIN("run_timer", tests)
