/* SPDX-License-Identifier: MIT */
/*
 * When the harness's time jumps, when it passes as real time does, and what callbacks on the loop see of it.
 * Real times are only compared from below: a machine may be late, it is never early.
 */
#include <harness/cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#define MS UINT64_C(1000000)

enum { HOUR_MS = 3600 * 1000 };

static harness_t *world;

/* libuv's clock has whole milliseconds: a wait on the loop may end up to one early. */
static bool have_passed(uint64_t start_ns, uint64_t least_ms) {
  return uv_hrtime() - start_ns >= (least_ms - 1) * MS;
}

static void *sleep_for(void *arg) {
  return harness_sleep(world, *(uint64_t *)arg) == 0 ? arg : NULL;
}

static void compute_for(uint64_t duration_ms) {
  uint64_t start = uv_hrtime();

  while (uv_hrtime() - start < duration_ms * MS) {
  }
}

static void *block(void *arg) {
  uv_sem_wait(arg);
  return NULL;
}

static void *sleep_and_post(void *arg) {
  harness_assert_ok(world, harness_sleep(world, 60));
  uv_sem_post(arg);
  return NULL;
}

static void time_does_not_jump_over_a_background_call(void **state) {
  harness_task_t *tasks[2];
  uint64_t start = uv_hrtime();
  uint64_t hour = HOUR_MS;
  uint64_t before;
  uv_sem_t sem;

  world = *state;
  assert_int_equal(uv_sem_init(&sem, 0), 0);
  tasks[0] = harness_call_in_background(world, block, &sem);
  tasks[1] = harness_schedule_coroutine(world, sleep_and_post, &sem);
  harness_assert_run(world, tasks[1]);
  assert_int_equal(harness_now_ms(world), 60); /* not later than the timer, however late the machine was */
  assert_true(have_passed(start, 60));
  harness_assert_run(world, harness_wait_all(world, tasks, 2));
  before = harness_now_ms(world);
  start = uv_hrtime();
  harness_assert_run(world,
                     harness_schedule_coroutine(world, sleep_for, &hour)); /* nobody is left: it jumps */
  assert_int_equal(harness_now_ms(world), before + HOUR_MS);
  assert_true(uv_hrtime() - start < HOUR_MS / 2 * MS);
  uv_sem_destroy(&sem);
}

static void *await_call(void *arg) {
  harness_task_t *call = harness_call_in_background(world, block, arg);
  harness_deadline_t outer = harness_begin_deadline(world, 30);

  assert_int_equal(harness_await(call, NULL), UV_ETIMEDOUT);
  uv_sem_post(arg);
  assert_int_equal(harness_end_deadline(world, outer), 0);
  assert_int_equal(harness_await(call, NULL), 0);
  return NULL;
}

static void a_deadline_on_a_background_call_is_in_real_time(void **state) {
  uint64_t start = uv_hrtime();
  uv_sem_t sem;

  world = *state;
  assert_int_equal(uv_sem_init(&sem, 0), 0);
  harness_assert_run(world, harness_schedule_coroutine(world, await_call, &sem));
  assert_true(have_passed(start, 30));
  uv_sem_destroy(&sem);
}

static int client_fd;

/* Connects, writes, and leaves the connection open. */
static void *send_and_leave(void *arg) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  bool sent;

  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(harness_server_port(arg));
  client_fd = socket(AF_INET, SOCK_STREAM, 0);
  sent = connect(client_fd, (struct sockaddr *)&address, sizeof address) == 0 &&
         write(client_fd, "hello", 5) == 5;
  return sent ? arg : NULL;
}

static void read_with_deadline(harness_stream_t *s, void *arg) {
  char data[8];
  harness_deadline_t outer = harness_begin_deadline(world, HOUR_MS);
  ptrdiff_t size = harness_read_exactly(s, data, 5, NULL);

  (void)harness_end_deadline(world, outer);
  (void)harness_future_resolve(arg, size == 5 ? arg : NULL);
  harness_stream_close(s);
}

