/* SPDX-License-Identifier: MIT */
/* Deadlines: on every waiting call, nested, lifted, past, together with cancels, results and other timers. */
#include <harness/cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static harness_t *world;
static harness_task_t *future;

static void run(void *(*fn)(void *arg), void *arg) {
  harness_assert_run(world, harness_schedule_coroutine(world, fn, arg));
}

static void *sleep_past(void *arg) {
  harness_deadline_t outer = harness_begin_deadline(world, 100);

  assert_int_equal(harness_sleep(world, 60), 0);
  assert_int_equal(harness_sleep(world, 60), UV_ETIMEDOUT);
  assert_int_equal(harness_now_ms(world), 100);
  assert_int_equal(harness_sleep(world, 60), UV_ETIMEDOUT); /* at once */
  assert_int_equal(harness_sleep(world, 0), UV_ETIMEDOUT);
  assert_int_equal(harness_now_ms(world), 100);
  assert_int_equal(harness_end_deadline(world, outer), 0);
  assert_int_equal(harness_sleep(world, 60), 0);
  assert_int_equal(harness_now_ms(world), 160);
  return arg;
}

static void a_sleep_ends_at_the_deadline(void **state) {
  world = *state;
  run(sleep_past, NULL);
}

static void *await_past(void *arg) {
  harness_task_t *ended = harness_future_new(world);
  harness_deadline_t outer = harness_begin_deadline(world, 1000);
  void *result = &result;

  assert_int_equal(harness_await(future, &result), UV_ETIMEDOUT);
  assert_null(result);
  assert_int_equal(harness_now_ms(world), 1000);
  assert_int_equal(harness_task_status(future), UV_EAGAIN); /* it goes on */
  assert_int_equal(harness_future_resolve(ended, arg), 0);
  assert_int_equal(harness_await(ended, &result), 0); /* need not wait */
  assert_ptr_equal(result, arg);
  assert_int_equal(harness_end_deadline(world, outer), 0);
  assert_int_equal(harness_future_resolve(future, arg), 0); /* nobody who has gone on is told */
  assert_int_equal(harness_await(future, &result), 0);
  return arg;
}

static void an_await_ends_at_the_deadline(void **state) {
  world = *state;
  future = harness_future_new(world);
  run(await_past, world);
}

static void *nest(void *arg) {
  harness_deadline_t first = harness_begin_deadline(world, 100);
  harness_deadline_t second = harness_begin_deadline(world, 10);
  harness_deadline_t third;

  assert_int_equal(harness_sleep(world, 1000), UV_ETIMEDOUT);
  assert_int_equal(harness_now_ms(world), 10);
  third = harness_begin_deadline(world, HARNESS_NO_DEADLINE); /* to put things in order */
  assert_int_equal(harness_sleep(world, 20), 0);
  assert_int_equal(harness_end_deadline(world, third), 0);
  assert_int_equal(harness_sleep(world, 1000), UV_ETIMEDOUT);
  assert_int_equal(harness_now_ms(world), 30);
  assert_int_equal(harness_end_deadline(world, second), 0);
  second = harness_begin_deadline(world, 1000); /* no later than what is around it */
  assert_int_equal(harness_sleep(world, 1000), UV_ETIMEDOUT);
  assert_int_equal(harness_now_ms(world), 100);
  assert_int_equal(harness_end_deadline(world, second), 0);
  assert_int_equal(harness_end_deadline(world, first), 0);
  assert_int_equal(harness_sleep(world, 1000), 0);
  return arg;
}

static void an_inner_deadline_is_never_later(void **state) {
  world = *state;
  run(nest, NULL);
}

static void *sleep_beside(void *arg) {
  (void)arg;
  assert_int_equal(harness_sleep(world, 50), 0);
  return NULL;
}

static void *limit_own(void *arg) {
  (void)harness_begin_deadline(world, 10);
  harness_assert_ok(world, harness_await(arg, NULL) == UV_ETIMEDOUT ? 0 : UV_EINVAL);
  return NULL;
}

static void a_deadline_is_one_coroutines_own(void **state) {
  harness_task_t *tasks[2];

  world = *state;
  tasks[0] = harness_schedule_coroutine(world, sleep_beside, NULL);
  tasks[1] = harness_schedule_coroutine(world, limit_own, tasks[0]);
  harness_assert_run(world, tasks[1]);
  assert_int_equal(harness_now_ms(world), 10);
  harness_assert_run(world, tasks[0]);
  assert_int_equal(harness_now_ms(world), 50);
}

/* The handler sends 3 of 6 bytes, and the others 200 ms later, to which it reads an answer. */
static void answer_slowly(harness_stream_t *s, void *arg) {
  char byte;

  (void)arg;
  assert_int_equal(harness_write(s, "abc", 3), 3);
  assert_int_equal(harness_sleep(world, 200), 0);
  assert_int_equal(harness_write(s, "de\n", 3), 3);
  while (harness_read(s, &byte, 1) > 0)
    continue;
  harness_stream_close(s);
}

