/* SPDX-License-Identifier: MIT */
/*
 * Futures among the causes: their making, the lines in their lanes, who resolves them and who cancels them.
 * As in test_causes.c the lanes are named so that the effect would be listed first if its cause were not
 * known, and the other way round where there must be none.
 */
#include <harness/cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static harness_t *world;

static int set_up(void **state) {
  int status = harness_cmocka_setup(state);

  world = *state;
  assert_non_null(harness_loop(world)); /* something runs freely: causes are all that counts */
  return status;
}

static void assert_text(const char *expected) {
  char *text = harness_transcript_text(world);

  assert_non_null(text);
  assert_string_equal(text, expected);
  free(text);
}

static harness_task_t *schedule(const char *name, harness_function_t fn, void *arg) {
  return harness_assert_made(world, harness_schedule_coroutine_named(world, name, fn, arg));
}

static harness_task_t *future_named(const char *name) {
  return harness_assert_made(world, harness_future_new_named(world, name));
}

static void run_thread(void *(*fn)(void *), void *arg) {
  pthread_t thread;

  assert_int_equal(pthread_create(&thread, NULL, fn, arg), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
}

static void *await_and_log(void *future) {
  (void)harness_await(future, NULL);
  harness_log(world, "goes on");
  return future;
}

static void *log_three(void *future) {
  harness_log(world, "first");
  harness_future_log(future, "second");
  harness_log(world, "third");
  (void)harness_future_resolve(future, NULL);
  return future;
}

/* Whoever logs for a future does so in its own order: a coroutine, a background call, main. */
static void a_line_for_a_future_is_in_its_loggers_order(void **state) {
  (void)state;
  harness_assert_run(world, schedule("e", log_three, future_named("d")));
  harness_assert_run(world, harness_call_in_background_named(world, "c", log_three, future_named("b")));
  (void)log_three(future_named("a"));
  assert_text("e     log      first\n"
              "d     log      second\n"
              "e     log      third\n"
              "c     log      first\n"
              "b     log      second\n"
              "c     log      third\n"
              "main  log      first\n"
              "a     log      second\n"
              "main  log      third\n");
}

typedef struct operation {
  uv_timer_t timer;
  harness_task_t *future;
} operation_t;

static void on_timer(uv_timer_t *timer) {
  operation_t *operation = timer->data;

  harness_future_log(operation->future, "done");
  assert_int_equal(harness_future_resolve(operation->future, NULL), 0);
  uv_close((uv_handle_t *)timer, NULL);
}

static void begin(operation_t *operation, const char *name, uint64_t after_ms) {
  operation->future = future_named(name);
  assert_int_equal(uv_timer_init(harness_loop(world), &operation->timer), 0);
  operation->timer.data = operation;
  assert_int_equal(uv_timer_start(&operation->timer, on_timer, after_ms, 0), 0);
}

/* Which of two operations on the loop ends first is chance, and in no order. */
static void callbacks_on_the_loop_have_no_order_among_each_other(void **state) {
  static operation_t operations[2];
  harness_task_t *waiters[2];

  (void)state;
  harness_log(world, "begins");
  begin(&operations[0], "y", 1);
  begin(&operations[1], "b", 5);
  waiters[0] = schedule("x", await_and_log, operations[0].future);
  waiters[1] = schedule("a", await_and_log, operations[1].future);
  harness_assert_run(world, harness_wait_all(world, waiters, 2));
  assert_int_equal(harness_settle(world), 0);
  assert_text("main  log      begins\n"
              "b     log      done\n"
              "a     log      goes on\n"
              "y     log      done\n"
              "x     log      goes on\n");
}

static harness_task_t *made;

static void *make(void *arg) {
  harness_log(world, "makes it");
  made = harness_assert_made(world, harness_future_new_named(world, "m"));
  return arg;
}

static void *resolve(void *future) {
  return harness_future_resolve(future, NULL) == 0 ? future : NULL;
}

/* Main is told by nobody that z has ended: the future is all that connects z and a. */
static void made_before_anything_of_it(void **state) {
  (void)state;
  (void)schedule("z", make, NULL);
  assert_int_equal(harness_settle(world), 0);
  run_thread(resolve, made);
  harness_assert_run(world, schedule("a", await_and_log, made));
  assert_text("z  log      makes it\n"
              "a  log      goes on\n");
}

static void *say(void *future) {
  harness_future_log(future, "half way");
  return future;
}

static void *nothing(void *arg) {
  return arg;
}

static void *cancel(void *future) {
  harness_log(world, "cancels");
  assert_int_equal(harness_task_cancel(future), 0);
  return future;
}

/* How far a thread had come when its future was cancelled is chance; who cancelled it is not. */
static void a_cancelled_future_tells_of_its_canceller(void **state) {
  harness_task_t *future = harness_assert_made(world, harness_future_new_foreign(world, "zz"));
  harness_task_t *waiter = schedule("a", await_and_log, future);

  (void)state;
  run_thread(say, future);
  (void)harness_run_in_foreground(world, harness_call_in_background(world, nothing, NULL)); /* it is looked */
  (void)schedule("z", cancel, future);
  harness_assert_run(world, waiter);
  assert_int_equal(harness_future_resolve(future, NULL), UV_EALREADY); /* nobody holds it any more */
  assert_text("z   log      cancels\n"
              "a   log      goes on\n"
              "zz  log      half way\n");
}

static void keep_line(const char *lane, const char *text, void *arg) {
  (void)lane;
  (void)strncat(arg, text, 50);
}

static void *tell_secret(void *future) {
  harness_log(world, "token=1234,");
  harness_future_log(future, "token=5678,");
  return resolve(future);
}

/* What is redacted is kept from transcript and sink, whoever logs it. */
static void lines_of_threads_are_redacted(void **state) {
  harness_task_t *future = harness_assert_made(world, harness_future_new_foreign(world, "f"));
  char heard[200] = "";

  (void)state;
  assert_int_equal(harness_redact(world, "secret", "[0-9]{4}"), 0);
  harness_set_log_sink(world, keep_line, heard);
  run_thread(tell_secret, future);
  (void)harness_run_in_foreground(world, future);
  assert_string_equal(heard, "token=${secret},token=${secret},");
  assert_text("f         log      token=${secret},\n"
              "thread/1  log      token=${secret},\n");
}

#define cause_test(f) cmocka_unit_test_setup_teardown(f, set_up, harness_cmocka_teardown)

static const struct CMUnitTest tests[] = {
    cause_test(a_line_for_a_future_is_in_its_loggers_order),
    cause_test(callbacks_on_the_loop_have_no_order_among_each_other),
    cause_test(made_before_anything_of_it),
    cause_test(a_cancelled_future_tells_of_its_canceller),
    cause_test(lines_of_threads_are_redacted),
};

HARNESS_CMOCKA_MAIN("contract/future_causes", tests)
