/* SPDX-License-Identifier: MIT */
/* Many threads that the harness did not make; such that are late; a harness that closes while they are at
 * work. */
#include <harness/cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "run/outside.h"

enum { THREADS = 8, LINES = 20, ROUNDS = 50 };

typedef struct worker {
  harness_t *h;
  harness_task_t *future;
  pthread_barrier_t *together;
  int number;
} worker_t;

static void *work(void *arg) {
  worker_t *worker = arg;

  pthread_barrier_wait(worker->together);
  for (int i = 0; i < LINES; i++) {
    harness_log(worker->h, "thread %d, line %d", worker->number, i);
    harness_future_log(worker->future, "step %d", i);
  }
  (void)harness_future_resolve(worker->future, worker);
  return NULL;
}

/* One transcript of THREADS threads that log and resolve at the same time. The caller frees it. */
static char *run_workers(void) {
  harness_t *h = outside_open(0);
  pthread_barrier_t together;
  worker_t workers[THREADS];
  harness_task_t *futures[THREADS];
  pthread_t threads[THREADS];
  char *text;

  assert_int_equal(pthread_barrier_init(&together, NULL, THREADS), 0);
  for (int i = 0; i < THREADS; i++) {
    char name[16];

    (void)snprintf(name, sizeof name, "job%d", i);
    futures[i] = harness_assert_made(h, harness_future_new_foreign(h, name));
    workers[i] = (worker_t){.h = h, .future = futures[i], .together = &together, .number = i};
    threads[i] = outside_start(work, &workers[i]);
  }
  harness_assert_run(h, harness_wait_all(h, futures, THREADS));
  harness_log(h, "all have ended");
  for (int i = 0; i < THREADS; i++) {
    assert_ptr_equal(harness_task_result(futures[i]), &workers[i]);
    outside_join(threads[i]);
  }
  text = harness_transcript_text(h);
  pthread_barrier_destroy(&together);
  assert_int_equal(harness_close(h), 0);
  return text;
}

static void eight_threads_give_one_transcript(void **state) {
  char *first = run_workers();

  (void)state;
  assert_non_null(strstr(first, "job7      log      step 19\n"));
  assert_non_null(strstr(first, "thread/8  log      thread 7, line 19\n"));
  for (int i = 0; i < ROUNDS; i++) {
    char *again = run_workers();

    assert_string_equal(again, first);
    free(again);
  }
  free(first);
}

static void *log_to_closed(void *arg) {
  harness_log(arg, "is anybody there?");
  (void)snprintf(outside_reported, sizeof outside_reported, "%s", harness_error(NULL));
  return NULL;
}

static void a_closed_harness_takes_no_lines(void **state) {
  harness_t *h = outside_open(0);

  (void)state;
  assert_int_equal(harness_close(h), 0);
  outside_join(outside_start(log_to_closed, h));
  assert_non_null(strstr(outside_reported, "closed"));
}

/* The thread of one harness is a thread outside for another. */
static void *log_to_the_other(void *arg) {
  harness_t *own = harness_open(NULL);
  char *text;

  harness_log(own, "mine");
  harness_log(outside_world, "yours");
  text = own != NULL ? harness_transcript_text(own) : NULL;
  if (text == NULL || strcmp(text, "main  log      mine\n") != 0 || harness_close(own) != 0)
    abort();
  free(text);
  (void)harness_future_resolve(arg, arg);
  return NULL;
}

static void a_thread_with_a_harness_of_its_own(void **state) {
  harness_t *h = outside_world = *state;
  harness_task_t *future = harness_future_new_foreign(h, NULL);
  pthread_t thread = outside_start(log_to_the_other, future);

  assert_ptr_equal(harness_assert_run(h, future), future);
  outside_join(thread);
  outside_assert_text(h, "thread/1  log      yours\n");
}

static uv_sem_t go;

static void *resolve_when_told(void *future) {
  uv_sem_wait(&go);
  harness_future_log(future, "the last word");
  return harness_future_resolve(future, NULL) == UV_EALREADY ? future : NULL;
}

static void cancelling_leaves_the_thread_its_pointer(void **state) {
  harness_t *h = *state;
  harness_task_t *future = harness_future_new_foreign(h, "f");
  void *told = NULL;
  pthread_t thread;

  assert_int_equal(uv_sem_init(&go, 0), 0);
  thread = outside_start(resolve_when_told, future);
  assert_null(harness_run_in_foreground(h, harness_wait_for(h, future, 1)));
  assert_int_equal(harness_error_code(h), UV_ETIMEDOUT);
  assert_int_equal(harness_task_status(future), UV_ECANCELED);
  uv_sem_post(&go);
  outside_assert_text(h, "f  log      the last word\n"); /* settling has waited for it */
  assert_int_equal(pthread_join(thread, &told), 0);
  assert_ptr_equal(told, future);
  uv_sem_destroy(&go);
}

static void closing_waits_for_the_thread(void **state) {
  harness_t *h = outside_open(50);
  harness_task_t *future = harness_future_new_foreign(h, "slow");
  pthread_t thread;

  (void)state;
  assert_int_equal(uv_sem_init(&go, 0), 0);
  thread = outside_start(resolve_when_told, future);
  assert_int_equal(harness_close(h), 1); /* not in time: its memory stays */
  assert_non_null(
      strstr(outside_reported, "task slow had not ended: it waits for a thread outside of the harness"));
  assert_non_null(strstr(outside_reported, "did not resolve its future in time"));
  uv_sem_post(&go);
  outside_join(thread);
  assert_int_equal(harness_close(h), 0);
  uv_sem_destroy(&go);
}

