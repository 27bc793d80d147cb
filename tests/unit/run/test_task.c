/* SPDX-License-Identifier: MIT */
/* Tasks: results, waiting for all, for the first, with a limit; cancel; futures; virtual time. */
#include <harness/cmocka.h>

#include <string.h>
#include <uv.h>

static harness_t *world;

static void *give_back(void *arg) {
  return arg;
}

static void *sleep_for(void *arg) {
  return harness_sleep(world, *(uint64_t *)arg) == 0 ? arg : NULL;
}

static void a_coroutine_has_a_result(void **state) {
  harness_t *h = *state;
  harness_task_t *task = harness_schedule_coroutine(h, give_back, h);

  assert_string_equal(harness_task_name(task), "client");
  assert_int_equal(harness_task_status(task), UV_EAGAIN);
  assert_null(harness_task_result(task));
  assert_ptr_equal(harness_assert_run(h, task), h);
  assert_int_equal(harness_task_status(task), 0);
  assert_ptr_equal(harness_task_result(task), h);
  assert_ptr_equal(harness_assert_run(h, task), h); /* an ended task gives its result again */
}

static void an_hour_takes_no_time(void **state) {
  harness_t *h = *state;
  uint64_t hour = UINT64_C(3600) * 1000;
  uint64_t start = uv_hrtime();

  world = h;
  harness_assert_run(h, harness_schedule_coroutine(h, sleep_for, &hour));
  assert_int_equal(harness_now_ms(h), hour);
  assert_true(uv_hrtime() - start < 60ULL * 1000000000);
}

static char order[64];

static void *sleep_and_tell(void *arg) {
  const char *text = arg;
  (void)harness_sleep(world, (uint64_t)(text[0] - '0'));
  strcat(order, text + 1);
  return NULL;
}

static void timers_fire_by_time_then_by_setting(void **state) {
  harness_t *h = *state;
  harness_task_t *tasks[4];
  char *texts[] = {"3a", "1b", "3c", "1d"};

  world = h;
  order[0] = '\0';
  for (size_t i = 0; i < 4; i++)
    tasks[i] = harness_schedule_coroutine(h, sleep_and_tell, texts[i]);
  harness_assert_run(h, harness_wait_all(h, tasks, 4));
  assert_string_equal(order, "bdac");
}

static void waits_for_all(void **state) {
  harness_t *h = *state;
  uint64_t times[] = {30, 10, 20};
  harness_task_t *tasks[3];

  world = h;
  for (size_t i = 0; i < 3; i++)
    tasks[i] = harness_schedule_coroutine(h, sleep_for, &times[i]);
  harness_assert_run(h, harness_wait_all(h, tasks, 3));
  assert_int_equal(harness_now_ms(h), 30);
  for (size_t i = 0; i < 3; i++)
    assert_ptr_equal(harness_task_result(tasks[i]), &times[i]);
  harness_assert_run(h, harness_wait_all(h, tasks, 3)); /* all ended already */
}

static void waits_for_the_first(void **state) {
  harness_t *h = *state;
  uint64_t times[] = {30, 10, 20};
  harness_task_t *tasks[3];

  world = h;
  for (size_t i = 0; i < 3; i++)
    tasks[i] = harness_schedule_coroutine(h, sleep_for, &times[i]);
  assert_ptr_equal(harness_assert_run(h, harness_wait_first(h, tasks, 3)), tasks[1]);
  assert_int_equal(harness_now_ms(h), 10);
  assert_int_equal(harness_task_status(tasks[0]), UV_EAGAIN);
  harness_assert_run(h, harness_wait_all(h, tasks, 3));
}

static void a_limit_ends_the_wait_and_the_task(void **state) {
  harness_t *h = *state;
  uint64_t times[] = {5000, 10};
  harness_task_t *slow;
  harness_task_t *limited;

  world = h;
  slow = harness_schedule_coroutine(h, sleep_for, &times[0]);
  limited = harness_wait_for(h, slow, 1000);
  assert_null(harness_run_in_foreground(h, limited));
  assert_int_equal(harness_task_status(limited), UV_ETIMEDOUT);
  assert_int_equal(harness_error_code(h), UV_ETIMEDOUT);
  assert_int_equal(harness_now_ms(h), 1000);
  assert_null(harness_run_in_foreground(h, slow));
  assert_int_equal(harness_task_status(slow), UV_ECANCELED);
  assert_int_equal(harness_now_ms(h), 1000);
  limited = harness_wait_for(h, harness_schedule_coroutine(h, sleep_for, &times[1]), 1000);
  assert_ptr_equal(harness_assert_run(h, limited), &times[1]);
  assert_int_equal(harness_now_ms(h), 1010);
}

