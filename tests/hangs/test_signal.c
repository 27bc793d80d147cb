/* SPDX-License-Identifier: MIT */
/* SIGUSR1 reports who waits for what, while it goes on: whoever waits, however, and on whichever thread. */
#include <harness/cmocka.h>

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

static char reported[4][8192];
static size_t reports;
static harness_t *worlds[2];
static sem_t told;

static void keep_report(const char *text, void *arg) {
  (void)snprintf(reported[reports++ % 4], sizeof reported[0], "%s", text);
  if (arg != NULL)
    (void)harness_future_resolve(*(harness_task_t **)arg, NULL);
  (void)sem_post(&told);
}

static void *ask_and_sleep(void *arg) {
  assert_int_equal(kill(getpid(), SIGUSR1), 0);
  assert_int_equal(harness_sleep(worlds[0], 5), 0);
  return arg;
}

/* Without a loop: everything is virtual, and the next step answers. */
static void between_two_steps(void **state) {
  harness_options_t options = {.report = keep_report};
  harness_t *h = harness_open(&options);

  (void)state;
  reports = 0;
  worlds[0] = h;
  harness_assert_run(h, harness_schedule_coroutine_named(h, "asking", ask_and_sleep, h));
  assert_int_equal(reports, 1);
  assert_non_null(strstr(reported[0], "SIGUSR1: asking waits until 5 ms\n"));
  assert_non_null(strstr(reported[0], "test_signal.c:"));
  assert_int_equal(harness_close(h), 0);
}

static void *ask_and_end(void *arg) {
  assert_int_equal(raise(SIGUSR1), 0);
  return arg;
}

/* By the next step nobody is waited for any more. */
static void who_has_ended_does_not_wait(void **state) {
  harness_options_t options = {.report = keep_report};
  harness_t *h = harness_open(&options);

  (void)state;
  reports = 0;
  harness_assert_run(h, harness_schedule_coroutine_named(h, "asking", ask_and_end, h));
  assert_int_equal(reports, 1);
  assert_non_null(strstr(reported[0], "SIGUSR1: what is under way is waited for\n"));
  assert_int_equal(harness_close(h), 0);
}

static void *ask_when_it_waits(void *arg) {
  (void)arg;
  assert_int_equal(kill(getpid(), SIGUSR1), 0);
  return NULL;
}