/* The call may have ended, and its bytes lie in the kernel, before the connection was accepted. */
static void time_does_not_jump_over_bytes_of_a_blocking_client(void **state) {
  world = *state;
  for (int i = 0; i < 50; i++) {
    harness_task_t *future = harness_future_new(world);
    harness_server_t *server = harness_start_server(world, read_with_deadline, future, NULL);
    harness_task_t *call = harness_call_in_background(world, send_and_leave, server);

    harness_assert_run(world, call);
    assert_ptr_equal(harness_assert_run(world, harness_wait_for(world, future, HOUR_MS)), future);
    (void)close(client_fd);
    harness_server_close(server);
  }
  assert_true(harness_now_ms(world) < HOUR_MS);
}

/* Nobody has told the harness of this client: it has come and gone before the run. */
static void time_does_not_jump_over_a_client_that_came_before(void **state) {
  harness_task_t *future;
  harness_server_t *server;

  world = *state;
  future = harness_future_new(world);
  server = harness_assert_made(world, harness_start_server(world, read_with_deadline, future, NULL));
  assert_non_null(send_and_leave(server));
  assert_ptr_equal(harness_assert_run(world, harness_wait_for(world, future, HOUR_MS)), future);
  assert_true(harness_now_ms(world) < HOUR_MS);
  (void)close(client_fd);
  client_fd = -1;
  future = harness_future_new(world);
  harness_server_close(server);
  server = harness_assert_made(world, harness_start_server(world, read_with_deadline, future, NULL));
  assert_non_null(send_and_leave(server));
  harness_assert_ok(world, harness_settle(world)); /* sees it, too */
  assert_ptr_equal(harness_task_result(future), future);
  (void)close(client_fd);
  harness_server_close(server);
}

typedef struct foreign {
  uv_timer_t timer; /* first */
  harness_task_t *future;
  uint64_t loop_ms;
  uint64_t called_ms;  /* in the harness's time, as the callback began */
  uint64_t harness_ms; /* 20 real milliseconds later */
  harness_task_t *later;
} foreign_t;

static uint64_t called_ms;

static void note_call(void *arg) {
  called_ms = harness_now_ms(world);
  assert_null(arg);
}

static void on_timer(uv_timer_t *timer) {
  foreign_t *foreign = (foreign_t *)timer;

  foreign->loop_ms = uv_now(timer->loop);
  foreign->called_ms = harness_now_ms(world);
  compute_for(20);
  foreign->harness_ms = harness_now_ms(world);
  compute_for(20);
  foreign->later = harness_call_later(world, 20, note_call, NULL);
  harness_log(world, "in the callback");
  assert_int_equal(harness_sleep(world, 1), UV_EPERM);
  assert_int_equal(harness_future_resolve(foreign->future, foreign), 0);
  uv_close((uv_handle_t *)timer, NULL);
}

static void start_foreign(foreign_t *foreign, uint64_t timeout_ms) {
  memset(foreign, 0, sizeof *foreign);
  foreign->future = harness_future_new(world);
  assert_int_equal(uv_timer_init(harness_loop(world), &foreign->timer), 0);
  assert_int_equal(uv_timer_start(&foreign->timer, on_timer, timeout_ms, 0), 0);
}

/* A callback sees the time that has passed in this very wait, and sets timers from there. */
static void a_callback_sees_the_time_pass(void **state) {
  static foreign_t foreign;
  uint64_t start = uv_hrtime();
  char *text;

  world = *state;
  start_foreign(&foreign, 60);
  harness_assert_run(world, foreign.future);
  assert_true(have_passed(start, 60));
  assert_in_range(foreign.harness_ms, foreign.called_ms + 20, (uv_hrtime() - start) / MS + 1);
  assert_true(foreign.loop_ms + 1 >=
              start / MS + 60); /* uv_now is the machine's clock, in whole milliseconds */
  assert_non_null(foreign.later);
  assert_null(harness_run_in_foreground(world, foreign.later));
  assert_int_equal(harness_task_status(foreign.later), 0);
  assert_true(called_ms >= foreign.called_ms + 60);
  text = harness_transcript_text(world);
  assert_string_equal(text, "main  log      in the callback\n"); /* and its time does not stand there */
  free(text);
}

