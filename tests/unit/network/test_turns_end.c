/* SPDX-License-Identifier: MIT */
/*
 * Where a turn must not go on by itself: what a coroutine that waits may not deliver, and to whom it may not
 * switch. Most of these coroutines hold both ends of a connection, so that something is on its way to them
 * when they wait. What each call gives is the same with that way switched off.
 */
#include <harness/cmocka.h>
#include <harness/runner.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/slow.h"
#include "run/run.h"

enum { MOST = 2000, TURNS = 300 };

typedef struct scene {
  harness_t *h;
  harness_t *other;
  harness_server_t *server;
  harness_stream_t *accepted;
  harness_transport_t *second_end;
  harness_task_t *first;
  harness_task_t *second;
  unsigned steps;
  char said[MOST]; /* also what is said when no transcript can be had */
} scene_t;

typedef void (*plot_t)(scene_t *scene);

static void say(scene_t *scene, const char *what, long long value) {
  size_t length = strlen(scene->said);

  (void)snprintf(scene->said + length, sizeof scene->said - length, "%s %lld\n", what, value);
}

static void choose(const char *ways) {
  char *sentence = NULL;

  assert_int_equal(setenv("HARNESS_SLOW", ways, 1), 0);
  assert_true(harness__slow_choose(&sentence));
}

static int tear_down(void **state) {
  (void)state;
  choose("");
  return 0;
}

static void ignore(const char *text, void *arg) {
  (void)text;
  (void)arg;
}

/* Keeps its connection for another coroutine. */
static void hold(harness_stream_t *stream, void *arg) {
  scene_t *scene = arg;

  scene->accepted = stream;
  (void)harness_await(harness_future_new(scene->h), NULL);
}

static void play(scene_t *scene, plot_t plot, const char *ways) {
  harness_options_t options = {.host = "memory:", .timeout_ms = -1, .report = ignore};

  choose(ways);
  *scene = (scene_t){.h = harness_open(&options), .other = harness_open(&options)};
  assert_non_null(scene->h);
  assert_non_null(scene->other);
  harness_set_raise(NULL); /* so that who has failed goes on */
  scene->server = harness_start_server(scene->h, hold, scene, NULL);
  plot(scene);
  (void)harness_close(scene->h);
  assert_int_equal(harness_close(scene->other), 0);
}

static void compare(plot_t plot, const char *expected) {
  scene_t scene;

  play(&scene, plot, "turns");
  assert_string_equal(scene.said, expected);
  play(&scene, plot, "");
  assert_string_equal(scene.said, expected);
}

static void run(scene_t *scene, harness_function_t fn) {
  scene->first = harness_schedule_coroutine(scene->h, fn, scene);
  (void)harness_run_in_foreground(scene->h, scene->first);
}

static void *read_what_is_on_its_way(void *arg) {
  static const uint64_t limits[] = {HARNESS_NO_DEADLINE, 0, 1, HARNESS_NO_DEADLINE};
  scene_t *scene = arg;
  harness_stream_t *stream = harness_connect_to(scene->h, scene->server);
  char data[8];

  for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
    harness_deadline_t outer;

    (void)harness_write(stream, "abc", 3);
    outer = harness_begin_deadline(scene->h, limits[i]);
    say(scene, "read", harness_read(scene->accepted, data, sizeof data));
    (void)harness_end_deadline(scene->h, outer);
  }
  return arg;
}

static void one_reads_under_deadlines(scene_t *scene) {
  run(scene, read_what_is_on_its_way);
}

static void a_deadline_that_has_passed_comes_before_what_is_on_its_way(void **state) {
  char expected[MOST];

  (void)state;
  (void)snprintf(expected, sizeof expected, "read 3\nread %d\nread 3\nread 3\n", UV_ETIMEDOUT);
  compare(one_reads_under_deadlines, expected);
}

static void *fail_and_read_on(void *arg) {
  scene_t *scene = arg;
  harness_stream_t *stream = harness_connect_to(scene->h, scene->server);
  char data[8];

  (void)harness_write(stream, "abc", 3);
  (void)harness_fail(scene->h, "on purpose");
  say(scene, "read", harness_read(scene->accepted, data, sizeof data));
  return arg;
}

