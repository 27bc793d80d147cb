/* SPDX-License-Identifier: MIT */
/* Foreign callbacks on the loop: what they may do, and what happens when one is left by a jump. */
#include <harness/cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

#include "base/sanitizers.h"

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

static uv_timer_t timer;

static void start_timer(uv_timer_cb callback, uint64_t repeat) {
  assert_int_equal(uv_timer_init(harness_loop(world), &timer), 0);
  assert_int_equal(uv_timer_start(&timer, callback, 1, repeat), 0);
}

static int refusals;

static void try_everything(uv_timer_t *handle) {
  harness_task_t *future = handle->data;

  refusals += harness_close(world) == UV_EBUSY;
  refusals += harness_settle(world) == UV_EBUSY;
  refusals += harness_run_in_foreground(world, future) == NULL;
  refusals += harness_sleep(world, 1) == UV_EPERM;
  assert_int_equal(harness_future_resolve(future, NULL), 0);
  uv_close((uv_handle_t *)handle, NULL);
}

static void a_callback_may_not_run_the_harness(void **state) {
  harness_t *h = open_with(10000);
  harness_task_t *future = harness_future_new(h);

  (void)state;
  refusals = 0;
  start_timer(try_everything, 0);
  timer.data = future;
  harness_assert_run(h, future);
  assert_int_equal(refusals, 4);
  assert_int_equal(harness_close(h), 0);
}

static jmp_buf out;

static void jump_out(uv_timer_t *handle) {
  (void)handle;
  longjmp(out, 1);
}

static void scribble(void) {
  volatile unsigned char block[16 * 1024];

  for (size_t i = 0; i < sizeof block; i++)
    block[i] = 0x5a;
  assert_int_equal(harness_close(world), 2); /* the timer, the future */
  for (size_t i = 0; i < sizeof block; i++)
    assert_int_equal(block[i], 0x5a);
}

static void a_jump_out_of_a_callback_is_survived(void **state) {
  harness_t *h = open_with(10000);
  harness_task_t *future = harness_future_new(h);

  (void)state;
#ifdef HARNESS__WITH_TSAN
  assert_int_equal(harness_future_resolve(future, NULL), 0);
  assert_int_equal(harness_close(h), 0);
  skip(); /* ThreadSanitizer ends the process at any longjmp to another of its fibers */
#endif
  start_timer(jump_out, 1); /* would jump again and again, were the loop turned once more */
  if (setjmp(out) == 0) {
    (void)harness_run_in_foreground(h, future);
    fail();
  }
  scribble();
  assert_non_null(strstr(reported, "handle of type timer"));
}

static void again(uv_handle_t *handle) {
  static uv_timer_t other[1000];
  static size_t used;

  (void)handle;
  if (used < sizeof other / sizeof other[0]) { /* a client that tries again, whatever happens */
    assert_int_equal(uv_timer_init(harness_loop(world), &other[used]), 0);
    assert_int_equal(uv_timer_start(&other[used++], try_everything, 1000000, 0), 0);
  }
}

static void close_and_try_again(uv_timer_t *handle) {
  uv_close((uv_handle_t *)handle, again);
}

static void what_starts_anew_while_closing_is_closed_too(void **state) {
  harness_t *h = open_with(2000);

  (void)state;
  start_timer(close_and_try_again, 0);
  timer.data = NULL;
  uv_close((uv_handle_t *)&timer, again);
  assert_true(harness_close(h) >= 1);
}

static void *schedule_again(void *arg) {
  while (harness_sleep(world, 1000) == 0)
    continue;
  assert_null(harness_schedule_coroutine(world, schedule_again, arg));
  assert_int_equal(harness_error_code(world), UV_ECANCELED);
  return arg;
}

static void a_coroutine_cannot_start_another_while_closing(void **state) {
  harness_t *h = open_with(10000);

  (void)state;
  harness_schedule_coroutine(h, schedule_again, NULL);
  assert_int_equal(harness_settle(h), 0);
  assert_int_equal(harness_close(h), 1);
}

static void block_for_long(uv_work_t *work) {
  uv_sem_wait(work->data);
}

static void done(uv_work_t *work, int status) {
  (void)work;
  (void)status;
}

static void closing_does_not_wait_for_ever(void **state) {
  static uv_work_t work;
  static uv_sem_t sem;
  harness_t *h = open_with(100);

  (void)state;
  assert_int_equal(uv_sem_init(&sem, 0), 0);
  work.data = &sem;
  assert_int_equal(uv_queue_work(harness_loop(h), &work, block_for_long, done), 0);
  assert_int_equal(harness_close(h), 1);
  assert_non_null(strstr(reported, "did not end in time"));
  uv_sem_post(&sem);
  assert_int_equal(harness_close(h), 0); /* now it does, and everything is freed */
}

static void fail_again(const char *text, void *arg) {
  size_t before = strlen(text);

  ++*(int *)arg;
  assert_null(harness_run_in_foreground(world, NULL)); /* changes the harness's error */
  assert_int_equal(strlen(text), before);
}

static void a_report_may_use_the_harness(void **state) {
  int told = 0;
  harness_options_t options = {.report = fail_again, .report_arg = &told};

  (void)state;
  world = harness_open(&options);
  assert_null(harness_run_in_foreground(world, harness_future_new(world)));
  assert_int_equal(told, 1);
  assert_int_equal(harness_close(world), 1);
  assert_int_equal(told, 2);
}

static void jump_from_report(const char *text, void *arg) {
  (void)text;
  (void)arg;
  longjmp(out, 1);
}

static void a_report_may_jump_away_from_closing(void **state) {
  harness_options_t options = {.report = jump_from_report};

  (void)state;
  world = harness_open(&options);
  assert_non_null(harness_future_new(world));
  if (setjmp(out) == 0) {
    (void)harness_close(world);
    fail();
  }
  assert_int_equal(harness_close(world), 0);
}

