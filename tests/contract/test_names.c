/* SPDX-License-Identifier: MIT */
/* What chance decides is in no name; and the example of docs/canonical-order.md. */
#include "causes.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "outside.h"

/* Blocking clients of a proxy, in an order that is given here and chance elsewhere. What that decides (who is
 * accepted first, by the proxy and behind it, and which of its helpers is made first) is in no name. */
static void pass_on_with_help(harness_stream_t *stream, void *arg) {
  static char note[] = "helps";

  harness_assert_made(world, harness_schedule_coroutine(world, log_line, note));
  pass_on(stream, arg);
}

static void *ask_from_a_thread(void *arg) {
  int fd = dial(SOCK_STREAM, harness_server_port(server));
  char data[8];
  bool good;

  good = fd >= 0 && send(fd, arg, 3, MSG_NOSIGNAL) == 3 && recv(fd, data, 5, MSG_WAITALL) == 5;
  if (fd >= 0)
    (void)close(fd);
  return good ? arg : NULL;
}

static char *race(const size_t order[4]) {
  static char *const asked[] = {"one", "two", "one", "six"};
  harness_server_options_t names[] = {{.name = "b"}, {.name = "proxy"}};
  harness_server_t *back;
  char *json;

  world = harness_assert_made(NULL, harness_open(NULL));
  back = harness_assert_made(world, harness_start_server(world, answer, NULL, &names[0]));
  server = harness_assert_made(world, harness_start_server(world, pass_on_with_help, back, &names[1]));
  for (size_t i = 0; i < 4; i++)
    assert_non_null(
        harness_assert_run(world, harness_call_in_background(world, ask_from_a_thread, asked[order[i]])));
  json = harness_transcript_json(world);
  assert_non_null(json);
  harness_server_close(server);
  harness_server_close(back);
  assert_int_equal(harness_close(world), 0);
  return json;
}

static void nothing_is_named_by_chance(void **state) {
  static const size_t orders[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}, {2, 0, 3, 1}};
  char *first = race(orders[0]);

  for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
    char *again = race(orders[i]);

    assert_string_equal(first, again);
    free(again);
  }
  free(first);
  world = *state;
}

/* The example of docs/canonical-order.md, run as it stands there. */
typedef struct caller {
  const char *line;
  size_t part; /* sent first, by itself */
  const char *said;
} caller_t;

static void echo_line(harness_stream_t *stream, void *arg) {
  char data[8];
  ptrdiff_t size = harness_read_exactly(stream, data, 2, NULL);

  (void)arg;
  (void)harness_write(stream, data, (size_t)size);
}

static void *call_echo(void *arg) {
  const caller_t *caller = arg;
  int fd = dial(SOCK_STREAM, harness_server_port(server));
  char data[8];
  bool good;

  good =
      fd >= 0 && send(fd, caller->line, caller->part, MSG_NOSIGNAL) == (ssize_t)caller->part &&
      send(fd, caller->line + caller->part, 2 - caller->part, MSG_NOSIGNAL) == (ssize_t)(2 - caller->part) &&
      recv(fd, data, 2, MSG_WAITALL) == 2;
  harness_log(world, "%s", caller->said);
  if (fd >= 0)
    (void)close(fd);
  return good ? arg : NULL;
}

static void *report(void *arg) {
  assert_int_equal(harness_await(arg, NULL), 0);
  harness_log(world, "both were answered");
  return arg;
}

static char *read_page(void) {
  FILE *file = fopen(PAGE, "rb");
  char *text = NULL;
  size_t size = 0;

  assert_non_null(file);
  assert_true(getdelim(&text, &size, '\0', file) > 0);
  (void)fclose(file);
  return text;
}

static void the_example_of_the_page(void **state) {
  static caller_t callers[] = {{"b\n", 1, "b is back"}, {"a\n", 2, "a is back"}};
  static const char *const names[] = {"first", "second"};
  harness_t *h = world = harness_assert_made(NULL, harness_open(NULL));
  harness_task_t *calls[2];
  char *page = read_page();
  char *json;

  harness_log(h, "begins");
  server = harness_assert_made(h, harness_start_server(h, echo_line, NULL, NULL));
  for (size_t i = 0; i < 2; i++)
    calls[i] = harness_call_in_background_named(h, names[i], call_echo, &callers[i]);
  harness_assert_run(h, schedule("report", report, harness_wait_all(h, calls, 2)));
  for (size_t i = 0; i < 2; i++)
    assert_non_null(harness_task_result(calls[i]));
  json = harness_transcript_json(h);
  assert_non_null(json);
  if (strstr(page, json) == NULL)
    fail_msg("the page does not have this transcript:\n%s", json);
  free(json);
  free(page);
  harness_server_close(server);
  assert_int_equal(harness_close(h), 0);
  world = *state;
}

/* Coroutines on the loop that wait for calls: who of them connects first is chance, too. */
static void *wait_and_ask(void *arg) {
  assert_int_equal(harness_await(arg, NULL), 0);
  return ask(world);
}

static char *connect_in_order(bool second_first) {
  harness_server_options_t options = {.name = "b"};
  harness_task_t *tasks[2];
  harness_task_t *gates[2];
  char *json;

  world = harness_assert_made(NULL, harness_open(NULL));
  harness_assert_run(world, harness_call_in_background_named(world, "nobody", do_nothing, world));
  server = harness_assert_made(world, harness_start_server(world, answer, NULL, &options));
  for (size_t i = 0; i < 2; i++) {
    gates[i] = harness_future_new(world);
    tasks[i] = schedule(i == 0 ? "one" : "two", wait_and_ask, gates[i]);
  }
  for (size_t i = 0; i < 2; i++) {
    size_t next = second_first ? 1 - i : i;

    assert_int_equal(harness_future_resolve(gates[next], world), 0);
    harness_assert_run(world, tasks[next]);
  }
  json = harness_transcript_json(world);
  harness_server_close(server);
  assert_int_equal(harness_close(world), 0);
  return json;
}

/* What main waits for between the two is no event, and hands on what the first has done: so the form is not
 * the same, but for the names, which follow the clients. */
static void accepted_connections_are_named_by_their_clients(void **state) {
  for (int i = 0; i < 2; i++) {
    char *json = connect_in_order(i == 1);

    assert_non_null(strstr(json, "{\"lane\": \"b/1\", \"event\": \"accept\", \"from\": \"one\"}"));
    assert_non_null(strstr(json, "{\"lane\": \"b/2\", \"event\": \"accept\", \"from\": \"two\"}"));
    free(json);
  }
  world = *state;
}

static const struct CMUnitTest tests[] = {
    cause_test(nothing_is_named_by_chance),
    cause_test(the_example_of_the_page),
    cause_test(accepted_connections_are_named_by_their_clients),
};

HARNESS_CMOCKA_MAIN("contract/names", tests)
