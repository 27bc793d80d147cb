/* SPDX-License-Identifier: MIT */
/* Futures, and threads that the harness did not make: what they log, what they resolve, who waits for them.
 */
#include <harness/cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { THREADS = 8, LINES = 20, ROUNDS = 50 };

static harness_t *world;
static char reported[2000];

static void keep_report(const char *text, void *arg) {
  (void)arg;
  (void)snprintf(reported, sizeof reported, "%s", text);
}

static harness_t *open_with(int64_t timeout_ms) {
  harness_options_t options = {.report = keep_report, .timeout_ms = timeout_ms};

  reported[0] = '\0';
  world = harness_open(&options);
  assert_non_null(world);
  return world;
}

static pthread_t start_thread(void *(*fn)(void *), void *arg) {
  pthread_t thread;

  assert_int_equal(pthread_create(&thread, NULL, fn, arg), 0);
  return thread;
}

static void join(pthread_t thread) {
  assert_int_equal(pthread_join(thread, NULL), 0);
}

static void assert_text(harness_t *h, const char *expected) {
  char *text = harness_transcript_text(h);

  assert_non_null(text);
  assert_string_equal(text, expected);
  free(text);
}

static void *resolve(void *future) {
  harness_log(world, "from outside\n");
  harness_future_log(future, "%d of %s", 1, "two");
  harness_future_log(future, "two of two");
  if (harness_future_resolve(future, future) != 0)
    abort(); /* an assertion may not fail on a thread that is not the test's */
  return NULL;
}

/* All that a thread does, on the way to the one who waits: both lanes stand before what main does then,
 * though "main" comes before them by name. */
static void a_thread_resolves_a_future(void **state) {
  harness_t *h = world = *state;
  harness_task_t *future = harness_future_new_foreign(h, "operation");
  pthread_t thread = start_thread(resolve, future);

  assert_ptr_equal(harness_assert_run(h, future), future);
  harness_log(h, "after");
  join(thread);
  assert_text(h, "operation  log      1 of two\n"
                 "operation  log      two of two\n"
                 "thread/1   log      from outside\n"
                 "main       log      after\n");
}

static void *await_and_log(void *future) {
  void *result = NULL;

  assert_int_equal(harness_await(future, &result), 0);
  harness_log(world, "a coroutine has it");
  return result;
}

static void a_coroutine_waits_for_a_thread(void **state) {
  harness_t *h = world = *state;
  harness_task_t *future = harness_future_new_foreign(h, "z");
  harness_task_t *waiter = harness_schedule_coroutine_named(h, "a", await_and_log, future);
  pthread_t thread = start_thread(resolve, future);

  assert_ptr_equal(harness_assert_run(h, waiter), future);
  join(thread);
  assert_text(h, "thread/1  log      from outside\n"
                 "z         log      1 of two\n"
                 "z         log      two of two\n"
                 "a         log      a coroutine has it\n");
}

static void *fail_it(void *future) {
  (void)harness_future_fail(future, UV_ECONNRESET);
  return NULL;
}

