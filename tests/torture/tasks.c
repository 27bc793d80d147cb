/* SPDX-License-Identifier: MIT */
/* Tasks of every kind, and what is free-running beside connections. */
#include "scenario.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

static struct {
  harness_t *h;
  harness_task_t *every;
  harness_task_t *future;
  harness_task_t *from_thread;
  int ticks;
  uv_timer_t timer;
} world;

static void tick(void *arg) {
  harness_log(world.h, "tick %d", ++world.ticks);
  if (world.ticks == 3)
    (void)harness_task_cancel(world.every);
  (void)arg;
}

static void resolve(void *arg) {
  harness_future_log(world.future, "resolved at %llu ms", (unsigned long long)harness_now_ms(world.h));
  (void)harness_future_resolve(world.future, arg);
}

static void *sleep_long(void *arg) {
  return harness_sleep(world.h, 1000000) == UV_ECANCELED ? NULL : arg;
}

static int wait_for_one(harness_task_t *sleeper) {
  harness_t *h = world.h;
  harness_task_t *both[2] = {sleeper, world.future};
  harness_task_t *first = harness_wait_first(h, both, 2);
  harness_task_t *limited;
  void *result = NULL;
  int status = first != NULL ? harness_await(first, &result) : harness_error_code(h);

  if (status != 0)
    return status;
  if (result != world.future)
    return UV_EPROTO;
  limited = harness_wait_for(h, sleeper, 500); /* cancels it */
  status = limited != NULL ? harness_await(limited, NULL) : harness_error_code(h);
  if (status != UV_ETIMEDOUT)
    return status != 0 ? status : UV_EPROTO;
  status = harness_await(sleeper, NULL);
  return status == UV_ECANCELED ? 0 : UV_EPROTO;
}

static void *wait_for_all(void *arg) {
  harness_t *h = world.h;
  harness_task_t *sleeper = harness_schedule_coroutine_named(h, "sleeper", sleep_long, arg);
  int status = sleeper != NULL ? wait_for_one(sleeper) : harness_error_code(h);

  if (status == 0)
    status = harness_await(world.every, NULL);
  harness_log(h, "all is over: %s", uv_err_name(status));
  return status == UV_ECANCELED ? arg : NULL;
}

int scenario_play_tasks(harness_t *h, const void *what) {
  harness_task_t *task = NULL;

  (void)what;
  memset(&world, 0, sizeof world);
  world.h = h;
  world.future = harness_future_new_named(h, "answer");
  world.every = world.future != NULL ? harness_call_every(h, 400, tick, NULL) : NULL;
  if (world.every != NULL && harness_call_later(h, 100, resolve, &world) != NULL)
    task = harness_schedule_coroutine(h, wait_for_all, &world);
  if (task == NULL || harness_run_in_foreground(h, task) == NULL)
    return scenario_failure(h);
  return 0;
}

/* A line that has no room on the stack, and the end of a future, from a background call. */
static void *call(void *arg) {
  char text[400];

  memset(text, '.', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  harness_log(world.h, "in the background %s", text);
  (void)harness_future_resolve(world.future, arg);
  harness_log(world.h, "and after it");
  return arg;
}

static void *run_thread(void *arg) {
  harness_log(world.h, "in a thread");
  harness_future_log(world.from_thread, "in a thread, for the future");
  (void)harness_future_resolve(world.from_thread, arg);
  return NULL;
}

static void on_timer(uv_timer_t *timer) {
  uv_close((uv_handle_t *)timer, NULL);
  (void)harness_future_resolve(timer->data, &world);
}

static int run_all(harness_task_t *background, harness_task_t *on_loop) {
  harness_task_t *tasks[] = {background, world.future, world.from_thread, on_loop};
  harness_task_t *all = harness_wait_all(world.h, tasks, sizeof tasks / sizeof(harness_task_t *));

  if (all == NULL)
    return harness_error_code(world.h);
  (void)harness_run_in_foreground(world.h, all);
  return harness_task_status(all);
}

static int wait_on_loop(harness_task_t *background) {
  harness_t *h = world.h;
  harness_task_t *on_loop = harness_future_new_named(h, "on the loop");
  uv_loop_t *loop = on_loop != NULL ? harness_loop(h) : NULL;
  pthread_t thread;
  int status;

  if (loop == NULL)
    return harness_error_code(h);
  world.from_thread = harness_future_new_foreign(h, "from a thread");
  if (world.from_thread == NULL)
    return harness_error_code(h);
  if (pthread_create(&thread, NULL, run_thread, &world) != 0) {
    (void)harness_future_fail(world.from_thread, UV_EAGAIN);
    return UV_EAGAIN;
  }
  (void)uv_timer_init(loop, &world.timer);
  world.timer.data = on_loop;
  (void)uv_timer_start(&world.timer, on_timer, 1, 0);
  status = run_all(background, on_loop);
  (void)pthread_join(thread, NULL);
  return status;
}

int scenario_play_threads(harness_t *h, const void *what) {
  harness_task_t *background;
  int status;

  (void)what;
  memset(&world, 0, sizeof world);
  world.h = h;
  world.future = harness_future_new_named(h, "called");
  background = world.future != NULL ? harness_call_in_background(h, call, &world) : NULL;
  if (background == NULL)
    return scenario_failure(h);
  status = wait_on_loop(background);
  return status;
}