static void one_fails(scene_t *scene) {
  run(scene, fail_and_read_on);
}

static void who_has_failed_reads_no_more(void **state) {
  char expected[MOST];

  (void)state;
  (void)snprintf(expected, sizeof expected, "read %d\n", UV_ECANCELED);
  compare(one_fails, expected);
}

/* The first one is cancelled when the harness closes, writes then, and so wakes the second. */
static void *write_when_cancelled(void *arg) {
  scene_t *scene = arg;
  harness_stream_t *stream = harness_connect_to(scene->h, scene->server);

  say(scene, "sleep", harness_sleep(scene->h, 1000));
  say(scene, "write", harness_write(stream, "abc", 3));
  return arg;
}

static void *read_behind_the_first(void *arg) {
  scene_t *scene = arg;
  char data[8];

  say(scene, "await", harness_await(scene->first, NULL));
  say(scene, "read", harness_read(scene->accepted, data, sizeof data));
  return arg;
}

static void main_goes_before_the_others(scene_t *scene) {
  scene->first = harness_schedule_coroutine(scene->h, write_when_cancelled, scene);
  scene->second = harness_schedule_coroutine(scene->h, read_behind_the_first, scene);
  assert_int_equal(harness_settle(scene->h), 0);
}

static void nothing_is_delivered_while_coroutines_unwind(void **state) {
  char expected[MOST];

  (void)state;
  (void)snprintf(expected, sizeof expected, "sleep %d\nwrite 3\nawait %d\nread %d\n", UV_ECANCELED,
                 UV_ECANCELED, UV_ECANCELED);
  compare(main_goes_before_the_others, expected);
}

/* Two that wake each other: nothing is delivered, nothing is due, and main is not asked. */
static void *answer(void *arg) {
  scene_t *scene = arg;

  for (int i = 0; i < TURNS; i++) {
    harness_task_t *asked = scene->first;

    (void)harness_await(asked, NULL);
    (void)harness_future_resolve(scene->second, scene);
  }
  return arg;
}

static void *ask(void *arg) {
  scene_t *scene = arg;

  for (int i = 0; i < TURNS; i++) {
    harness_task_t *question = scene->first;

    scene->second = harness_future_new(scene->h);
    scene->first = harness_future_new(scene->h);
    (void)harness_future_resolve(question, scene);
    (void)harness_await(scene->second, NULL);
  }
  return arg;
}

static void two_wake_each_other(scene_t *scene) {
  harness_task_t *asking;
  unsigned before;

  scene->first = harness_future_new(scene->h);
  (void)harness_schedule_coroutine(scene->h, answer, scene);
  asking = harness_schedule_coroutine(scene->h, ask, scene);
  before = scene->h->run->steps;
  (void)harness_run_in_foreground(scene->h, asking);
  scene->steps = scene->h->run->steps - before;
}

/* So that the loop and the clock are looked at in time. */
static void each_turn_of_a_coroutine_is_a_step(void **state) {
  scene_t scene;

  (void)state;
  play(&scene, two_wake_each_other, "");
  assert_in_range(scene.steps, 2 * TURNS, 2 * TURNS + 10);
}

static void *wake_and_sleep(void *arg) {
  scene_t *scene = arg;

  (void)harness_future_resolve(scene->first, scene);
  (void)harness_sleep(scene->h, 1);
  return arg;
}

/* Goes on when the other has parked. */
static void *call_from_inside(void *arg) {
  scene_t *scene = arg;

  (void)harness_await(scene->first, NULL);
  say(scene, "close", harness_close(scene->other));
  say(scene, "by name", strstr(harness_error(scene->other), "(called in inside)") != NULL);
  return arg;
}

static void one_closes_from_inside(scene_t *scene) {
  harness_task_t *tasks[2];

  scene->first = harness_future_new(scene->h);
  tasks[0] = harness_schedule_coroutine_named(scene->h, "inside", call_from_inside, scene);
  tasks[1] = harness_schedule_coroutine(scene->h, wake_and_sleep, scene);
  (void)harness_run_in_foreground(scene->h, harness_wait_all(scene->h, tasks, 2));
}