static void a_thread_fails_a_future(void **state) {
  harness_t *h = *state;
  harness_task_t *future = harness_future_new_foreign(h, NULL);
  pthread_t thread = start_thread(fail_it, future);

  assert_null(harness_run_in_foreground(h, future));
  assert_int_equal(harness_task_status(future), UV_ECONNRESET);
  assert_string_equal(harness_task_name(future), "future");
  join(thread);
}

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
  harness_t *h = open_with(0);
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
    threads[i] = start_thread(work, &workers[i]);
  }
  harness_assert_run(h, harness_wait_all(h, futures, THREADS));
  harness_log(h, "all have ended");
  for (int i = 0; i < THREADS; i++) {
    assert_ptr_equal(harness_task_result(futures[i]), &workers[i]);
    join(threads[i]);
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

static void *log_from_call(void *future) {
  harness_log(world, "before");
  if (harness_future_resolve(future, NULL) != 0)
    abort();
  harness_log(world, "behind");
  return NULL;
}

/* A background call may resolve any future: what it has logged by then is a cause, what it logs later is not.
 */
static void a_background_call_resolves_a_future(void **state) {
  harness_t *h = world = *state;
  harness_task_t *future = harness_future_new(h);
  harness_task_t *call = harness_call_in_background_named(h, "x", log_from_call, future);

  harness_assert_run(h, future);
  harness_log(h, "between");
  harness_assert_run(h, harness_wait_all(h, &call, 1));
  assert_text(h, "x     log      before\n"
                 "main  log      between\n"
                 "x     log      behind\n");
}

static void *resolve_in_coroutine(void *future) {
  harness_log(world, "it is so");
  harness_future_log(future, "made");
  assert_int_equal(harness_future_resolve(future, NULL), 0);
  return NULL;
}

/* The same on the loop, where something free-running takes part: what the resolver did comes first, in its
 * order, whichever lane it is in. */
static void a_coroutine_resolves_a_future(void **state) {
  harness_t *h = world = *state;
  harness_task_t *future = harness_future_new_named(h, "m");
  harness_task_t *waiter = harness_schedule_coroutine_named(h, "a", await_and_log, future);

  assert_non_null(harness_loop(h));
  harness_schedule_coroutine_named(h, "z", resolve_in_coroutine, future);
  assert_null(harness_run_in_foreground(h, waiter));
  assert_text(h, "z  log      it is so\n"
                 "m  log      made\n"
                 "a  log      a coroutine has it\n");
}

static void *log_lines(void *arg) {
  (void)arg;
  harness_log(world, "one");
  harness_log(world, "two");
  return NULL;
}

/* Nobody waits for such a thread: what it had logged before the transcript was asked for is in it. */
static void a_thread_that_nobody_knows_of_may_log(void **state) {
  harness_t *h = world = *state;

  join(start_thread(log_lines, NULL));
  assert_text(h, "thread/1  log      one\n"
                 "thread/1  log      two\n");
  join(start_thread(log_lines, NULL));
  assert_text(h, "thread/1  log      one\n"
                 "thread/1  log      two\n"
                 "thread/2  log      one\n"
                 "thread/2  log      two\n");
  assert_null(harness_schedule_coroutine_named(h, "thread", resolve, NULL));
}

static void keep_line(const char *lane, const char *text, void *arg) {
  char *out = arg;
  size_t length = strlen(out);

  (void)snprintf(out + length, 200 - length, "%s: %s; ", lane, text);
}

static void the_sink_hears_threads_on_the_harness_s_own(void **state) {
  harness_t *h = world = *state;
  harness_task_t *future = harness_future_new_foreign(h, "operation");
  char heard[200] = "";
  pthread_t thread;

  harness_set_log_sink(h, keep_line, heard);
  thread = start_thread(resolve, future);
  join(thread);
  assert_string_equal(heard, "");
  assert_int_equal(harness_task_status(future), UV_EAGAIN);
  harness_assert_run(h, future);
  assert_string_equal(heard, "thread: from outside; operation: 1 of two; operation: two of two; ");
}

typedef struct twice {
  harness_task_t *future;
  int first;
  int second;
} twice_t;

static void *resolve_twice(void *arg) {
  twice_t *twice = arg;

  twice->first = harness_future_resolve(twice->future, NULL);
  twice->second = harness_future_resolve(twice->future, NULL);
  harness_future_log(twice->future, "too late");
  (void)snprintf(reported, sizeof reported, "%s", harness_error(NULL));
  return NULL;
}

static void only_the_first_end_counts(void **state) {
  harness_t *h = *state;
  twice_t twice = {.future = harness_future_new_foreign(h, NULL)};

  join(start_thread(resolve_twice, &twice));
  assert_int_equal(twice.first, 0);
  assert_int_equal(twice.second, UV_EALREADY);
  assert_non_null(strstr(reported, "future has been resolved"));
  assert_int_equal(harness_future_resolve(twice.future, &twice), UV_EALREADY);
  (void)harness_run_in_foreground(h, twice.future);
  assert_int_equal(harness_task_status(twice.future), 0);
  assert_null(harness_task_result(twice.future));
  assert_text(h, "");
}

static void bad_arguments_are_refused(void **state) {
  harness_t *h = *state;
  harness_task_t *future = harness_future_new(h);
  harness_task_t *both = harness_wait_all(h, &future, 1);

  assert_int_equal(harness_future_resolve(NULL, NULL), UV_EINVAL);
  assert_int_equal(harness_future_fail(NULL, UV_EIO), UV_EINVAL);
  assert_int_equal(harness_future_resolve(both, NULL), UV_EINVAL);
  assert_non_null(strstr(harness_error(NULL), "no future"));
  assert_int_equal(harness_future_fail(future, 0), UV_EINVAL);
  assert_int_equal(harness_future_fail(future, 1), UV_EINVAL);
  harness_future_log(NULL, "nothing");
  assert_non_null(strstr(harness_error(NULL), "future is NULL"));
  harness_future_log(both, "nothing");
  harness_future_log(future, NULL);
  assert_null(harness_future_new_foreign(NULL, "a"));
  assert_null(harness_future_new_foreign(h, "a/b"));
  assert_null(harness_future_new_named(h, ""));
  assert_int_equal(harness_future_resolve(future, NULL), 0);
  assert_text(h, "");
}

static void *log_to_closed(void *arg) {
  harness_log(arg, "is anybody there?");
  (void)snprintf(reported, sizeof reported, "%s", harness_error(NULL));
  return NULL;
}

static void a_closed_harness_takes_no_lines(void **state) {
  harness_t *h = open_with(0);

  (void)state;
  assert_int_equal(harness_close(h), 0);
  join(start_thread(log_to_closed, h));
  assert_non_null(strstr(reported, "closed"));
}

/* The thread of one harness is a thread outside for another. */
static void *log_to_the_other(void *arg) {
  harness_t *own = harness_open(NULL);
  char *text;

  harness_log(own, "mine");
  harness_log(world, "yours");
  text = own != NULL ? harness_transcript_text(own) : NULL;
  if (text == NULL || strcmp(text, "main  log      mine\n") != 0 || harness_close(own) != 0)
    abort();
  free(text);
  (void)harness_future_resolve(arg, arg);
  return NULL;
}

static void a_thread_with_a_harness_of_its_own(void **state) {
  harness_t *h = world = *state;
  harness_task_t *future = harness_future_new_foreign(h, NULL);
  pthread_t thread = start_thread(log_to_the_other, future);

  assert_ptr_equal(harness_assert_run(h, future), future);
  join(thread);
  assert_text(h, "thread/1  log      yours\n");
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
  thread = start_thread(resolve_when_told, future);
  assert_null(harness_run_in_foreground(h, harness_wait_for(h, future, 1)));
  assert_int_equal(harness_error_code(h), UV_ETIMEDOUT);
  assert_int_equal(harness_task_status(future), UV_ECANCELED);
  uv_sem_post(&go);
  assert_text(h, "f  log      the last word\n"); /* settling has waited for it */
  assert_int_equal(pthread_join(thread, &told), 0);
  assert_ptr_equal(told, future);
  uv_sem_destroy(&go);
}

static void closing_waits_for_the_thread(void **state) {
  harness_t *h = open_with(50);
  harness_task_t *future = harness_future_new_foreign(h, "slow");
  pthread_t thread;

  (void)state;
  assert_int_equal(uv_sem_init(&go, 0), 0);
  thread = start_thread(resolve_when_told, future);
  assert_int_equal(harness_close(h), 1); /* not in time: its memory stays */
  assert_non_null(strstr(reported, "task slow had not ended: it waits for a thread outside of the harness"));
  assert_non_null(strstr(reported, "did not resolve its future in time"));
  uv_sem_post(&go);
  join(thread);
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
    harness_t *h = open_with(0);
    pthread_barrier_t together;
    worker_t workers[THREADS];
    pthread_t threads[THREADS];

    assert_int_equal(pthread_barrier_init(&together, NULL, THREADS + 1), 0);
    for (int i = 0; i < THREADS; i++) {
      workers[i] = (worker_t){.h = h, .together = &together};
      workers[i].future = harness_assert_made(h, harness_future_new_foreign(h, NULL));
      threads[i] = start_thread(work_until_closed, &workers[i]);
    }
    pthread_barrier_wait(&together);
    assert_in_range(harness_close(h), 0, THREADS); /* those that had not resolved theirs */
    for (int i = 0; i < THREADS; i++)
      join(threads[i]);
    pthread_barrier_destroy(&together);
  }
}