static void *read_past(void *arg) {
  harness_stream_t *s = harness_connect_to(world, arg);
  harness_deadline_t outer = harness_begin_deadline(world, 100);
  char data[16] = "";
  size_t count = 0;

  assert_int_equal(harness_read_until(s, data, sizeof data, "\n", 1), UV_ETIMEDOUT);
  assert_int_equal(harness_now_ms(world), 100);
  assert_int_equal(harness_read_until(s, data, sizeof data, "\n", 1), UV_ETIMEDOUT);
  assert_int_equal(harness_read(s, data, 1), 1); /* what is there may be read */
  assert_int_equal(data[0], 'a');
  assert_int_equal(harness_read_exactly(s, data, 5, &count), UV_ETIMEDOUT);
  assert_int_equal(count, 2);
  assert_memory_equal(data, "bc", 2);
  assert_int_equal(harness_read(s, data, sizeof data), UV_ETIMEDOUT);
  assert_int_equal(harness_end_deadline(world, outer), 0);
  assert_int_equal(harness_read_until(s, data, sizeof data, "\n", 1), 3);
  assert_memory_equal(data, "de\n", 3);
  harness_stream_close(s);
  return NULL;
}

static void reads_lose_nothing(void **state) {
  harness_server_t *server;

  world = *state;
  server = harness_assert_made(world, harness_start_server(world, answer_slowly, NULL, NULL));
  run(read_past, server);
  harness_server_close(server);
}

static void read_late(harness_stream_t *s, void *arg) {
  static char data[100000];

  (void)arg;
  assert_int_equal(harness_sleep(world, 500), 0);
  assert_int_equal(harness_read_exactly(s, data, sizeof data, NULL), sizeof data);
  harness_stream_close(s);
}

static void *drain_past(void *arg) {
  static char data[100000];
  harness_stream_t *s = harness_connect_to(world, arg);
  harness_deadline_t outer = harness_begin_deadline(world, 100);

  assert_int_equal(harness_write(s, data, sizeof data), sizeof data);
  assert_int_equal(harness_drain(s), UV_ETIMEDOUT);
  assert_int_equal(harness_now_ms(world), 100);
  assert_int_equal(harness_drain(s), UV_ETIMEDOUT);
  assert_int_equal(harness_end_deadline(world, outer), 0);
  assert_int_equal(harness_drain(s), 0);
  assert_int_equal(harness_now_ms(world), 500);
  (void)harness_begin_deadline(world, 0);
  assert_int_equal(harness_drain(s), 0); /* need not wait */
  harness_stream_close(s);
  return NULL;
}

static void a_drain_ends_at_the_deadline(void **state) {
  harness_server_t *server;

  world = *state;
  server = harness_assert_made(world, harness_start_server(world, read_late, NULL, NULL));
  run(drain_past, server);
  harness_server_close(server);
}

static void *connect_past(void *arg) {
  harness_deadline_t outer = harness_begin_deadline(world, 0);
  harness_stream_t *s;

  assert_null(harness_connect_to(world, arg));
  assert_int_equal(harness_error_code(world), UV_ETIMEDOUT);
  assert_non_null(strstr(harness_error(world), "client can't connect to server"));
  assert_int_equal(harness_end_deadline(world, outer), 0);
  s = harness_connect_to(world, arg);
  assert_non_null(s);
  harness_stream_close(s);
  return NULL;
}

static void count_one(harness_stream_t *s, void *arg) {
  char byte;

  ++*(int *)arg;
  (void)harness_read(s, &byte, 1);
  harness_stream_close(s);
}

static void a_connect_gives_up_at_the_deadline(void **state) {
  harness_server_t *server;
  int handled = 0;
  char *text;

  world = *state;
  server = harness_assert_made(world, harness_start_server(world, count_one, &handled, NULL));
  run(connect_past, server);
  text = harness_transcript_text(world); /* settles */
  assert_non_null(strstr(text, "ETIMEDOUT"));
  free(text);
  assert_int_equal(handled, 2); /* one given up was on its way: the server learns of both */
  harness_server_close(server);
}

static int statuses[3];

static void *sleep_limited(void *arg) {
  (void)harness_begin_deadline(world, 100);
  statuses[0] = harness_sleep(world, 1000);
  statuses[1] = harness_sleep(world, 1000);
  return arg;
}

static void *cancel_after_50(void *arg) {
  assert_int_equal(harness_sleep(world, 50), 0);
  assert_int_equal(harness_task_cancel(arg), 0);
  return NULL;
}

static void a_cancel_goes_before_a_deadline(void **state) {
  harness_task_t *task;

  world = *state;
  task = harness_schedule_coroutine(world, sleep_limited, NULL);
  run(cancel_after_50, task);
  assert_null(harness_run_in_foreground(world, task));
  assert_int_equal(harness_task_status(task), UV_ECANCELED);
  assert_int_equal(statuses[0], UV_ECANCELED);
  assert_int_equal(statuses[1], UV_ECANCELED);
  assert_int_equal(harness_now_ms(world), 50);
}

