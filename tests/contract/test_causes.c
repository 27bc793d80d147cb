/* SPDX-License-Identifier: MIT */
/*
 * Each kind of cause, one test a kind. The lanes are named so that the normal form would list the effect
 * first if its cause had not been recorded: what is done comes from lanes named z…, what follows it is in
 * lanes named a…. A background call that does nothing takes part, so that causes are all that counts.
 */
#include <harness/cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "outside.h"

static harness_t *world;
static harness_server_t *server;

static void *do_nothing(void *arg) {
  return arg;
}

static int set_up(void **state) {
  int status = harness_cmocka_setup(state);

  world = *state;
  harness_assert_run(world, harness_call_in_background_named(world, "nobody", do_nothing, world));
  return status;
}

static size_t place_of(const char *text, const char *line) {
  const char *found = strstr(text, line);

  if (found == NULL)
    fail_msg("'%s' is not in\n%s", line, text);
  return (size_t)(found - text);
}

/* Whether the transcript has these lines in this order. The list ends with NULL. */
static void assert_order(const char *const *lines) {
  char *text = harness_transcript_text(world);

  assert_non_null(text);
  for (; lines[1] != NULL; lines++)
    if (place_of(text, lines[0]) > place_of(text, lines[1]))
      fail_msg("'%s' does not come before '%s':\n%s", lines[0], lines[1], text);
  free(text);
}

#define assert_in_order(...) assert_order((const char *const[]){__VA_ARGS__, NULL})

static void *log_line(void *arg) {
  harness_log(world, "%s", (const char *)arg);
  return arg;
}

static harness_task_t *schedule(const char *name, harness_function_t fn, void *arg) {
  return harness_assert_made(world, harness_schedule_coroutine_named(world, name, fn, arg));
}

static void *await_quietly(void *arg) {
  assert_int_equal(harness_await(arg, NULL), 0);
  return arg;
}

static void *await_and_log(void *arg) {
  assert_int_equal(harness_await(arg, NULL), 0);
  harness_log(world, "goes on");
  return arg;
}

/* Schedule before start, also through one that does nothing itself. */
static void *schedule_another(void *arg) {
  return harness_schedule_coroutine_named(world, "a2", log_line, arg);
}

static void *log_and_schedule(void *arg) {
  harness_log(world, "schedules");
  (void)schedule("a1", log_line, "started");
  (void)schedule("silent", schedule_another, "started later");
  (void)harness_assert_made(world, harness_call_in_background_named(world, "a3", log_line, "called"));
  return arg;
}

static void schedule_before_start(void **state) {
  (void)state;
  harness_assert_run(world, schedule("z", log_and_schedule, world));
  assert_in_order("schedules", "started\n");
  assert_in_order("schedules", "started later");
  assert_in_order("schedules", "called");
}

static void call_back(void *arg) {
  harness_log(world, "%s", (const char *)arg);
}

static void *set_timer(void *arg) {
  harness_log(world, "sets it");
  return harness_assert_made(world, harness_call_later(world, 5, call_back, arg));
}

static void a_timer_is_set_before_it_is_called(void **state) {
  harness_task_t *timer;

  (void)state;
  timer = harness_assert_run(world, schedule("z", set_timer, "called back"));
  harness_assert_run(world, schedule("a", await_and_log, timer));
  assert_in_order("sets it", "called back");
}

/* End before wait: of a coroutine, of a call, of one that waited itself, of all, of the first, of one in
 * time. */
static void end_before_wait(void **state) {
  harness_task_t *ends;
  harness_task_t *call;
  harness_task_t *all[2];

  (void)state;
  ends = schedule("z1", log_line, "ends");
  call = harness_call_in_background_named(world, "z2", log_line, "call ends");
  harness_assert_run(world, schedule("a1", await_and_log, schedule("quiet1", await_quietly, ends)));
  assert_in_order("ends", "a1");
  harness_assert_run(world, schedule("a2", await_and_log, schedule("quiet2", await_quietly, call)));
  assert_in_order("call ends", "a2");
  all[0] = schedule("z3", log_line, "third");
  all[1] = schedule("z4", log_line, "fourth");
  harness_assert_run(world, schedule("a3", await_and_log, harness_wait_all(world, all, 2)));
  assert_in_order("third", "a3");
  assert_in_order("fourth", "a3");
  all[0] = schedule("z5", log_line, "fifth");
  harness_assert_run(world, schedule("a4", await_and_log, harness_wait_first(world, all, 1)));
  assert_in_order("fifth", "a4");
  all[0] = schedule("z6", log_line, "sixth");
  harness_assert_run(world, schedule("a5", await_and_log, harness_wait_for(world, all[0], 1000)));
  assert_in_order("sixth", "a5");
}

/* Also for the thread itself: what it logs after a run comes after what it ran for. */
static void end_before_the_thread_goes_on(void **state) {
  (void)state;
  harness_assert_run(world, schedule("quiet", await_quietly, schedule("z", log_line, "ends")));
  harness_log(world, "main goes on");
  harness_assert_run(world, schedule("a", log_line, "afterwards"));
  assert_in_order("ends", "main goes on", "afterwards");
}