static void a_limit_of_nothing_lets_do_what_needs_no_wait(void **state) {
  harness_t *h = *state;
  uint64_t time = 0;
  harness_task_t *quick = harness_schedule_coroutine(h, give_back, h);
  harness_task_t *slow;
  harness_task_t *limited;

  world = h;
  assert_ptr_equal(harness_assert_run(h, harness_wait_for(h, quick, 0)), h);
  assert_ptr_equal(harness_assert_run(h, harness_wait_for(h, quick, 0)), h); /* it has ended before */
  slow = harness_schedule_coroutine(h, sleep_for, &time); /* its sleep of 0 ms is set behind the limit */
  limited = harness_wait_for(h, slow, 0);
  assert_null(harness_run_in_foreground(h, limited));
  assert_int_equal(harness_task_status(limited), UV_ETIMEDOUT);
  assert_null(harness_run_in_foreground(h, slow));
  assert_int_equal(harness_task_status(slow), UV_ECANCELED);
  assert_int_equal(harness_now_ms(h), 0);
}

static void a_limit_ends_as_its_task_does(void **state) {
  harness_t *h = *state;
  harness_task_t *future = harness_future_new(h);
  harness_task_t *limited = harness_wait_for(h, future, 1000);

  assert_int_equal(harness_task_cancel(future), 0);
  assert_int_equal(harness_task_status(limited), UV_ECANCELED);
  future = harness_future_new(h);
  limited = harness_wait_for(h, future, 1000);
  assert_int_equal(harness_future_fail(future, UV_EPROTO), 0);
  assert_int_equal(harness_task_status(limited), UV_EPROTO);
  future = harness_future_new(h);
  limited = harness_wait_for(h, future, 1000);
  assert_int_equal(harness_task_cancel(limited), 0); /* takes its task along */
  assert_int_equal(harness_task_status(future), UV_ECANCELED);
  assert_int_equal(harness_task_cancel(limited), UV_EALREADY);
}

static void the_earlier_of_nested_limits_ends_all(void **state) {
  harness_t *h = *state;
  uint64_t outer_ms[] = {50, 100};
  uint64_t inner_ms[] = {100, 50};

  for (size_t i = 0; i < 2; i++) {
    uint64_t start = harness_now_ms(h);
    harness_task_t *future = harness_future_new(h);
    harness_task_t *inner = harness_wait_for(h, future, inner_ms[i]);
    harness_task_t *outer = harness_wait_for(h, inner, outer_ms[i]);

    assert_null(harness_run_in_foreground(h, outer));
    assert_int_equal(harness_now_ms(h), start + 50);
    assert_int_equal(harness_task_status(outer), UV_ETIMEDOUT);
    assert_int_equal(harness_task_status(inner), i == 0 ? UV_ECANCELED : UV_ETIMEDOUT);
    assert_int_equal(harness_task_status(future), UV_ECANCELED);
  }
}

static void *await_other(void *arg) {
  void *result = NULL;
  int status = harness_await(arg, &result);
  return status == 0 ? result : NULL;
}

static void coroutines_await_each_other(void **state) {
  harness_t *h = *state;
  uint64_t time = 7;
  harness_task_t *inner;

  world = h;
  inner = harness_schedule_coroutine(h, sleep_for, &time);
  assert_ptr_equal(harness_assert_run(h, harness_schedule_coroutine(h, await_other, inner)), &time);
}

static void *cancelled_sleep(void *arg) {
  int *calls = arg;
  calls[0] = harness_sleep(world, 1000);
  calls[1] = harness_sleep(world, 1000);
  return arg;
}