/* A timer of the harness that is due meanwhile goes first, and time stands still at it until it has. */
static void a_callback_sees_no_time_beyond_the_next_timer(void **state) {
  static foreign_t foreign;
  uint64_t jump = HOUR_MS;
  uint64_t soon = 5;
  harness_task_t *task;

  world = *state;
  harness_assert_run(world, harness_schedule_coroutine(world, sleep_for, &jump));
  start_foreign(&foreign, 0);
  task = harness_schedule_coroutine(world, sleep_for, &soon);
  harness_assert_run(world, foreign.future);
  assert_int_equal(foreign.harness_ms, HOUR_MS + 5);
  harness_assert_run(world, task);
  assert_int_equal(harness_now_ms(world), HOUR_MS + 5); /* it was set at the whole hour */
  harness_assert_run(world, foreign.later);
}

static void never(uv_timer_t *timer) {
  *(int *)timer->data = 1;
}

static void a_handle_without_reference_is_not_waited_for(void **state) {
  static uv_timer_t timer;
  uint64_t hour = HOUR_MS;
  int called = 0;

  world = *state;
  assert_int_equal(uv_timer_init(harness_loop(world), &timer), 0);
  timer.data = &called;
  assert_int_equal(uv_timer_start(&timer, never, HOUR_MS, 0), 0);
  uv_unref((uv_handle_t *)&timer);
  harness_assert_run(world, harness_schedule_coroutine(world, sleep_for, &hour));
  assert_int_equal(harness_now_ms(world), HOUR_MS);
  assert_int_equal(called, 0);
  uv_close((uv_handle_t *)&timer, NULL);
}

static harness_t *open_real(int64_t timeout_ms) {
  harness_options_t options = {.real_time = 1, .timeout_ms = timeout_ms, .report = harness_cmocka_report};

  world = harness_open(&options);
  assert_non_null(world);
  return world;
}

static void *compute(void *arg) {
  uint64_t start_ms = harness_now_ms(world);

  compute_for(20);
  assert_true(harness_now_ms(world) >= start_ms + 20); /* it passes while a coroutine computes */
  assert_int_equal(harness_sleep(world, 40), 0);
  harness_log(world, "slept");
  return arg;
}

static void real_time_is_real_throughout(void **state) {
  harness_t *h = open_real(0);
  uint64_t start = uv_hrtime();
  char *text;

  (void)state;
  harness_assert_run(h, harness_schedule_coroutine(h, compute, NULL));
  assert_true(have_passed(start, 60));
  assert_true(harness_now_ms(h) >= 60);
  text = harness_transcript_text(h);
  assert_string_equal(text, "client  log      slept\n"); /* no real time in a transcript */
  free(text);
  text = harness_transcript_json(h);
  assert_null(strstr(text, "at_ms"));
  free(text);
  assert_int_equal(harness_close(h), 0);
}

static char order[8];

static void add(void *arg) {
  strcat(order, arg);
}

static void real_timers_go_by_time_then_by_setting(void **state) {
  harness_t *h = open_real(0);
  harness_task_t *tasks[3];
  uint64_t start = uv_hrtime();

  (void)state;
  order[0] = '\0';
  tasks[0] = harness_call_later(h, 30, add, "b");
  tasks[1] = harness_call_later(h, 60, add, "c");
  tasks[2] = harness_call_later(h, 0, add, "a");
  harness_assert_run(h, harness_wait_all(h, tasks, 3));
  assert_string_equal(order, "abc");
  assert_true(have_passed(start, 60));
  assert_int_equal(harness_close(h), 0);
}

