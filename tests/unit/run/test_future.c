/* SPDX-License-Identifier: MIT */
/* Futures: who resolves them, on which thread; what comes before what; what is refused. */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "run/outside.h"

static void *resolve(void *future) {
  harness_log(outside_world, "from outside\n");
  harness_future_log(future, "%d of %s", 1, "two");
  harness_future_log(future, "two of two");
  if (harness_future_resolve(future, future) != 0)
    abort(); /* an assertion may not fail on a thread that is not the test's */
  return NULL;
}

/* All that a thread does, on the way to the one who waits: both lanes stand before what main does then,
 * though "main" comes before them by name. */
static void a_thread_resolves_a_future(void **state) {
  harness_t *h = outside_world = *state;
  harness_task_t *future = harness_future_new_foreign(h, "operation");
  pthread_t thread = outside_start(resolve, future);

  assert_ptr_equal(harness_assert_run(h, future), future);
  harness_log(h, "after");
  outside_join(thread);
  outside_assert_text(h, "operation  log      1 of two\n"
                         "operation  log      two of two\n"
                         "thread/1   log      from outside\n"
                         "main       log      after\n");
}

static void *await_and_log(void *future) {
  void *result = NULL;

  assert_int_equal(harness_await(future, &result), 0);
  harness_log(outside_world, "a coroutine has it");
  return result;
}

static void a_coroutine_waits_for_a_thread(void **state) {
  harness_t *h = outside_world = *state;
  harness_task_t *future = harness_future_new_foreign(h, "z");
  harness_task_t *waiter = harness_schedule_coroutine_named(h, "a", await_and_log, future);
  pthread_t thread = outside_start(resolve, future);

  assert_ptr_equal(harness_assert_run(h, waiter), future);
  outside_join(thread);
  outside_assert_text(h, "thread/1  log      from outside\n"
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
  pthread_t thread = outside_start(fail_it, future);

  assert_null(harness_run_in_foreground(h, future));
  assert_int_equal(harness_task_status(future), UV_ECONNRESET);
  assert_string_equal(harness_task_name(future), "future");
  outside_join(thread);
}

static void *log_from_call(void *future) {
  harness_log(outside_world, "before");
  if (harness_future_resolve(future, NULL) != 0)
    abort();
  harness_log(outside_world, "behind");
  return NULL;
}

/* A background call may resolve any future: what it has logged by then is a cause, what it logs later is not.
 */
static void a_background_call_resolves_a_future(void **state) {
  harness_t *h = outside_world = *state;
  harness_task_t *future = harness_future_new(h);
  harness_task_t *call = harness_call_in_background_named(h, "x", log_from_call, future);

  harness_assert_run(h, future);
  harness_log(h, "between");
  harness_assert_run(h, harness_wait_all(h, &call, 1));
  outside_assert_text(h, "x     log      before\n"
                         "main  log      between\n"
                         "x     log      behind\n");
}

static void *resolve_in_coroutine(void *future) {
  harness_log(outside_world, "it is so");
  harness_future_log(future, "made");
  assert_int_equal(harness_future_resolve(future, NULL), 0);
  return NULL;
}

/* The same on the loop, where something free-running takes part: what the resolver did comes first, in its
 * order, whichever lane it is in. */
static void a_coroutine_resolves_a_future(void **state) {
  harness_t *h = outside_world = *state;
  harness_task_t *future = harness_future_new_named(h, "m");
  harness_task_t *waiter = harness_schedule_coroutine_named(h, "a", await_and_log, future);

  assert_non_null(harness_loop(h));
  harness_schedule_coroutine_named(h, "z", resolve_in_coroutine, future);
  assert_null(harness_run_in_foreground(h, waiter));
  outside_assert_text(h, "z  log      it is so\n"
                         "m  log      made\n"
                         "a  log      a coroutine has it\n");
}

static void *log_lines(void *arg) {
  (void)arg;
  harness_log(outside_world, "one");
  harness_log(outside_world, "two");
  return NULL;
}

/* Nobody waits for such a thread: what it had logged before the transcript was asked for is in it. */
static void a_thread_that_nobody_knows_of_may_log(void **state) {
  harness_t *h = outside_world = *state;

  outside_join(outside_start(log_lines, NULL));
  outside_assert_text(h, "thread/1  log      one\n"
                         "thread/1  log      two\n");
  outside_join(outside_start(log_lines, NULL));
  outside_assert_text(h, "thread/1  log      one\n"
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
  harness_t *h = outside_world = *state;
  harness_task_t *future = harness_future_new_foreign(h, "operation");
  char heard[200] = "";
  pthread_t thread;

  harness_set_log_sink(h, keep_line, heard);
  thread = outside_start(resolve, future);
  outside_join(thread);
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
  (void)snprintf(outside_reported, sizeof outside_reported, "%s", harness_error(NULL));
  return NULL;
}

static void only_the_first_end_counts(void **state) {
  harness_t *h = *state;
  twice_t twice = {.future = harness_future_new_foreign(h, NULL)};

  outside_join(outside_start(resolve_twice, &twice));
  assert_int_equal(twice.first, 0);
  assert_int_equal(twice.second, UV_EALREADY);
  assert_non_null(strstr(outside_reported, "future has been resolved"));
  assert_int_equal(harness_future_resolve(twice.future, &twice), UV_EALREADY);
  (void)harness_run_in_foreground(h, twice.future);
  assert_int_equal(harness_task_status(twice.future), 0);
  assert_null(harness_task_result(twice.future));
  outside_assert_text(h, "");
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
  outside_assert_text(h, "");
}

static const struct CMUnitTest tests[] = {
    harness_unit_test(a_thread_resolves_a_future),
    harness_unit_test(a_coroutine_waits_for_a_thread),
    harness_unit_test(a_thread_fails_a_future),
    harness_unit_test(a_background_call_resolves_a_future),
    harness_unit_test(a_coroutine_resolves_a_future),
    harness_unit_test(a_thread_that_nobody_knows_of_may_log),
    harness_unit_test(the_sink_hears_threads_on_the_harness_s_own),
    harness_unit_test(only_the_first_end_counts),
    harness_unit_test(bad_arguments_are_refused),
};

HARNESS_CMOCKA_MAIN("run_future", tests)
