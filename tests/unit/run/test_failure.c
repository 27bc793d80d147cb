/* SPDX-License-Identifier: MIT */
/*
 * harness_fail and harness_check, as code without a runner's assertions has them: the adapter's own hook is
 * taken away for the test, and each test closes its harness itself.
 */
#include <harness/cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

static char reported[1024];
static int reports;

static void keep_report(const char *text, void *arg) {
  (void)arg;
  reports++;
  (void)snprintf(reported, sizeof reported, "%s", text);
}

static harness_t *open_world(void) {
  harness_options_t options = {.report = keep_report};
  harness_t *h = harness_open(&options);

  reports = 0;
  assert_non_null(h);
  harness_set_raise(NULL);
  return h;
}

static int unwound;

static void *wait_for_ever(void *arg) {
  if (harness_sleep(arg, 1000000) == UV_ECANCELED)
    unwound++;
  return NULL;
}

static int line_of_failure;

static void *fails(void *arg) {
  line_of_failure = __LINE__ + 1;
  (void)harness_fail(arg, "%d of %d\n", 1, 2);
  return arg;
}

static void *fails_and_goes_on(void *arg) {
  (void)fails(arg);
  return wait_for_ever(arg);
}

/* What a run that was ended leaves; closes the harness. */
static void assert_failed(harness_t *h) {
  const char *file = NULL;
  char sentence[128];
  int line = 0;

  (void)snprintf(sentence, sizeof sentence, "%s:%d: 1 of 2", __FILE__, line_of_failure);
  assert_string_equal(harness_error(h), sentence);
  assert_int_equal(harness_error_code(h), UV_ECANCELED);
  assert_string_equal(reported, sentence);
  assert_int_equal(reports, 1);
  assert_string_equal(harness_failure(h, &file, &line), "1 of 2");
  assert_string_equal(file, __FILE__);
  assert_int_equal(line, line_of_failure);
  assert_null(harness_schedule_coroutine(h, wait_for_ever, h));
  assert_string_equal(harness_error(h), "the test has failed: no new task");
  assert_int_equal(harness_settle(h), UV_ECANCELED);
  assert_int_equal(harness_check_transcript(h, "run/none"), HARNESS_CHECK_TROUBLE);
  assert_string_equal(harness_error(h), sentence);
  assert_int_equal(harness_close(h), 1);
  assert_int_equal(reports, 1);
}

static void a_coroutine_ends_the_run(void **state) {
  harness_t *h = open_world();
  harness_task_t *task = harness_schedule_coroutine(h, fails_and_goes_on, h);

  (void)state;
  unwound = 0;
  assert_non_null(harness_schedule_coroutine(h, wait_for_ever, h));
  assert_null(harness_run_in_foreground(h, task));
  assert_int_equal(unwound, 2);
  assert_int_equal(harness_task_status(task), UV_ECANCELED);
  assert_failed(h);
}

static void a_result_does_not_hide_it(void **state) {
  harness_t *h = open_world();

  (void)state;
  assert_null(harness_run_in_foreground(h, harness_schedule_coroutine(h, fails, h)));
  assert_failed(h);
}

static void a_background_call_ends_the_run(void **state) {
  harness_t *h = open_world();

  (void)state;
  assert_non_null(harness_call_in_background(h, fails, h));
  assert_null(harness_run_in_foreground(h, harness_schedule_coroutine(h, wait_for_ever, h)));
  assert_failed(h);
}

static void a_thread_ends_the_run(void **state) {
  harness_t *h = open_world();
  harness_task_t *future = harness_future_new_foreign(h, NULL);
  pthread_t thread;

  (void)state;
  assert_int_equal(pthread_create(&thread, NULL, fails, h), 0);
  assert_null(harness_run_in_foreground(h, future));
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_int_equal(harness_future_resolve(future, NULL), UV_EALREADY);
  assert_failed(h);
}

static void the_next_run_does_not_begin(void **state) {
  harness_t *h = open_world();

  (void)state;
  (void)fails(h);
  unwound = 0;
  assert_null(harness_run_in_foreground(h, harness_schedule_coroutine(h, wait_for_ever, h)));
  assert_int_equal(unwound, 0);
  assert_failed(h);
}