static void *never(void *future) {
  uv_sem_wait(&go);
  return resolve(future);
}

/* It waits for its timeout, not for nothing: a thread may act at any moment, so it is no deadlock. */
static void a_foreign_future_is_no_deadlock(void **state) {
  harness_t *h = open_with(30);
  harness_task_t *future = harness_future_new_foreign(h, "late");
  pthread_t thread;

  (void)state;
  assert_int_equal(uv_sem_init(&go, 0), 0);
  thread = start_thread(never, future);
  assert_null(harness_run_in_foreground(h, future));
  assert_int_equal(harness_error_code(h), UV_ETIMEDOUT);
  assert_non_null(strstr(reported, "late waits for a thread outside of the harness to resolve it"));
  uv_sem_post(&go);
  assert_ptr_equal(harness_assert_run(h, future), future);
  join(thread);
  assert_null(harness_run_in_foreground(h, harness_future_new(h)));
  assert_int_equal(harness_error_code(h), -EDEADLK); /* as now nobody is left */
  assert_int_equal(harness_close(h), 1);
  uv_sem_destroy(&go);
}

static const struct CMUnitTest tests[] = {
    harness_unit_test(a_thread_resolves_a_future),
    harness_unit_test(a_coroutine_waits_for_a_thread),
    harness_unit_test(a_thread_fails_a_future),
    cmocka_unit_test(eight_threads_give_one_transcript),
    harness_unit_test(a_background_call_resolves_a_future),
    harness_unit_test(a_coroutine_resolves_a_future),
    harness_unit_test(a_thread_that_nobody_knows_of_may_log),
    harness_unit_test(the_sink_hears_threads_on_the_harness_s_own),
    harness_unit_test(only_the_first_end_counts),
    harness_unit_test(bad_arguments_are_refused),
    cmocka_unit_test(a_closed_harness_takes_no_lines),
    harness_unit_test(a_thread_with_a_harness_of_its_own),
    harness_unit_test(cancelling_leaves_the_thread_its_pointer),
    cmocka_unit_test(closing_waits_for_the_thread),
    cmocka_unit_test(threads_may_log_while_the_harness_closes),
    cmocka_unit_test(a_foreign_future_is_no_deadlock),
};

HARNESS_CMOCKA_MAIN("run_future", tests)
