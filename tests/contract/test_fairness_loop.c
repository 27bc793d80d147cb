/* SPDX-License-Identifier: MIT */
/* A pair that never stops talking does not starve handles on the loop, background calls, nor futures that
 * threads resolve. */
#include <harness/cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "talker.h"

/* Until the loop has something to tell that it has not told. */
static void wait_for_the_loop(void) {
  struct pollfd loop = {.fd = uv_backend_fd(harness_loop(world)), .events = POLLIN};

  assert_int_equal(poll(&loop, 1, -1), 1);
}

static uv_timer_t timer;

static void on_timer(uv_timer_t *handle) {
  happened = true;
  uv_close((uv_handle_t *)handle, NULL);
}

static void make_handle_timer(void) {
  assert_int_equal(uv_timer_init(harness_loop(world), &timer), 0);
}

static void set_handle_timer(void) {
  assert_int_equal(uv_timer_start(&timer, on_timer, 0, 0), 0);
}

static void make_and_set_handle_timer(void) {
  make_handle_timer();
  set_handle_timer();
}

static void timers_on_the_loop(void **state) {
  (void)state;
  talk_starves_nobody((harness_options_t){0}, make_and_set_handle_timer, NULL);
  talk_starves_nobody((harness_options_t){0}, make_handle_timer, set_handle_timer);
}

static uv_poll_t polled;
static int fds[2];

static void on_readable(uv_poll_t *handle, int status, int events) {
  char byte;

  assert_int_equal(status, 0);
  assert_int_equal(events, UV_READABLE);
  assert_int_equal(read(fds[0], &byte, 1), 1);
  happened = true;
  uv_close((uv_handle_t *)handle, NULL);
}

static void poll_descriptor(void) {
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
  assert_int_equal(uv_poll_init(harness_loop(world), &polled, fds[0]), 0);
  assert_int_equal(uv_poll_start(&polled, UV_READABLE, on_readable), 0);
}

static void make_readable(void) {
  assert_int_equal(write(fds[1], "!", 1), 1);
}

static void close_descriptors(void) {
  assert_int_equal(close(fds[0]), 0);
  assert_int_equal(close(fds[1]), 0);
}

static void descriptors_on_the_loop(void **state) {
  (void)state;
  for (size_t i = 0; i < TALK_KINDS; i++) {
    harness_task_t *talked = talk_open(i, (harness_options_t){.timeout_ms = TALK_LIMIT_MS}, make_readable);

    poll_descriptor();
    harness_assert_run(world, talked);
    assert_true(happened);
    talk_close();
    close_descriptors();
  }
}

static harness_server_t *kept_server;
static harness_stream_t *kept;

static void *one_trip(void *arg) {
  if (kept == NULL)
    kept = harness_assert_made(world, harness_connect_to(world, kept_server));
  talk_trip(kept);
  return arg;
}

/* Also where each run is shorter than the harness goes without a look. */
static void what_is_beside_many_short_runs(void **state) {
  static const char *const hosts[] = {"memory:", "127.0.0.1"};

  (void)state;
  for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
    world = harness_open(&(harness_options_t){.host = hosts[i], .timeout_ms = TALK_LIMIT_MS});
    kept_server = harness_assert_made(world, harness_start_server(world, talk_echo, NULL, NULL));
    happened = false;
    kept = NULL;
    poll_descriptor();
    make_readable();
    for (int runs = 0; runs < TALK_MOST && !happened; runs++)
      harness_assert_run(world, harness_schedule_coroutine(world, one_trip, world));
    assert_true(happened);
    harness_stream_close(kept);
    harness_server_close(kept_server);
    assert_int_equal(harness_close(world), 0);
    close_descriptors();
  }
}

static uv_async_t async;

static void on_async(uv_async_t *handle) {
  happened = true;
  uv_close((uv_handle_t *)handle, NULL);
}

static void make_async(void) {
  assert_int_equal(uv_async_init(harness_loop(world), &async, on_async), 0);
}

static void run_thread(void *(*fn)(void *), void *arg) {
  pthread_t thread;

  assert_int_equal(pthread_create(&thread, NULL, fn, arg), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
}

static void *send_async(void *arg) {
  return uv_async_send(arg) == 0 ? NULL : arg;
}

static void send_from_a_thread(void) {
  run_thread(send_async, &async);
}

static void threads_that_send(void **state) {
  (void)state;
  talk_starves_nobody((harness_options_t){0}, make_async, send_from_a_thread);
}

static uv_sem_t may_end;

static void *call(void *arg) {
  uv_sem_wait(&may_end);
  return arg;
}

static void *await(void *arg) {
  assert_int_equal(harness_await(arg, NULL), 0);
  happened = true;
  return arg;
}

static void begin_call(void) {
  harness_task_t *task;

  assert_int_equal(uv_sem_init(&may_end, 0), 0);
  task = harness_assert_made(world, harness_call_in_background(world, call, NULL));
  harness_assert_made(world, harness_schedule_coroutine(world, await, task));
}

static void end_call(void) {
  uv_sem_post(&may_end);
  wait_for_the_loop();
}

static void background_calls_that_end(void **state) {
  (void)state;
  talk_starves_nobody((harness_options_t){0}, begin_call, end_call);
}

static harness_task_t *future;

static void make_future(void) {
  future = harness_assert_made(world, harness_future_new(world));
  harness_assert_made(world, harness_schedule_coroutine(world, await, future));
}

static void make_foreign_future(void) {
  future = harness_assert_made(world, harness_future_new_foreign(world, NULL));
  harness_assert_made(world, harness_schedule_coroutine(world, await, future));
}

static void *resolve(void *arg) {
  return harness_future_resolve(arg, NULL) == 0 ? NULL : arg;
}

static void resolve_in_a_thread(void) {
  run_thread(resolve, future);
}

static void futures_that_threads_resolve(void **state) {
  (void)state;
  talk_starves_nobody((harness_options_t){0}, make_future, resolve_in_a_thread);
  talk_starves_nobody((harness_options_t){0}, make_foreign_future, resolve_in_a_thread);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(timers_on_the_loop),
    cmocka_unit_test(descriptors_on_the_loop),
    cmocka_unit_test(what_is_beside_many_short_runs),
    cmocka_unit_test(threads_that_send),
    cmocka_unit_test(background_calls_that_end),
    cmocka_unit_test(futures_that_threads_resolve),
};

HARNESS_CMOCKA_MAIN("contract_fairness_loop", tests)