static void the_first_one_counts(void **state) {
  harness_t *h = open_world();
  int line = 0;

  (void)state;
  assert_null(harness_failure(h, NULL, NULL));
  assert_int_equal(harness_check(h, reports == 0), 1);
  assert_null(harness_failure(h, NULL, NULL));
  assert_int_equal(harness_check(h, reports == 1), 0);
  assert_string_equal(harness_failure(h, NULL, &line), "this does not hold: reports == 1");
  assert_int_equal(line, __LINE__ - 2);
  assert_int_equal(harness_fail(h, "another"), UV_EALREADY);
  assert_string_equal(harness_failure(h, NULL, NULL), "this does not hold: reports == 1");
  assert_int_equal(harness_close(h), 1);
}

static void nobody_is_told_and_all_are(void **state) {
  harness_t *a = open_world();
  harness_t *b = open_world();

  (void)state;
  assert_null(harness_failure(NULL, NULL, NULL));
  assert_int_equal(harness_fail(a, "a"), 0);
  assert_int_equal(harness_fail(NULL, "all"), 0);
  assert_string_equal(harness_failure(a, NULL, NULL), "a");
  assert_string_equal(harness_failure(b, NULL, NULL), "all");
  assert_int_equal(harness_close(a), 1);
  assert_int_equal(harness_fail(a, "it is closed"), UV_ECANCELED);
  assert_int_equal(harness_close(b), 1);
  assert_int_equal(harness_fail(NULL, "none is open"), UV_ECANCELED);
}

static void *leaves(void *arg) {
  (void)harness_fail(arg, "left");
  harness_leave_thread();
}

static void *gives_back(void *arg) {
  return arg;
}

static void a_call_that_is_left_is_cancelled(void **state) {
  harness_t *h = open_world();
  harness_task_t *task = harness_call_in_background(h, leaves, h);

  (void)state;
  assert_null(harness_run_in_foreground(h, task));
  assert_int_equal(harness_close(h), 1);
  h = open_world();
  assert_ptr_equal(harness_run_in_foreground(h, harness_call_in_background(h, gives_back, h)), h);
  assert_int_equal(harness_close(h), 0);
}

/* The thread that held the future has gone: closing does not wait, and another may still resolve it. */
static void a_future_of_a_thread_that_left_is_not_waited_for(void **state) {
  harness_t *h = open_world();
  harness_task_t *future = harness_future_new_foreign(h, NULL);
  pthread_t thread;
  void *result = h;

  (void)state;
  assert_int_equal(pthread_create(&thread, NULL, leaves, h), 0);
  assert_null(harness_run_in_foreground(h, future));
  assert_int_equal(pthread_join(thread, &result), 0);
  assert_null(result);
  assert_int_equal(harness_close(h), 1);
  assert_int_equal(harness_future_resolve(future, NULL), UV_ECANCELED);
}

/* No run has told it, and none will. */
static void closing_tells_what_nobody_has(void **state) {
  harness_t *h = open_world();
  char sentence[128];

  (void)state;
  (void)fails(h);
  assert_int_equal(reports, 0);
  assert_int_equal(harness_close(h), 1);
  (void)snprintf(sentence, sizeof sentence, "%s:%d: 1 of 2", __FILE__, line_of_failure);
  assert_string_equal(reported, sentence);
  assert_int_equal(reports, 1);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_coroutine_ends_the_run),
    cmocka_unit_test(a_result_does_not_hide_it),
    cmocka_unit_test(a_background_call_ends_the_run),
    cmocka_unit_test(a_thread_ends_the_run),
    cmocka_unit_test(the_next_run_does_not_begin),
    cmocka_unit_test(the_first_one_counts),
    cmocka_unit_test(nobody_is_told_and_all_are),
    cmocka_unit_test(a_call_that_is_left_is_cancelled),
    cmocka_unit_test(closing_tells_what_nobody_has),
    cmocka_unit_test(a_future_of_a_thread_that_left_is_not_waited_for),
};

HARNESS_CMOCKA_MAIN("failure", tests)
