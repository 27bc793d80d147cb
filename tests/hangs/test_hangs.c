/* SPDX-License-Identifier: MIT */
/* Each planted deadlock and hang is reported as its golden file says: who is to blame first. */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/buffer.h"
#include "hangs.h"
#include "support.h"

static harness__buffer_t reported;

static void keep_report(const char *text, void *arg) {
  (void)arg;
  harness__buffer_string(&reported, text);
}

/* Paths from the top of the source tree, however the compiler was told them; and real time, which a hang
 * takes a little more or less of. */
static char *as_anywhere(const char *text) {
  static const char made[] = "made at ";
  static const char time[] = "the harness's time has come from 0 to ";
  harness__buffer_t out = {0};

  while (*text != '\0') {
    if (strncmp(text, made, strlen(made)) == 0 && strstr(text, "tests/hangs/") != NULL) {
      harness__buffer_string(&out, made);
      text = strstr(text, "tests/hangs/");
    } else if (strncmp(text, time, strlen(time)) == 0) {
      harness__buffer_printf(&out, "%s#", time);
      text += strlen(time);
      text += strspn(text, "0123456789");
    } else {
      harness__buffer_char(&out, *text++);
    }
  }
  return harness__buffer_take(&out);
}

static const hang_t *find(const char *name) {
  for (size_t i = 0; i < hangs_count; i++) {
    if (strcmp(hangs[i].name, name) == 0)
      return &hangs[i];
  }
  fail_msg("there is no hang %s", name);
  return NULL;
}

static void runs_into(const char *name) {
  const hang_t *hang = find(name);
  harness_options_t options = {.report = keep_report, .timeout_ms = hang->at_limit ? HANGS_TIMEOUT_MS : 0};
  harness_t *h = harness_open(&options);
  harness_task_t *task = hang->plant(h);
  char golden[100];
  char *text;

  if (task == NULL && hang->at_limit)
    skip(); /* the kernel does not tell what a thread is blocked in */
  assert_non_null(task);
  assert_null(harness_run_in_foreground(h, task));
  assert_int_equal(harness_error_code(h), hang->at_limit ? UV_ETIMEDOUT : -EDEADLK);
  text = as_anywhere(reported.text);
  (void)snprintf(golden, sizeof golden, "deadlocks/%s.txt", name);
  support_assert_golden(golden, text);
  free(text);
  harness__buffer_free(&reported);
  if (hang->release != NULL)
    hang->release();
  assert_true(harness_close(h) > 0);
  harness__buffer_free(&reported);
}

/* A list that nobody reads to its end is cut. */
static void many_tasks_are_cut(void **state) {
  enum { MANY = 105 };
  harness_options_t options = {.report = keep_report};
  harness_t *h = harness_open(&options);
  harness_task_t *last = NULL;

  (void)state;
  for (size_t i = 0; i < MANY; i++)
    last = harness_future_new(h);
  assert_null(harness_run_in_foreground(h, last));
  assert_non_null(strstr(reported.text, "deadlock: nobody resolves future105, which main waits for\n"));
  assert_non_null(strstr(reported.text, "\n  future100 is a future that nobody has resolved, made at "));
  assert_non_null(strstr(reported.text, "\n  and 5 more\n"));
  harness__buffer_free(&reported);
  assert_int_equal(harness_close(h), MANY);
  harness__buffer_free(&reported);
}

static harness_task_t *parties[4];

static void *await_party(void *arg) {
  (void)harness_await(*(harness_task_t **)arg, NULL);
  return NULL;
}

static void *await_two(void *arg) {
  (void)harness_await(harness_wait_all(arg, &parties[1], 2), NULL);
  return NULL;
}

static void send_a_part(harness_stream_t *stream, void *arg) {
  (void)harness_write(stream, "12345678", 8);
  (void)harness_await(*(harness_task_t **)arg, NULL);
}

typedef struct visit {
  harness_t *h;
  harness_server_t *server;
} visit_t;

static void *read_a_whole(void *arg) {
  visit_t *visit = arg;
  harness_stream_t *stream = harness_connect_to(visit->h, visit->server);
  char whole[20];

  return harness_read_exactly(stream, whole, sizeof whole, NULL) == sizeof whole ? arg : NULL;
}

/* Of two that are waited for the first is in a cycle of its own; the worse one leads through the second. */
static void a_cycle_through_one_of_two(void **state) {
  harness_options_t options = {.report = keep_report};
  harness_t *h = harness_open(&options);
  visit_t visit = {h, harness_start_server(h, send_a_part, &parties[0], NULL)};

  (void)state;
  parties[0] = harness_schedule_coroutine_named(h, "both", await_two, h);
  parties[1] = harness_schedule_coroutine_named(h, "loader", await_party, &parties[3]);
  parties[2] = harness_schedule_coroutine_named(h, "reader", read_a_whole, &visit);
  parties[3] = harness_schedule_coroutine_named(h, "saver", await_party, &parties[1]);
  assert_null(harness_run_in_foreground(h, parties[0]));
  assert_non_null(strstr(reported.text,
                         "deadlock: reader waits for 12 more bytes of 20 from server/1 (0 bytes in flight); "
                         "server/1 waits for both to end; both waits for loader, reader\n"));
  harness__buffer_free(&reported);
  assert_true(harness_close(h) > 0);
  harness__buffer_free(&reported);
}

#define HANG(name)                                                                                           \
  static void name(void **state) {                                                                           \
    (void)state;                                                                                             \
    runs_into(#name);                                                                                        \
  }

HANG(cycle_of_tasks)
HANG(longer_frame)
HANG(drain_unread)
HANG(lost_future)
HANG(reply_of_a_part)
HANG(no_handler)
HANG(wait_first)
HANG(connection_pool)
HANG(half_close)
HANG(datagram)
HANG(left_open)
HANG(nobody_begins)
HANG(paused_reading)
HANG(part_of_a_line)
HANG(half_a_line)
HANG(long_cycle)
HANG(redacted)
HANG(handle_on_the_loop)
HANG(thread_pool)
HANG(blocking_call)

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(cycle_of_tasks),     cmocka_unit_test(longer_frame),
    cmocka_unit_test(drain_unread),       cmocka_unit_test(lost_future),
    cmocka_unit_test(reply_of_a_part),    cmocka_unit_test(no_handler),
    cmocka_unit_test(wait_first),         cmocka_unit_test(connection_pool),
    cmocka_unit_test(half_close),         cmocka_unit_test(datagram),
    cmocka_unit_test(left_open),          cmocka_unit_test(nobody_begins),
    cmocka_unit_test(paused_reading),     cmocka_unit_test(part_of_a_line),
    cmocka_unit_test(half_a_line),        cmocka_unit_test(long_cycle),
    cmocka_unit_test(redacted),           cmocka_unit_test(handle_on_the_loop),
    cmocka_unit_test(thread_pool),        cmocka_unit_test(blocking_call),
    cmocka_unit_test(many_tasks_are_cut), cmocka_unit_test(a_cycle_through_one_of_two),
};

int main(int argc, char **argv) {
  hangs_begin();
  return harness_cmocka_main(argc, argv, "hangs", tests, sizeof tests / sizeof tests[0]);
}