static void hang_up(harness_stream_t *stream, void *arg) {
  (void)arg;
  assert_int_equal(harness_write(stream, "bye", 3), 3);
}

typedef struct listener {
  uv_tcp_t tcp;
  uv_connect_t connect;
  char data[16];
  size_t size;
  int ended;
} listener_t;

static void give_buffer(uv_handle_t *handle, size_t size, uv_buf_t *buffer) {
  listener_t *listener = handle->data;

  (void)size;
  *buffer = uv_buf_init(listener->data + listener->size, 1); /* byte by byte: several turns of the loop */
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer) {
  listener_t *listener = stream->data;

  (void)buffer;
  if (size > 0)
    listener->size += (size_t)size;
  listener->ended += size == UV_EOF;
  if (size < 0)
    uv_close((uv_handle_t *)stream, NULL);
}

static void on_connect(uv_connect_t *connect, int status) {
  assert_int_equal(status, 0);
  assert_int_equal(uv_read_start(connect->handle, give_buffer, on_read), 0);
}

/* Nothing waits for this client: settling alone brings it all that is on its way. */
static void settling_reaches_foreign_callbacks(void **state) {
  static listener_t listener;
  harness_t *h = open_with(10000);
  harness_server_t *server = harness_assert_made(h, harness_start_server(h, hang_up, NULL, NULL));
  struct sockaddr_in address;

  (void)state;
  memset(&listener, 0, sizeof listener);
  listener.tcp.data = &listener;
  assert_int_equal(uv_ip4_addr("127.0.0.1", harness_server_port(server), &address), 0);
  assert_int_equal(uv_tcp_init(harness_loop(h), &listener.tcp), 0);
  assert_int_equal(uv_tcp_connect(&listener.connect, &listener.tcp, (struct sockaddr *)&address, on_connect),
                   0);
  harness_assert_ok(h, harness_settle(h));
  assert_int_equal(listener.size, 3);
  assert_int_equal(listener.ended, 1);
  harness_server_close(server);
  assert_int_equal(harness_close(h), 0);
}

static void on_signal(uv_signal_t *handle, int number) {
  (void)number;
  assert_int_equal(harness_future_resolve(handle->data, handle), 0);
  uv_close((uv_handle_t *)handle, NULL);
}

/* A system call that ThreadSanitizer does not know: the signal comes, and nothing is done about it before the
 * coroutine parks. */
static void *signal_and_park(void *arg) {
  void *result = NULL;

  assert_int_equal(syscall(SYS_kill, getpid(), SIGUSR1), 0);
  assert_int_equal(harness_await(arg, &result), 0);
  return result;
}

static void a_signal_during_a_coroutine_wakes_the_loop(void **state) {
  uv_signal_t handle;
  harness_t *h = open_with(10000);
  harness_task_t *future = harness_future_new(h);

  (void)state;
  assert_int_equal(uv_signal_init(harness_loop(h), &handle), 0);
  handle.data = future;
  assert_int_equal(uv_signal_start(&handle, on_signal, SIGUSR1), 0);
  assert_ptr_equal(harness_assert_run(h, harness_schedule_coroutine(h, signal_and_park, future)), &handle);
  assert_int_equal(harness_close(h), 0);
}

static int called;

static void resolve_at_once(uv_timer_t *handle) {
  called++;
  assert_int_equal(harness_future_resolve(handle->data, NULL), 0);
}

static void set_another(void *arg) {
  called++;
  assert_int_equal(harness_future_resolve(arg, NULL), 0);
}

static void set_timer_at_once(uv_timer_t *handle) {
  assert_non_null(harness_call_later(world, 1, set_another, handle->data));
}

/* libuv calls a timer that is due before it waits for events: the wait must not go on when that was all. With
 * a time limit of an hour it would be seen. */
static void what_is_due_at_once_ends_the_wait(void **state) {
  static uv_async_t listener;
  static const uv_timer_cb callbacks[] = {resolve_at_once, set_timer_at_once};

  (void)state;
  called = 0;
  for (size_t i = 0; i < sizeof callbacks / sizeof callbacks[0]; i++) {
    harness_t *h = open_with(3600000);
    harness_task_t *future = harness_future_new(h);

    assert_int_equal(uv_timer_init(harness_loop(h), &timer), 0);
    timer.data = future;
    assert_int_equal(uv_timer_start(&timer, callbacks[i], 0, 0), 0);
    assert_int_equal(uv_async_init(harness_loop(h), &listener, NULL), 0); /* keeps the loop waiting */
    (void)harness_run_in_foreground(h, future);
    assert_int_equal(harness_task_status(future), 0);
    uv_close((uv_handle_t *)&listener, NULL);
    uv_close((uv_handle_t *)&timer, NULL);
    assert_int_equal(harness_close(h), 0);
  }
  assert_int_equal(called, 2);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_callback_may_not_run_the_harness),
    cmocka_unit_test(a_jump_out_of_a_callback_is_survived),
    cmocka_unit_test(what_starts_anew_while_closing_is_closed_too),
    cmocka_unit_test(a_coroutine_cannot_start_another_while_closing),
    cmocka_unit_test(closing_does_not_wait_for_ever),
    cmocka_unit_test(a_report_may_use_the_harness),
    cmocka_unit_test(a_report_may_jump_away_from_closing),
    cmocka_unit_test(settling_reaches_foreign_callbacks),
    cmocka_unit_test(a_signal_during_a_coroutine_wakes_the_loop),
    cmocka_unit_test(what_is_due_at_once_ends_the_wait),
};

HARNESS_CMOCKA_MAIN("run_loop", tests)
