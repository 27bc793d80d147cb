/* SPDX-License-Identifier: MIT */
/* Background calls: at once, many that need each other, their logs, their errors. */
#include <harness/cmocka.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "run/run.h"

enum { CALLS = 64 };

static harness_t *world;

static void *post(void *arg) {
  sem_post(arg);
  return arg;
}

static void a_call_starts_before_any_run(void **state) {
  harness_t *h = *state;
  sem_t started;

  assert_int_equal(sem_init(&started, 0, 0), 0);
  harness_task_t *task = harness_call_in_background(h, post, &started);
  assert_int_equal(sem_wait(&started), 0); /* returns although the loop never ran */
  assert_ptr_equal(harness_assert_run(h, task), &started);
  sem_destroy(&started);
}

static void *meet(void *arg) {
  pthread_barrier_wait(arg);
  return arg;
}

static void many_calls_wait_for_each_other(void **state) {
  harness_t *h = *state;
  harness_task_t *tasks[CALLS];
  pthread_barrier_t barrier;

  assert_int_equal(pthread_barrier_init(&barrier, NULL, CALLS), 0);
  for (size_t i = 0; i < CALLS; i++)
    tasks[i] = harness_call_in_background(h, meet, &barrier);
  harness_assert_run(h, harness_wait_all(h, tasks, CALLS));
  pthread_barrier_destroy(&barrier);
}

static void *log_twice(void *arg) {
  harness_log(world, "first of %s\n", (const char *)arg);
  harness_log(world, "second of %s", (const char *)arg);
  return NULL;
}

static void logs_are_in_the_calls_lane(void **state) {
  harness_t *h = *state;
  harness_task_t *tasks[2];
  char *text;

  world = h;
  harness_log(h, "before");
  tasks[0] = harness_call_in_background_named(h, "b", log_twice, "b");
  tasks[1] = harness_call_in_background_named(h, "a", log_twice, "a");
  harness_assert_run(h, harness_wait_all(h, tasks, 2));
  harness_log(h, "after");
  text = harness_transcript_text(h);
  assert_non_null(text);
  assert_string_equal(text, "main  log      before\n"
                            "a     log      first of a\n"
                            "a     log      second of a\n"
                            "b     log      first of b\n"
                            "b     log      second of b\n"
                            "main  log      after\n");
  free(text);
}

/* Lanes that stand behind "main" by name: only their causes put them before what main logs in the end. */
static void what_main_waited_for_comes_first(void **state) {
  harness_t *h = *state;
  harness_task_t *tasks[2];
  harness_task_t *both;
  char *text;

  world = h;
  tasks[0] = harness_call_in_background_named(h, "x", log_twice, "x");
  tasks[1] = harness_call_in_background_named(h, "y", log_twice, "y");
  both = harness_wait_all(h, tasks, 2);
  harness_assert_run(h, harness_wait_for(h, both, 60000));
  harness_log(h, "after");
  text = harness_transcript_text(h);
  assert_string_equal(text, "x     log      first of x\n"
                            "x     log      second of x\n"
                            "y     log      first of y\n"
                            "y     log      second of y\n"
                            "main  log      after\n");
  free(text);
}

static void *fail_in_call(void *arg) {
  assert_null(harness_schedule_coroutine(NULL, NULL, NULL));
  strcpy(arg, harness_error(world));
  return NULL;
}

static void errors_stay_on_their_thread(void **state) {
  harness_t *h = *state;
  char sentence[200] = "";

  world = h;
  harness_assert_run(h, harness_call_in_background(h, fail_in_call, sentence));
  assert_non_null(strstr(sentence, "harness is NULL"));
  assert_null(harness_error(h));
}

static void *wait_on(void *arg) {
  sem_wait(arg);
  return NULL;
}

static void a_running_call_cannot_be_cancelled(void **state) {
  harness_t *h = *state;
  sem_t sem;
  sem_t started;
  harness_task_t *task;

  assert_int_equal(sem_init(&sem, 0, 0), 0);
  assert_int_equal(sem_init(&started, 0, 0), 0);
  harness_assert_run(h, harness_call_in_background(h, post, &started));
  task = harness_call_in_background(h, wait_on, &sem);
  while (harness_task_cancel(task) == 0) { /* no thread had begun it: try again with a new one */
    assert_null(harness_run_in_foreground(h, task));
    assert_int_equal(harness_task_status(task), UV_ECANCELED);
    task = harness_call_in_background(h, wait_on, &sem);
  }
  assert_int_equal(harness_task_cancel(task), UV_EBUSY);
  sem_post(&sem);
  harness_assert_run(h, task);
  sem_destroy(&sem);
  sem_destroy(&started);
}

static void *count_up(void *arg) {
  ++*(int *)arg;
  return NULL;
}

static void on_timer(uv_timer_t *timer) {
  harness_future_resolve(timer->data, timer);
}

static void foreign_handles_are_waited_for(void **state) {
  harness_t *h = *state;
  harness_task_t *future = harness_future_new(h);
  static uv_timer_t timer; /* outlives a failed assertion */

  assert_int_equal(uv_timer_init(harness_loop(h), &timer), 0);
  timer.data = future;
  assert_int_equal(uv_timer_start(&timer, on_timer, 20, 0), 0);
  assert_ptr_equal(harness_assert_run(h, future), &timer);
  uv_close((uv_handle_t *)&timer, NULL);
  int count = 0;
  harness_assert_run(h, harness_call_in_background(h, count_up, &count));
  assert_int_equal(count, 1);
}

static void a_fork_has_no_pool(void **state) {
  harness_t *h = *state;
  int count = 0;
  int status;
  pid_t child;

  harness_assert_run(h, harness_call_in_background(h, count_up, &count));
  assert_true(harness__pool_is_started());
  child = fork();
  if (child == 0)
    _exit(harness__pool_is_started() ? 1 : 0);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

static const struct CMUnitTest tests[] = {
    harness_unit_test(a_call_starts_before_any_run),   harness_unit_test(many_calls_wait_for_each_other),
    harness_unit_test(logs_are_in_the_calls_lane),     harness_unit_test(what_main_waited_for_comes_first),
    harness_unit_test(errors_stay_on_their_thread),    harness_unit_test(a_running_call_cannot_be_cancelled),
    harness_unit_test(foreign_handles_are_waited_for), harness_unit_test(a_fork_has_no_pool),
};

HARNESS_CMOCKA_MAIN("run_background", tests)