/* Whoever was set first is first: here the deadline, whose timer is set last. */
static void *tie_deadline_first(void *arg) {
  (void)harness_begin_deadline(world, 10);
  *(int *)arg = harness_sleep(world, 10);
  return NULL;
}

static void *resolve_at_10(void *arg) {
  (void)arg;
  (void)harness_sleep(world, 10);
  (void)harness_future_resolve(future, NULL);
  return NULL;
}

static void *tie_await(void *arg) {
  (void)harness_begin_deadline(world, 10);
  *(int *)arg = harness_await(future, NULL);
  return NULL;
}

static void ties_go_by_the_begin(void **state) {
  harness_task_t *resolver;
  int status = 1;

  world = *state;
  run(tie_deadline_first, &status);
  assert_int_equal(status, UV_ETIMEDOUT);
  future = harness_future_new(world);
  resolver = harness_schedule_coroutine(world, resolve_at_10, NULL);
  run(tie_await, &status); /* its deadline is set after the other's sleep */
  assert_int_equal(status, 0);
  harness_assert_run(world, resolver);
  future = harness_future_new(world);
  resolver = harness_schedule_coroutine(world, tie_await, &status);
  run(resolve_at_10, NULL);
  harness_assert_run(world, resolver);
  assert_int_equal(status, UV_ETIMEDOUT);
}

static void *call_on_and_on(void *arg) {
  (void)harness_begin_deadline(world, 0);
  while (harness_sleep(world, 1) == UV_ETIMEDOUT)
    ++*(uint64_t *)arg;
  return NULL;
}

static char reported[2000];

static void keep_report(const char *text, void *arg) {
  (void)arg;
  (void)snprintf(reported, sizeof reported, "%s", text);
}

/* Such a one never waits: the run's limit holds all the same, and a cancel ends it. */
static void one_that_ignores_its_deadline_does_not_hang_the_run(void **state) {
  harness_options_t options = {.timeout_ms = 50, .report = keep_report};
  uint64_t count = 0;
  harness_task_t *task;

  (void)state;
  world = harness_open(&options);
  task = harness_schedule_coroutine(world, call_on_and_on, &count);
  assert_null(harness_run_in_foreground(world, task));
  assert_int_equal(harness_error_code(world), UV_ETIMEDOUT);
  assert_true(count > 0);
  assert_int_equal(harness_now_ms(world), 0);
  assert_int_equal(harness_task_cancel(task), 0);
  assert_null(harness_run_in_foreground(world, task));
  assert_int_equal(harness_task_status(task), UV_ECANCELED);
  assert_int_equal(harness_close(world), 0);
}

static void *wait_limited(void *arg) {
  (void)harness_begin_deadline(world, 5000);
  (void)harness_await(arg, NULL);
  return NULL;
}

static void *look_at_it(void *arg) {
  (void)arg;
  assert_int_equal(harness_sleep(world, 10), 0);
  return NULL;
}

static void the_wait_graph_tells_the_deadline(void **state) {
  harness_options_t options = {.report = keep_report};

  (void)state;
  world = harness_open(&options);
  (void)harness_schedule_coroutine(world, wait_limited, harness_future_new(world));
  run(look_at_it, NULL);
  assert_int_equal(harness_close(world), 2);
  assert_non_null(strstr(reported, "waits for future to end, at most until 5000 ms"));
}

static void outside_of_coroutines_there_is_none(void **state) {
  harness_deadline_t none;

  world = *state;
  none = harness_begin_deadline(world, 1);
  assert_int_equal(none.number, 0);
  assert_int_equal(harness_error_code(world), UV_EPERM);
  assert_non_null(strstr(harness_error(world), "harness_begin_deadline is for coroutines"));
  assert_int_equal(harness_end_deadline(world, none), UV_EPERM);
  (void)harness_begin_deadline(NULL, 1);
  assert_non_null(strstr(harness_error(NULL), "the harness is NULL"));
  assert_int_equal(harness_end_deadline(NULL, none), UV_EINVAL);
  harness_clear_error(world);
}

static const struct CMUnitTest tests[] = {
    harness_unit_test(a_sleep_ends_at_the_deadline),
    harness_unit_test(an_await_ends_at_the_deadline),
    harness_unit_test(an_inner_deadline_is_never_later),
    harness_unit_test(a_deadline_is_one_coroutines_own),
    harness_unit_test(reads_lose_nothing),
    harness_unit_test(a_drain_ends_at_the_deadline),
    harness_unit_test(a_connect_gives_up_at_the_deadline),
    harness_unit_test(a_cancel_goes_before_a_deadline),
    harness_unit_test(ties_go_by_the_begin),
    cmocka_unit_test(one_that_ignores_its_deadline_does_not_hang_the_run),
    cmocka_unit_test(the_wait_graph_tells_the_deadline),
    harness_unit_test(outside_of_coroutines_there_is_none),
};

HARNESS_CMOCKA_MAIN("run_deadline", tests)