static void *ask_and_await(void *arg) {
  pthread_t thread;

  assert_int_equal(pthread_create(&thread, NULL, ask_when_it_waits, NULL), 0);
  assert_int_equal(harness_await(arg, NULL), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  return arg;
}

/* A wait on the loop ends: what resolves the future is the report, and nothing else would. */
static void a_wait_on_the_loop_is_woken(void **state) {
  harness_task_t *future = NULL;
  harness_options_t options = {.report = keep_report, .report_arg = &future};
  harness_t *h = harness_open(&options);

  (void)state;
  reports = 0;
  future = harness_future_new_foreign(h, "answer");
  harness_assert_run(h, harness_schedule_coroutine(h, ask_and_await, future));
  assert_int_equal(reports, 1);
  assert_non_null(
      strstr(reported[0], "SIGUSR1: answer waits for a thread outside of the harness to resolve it"));
  assert_int_equal(harness_close(h), 0);
}

static void *run_other(void *arg) {
  harness_task_t *future = NULL;
  harness_options_t options = {.report = keep_report, .report_arg = &future};
  harness_t *h = harness_open(&options);

  (void)arg;
  future = harness_future_new_foreign(h, "other");
  (void)sem_post(&told);
  (void)harness_run_in_foreground(h, future);
  return harness_close(h) == 0 ? &told : NULL;
}

/* The signal comes to one thread; the harness of another is asked as well. */
static void a_harness_of_another_thread_is_asked(void **state) {
  void *tidy = NULL;
  pthread_t thread;

  (void)state;
  reports = 0;
  assert_int_equal(sem_init(&told, 0, 0), 0);
  assert_int_equal(pthread_create(&thread, NULL, run_other, NULL), 0);
  while (sem_wait(&told) != 0) {
  }
  assert_int_equal(raise(SIGUSR1), 0);
  assert_int_equal(pthread_join(thread, &tidy), 0);
  assert_non_null(tidy);
  assert_int_equal(reports, 1);
  assert_non_null(strstr(reported[0], "other waits for a thread outside"));
}

static void *never_parks(void *arg) {
  assert_int_equal(raise(SIGUSR1), 0);
  return arg;
}

/* What a program writes to its standard error. */
static size_t catch_stderr(harness_t *h, harness_task_t *task, char *text, size_t size) {
  FILE *file = tmpfile();
  int before = dup(STDERR_FILENO);
  size_t length;

  assert_non_null(file);
  assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
  (void)harness_run_in_foreground(h, task);
  assert_true(dup2(before, STDERR_FILENO) >= 0);
  (void)close(before);
  rewind(file);
  length = fread(text, 1, size - 1, file);
  text[length] = '\0';
  (void)fclose(file);
  return length;
}

static void who_runs_is_named_at_once(void **state) {
  harness_options_t options = {.report = keep_report};
  harness_t *h = harness_open(&options);
  char text[1000];

  (void)state;
  assert_true(
      catch_stderr(h, harness_schedule_coroutine_named(h, "spinner", never_parks, h), text, sizeof text) > 0);
  assert_non_null(strstr(text, "harness: SIGUSR1, lane spinner, in coroutine spinner, made at "));
  assert_non_null(strstr(text, "test_signal.c:"));
  assert_int_equal(harness_close(h), 0);
}

static volatile sig_atomic_t theirs;

static void on_their_signal(int signal) {
  (void)signal;
  theirs++;
}

static void a_handler_of_the_test_stays(void **state) {
  struct sigaction now;
  harness_t *h;

  (void)state;
  assert_ptr_not_equal(signal(SIGUSR1, on_their_signal), SIG_ERR);
  h = harness_open(NULL);
  assert_int_equal(raise(SIGUSR1), 0);
  assert_int_equal(theirs, 1);
  assert_int_equal(harness_close(h), 0);
  assert_int_equal(sigaction(SIGUSR1, NULL, &now), 0);
  assert_true(now.sa_handler == on_their_signal);
  assert_ptr_not_equal(signal(SIGUSR1, SIG_DFL), SIG_ERR);
}

static void the_last_close_gives_the_signal_back(void **state) {
  harness_t *first = harness_open(NULL);
  harness_t *second = harness_open(NULL);
  struct sigaction now;

  (void)state;
  assert_int_equal(harness_close(first), 0);
  assert_int_equal(sigaction(SIGUSR1, NULL, &now), 0);
  assert_true((now.sa_flags & SA_SIGINFO) != 0);
  assert_int_equal(harness_close(second), 0);
  assert_int_equal(sigaction(SIGUSR1, NULL, &now), 0);
  assert_true((now.sa_flags & SA_SIGINFO) == 0 && now.sa_handler == SIG_DFL);
}

static void more_harnesses_than_there_is_room_for(void **state) {
  enum { MANY = 70 };
  harness_options_t options = {.report = keep_report};
  harness_t *many[MANY];

  (void)state;
  reports = 0;
  for (size_t i = 0; i < MANY; i++)
    many[i] = harness_open(&options);
  assert_int_equal(raise(SIGUSR1), 0);
  assert_int_equal(harness_settle(many[0]), 0);
  assert_int_equal(reports, 1);
  assert_non_null(strstr(reported[0], "SIGUSR1: what is under way is waited for"));
  assert_int_equal(harness_settle(many[MANY - 1]), 0);
  assert_int_equal(reports, 1);
  for (size_t i = 0; i < MANY; i++)
    assert_int_equal(harness_close(many[i]), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(between_two_steps),
    cmocka_unit_test(who_has_ended_does_not_wait),
    cmocka_unit_test(a_wait_on_the_loop_is_woken),
    cmocka_unit_test(a_harness_of_another_thread_is_asked),
    cmocka_unit_test(who_runs_is_named_at_once),
    cmocka_unit_test(a_handler_of_the_test_stays),
    cmocka_unit_test(the_last_close_gives_the_signal_back),
    cmocka_unit_test(more_harnesses_than_there_is_room_for),
};

HARNESS_CMOCKA_MAIN("hangs_signal", tests)
