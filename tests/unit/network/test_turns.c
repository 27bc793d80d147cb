/* SPDX-License-Identifier: MIT */
/*
 * Whoever waits goes on with the turn: delivers what is the next thing to happen, and switches to whom that
 * has woken, without main in between. That must not show: each conversation below is played as it is, and
 * with that way switched off, and compared.
 */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/slow.h"
#include "run/run.h"

enum { MANY = 1000, ROUNDS = 250 };

typedef struct talk {
  harness_t *h;
  harness_server_t *server;
  harness_task_t *reading;
  uint64_t parked; /* how often, while many messages were read */
  unsigned ticks;
} talk_t;

typedef void (*plot_t)(talk_t *talk);

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

/* The transcript, which the caller frees. */
static char *play(talk_t *talk, plot_t plot, harness_delivery_kind_t policy, harness_handler_t handler) {
  harness_options_t options = {
      .host = "memory:", .delivery = {.kind = policy, .seed = 3, .offsets = {2, 7}}, .timeout_ms = -1};
  char *json;

  *talk = (talk_t){.h = harness_open(&options)};
  assert_non_null(talk->h);
  talk->server = harness_start_server(talk->h, handler, talk, NULL);
  plot(talk);
  assert_int_equal(harness_settle(talk->h), 0);
  json = harness_transcript_json(talk->h);
  assert_non_null(json);
  harness_server_close(talk->server);
  harness_close(talk->h);
  return json;
}

/* The same under all policies, with and without. */
static void compare(plot_t plot, harness_handler_t handler) {
  talk_t talk;

  for (int policy = HARNESS_DELIVERY_AS_WRITTEN; policy <= HARNESS_DELIVERY_SEEDED; policy++) {
    char *fast;
    char *slow;

    choose("");
    fast = play(&talk, plot, (harness_delivery_kind_t)policy, handler);
    choose("turns");
    slow = play(&talk, plot, (harness_delivery_kind_t)policy, handler);
    assert_string_equal(fast, slow);
    free(fast);
    free(slow);
  }
}

static void read_many(harness_stream_t *stream, void *arg) {
  talk_t *talk = arg;
  uint64_t before;
  char data[8];

  talk->reading = harness_current_task(talk->h);
  (void)harness_read(stream, data, sizeof data);
  before = talk->h->run->parked;
  while (harness_read(stream, data, sizeof data) > 0)
    talk->parked = talk->h->run->parked - before;
  harness_log(talk->h, "ticks %u", talk->ticks);
}

static void *write_many(void *arg) {
  talk_t *talk = arg;
  harness_stream_t *stream = harness_connect_to(talk->h, talk->server);
  char data[8];

  for (int i = 0; i < MANY; i++) {
    (void)snprintf(data, sizeof data, "%d", i);
    (void)harness_write(stream, data, strlen(data));
  }
  harness_stream_close(stream);
  return arg;
}

static void one_writes(talk_t *talk) {
  (void)harness_run_in_foreground(talk->h, harness_schedule_coroutine(talk->h, write_many, talk));
}

static void what_comes_next_is_taken_in_one_turn(void **state) {
  unsigned looks = MANY / HARNESS__STEPS_BETWEEN_LOOKS;
  talk_t talk;

  (void)state;
  choose("");
  free(play(&talk, one_writes, HARNESS_DELIVERY_AS_WRITTEN, read_many));
  assert_in_range(talk.parked, looks, looks + 1); /* only for looks at the loop and the clock */
  choose("turns");
  free(play(&talk, one_writes, HARNESS_DELIVERY_AS_WRITTEN, read_many));
  assert_in_range(talk.parked, MANY - 2, MANY);
  compare(one_writes, read_many);
}

static void *tick(void *arg) {
  talk_t *talk = arg;

  for (talk->ticks = 0; talk->ticks < 20; talk->ticks++)
    (void)harness_sleep(talk->h, 0);
  return arg;
}

static void others_run_meanwhile(talk_t *talk) {
  (void)harness_schedule_coroutine(talk->h, tick, talk);
  (void)harness_schedule_coroutine(talk->h, write_many, talk);
  (void)harness_schedule_coroutine(talk->h, tick, talk);
  one_writes(talk);
}

static void what_others_have_to_do_comes_in_between(void **state) {
  (void)state;
  compare(others_run_meanwhile, read_many);
}

static void *write_with_timers(void *arg) {
  talk_t *talk = arg;
  harness_stream_t *stream = harness_connect_to(talk->h, talk->server);

  for (int i = 0; i < 10; i++) {
    (void)harness_write(stream, "abcd", 4);
    if (i % 3 == 0)
      (void)harness_schedule_coroutine(talk->h, tick, talk);
    if (i % 4 == 0)
      (void)harness_sleep(talk->h, (uint64_t)i % 2);
  }
  return arg;
}

