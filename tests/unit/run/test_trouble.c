/* SPDX-License-Identifier: MIT */
/* What goes wrong is told: bad arguments, deadlocks, hangs, things left open. */
#include <harness/cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "../../jump.h"

static char reported[4096];
static harness_t *world;

static void keep_report(const char *text, void *arg) {
  (void)arg;
  (void)snprintf(reported, sizeof reported, "%s", text);
}

static int open_with_report(void **state) {
  harness_options_t options = {.report = keep_report};

  reported[0] = '\0';
  world = harness_open(&options);
  *state = world;
  return world != NULL ? 0 : -1;
}

static void *nothing(void *arg) {
  return arg;
}

static void null_is_refused(void **state) {
  harness_t *h = *state;

  assert_null(harness_schedule_coroutine(NULL, nothing, NULL));
  assert_non_null(strstr(harness_error(NULL), "the harness is NULL"));
  assert_null(harness_schedule_coroutine(h, NULL, NULL));
  assert_non_null(strstr(harness_error(h), "the function is NULL"));
  assert_null(harness_call_in_background(NULL, nothing, NULL));
  assert_null(harness_call_in_background(h, NULL, NULL));
  assert_null(harness_run_in_foreground(NULL, NULL));
  assert_null(harness_run_in_foreground(h, NULL));
  assert_null(harness_future_new(NULL));
  assert_null(harness_wait_all(h, NULL, 1));
  assert_null(harness_wait_all(h, (harness_task_t *[]){NULL}, 1));
  assert_null(harness_wait_first(h, (harness_task_t *[]){NULL}, 0));
  assert_null(harness_wait_for(h, NULL, 1));
  assert_null(harness_start_server(h, NULL, NULL, NULL));
  assert_null(harness_loop(NULL));
  assert_int_equal(harness_await(NULL, NULL), UV_EINVAL);
  assert_int_equal(harness_task_cancel(NULL), UV_EINVAL);
  assert_int_equal(harness_task_status(NULL), UV_EINVAL);
  assert_int_equal(harness_settle(NULL), UV_EINVAL);
  assert_int_equal(harness_sleep(NULL, 1), UV_EPERM);
  assert_null(harness_transcript_text(NULL));
  assert_int_equal(harness_check_transcript(NULL, "a/b"), HARNESS_CHECK_TROUBLE);
  assert_int_equal(harness_check_transcript(h, NULL), HARNESS_CHECK_TROUBLE);
  assert_int_equal(harness_save_transcript(h, NULL), UV_EINVAL);
  assert_int_equal(harness_close(NULL), 0);
  harness_log(NULL, "nothing");
  harness_set_log_sink(NULL, NULL, NULL);
  harness_clear_error(h);
  assert_null(harness_error(h));
}

static void foreign_tasks_are_refused(void **state) {
  harness_t *h = *state;
  harness_t *other = harness_open(NULL);
  harness_task_t *task = harness_schedule_coroutine(other, nothing, NULL);

  assert_null(harness_run_in_foreground(h, task));
  assert_non_null(strstr(harness_error(h), "another harness"));
  assert_null(harness_wait_all(h, &task, 1));
  assert_null(harness_wait_for(h, task, 1));
  assert_int_equal(harness_task_cancel(task), 0);
  assert_int_equal(harness_close(other), 0);
}

static void *try_inside(void *arg) {
  harness_task_t *other = harness_schedule_coroutine(world, nothing, NULL);

  assert_null(harness_run_in_foreground(world, other));
  assert_int_equal(harness_error_code(world), UV_EBUSY);
  assert_int_equal(harness_settle(world), UV_EBUSY);
  assert_int_equal(harness_close(world), UV_EBUSY);
  assert_null(harness_transcript_json(world));
  assert_int_equal(harness_await(harness_current_task(world), NULL), UV_EINVAL);
  assert_int_equal(harness_await(other, NULL), 0);
  return arg;
}

static void inside_a_coroutine_nothing_runs_in_the_foreground(void **state) {
  harness_t *h = *state;

  assert_null(harness_current_task(h));
  assert_ptr_equal(harness_assert_run(h, harness_schedule_coroutine(h, try_inside, h)), h);
}

static harness_t *outer;

static void *use_outer(void *arg) {
  assert_int_equal(harness_settle(outer), UV_EBUSY);
  assert_int_equal(harness_close(outer), UV_EBUSY);
  return arg;
}

static void *open_another(void *arg) {
  harness_t *inner = harness_open(NULL);
  harness_task_t *task = harness_schedule_coroutine(inner, use_outer, arg);

  assert_null(harness_run_in_foreground(inner, task));
  assert_int_equal(harness_error_code(inner), UV_EBUSY);
  assert_int_equal(harness_close(inner), UV_EBUSY);
  *(harness_t **)arg = inner;
  return arg;
}