static void cancel_wakes_and_stays(void **state) {
  harness_t *h = *state;
  int calls[2] = {1, 1};
  harness_task_t *task = harness_schedule_coroutine(h, cancelled_sleep, calls);
  uint64_t time = 1;

  world = h;
  harness_assert_run(h, harness_schedule_coroutine(h, sleep_for, &time));
  assert_int_equal(harness_task_cancel(task), 0);
  assert_null(harness_run_in_foreground(h, task));
  assert_int_equal(harness_task_status(task), UV_ECANCELED);
  assert_int_equal(calls[0], UV_ECANCELED);
  assert_int_equal(calls[1], UV_ECANCELED);
  assert_int_equal(harness_now_ms(h), 1);
  assert_int_equal(harness_task_cancel(task), UV_EALREADY);
}

static void *await_and_tell(void *arg) {
  harness_task_t **tasks = arg;

  assert_int_equal(harness_await(tasks[0], NULL), UV_ECANCELED);
  return NULL;
}

static void cancelled_while_it_waits_for_another(void **state) {
  harness_t *h = *state;
  uint64_t time = 100;
  harness_task_t *tasks[2];

  world = h;
  tasks[0] = harness_schedule_coroutine(h, sleep_for, &time);
  tasks[1] = harness_schedule_coroutine(h, await_and_tell, tasks);
  harness_assert_ok(h, harness_settle(h));
  assert_int_equal(harness_task_cancel(tasks[1]), 0);
  assert_null(harness_run_in_foreground(h, tasks[1]));
  assert_int_equal(harness_task_status(tasks[1]), UV_ECANCELED);
  assert_int_equal(harness_now_ms(h), 0);
  assert_ptr_equal(harness_assert_run(h, tasks[0]), &time); /* the other goes on */
}

static void *cancel_itself(void *arg) {
  int *statuses = arg;

  statuses[0] = harness_task_cancel(harness_current_task(world));
  statuses[1] = harness_sleep(world, 10);
  return arg;
}

static void cancelled_by_itself(void **state) {
  harness_t *h = *state;
  int statuses[2] = {1, 1};
  harness_task_t *task = harness_schedule_coroutine(h, cancel_itself, statuses);

  world = h;
  assert_null(harness_run_in_foreground(h, task));
  assert_int_equal(statuses[0], 0);
  assert_int_equal(statuses[1], UV_ECANCELED);
  assert_int_equal(harness_task_status(task), UV_ECANCELED);
}

static void *must_not_run(void *arg) {
  (void)arg;
  fail();
  return NULL;
}

static void cancelled_before_it_began(void **state) {
  harness_t *h = *state;
  harness_task_t *task = harness_schedule_coroutine(h, must_not_run, NULL);

  assert_int_equal(harness_task_cancel(task), 0);
  assert_int_equal(harness_task_status(task), UV_ECANCELED);
  assert_int_equal(harness_settle(h), 0);
}

static void *ignore_cancel(void *arg) {
  for (;;)
    (void)harness_sleep(world, 1);
  return arg;
}

static void one_that_ignores_cancel_is_thrown_away(void **state) {
  harness_t *h = *state;
  harness_task_t *task = harness_schedule_coroutine(h, ignore_cancel, NULL);
  uint64_t time = 10;

  world = h;
  harness_assert_run(h, harness_schedule_coroutine(h, sleep_for, &time));
  assert_int_equal(harness_task_cancel(task), 0);
  assert_null(harness_run_in_foreground(h, task));
  assert_int_equal(harness_task_status(task), UV_ECANCELED);
}

static void *resolve_future(void *arg) {
  assert_int_equal(harness_sleep(world, 5), 0);
  assert_int_equal(harness_future_resolve(arg, arg), 0);
  return NULL;
}

static void *ignore_cancelled_await(void *arg) {
  while (harness_await(arg, NULL) != 0)
    continue;
  return arg;
}

static void one_that_awaits_on_is_thrown_away(void **state) {
  harness_t *h = *state;
  harness_task_t *future = harness_future_new(h);
  harness_task_t *task = harness_schedule_coroutine(h, ignore_cancelled_await, future);

  assert_int_equal(harness_settle(h), 0);
  assert_int_equal(harness_task_cancel(task), 0);
  assert_null(harness_run_in_foreground(h, task));
  assert_int_equal(harness_task_status(task), UV_ECANCELED);
  assert_int_equal(harness_future_resolve(future, NULL), 0); /* nobody on a stack that is gone is told */
}