static void *resolve(void *arg) {
  harness_log(world, "resolves");
  assert_int_equal(harness_future_resolve(arg, world), 0);
  return arg;
}

static void on_timer(uv_timer_t *timer) {
  harness_log(world, "timer on the loop");
  assert_int_equal(harness_future_resolve(timer->data, world), 0);
  uv_close((uv_handle_t *)timer, NULL);
}

/* Resolve before wait: by a coroutine, by a callback of the harness's timer, by foreign code on the loop. */
static void resolve_before_wait(void **state) {
  harness_task_t *future = harness_future_new(world);
  harness_task_t *waiter = schedule("a1", await_and_log, future);
  uv_timer_t timer;

  (void)state;
  (void)schedule("z1", resolve, future);
  harness_assert_run(world, waiter);
  assert_in_order("resolves", "a1");

  future = harness_future_new(world);
  assert_int_equal(uv_timer_init(harness_loop(world), &timer), 0);
  timer.data = future;
  assert_int_equal(uv_timer_start(&timer, on_timer, 1, 0), 0);
  harness_assert_run(world, schedule("a2", await_and_log, future));
  assert_in_order("timer on the loop", "a2");
  assert_int_equal(harness_settle(world), 0);
}

/* Send before receive, by the byte. */
typedef struct letters {
  size_t first; /* bytes of the first read */
  size_t second;
  harness_delivery_t delivery;
} letters_t;

static void write_letters(harness_stream_t *stream, void *arg) {
  (void)arg;
  assert_int_equal(harness_write(stream, "ab", 2), 2);
  harness_log(world, "between");
  assert_int_equal(harness_write(stream, "cd", 2), 2);
  harness_log(world, "behind");
  assert_int_equal(harness_write(stream, "ef", 2), 2);
  harness_log(world, "last");
}

static void *read_letters(void *arg) {
  const letters_t *letters = arg;
  harness_stream_t *stream = harness_assert_made(world, harness_connect_to(world, server));
  char data[8];

  assert_int_equal(harness_read_exactly(stream, data, letters->first, NULL), (ptrdiff_t)letters->first);
  assert_int_equal(harness_read_exactly(stream, data, letters->second, NULL), (ptrdiff_t)letters->second);
  harness_stream_close(stream);
  return arg;
}

/* The places of the two receives among what the writer did, in the text. */
static char *exchange_letters(letters_t *letters, const char *host) {
  harness_t *h = harness_open(NULL);
  harness_server_options_t options = {.name = "z", .host = host, .delivery = letters->delivery};
  char *text;

  world = h;
  harness_assert_run(h, harness_call_in_background_named(h, "nobody", do_nothing, h));
  server = harness_assert_made(h, harness_start_server(h, write_letters, NULL, &options));
  harness_assert_run(h, schedule("a", read_letters, letters));
  text = harness_transcript_text(h);
  assert_non_null(text);
  harness_server_close(server);
  (void)harness_close(h);
  return text;
}

/* The reader's lane comes first, so a receive stands right behind the write of its last byte. */
static void assert_behind(const char *text, const char *receive, const char *write) {
  size_t place = place_of(text, receive);
  const char *line = strstr(text, write);
  const char *next = line != NULL ? strchr(line, '\n') : NULL;

  if (next == NULL || text + place != next + 1)
    fail_msg("'%s' does not stand right behind '%s':\n%s", receive, write, text);
}

static void send_before_receive_by_the_byte(void **state) {
  static const char *const hosts[] = {"127.0.0.1", "unix:", "memory:"};
  static const harness_delivery_t policies[] = {
      {.kind = HARNESS_DELIVERY_AS_WRITTEN},        {.kind = HARNESS_DELIVERY_COALESCED},
      {.kind = HARNESS_DELIVERY_BYTEWISE},          {.kind = HARNESS_DELIVERY_SPLIT_AT, .offsets = {3}},
      {.kind = HARNESS_DELIVERY_SEEDED, .seed = 3},
  };

  (void)state;
  for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
    for (size_t j = 0; j < sizeof policies / sizeof policies[0]; j++) {
      letters_t part = {.first = 1, .second = 2, .delivery = policies[j]};
      letters_t across = {.first = 3, .second = 3, .delivery = policies[j]};
      char *text = exchange_letters(&part, hosts[i]);

      assert_behind(text, "a    receive  'a'", "send     'ab'");
      assert_behind(text, "a    receive  'bc'", "send     'cd'");
      free(text);
      text = exchange_letters(&across, hosts[i]);
      assert_behind(text, "a    receive  'abc'", "send     'cd'");
      assert_behind(text, "a    receive  'def'", "send     'ef'");
      free(text);
    }
  }
}

/* Connect before accept; a close, a half-close and an abort before they are seen. */
static void see_the_end(harness_stream_t *stream, void *arg) {
  char data[8];

  (void)arg;
  while (harness_read(stream, data, sizeof data) > 0)
    continue;
}