static void timers_fire_meanwhile(talk_t *talk) {
  (void)harness_run_in_foreground(talk->h, harness_schedule_coroutine(talk->h, write_with_timers, talk));
}

static void timers_fire_in_their_turn(void **state) {
  (void)state;
  compare(timers_fire_meanwhile, read_many);
}

static void *cancel_the_reader(void *arg) {
  talk_t *talk = arg;

  (void)write_with_timers(arg);
  (void)harness_task_cancel(talk->reading);
  return arg;
}

static void the_reader_is_cancelled(talk_t *talk) {
  (void)harness_run_in_foreground(talk->h, harness_schedule_coroutine(talk->h, cancel_the_reader, talk));
}

static void read_and_cancel_oneself(harness_stream_t *stream, void *arg) {
  talk_t *talk = arg;
  char data[3];
  ptrdiff_t size = 1;

  for (int i = 0; i < 6 && size > 0; i++) {
    size = harness_read(stream, data, sizeof data);
    harness_log(talk->h, "read %td", size);
    if (i == 2)
      (void)harness_task_cancel(harness_current_task(talk->h));
  }
}

static void who_is_cancelled_reads_no_more(void **state) {
  (void)state;
  compare(the_reader_is_cancelled, read_many);
  compare(one_writes, read_and_cancel_oneself);
}

static void read_under_deadlines(harness_stream_t *stream, void *arg) {
  talk_t *talk = arg;
  char data[3];
  ptrdiff_t size = 1;

  for (int i = 0; i < 6 && size != 0; i++) {
    harness_deadline_t outer = harness_begin_deadline(talk->h, (uint64_t)i / 3);
    size = harness_read(stream, data, sizeof data);
    (void)harness_end_deadline(talk->h, outer);
    harness_log(talk->h, "read %td", size);
  }
}

static void deadlines_pass_in_their_turn(void **state) {
  (void)state;
  compare(timers_fire_meanwhile, read_under_deadlines);
}

static void read_and_end_the_run(harness_stream_t *stream, void *arg) {
  talk_t *talk = arg;
  char data[3];

  for (int i = 0; i < 100; i++) {
    if (harness_read(stream, data, sizeof data) <= 0)
      break;
    if (i == 4)
      (void)harness_future_resolve(talk->reading, talk);
  }
  harness_log(talk->h, "read on");
}

static void main_goes_on_at_once(talk_t *talk) {
  (void)harness_schedule_coroutine(talk->h, write_many, talk);
  talk->reading = harness_future_new(talk->h);
  assert_ptr_equal(harness_run_in_foreground(talk->h, talk->reading), talk);
  harness_log(talk->h, "main goes on");
}

static void a_run_ends_with_its_task(void **state) {
  (void)state;
  compare(main_goes_on_at_once, read_and_end_the_run);
}

static void echo(harness_stream_t *stream, void *arg) {
  talk_t *talk = arg;
  char data[40];
  ptrdiff_t size;

  while ((size = harness_read(stream, data, sizeof data)) > 0) {
    if (talk->ticks++ % 5 == 0)
      (void)harness_sleep(talk->h, 0);
    (void)harness_write(stream, data, (size_t)size);
  }
}

static void *converse(void *arg) {
  talk_t *talk = arg;
  harness_stream_t *stream = harness_connect_to(talk->h, talk->server);
  char data[12] = "Hello World";

  harness_transport_set_write_limits(harness_stream_transport(stream), 10, 5);
  for (int i = 0; i < ROUNDS; i++) {
    (void)harness_write(stream, data, sizeof data);
    (void)harness_drain(stream);
    (void)harness_read_exactly(stream, data, sizeof data, NULL);
    if (i % 100 == 7)
      (void)harness_sleep(talk->h, 1);
  }
  harness_stream_close(stream);
  return arg;
}

static void several_converse(talk_t *talk) {
  harness_task_t *tasks[3];

  for (int i = 0; i < 3; i++)
    tasks[i] = harness_schedule_coroutine(talk->h, converse, talk);
  (void)harness_run_in_foreground(talk->h, harness_wait_all(talk->h, tasks, 3));
}

static void who_is_woken_goes_on(void **state) {
  (void)state;
  compare(several_converse, echo);
}

#define turns_test(f) cmocka_unit_test_teardown(f, tear_down)

static const struct CMUnitTest tests[] = {
    turns_test(what_comes_next_is_taken_in_one_turn),
    turns_test(what_others_have_to_do_comes_in_between),
    turns_test(timers_fire_in_their_turn),
    turns_test(who_is_cancelled_reads_no_more),
    turns_test(deadlines_pass_in_their_turn),
    turns_test(a_run_ends_with_its_task),
    turns_test(who_is_woken_goes_on),
};

HARNESS_CMOCKA_MAIN("network/turns", tests)