static void in_real_time_there_are_deadlocks_and_limits(void **state) {
  harness_t *h = open_real(40);
  uint64_t hour = HOUR_MS;
  harness_task_t *sleeper;
  harness_task_t *future = harness_future_new(h);

  (void)state;
  assert_null(harness_run_in_foreground(h, future));
  assert_non_null(strstr(harness_error(h), "deadlock")); /* at once: nobody is there who could act */
  sleeper = harness_schedule_coroutine(h, sleep_for, &hour);
  assert_null(harness_run_in_foreground(h, sleeper));
  assert_int_equal(harness_error_code(h), UV_ETIMEDOUT);
  assert_true(harness_now_ms(h) < HOUR_MS);
  assert_int_equal(harness_task_cancel(sleeper), 0);
  assert_null(harness_run_in_foreground(h, sleeper));
  assert_int_equal(harness_task_cancel(future), 0);
  assert_int_equal(harness_close(h), 0);
}

enum { TIMERS = 1000, DAY_MS = 24 * 3600 * 1000 };

static uint64_t due_ms[TIMERS];

static void log_number(void *arg) {
  harness_log(world, "%zu", (size_t)((uint64_t *)arg - due_ms));
}

/* The nth "at_ms" of the JSON text, or 0 where the event has none. */
static const char *next_event(const char *json, size_t *number, uint64_t *at_ms) {
  const char *text = strstr(json, "\"text\": \"");
  const char *end = text != NULL ? strchr(text, '}') : NULL;
  const char *at;

  if (end == NULL)
    return NULL;
  *number = strtoul(text + 9, NULL, 10);
  at = strstr(text, "\"at_ms\": ");
  *at_ms = at != NULL && at < end ? strtoull(at + 9, NULL, 10) : 0;
  return end;
}

static void a_day_of_a_thousand_timers_is_exact(void **state) {
  harness_task_t *tasks[TIMERS];
  uint32_t random = 1;
  uint64_t last_ms = 0;
  size_t last = 0;
  size_t events = 0;
  char *json;

  world = *state;
  for (size_t i = 0; i < TIMERS; i++) {
    random = random * 1664525 + 1013904223;
    due_ms[i] = i % 10 == 0 ? DAY_MS : (random >> 8) % DAY_MS; /* a hundred at the same time */
    tasks[i] = harness_call_later(world, due_ms[i], log_number, &due_ms[i]);
  }
  harness_assert_run(world, harness_wait_all(world, tasks, TIMERS));
  assert_int_equal(harness_now_ms(world), DAY_MS);
  json = harness_transcript_json(world);
  for (const char *p = json; p != NULL; events++) {
    size_t number = 0;
    uint64_t at_ms = 0;

    p = next_event(p, &number, &at_ms);
    if (p == NULL)
      break;
    assert_int_equal(at_ms, due_ms[number]);
    assert_true(at_ms > last_ms || (at_ms == last_ms && (events == 0 || number > last)));
    last_ms = at_ms;
    last = number;
  }
  assert_int_equal(events, TIMERS);
  free(json);
}

static const struct CMUnitTest tests[] = {
    harness_unit_test(time_does_not_jump_over_a_background_call),
    harness_unit_test(a_deadline_on_a_background_call_is_in_real_time),
    harness_unit_test(time_does_not_jump_over_bytes_of_a_blocking_client),
    harness_unit_test(time_does_not_jump_over_a_client_that_came_before),
    harness_unit_test(a_callback_sees_the_time_pass),
    harness_unit_test(a_callback_sees_no_time_beyond_the_next_timer),
    harness_unit_test(a_handle_without_reference_is_not_waited_for),
    harness_unit_test(a_day_of_a_thousand_timers_is_exact),
    cmocka_unit_test(real_time_is_real_throughout),
    cmocka_unit_test(real_timers_go_by_time_then_by_setting),
    cmocka_unit_test(in_real_time_there_are_deadlocks_and_limits),
};

HARNESS_CMOCKA_MAIN("run_clock", tests)