static void one_harness_does_not_run_inside_another(void **state) {
  harness_t *inner = NULL;

  outer = *state;
  harness_assert_run(outer, harness_schedule_coroutine(outer, open_another, &inner));
  assert_non_null(harness_run_in_foreground(inner, harness_schedule_coroutine(inner, nothing, &inner)));
  assert_int_equal(harness_close(inner), 0);
}

static void the_largest_timeout_is_none(void **state) {
  harness_options_t options = {.timeout_ms = INT64_MAX};
  harness_t *h = harness_open(&options);

  (void)state;
  assert_non_null(harness_run_in_foreground(h, harness_schedule_coroutine(h, nothing, h)));
  assert_int_equal(harness_close(h), 0);
}

static void parking_calls_are_for_coroutines(void **state) {
  harness_t *h = *state;
  harness_task_t *task = harness_future_new(h);

  assert_int_equal(harness_sleep(h, 1), UV_EPERM);
  assert_int_equal(harness_await(task, NULL), UV_EPERM);
  assert_null(harness_connect(h, "127.0.0.1", 1));
  assert_int_equal(harness_error_code(h), UV_EPERM);
  assert_int_equal(harness_task_cancel(task), 0);
}

static void *use_elsewhere(void *arg) {
  harness_task_t *task = arg;

  assert_null(harness_run_in_foreground(world, task));
  assert_null(harness_schedule_coroutine(world, nothing, NULL));
  assert_int_equal(harness_task_cancel(task), UV_EPERM);
  return NULL;
}

static void other_threads_are_refused(void **state) {
  harness_t *h = *state;
  harness_task_t *task = harness_schedule_coroutine(h, nothing, h);
  pthread_t thread;

  assert_int_equal(pthread_create(&thread, NULL, use_elsewhere, task), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_ptr_equal(harness_assert_run(h, task), h);
}

static void *wait_for(void *arg) {
  void *result = NULL;
  return harness_await(*(harness_task_t **)arg, &result) == 0 ? result : NULL;
}

static void a_cycle_is_a_deadlock_at_once(void **state) {
  harness_t *h = *state;
  harness_task_t *a;
  harness_task_t *b = NULL;
  uint64_t start = uv_hrtime();

  a = harness_schedule_coroutine_named(h, "a", wait_for, &b);
  b = harness_schedule_coroutine_named(h, "b", wait_for, &a);
  assert_null(harness_run_in_foreground(h, a));
  assert_true(uv_hrtime() - start < 5ULL * 1000000000);
  assert_non_null(strstr(reported, "deadlock: b waits for a to end; a waits for b to end\n"));
  assert_non_null(strstr(reported, "a waits for b to end"));
  assert_non_null(strstr(reported, "b waits for a to end"));
  assert_string_equal(reported, harness_error(h));
  assert_int_equal(harness_task_cancel(a), 0);
  assert_null(harness_run_in_foreground(h, a)); /* everything is as it was: the run can go on */
  assert_int_equal(harness_task_status(a), UV_ECANCELED);
  assert_null(harness_run_in_foreground(h, b));
}

static void a_lost_future_is_a_deadlock(void **state) {
  harness_t *h = *state;
  harness_task_t *future = harness_future_new(h);

  assert_null(harness_run_in_foreground(h, future));
  assert_non_null(strstr(harness_error(h), "future is a future that nobody has resolved"));
  assert_int_equal(harness_future_resolve(future, NULL), 0);
}

static void *never_ends(void *arg) {
  while (harness_sleep(world, 1) == 0) {
  }
  return arg;
}

static void a_hang_ends_at_its_deadline(void **state) {
  harness_options_t options = {.report = keep_report, .timeout_ms = 50};
  harness_t *h = harness_open(&options);
  harness_task_t *task;

  (void)state;
  world = h;
  task = harness_schedule_coroutine_named(h, "spinner", never_ends, NULL);
  assert_null(harness_run_in_foreground(h, task));
  assert_int_equal(harness_error_code(h), UV_ETIMEDOUT);
  assert_non_null(strstr(reported, "\n  main has waited for spinner for 50 ms"));
  assert_non_null(strstr(reported, "the time is up: spinner "));
  assert_int_equal(harness_close(h), 1);
  assert_non_null(strstr(reported, "task spinner had not ended"));
}

static void *spin_for_a_while(void *arg) {
  uint64_t start = uv_hrtime();

  while (uv_hrtime() - start < 200000000)
    (void)harness_sleep(world, 1);
  return arg;
}

/* What a run of 200 ms with a deadline after 50 ms comes to, in a process that someone traces: 0 where it has
 * its result. */
static int traced_run(void) {
  harness_options_t options = {.report = keep_report, .timeout_ms = 50};
  int result = 0;

  if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
    return 77;
  world = harness_open(&options);
  if (harness_run_in_foreground(world, harness_schedule_coroutine(world, spin_for_a_while, &result)) == NULL)
    result = 1;
  return result;
}

static void under_a_debugger_there_is_no_deadline(void **state) {
  int status = 0;
  pid_t child = fork();

  (void)state;
  assert_true(child >= 0);
  if (child == 0)
    _exit(traced_run());
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77)
    skip(); /* this machine does not let processes be traced */
  assert_int_equal(WEXITSTATUS(status), 0);
}

