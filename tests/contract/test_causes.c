/* SPDX-License-Identifier: MIT */
/*
 * Each kind of cause between parties, one test a kind. The lanes are named so that the normal form would list
 * the effect first if its cause had not been recorded: what is done comes from lanes named z…, what follows
 * it is in lanes named a….
 */
#include "causes.h"

#include <uv.h>

static void *await_quietly(void *arg) {
  assert_int_equal(harness_await(arg, NULL), 0);
  return arg;
}

static void *await_and_log(void *arg) {
  assert_int_equal(harness_await(arg, NULL), 0);
  harness_log(world, "goes on");
  return arg;
}

/* Schedule before start, also through one that does nothing itself. */
static void *schedule_another(void *arg) {
  return harness_schedule_coroutine_named(world, "a2", log_line, arg);
}

static void *log_and_schedule(void *arg) {
  harness_log(world, "schedules");
  (void)schedule("a1", log_line, "started");
  (void)schedule("silent", schedule_another, "started later");
  (void)harness_assert_made(world, harness_call_in_background_named(world, "a3", log_line, "called"));
  return arg;
}

static void schedule_before_start(void **state) {
  (void)state;
  harness_assert_run(world, schedule("z", log_and_schedule, world));
  assert_in_order("schedules", "started\n");
  assert_in_order("schedules", "started later");
  assert_in_order("schedules", "called");
}

static void call_back(void *arg) {
  harness_log(world, "%s", (const char *)arg);
}

static void *set_timer(void *arg) {
  harness_log(world, "sets it");
  return harness_assert_made(world, harness_call_later(world, 5, call_back, arg));
}

static void a_timer_is_set_before_it_is_called(void **state) {
  harness_task_t *timer;

  (void)state;
  timer = harness_assert_run(world, schedule("z", set_timer, "called back"));
  harness_assert_run(world, schedule("a", await_and_log, timer));
  assert_in_order("sets it", "called back");
}

/* End before wait: of a coroutine, of a call, of one that waited itself, of all, of the first, of one in
 * time. */
static void end_before_wait(void **state) {
  harness_task_t *ends;
  harness_task_t *call;
  harness_task_t *all[2];

  (void)state;
  ends = schedule("z1", log_line, "ends");
  call = harness_call_in_background_named(world, "z2", log_line, "call ends");
  harness_assert_run(world, schedule("a1", await_and_log, schedule("quiet1", await_quietly, ends)));
  assert_in_order("ends", "a1");
  harness_assert_run(world, schedule("a2", await_and_log, schedule("quiet2", await_quietly, call)));
  assert_in_order("call ends", "a2");
  all[0] = schedule("z3", log_line, "third");
  all[1] = schedule("z4", log_line, "fourth");
  harness_assert_run(world, schedule("a3", await_and_log, harness_wait_all(world, all, 2)));
  assert_in_order("third", "a3");
  assert_in_order("fourth", "a3");
  all[0] = schedule("z5", log_line, "fifth");
  harness_assert_run(world, schedule("a4", await_and_log, harness_wait_first(world, all, 1)));
  assert_in_order("fifth", "a4");
  all[0] = schedule("z6", log_line, "sixth");
  harness_assert_run(world, schedule("a5", await_and_log, harness_wait_for(world, all[0], 1000)));
  assert_in_order("sixth", "a5");
}

/* Also for the thread itself: what it logs after a run comes after what it ran for. */
static void end_before_the_thread_goes_on(void **state) {
  (void)state;
  harness_assert_run(world, schedule("quiet", await_quietly, schedule("z", log_line, "ends")));
  harness_log(world, "main goes on");
  harness_assert_run(world, schedule("a", log_line, "afterwards"));
  assert_in_order("ends", "main goes on", "afterwards");
}

static void *resolve(void *arg) {
  harness_log(world, "resolves");
  assert_int_equal(harness_future_resolve(arg, world), 0);
  return arg;
}

static void on_timer(uv_timer_t *timer) {
  harness_log(world, "timer on the loop");
  assert_int_equal(harness_future_resolve(timer->data, world), 0);
  uv_close((uv_handle_t *)timer, NULL);
}

/* Resolve before wait: by a coroutine, by a callback of the harness's timer, by foreign code on the loop. */
static void resolve_before_wait(void **state) {
  harness_task_t *future = harness_future_new(world);
  harness_task_t *waiter = schedule("a1", await_and_log, future);
  uv_timer_t timer;

  (void)state;
  (void)schedule("z1", resolve, future);
  harness_assert_run(world, waiter);
  assert_in_order("resolves", "a1");

  future = harness_future_new(world);
  assert_int_equal(uv_timer_init(harness_loop(world), &timer), 0);
  timer.data = future;
  assert_int_equal(uv_timer_start(&timer, on_timer, 1, 0), 0);
  harness_assert_run(world, schedule("a2", await_and_log, future));
  assert_in_order("timer on the loop", "a2");
  assert_int_equal(harness_settle(world), 0);
}

/* A cancelled one goes on after what the canceller did. */
static void *wait_to_be_cancelled(void *arg) {
  assert_int_equal(harness_await(arg, NULL), UV_ECANCELED);
  harness_log(world, "is cancelled");
  return arg;
}

static void *cancel(void *arg) {
  harness_log(world, "cancels");
  assert_int_equal(harness_task_cancel(arg), 0);
  return arg;
}

static void cancel_before_it_is_noticed(void **state) {
  harness_task_t *never = harness_future_new(world);
  harness_task_t *waiter = schedule("a", wait_to_be_cancelled, never);

  (void)state;
  harness_assert_run(world, schedule("z", cancel, waiter));
  assert_int_equal(harness_settle(world), 0);
  assert_int_equal(harness_task_cancel(never), 0);
  assert_in_order("cancels", "is cancelled");
}

static const struct CMUnitTest tests[] = {
    cause_test(schedule_before_start), cause_test(a_timer_is_set_before_it_is_called),
    cause_test(end_before_wait),       cause_test(end_before_the_thread_goes_on),
    cause_test(resolve_before_wait),   cause_test(cancel_before_it_is_noticed),
};

HARNESS_CMOCKA_MAIN("contract/causes", tests)