static void futures(void **state) {
  harness_t *h = *state;
  harness_task_t *future = harness_future_new(h);
  harness_task_t *failed = harness_future_new(h);

  world = h;
  harness_schedule_coroutine(h, resolve_future, future);
  assert_ptr_equal(harness_assert_run(h, future), future);
  assert_int_equal(harness_future_resolve(future, NULL), UV_EALREADY);
  assert_int_equal(harness_future_fail(failed, 1), UV_EINVAL);
  assert_int_equal(harness_future_fail(failed, UV_EPROTO), 0);
  assert_null(harness_run_in_foreground(h, failed));
  assert_non_null(strstr(harness_error(h), "EPROTO"));
}

static void names_are_unique(void **state) {
  harness_t *h = *state;
  harness_task_t *tasks[3];

  tasks[0] = harness_schedule_coroutine_named(h, "client2", give_back, h);
  tasks[1] = harness_schedule_coroutine(h, give_back, h);
  tasks[2] = harness_schedule_coroutine(h, give_back, h);
  assert_string_equal(harness_task_name(tasks[1]), "client");
  assert_string_equal(harness_task_name(tasks[2]), "client3");
  assert_null(harness_schedule_coroutine_named(h, "client", give_back, h));
  assert_int_equal(harness_error_code(h), UV_EEXIST);
  assert_non_null(strstr(harness_error(h), "'client'"));
  assert_null(harness_schedule_coroutine_named(h, "main", give_back, h));
  assert_int_equal(harness_error_code(h), UV_EEXIST);
  assert_null(harness_schedule_coroutine_named(h, "", give_back, h));
  assert_null(harness_schedule_coroutine_named(h, "a/b", give_back, h));
  assert_null(harness_schedule_coroutine_named(h, "a\nb", give_back, h));
  assert_int_equal(harness_error_code(h), UV_EINVAL);
  harness_assert_run(h, harness_wait_all(h, tasks, 3));
}

/* What only looks like a name by count is free, and a name by count is so up to the last that was given. */
static void names_by_count_are_taken_as_far_as_they_go(void **state) {
  static const char *const free_names[] = {"clients",  "client0", "client02",
                                           "client2x", "client4", "client99999999999999999999"};
  static const char *const taken[] = {"client", "client2", "client3"};
  harness_t *h = *state;
  char longest[102];

  for (int i = 0; i < 3; i++)
    assert_non_null(harness_schedule_coroutine(h, give_back, h));
  for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
    assert_null(harness_schedule_coroutine_named(h, taken[i], give_back, h));
    assert_int_equal(harness_error_code(h), UV_EEXIST);
  }
  for (size_t i = 0; i < sizeof free_names / sizeof free_names[0]; i++)
    assert_non_null(harness_schedule_coroutine_named(h, free_names[i], give_back, h));
  memset(longest, 'n', sizeof longest - 1);
  longest[sizeof longest - 1] = '\0';
  assert_null(harness_schedule_coroutine_named(h, longest, give_back, h));
  assert_string_equal(harness_error(h), "a name has 1 to 100 printable characters and no '/'");
  assert_non_null(harness_schedule_coroutine_named(h, longest + 1, give_back, h));
  harness_assert_ok(h, harness_settle(h));
}

static const struct CMUnitTest tests[] = {
    harness_unit_test(a_coroutine_has_a_result),
    harness_unit_test(an_hour_takes_no_time),
    harness_unit_test(timers_fire_by_time_then_by_setting),
    harness_unit_test(waits_for_all),
    harness_unit_test(waits_for_the_first),
    harness_unit_test(a_limit_ends_the_wait_and_the_task),
    harness_unit_test(a_limit_of_nothing_lets_do_what_needs_no_wait),
    harness_unit_test(a_limit_ends_as_its_task_does),
    harness_unit_test(the_earlier_of_nested_limits_ends_all),
    harness_unit_test(coroutines_await_each_other),
    harness_unit_test(cancel_wakes_and_stays),
    harness_unit_test(cancelled_while_it_waits_for_another),
    harness_unit_test(cancelled_by_itself),
    harness_unit_test(cancelled_before_it_began),
    harness_unit_test(one_that_ignores_cancel_is_thrown_away),
    harness_unit_test(one_that_awaits_on_is_thrown_away),
    harness_unit_test(futures),
    harness_unit_test(names_are_unique),
    harness_unit_test(names_by_count_are_taken_as_far_as_they_go),
};

HARNESS_CMOCKA_MAIN("run_task", tests)