static void *work_until_closed(void *arg) {
  worker_t *worker = arg;

  pthread_barrier_wait(worker->together);
  for (int i = 0; i < LINES; i++) {
    harness_log(worker->h, "line %d", i);
    harness_future_log(worker->future, "line %d", i);
  }
  (void)harness_future_resolve(worker->future, NULL);
  for (int i = 0; i < LINES; i++)
    harness_log(worker->h, "line %d, to a harness that may be closed", i);
  return NULL;
}

static void threads_may_log_while_the_harness_closes(void **state) {
  (void)state;
  for (int round = 0; round < ROUNDS; round++) {
    harness_t *h = outside_open(0);
    pthread_barrier_t together;
    worker_t workers[THREADS];
    pthread_t threads[THREADS];

    assert_int_equal(pthread_barrier_init(&together, NULL, THREADS + 1), 0);
    for (int i = 0; i < THREADS; i++) {
      workers[i] = (worker_t){.h = h, .together = &together};
      workers[i].future = harness_assert_made(h, harness_future_new_foreign(h, NULL));
      threads[i] = outside_start(work_until_closed, &workers[i]);
    }
    pthread_barrier_wait(&together);
    assert_in_range(harness_close(h), 0, THREADS); /* those that had not resolved theirs */
    for (int i = 0; i < THREADS; i++)
      outside_join(threads[i]);
    pthread_barrier_destroy(&together);
  }
}

static void *never(void *future) {
  uv_sem_wait(&go);
  (void)harness_future_resolve(future, future);
  return NULL;
}

/* It waits for its timeout, not for nothing: a thread may act at any moment, so it is no deadlock. */
static void a_foreign_future_is_no_deadlock(void **state) {
  harness_t *h = outside_open(30);
  harness_task_t *future = harness_future_new_foreign(h, "late");
  pthread_t thread;

  (void)state;
  assert_int_equal(uv_sem_init(&go, 0), 0);
  thread = outside_start(never, future);
  assert_null(harness_run_in_foreground(h, future));
  assert_int_equal(harness_error_code(h), UV_ETIMEDOUT);
  assert_non_null(strstr(outside_reported, "late waits for a thread outside of the harness to resolve it"));
  uv_sem_post(&go);
  outside_join(thread);
  assert_ptr_equal(harness_assert_run(h, future), future);
  assert_null(harness_run_in_foreground(h, harness_future_new(h)));
  assert_int_equal(harness_error_code(h), -EDEADLK); /* as now nobody is left */
  assert_int_equal(harness_close(h), 1);
  uv_sem_destroy(&go);
}

static void *wait_for_go(void *arg) {
  uv_sem_wait(&go);
  return arg;
}

static void *resolve_at_once(void *future) {
  (void)harness_future_resolve(future, future);
  return NULL;
}

/* It was handed over when there was no loop yet, on which the thread could have rung. */
static void what_came_before_the_loop_ends_its_wait(void **state) {
  harness_t *h = outside_open(2000);
  harness_task_t *future = harness_future_new(h);
  harness_task_t *call;
  void *result;

  (void)state;
  assert_int_equal(uv_sem_init(&go, 0), 0);
  outside_join(outside_start(resolve_at_once, future));
  call = harness_call_in_background(h, wait_for_go, h);
  result = harness_run_in_foreground(h, future);
  uv_sem_post(&go);
  assert_ptr_equal(result, future);
  assert_ptr_equal(harness_assert_run(h, call), h);
  assert_int_equal(harness_close(h), 0);
  uv_sem_destroy(&go);
}

static jmp_buf left;

static void leave(const char *lane, const char *text, void *arg) {
  (void)lane;
  (void)text;
  (void)arg;
  longjmp(left, 1);
}

static void *log_and_resolve(void *future) {
  harness_log(outside_world, "shown");
  harness_log(outside_world, "not shown");
  (void)harness_future_resolve(future, future);
  return NULL;
}

/* As a failed assertion does. What the thread had handed over besides happens all the same. */
static void a_log_sink_that_is_left(void **state) {
  static harness_task_t *future;

  (void)state;
  outside_world = outside_open(2000);
  future = harness_assert_made(outside_world, harness_future_new_foreign(outside_world, "f"));
  harness_set_log_sink(outside_world, leave, NULL);
  outside_join(outside_start(log_and_resolve, future));
  if (setjmp(left) == 0) {
    (void)harness_run_in_foreground(outside_world, future);
    fail();
  }
  harness_set_log_sink(outside_world, NULL, NULL);
  assert_ptr_equal(harness_assert_run(outside_world, future), future);
  outside_assert_text(outside_world, "thread/1  log      shown\nthread/1  log      not shown\n");
  assert_int_equal(harness_close(outside_world), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(eight_threads_give_one_transcript),
    cmocka_unit_test(a_closed_harness_takes_no_lines),
    harness_unit_test(a_thread_with_a_harness_of_its_own),
    harness_unit_test(cancelling_leaves_the_thread_its_pointer),
    cmocka_unit_test(closing_waits_for_the_thread),
    cmocka_unit_test(threads_may_log_while_the_harness_closes),
    cmocka_unit_test(a_foreign_future_is_no_deadlock),
    cmocka_unit_test(what_came_before_the_loop_ends_its_wait),
    cmocka_unit_test(a_log_sink_that_is_left),
};

HARNESS_CMOCKA_MAIN("run_outside", tests)