static void *connect_and_end(void *arg) {
  harness_stream_t *stream = harness_assert_made(world, harness_connect_to(world, server));

  assert_int_equal(harness_sleep(world, 1), 0);
  harness_log(world, "ends it");
  if (*(const char *)arg == 'a')
    harness_stream_abort(stream);
  else if (*(const char *)arg == 'e')
    assert_int_equal(harness_write_eof(stream), 0);
  assert_int_equal(harness_sleep(world, 1), 0);
  harness_stream_close(stream);
  return arg;
}

static void connect_before_accept_and_end_before_it_is_seen(void **state) {
  static char ways[] = "aec";
  static const char *const seen[] = {"reset    from", "eof      from", "eof      from"};
  static const char *const done[] = {"reset    to", "eof      to", "close"};

  for (size_t i = 0; i < 3; i++) {
    harness_t *h = harness_open(NULL);

    world = h;
    harness_assert_run(h, harness_call_in_background_named(h, "nobody", do_nothing, h));
    server = harness_assert_made(
        h, harness_start_server(h, see_the_end, NULL, &(harness_server_options_t){.name = "a"}));
    harness_assert_run(h, schedule("z", connect_and_end, &ways[i]));
    assert_in_order("connect", "accept", "z    log      ends it", done[i], seen[i]);
    harness_server_close(server);
    assert_int_equal(harness_close(h), 0);
  }
  world = *state;
}

/* One party on two connections: what it does on one comes after what it did on the other. */
static void answer(harness_stream_t *stream, void *arg) {
  char data[8];

  (void)arg;
  if (harness_read(stream, data, sizeof data) > 0)
    (void)harness_write(stream, "reply", 5);
}

static void pass_on(harness_stream_t *stream, void *arg) {
  harness_stream_t *back;
  char data[8];
  ptrdiff_t size = harness_read(stream, data, sizeof data);

  back = harness_assert_made(world, harness_connect_to(world, arg));
  assert_int_equal(harness_write(back, data, (size_t)size), size);
  size = harness_read(back, data, sizeof data);
  assert_int_equal(harness_write(stream, data, (size_t)size), size);
  harness_stream_close(back);
}

static void *ask(void *arg) {
  harness_stream_t *stream = harness_assert_made(world, harness_connect_to(world, server));
  char data[8];

  assert_int_equal(harness_write(stream, "ask", 3), 3);
  assert_int_equal(harness_read(stream, data, sizeof data), 5);
  harness_stream_close(stream);
  return arg;
}

static void what_a_proxy_does_is_in_its_order(void **state) {
  harness_server_options_t names[] = {{.name = "b"}, {.name = "proxy"}};
  harness_server_t *back = harness_assert_made(world, harness_start_server(world, answer, NULL, &names[0]));

  (void)state;
  server = harness_assert_made(world, harness_start_server(world, pass_on, back, &names[1]));
  harness_assert_run(world, schedule("z", ask, world));
  assert_in_order("proxy/1    receive  'ask'", "proxy/1/2  send     'ask'", "b/1        receive  'ask'",
                  "proxy/1/2  receive  'reply'", "proxy/1    send     'reply'",
                  "z          receive  'reply'");
  harness_server_close(server);
  harness_server_close(back);
}

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

/* A cancelled one goes on after what the canceller did. */
static void *wait_to_be_cancelled(void *arg) {
  assert_int_equal(harness_await(arg, NULL), UV_ECANCELED);
  harness_log(world, "is cancelled");
  return arg;
}

static void *cancel(void *arg) {
  harness_log(world, "cancels");
  assert_int_equal(harness_task_cancel(arg), 0);
  return arg;
}

static void cancel_before_it_is_noticed(void **state) {
  harness_task_t *never = harness_future_new(world);
  harness_task_t *waiter = schedule("a", wait_to_be_cancelled, never);

  (void)state;
  harness_assert_run(world, schedule("z", cancel, waiter));
  assert_int_equal(harness_settle(world), 0);
  assert_int_equal(harness_task_cancel(never), 0);
  assert_in_order("cancels", "is cancelled");
}

#define cause_test(f) cmocka_unit_test_setup_teardown(f, set_up, harness_cmocka_teardown)

static const struct CMUnitTest tests[] = {
    cause_test(schedule_before_start),
    cause_test(a_timer_is_set_before_it_is_called),
    cause_test(end_before_wait),
    cause_test(end_before_the_thread_goes_on),
    cause_test(resolve_before_wait),
    cause_test(send_before_receive_by_the_byte),
    cause_test(connect_before_accept_and_end_before_it_is_seen),
    cause_test(what_a_proxy_does_is_in_its_order),
    cause_test(nothing_is_named_by_chance),
    cause_test(the_example_of_the_page),
    cause_test(accepted_connections_are_named_by_their_clients),
    cause_test(cancel_before_it_is_noticed),
};

HARNESS_CMOCKA_MAIN("contract/causes", tests)