static void on_timer(uv_timer_t *timer) {
  (void)timer;
}

static size_t open_descriptors(void) {
  size_t count = 0;

  for (int fd = 0; fd < 1024; fd++)
    count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

static void handle_nothing(harness_stream_t *stream, void *arg) {
  (void)stream;
  (void)arg;
}

static void what_is_left_open_is_closed_and_told(void **state) {
  harness_options_t options = {.report = keep_report};
  harness_t *h = harness_open(&options);
  uv_timer_t timer;
  size_t before;

  (void)state;
  assert_non_null(harness_loop(h)); /* libuv's first loop opens a pipe for the process */
  assert_int_equal(harness_close(h), 0);
  before = open_descriptors();
  h = harness_open(&options);
  assert_int_equal(uv_timer_init(harness_loop(h), &timer), 0);
  assert_int_equal(uv_timer_start(&timer, on_timer, 1000000, 0), 0);
  assert_non_null(harness_future_new(h));
  assert_non_null(harness_start_server(h, handle_nothing, NULL, NULL));
  assert_int_equal(harness_close(h), 3);
  assert_non_null(strstr(reported, "3 things were still open"));
  assert_non_null(strstr(reported, "server server was still listening"));
  assert_non_null(strstr(reported, "task future had not ended"));
  assert_non_null(strstr(reported, "handle of type timer"));
  assert_int_equal(open_descriptors(), before);
}

static void malformed_environment_is_refused(void **state) {
  (void)state;
  assert_int_equal(setenv("HARNESS_TIMEOUT_MS", "soon", 1), 0);
  assert_null(harness_open(NULL));
  assert_non_null(strstr(harness_error(NULL), "HARNESS_TIMEOUT_MS is 'soon'"));
  assert_int_equal(setenv("HARNESS_TIMEOUT_MS", "77", 1), 0);
  harness_t *h = harness_open(NULL);
  assert_non_null(h);
  assert_int_equal(harness_close(h), 0);
  assert_int_equal(unsetenv("HARNESS_TIMEOUT_MS"), 0);
}

/* A test framework's assertion leaves a coroutine by a jump; closing works all the same. */
static jmp_buf out;

static void *jump_out(void *arg) {
  (void)arg;
  jump_to(out);
}

static void a_jump_out_of_a_coroutine_is_survived(void **state) {
  harness_t *h = *state;
  harness_task_t *volatile task = harness_schedule_coroutine(h, jump_out, NULL);
  volatile int jumped = 0;

  if (setjmp(out) == 0)
    (void)harness_run_in_foreground(h, task);
  else
    jumped = 1;
  assert_int_equal(jumped, 1);
  assert_null(harness_current_task(h));
  assert_ptr_equal(harness_assert_run(h, harness_schedule_coroutine(h, nothing, h)), h);
  assert_int_equal(harness_task_status(task), UV_ECANCELED);
}

#define WITH_REPORT(f) cmocka_unit_test_setup_teardown(f, open_with_report, harness_cmocka_teardown)

static const struct CMUnitTest tests[] = {
    WITH_REPORT(null_is_refused),
    WITH_REPORT(foreign_tasks_are_refused),
    WITH_REPORT(inside_a_coroutine_nothing_runs_in_the_foreground),
    WITH_REPORT(one_harness_does_not_run_inside_another),
    cmocka_unit_test(the_largest_timeout_is_none),
    WITH_REPORT(parking_calls_are_for_coroutines),
    WITH_REPORT(other_threads_are_refused),
    WITH_REPORT(a_cycle_is_a_deadlock_at_once),
    WITH_REPORT(a_lost_future_is_a_deadlock),
    cmocka_unit_test(a_hang_ends_at_its_deadline),
    cmocka_unit_test(under_a_debugger_there_is_no_deadline),
    cmocka_unit_test(what_is_left_open_is_closed_and_told),
    cmocka_unit_test(malformed_environment_is_refused),
    WITH_REPORT(a_jump_out_of_a_coroutine_is_survived),
};

HARNESS_CMOCKA_MAIN("run_trouble", tests)