static void who_was_switched_to_is_known_as_the_caller(void **state) {
  char expected[MOST];

  (void)state;
  (void)snprintf(expected, sizeof expected, "close %d\nby name 1\n", UV_EBUSY);
  compare(one_closes_from_inside, expected);
}

/* Cancels itself in its first callback, with more on its way. */
static void receive_and_be_cancelled(void *state, const void *data, size_t size) {
  scene_t *scene = state;

  (void)data;
  say(scene, "received", (long long)size);
  (void)harness_task_cancel(harness_current_task(scene->h));
  (void)harness_transport_write(scene->second_end, "more", 4);
}

static void be_lost(void *state, int status) {
  say(state, "lost", status);
}

static void *talk_to_a_protocol(void *arg) {
  static const harness_protocol_t protocol = {.data_received = receive_and_be_cancelled,
                                              .connection_lost = be_lost};
  scene_t *scene = arg;
  harness_server_t *server = harness_create_server(scene->h, &protocol, NULL, scene, NULL);
  harness_stream_t *stream = harness_connect_to(scene->h, server);

  scene->second_end = harness_stream_transport(stream);
  (void)harness_write(stream, "one", 3);
  (void)harness_sleep(scene->h, 1);
  return arg;
}

static void a_driver_is_cancelled(scene_t *scene) {
  run(scene, talk_to_a_protocol);
}

static void a_cancelled_driver_receives_no_more(void **state) {
  char expected[MOST];

  (void)state;
  (void)snprintf(expected, sizeof expected, "received 3\nlost %d\n", UV_ECANCELED);
  compare(a_driver_is_cancelled, expected);
}

static void *read_and_tell(void *arg) {
  scene_t *scene = arg;
  char data[8];

  say(scene, "second reads", harness_read(scene->accepted, data, sizeof data));
  return arg;
}

static void *await_and_tell(void *arg) {
  scene_t *scene = arg;

  say(scene, "third awaits", harness_await(scene->second, NULL));
  return arg;
}

static void *read_what_is_broken(void *arg) {
  scene_t *scene = arg;
  harness_stream_t *broken = harness_connect_to(scene->h, scene->server);
  harness_stream_t *stream;
  char data[8];

  harness_stream_abort(scene->accepted);
  stream = harness_connect_to(scene->h, scene->server);
  scene->second = harness_future_new(scene->h);
  (void)harness_schedule_coroutine(scene->h, read_and_tell, scene);
  (void)harness_schedule_coroutine(scene->h, await_and_tell, scene);
  (void)harness_sleep(scene->h, 1);
  (void)harness_write(stream, "abc", 3);
  say(scene, "first reads", harness_read(broken, data, sizeof data));
  (void)harness_future_resolve(scene->second, scene);
  (void)harness_sleep(scene->h, 1);
  return arg;
}

static void one_reads_what_is_broken(scene_t *scene) {
  run(scene, read_what_is_broken);
}

static void who_need_not_wait_delivers_nothing(void **state) {
  char expected[MOST];

  (void)state;
  (void)snprintf(expected, sizeof expected, "first reads %d\nthird awaits 0\nsecond reads 3\n",
                 UV_ECONNRESET);
  compare(one_reads_what_is_broken, expected);
}

#define turns_test(f) cmocka_unit_test_teardown(f, tear_down)

static const struct CMUnitTest tests[] = {
    turns_test(a_deadline_that_has_passed_comes_before_what_is_on_its_way),
    turns_test(who_has_failed_reads_no_more),
    turns_test(nothing_is_delivered_while_coroutines_unwind),
    turns_test(each_turn_of_a_coroutine_is_a_step),
    turns_test(who_was_switched_to_is_known_as_the_caller),
    turns_test(a_cancelled_driver_receives_no_more),
    turns_test(who_need_not_wait_delivers_nothing),
};

HARNESS_CMOCKA_MAIN("network/turns_end", tests)
