/* SPDX-License-Identifier: MIT */
/* What is made knows where: each call that makes something stands on a line of its own here. */
#include <harness/cmocka.h>

#include <string.h>

#include "network/datagram.h"
#include "network/pool.h"
#include "network/server.h"
#include "run/run.h"

/* The line before the one where this stands. */
#define assert_made_above(place) assert_made_at((place), __LINE__ - 1)

static void assert_made_at(harness__place_t place, int line) {
  assert_non_null(place.file);
  assert_string_equal(place.file, __FILE__);
  assert_int_equal(place.line, line);
}

static void *nothing(void *arg) {
  return arg;
}

static void ignore(void *arg) {
  (void)arg;
}

static void tasks(void **state) {
  harness_t *h = *state;
  harness_task_t *task = harness_schedule_coroutine(h, nothing, NULL);
  assert_made_above(task->place);
  task = harness_schedule_coroutine_named(h, "a", nothing, NULL);
  assert_made_above(task->place);
  harness_assert_run(h, harness_wait_all(h, &task, 1));
  task = harness_call_in_background(h, nothing, h);
  assert_made_above(task->place);
  assert_ptr_equal(harness_assert_run(h, task), h);
  task = harness_call_in_background_named(h, "b", nothing, NULL);
  assert_made_above(task->place);
  (void)harness_run_in_foreground(h, task);
  task = harness_call_later(h, 1, ignore, NULL);
  assert_made_above(task->place);
  (void)harness_task_cancel(task);
  task = harness_call_every(h, 1, ignore, NULL);
  assert_made_above(task->place);
  (void)harness_task_cancel(task);
}

static void futures_and_combinations(void **state) {
  harness_t *h = *state;
  harness_task_t *future = harness_future_new(h);
  assert_made_above(future->place);
  harness_task_t *all = harness_wait_all(h, &future, 1);
  assert_made_above(all->place);
  harness_task_t *first = harness_wait_first(h, &future, 1);
  assert_made_above(first->place);
  harness_task_t *limit = harness_wait_for(h, future, 1);
  assert_made_above(limit->place);
  assert_int_equal(harness_future_resolve(future, NULL), 0);
  future = harness_future_new_named(h, "f");
  assert_made_above(future->place);
  assert_int_equal(harness_future_resolve(future, NULL), 0);
  future = harness_future_new_foreign(h, "g");
  assert_made_above(future->place);
  assert_int_equal(harness_future_resolve(future, NULL), 0);
}

static void nested_calls(void **state) {
  harness_t *h = *state;
  harness_task_t *inner;
  harness_task_t *outer = harness_wait_for(h, inner = harness_schedule_coroutine(h, nothing, NULL), 5);

  assert_in_range(inner->place.line, __LINE__ - 3, __LINE__ - 2);
  assert_in_range(outer->place.line, __LINE__ - 4, __LINE__ - 3);
  assert_non_null(outer->place.file);
  harness_assert_run(h, outer);
}

static void *sleep_shortly(harness_t *h) {
  return harness_sleep(h, 1) == 0 ? h : NULL;
}

static void *make_with_an_argument_that_parks(void *arg) {
  harness_task_t *task = harness_schedule_coroutine(arg, nothing, sleep_shortly(arg));
  assert_made_above(task->place);
  assert_ptr_equal(task->arg, arg);
  return NULL;
}

static void *make_the_same_elsewhere(void *arg) {
  harness_task_t *task = harness_schedule_coroutine(arg, nothing, sleep_shortly(arg));
  assert_made_above(task->place);
  return arg;
}

static void *run_both(harness_t *h) {
  harness_task_t *both[] = {harness_schedule_coroutine(h, make_with_an_argument_that_parks, h),
                            harness_schedule_coroutine(h, make_the_same_elsewhere, h)};

  harness_assert_run(h, harness_wait_all(h, both, 2));
  return NULL;
}

/* What others make meanwhile is made elsewhere. */
static void arguments_that_park(void **state) {
  harness_t *h = *state;
  harness_task_t *task = harness_schedule_coroutine(h, nothing, run_both(h));
  assert_made_above(task->place);
  assert_int_equal(harness_settle(h), 0);
}

/* A call that is refused takes its place with it. */
static void refusals(void **state) {
  harness_t *h = *state;

  assert_null(harness_schedule_coroutine(h, NULL, NULL));
  assert_null(harness_call_in_background(h, NULL, NULL));
  assert_null(harness_call_later(h, 1, NULL, NULL));
  assert_null(harness_call_every(h, 0, ignore, NULL));
  assert_null(harness_future_new_named(h, ""));
  assert_null(harness_wait_all(h, NULL, 0));
  assert_null(harness_wait_first(h, NULL, 0));
  assert_null(harness_wait_for(h, NULL, 0));
  assert_null(harness_start_server(h, NULL, NULL, NULL));
  assert_null(harness_create_server(h, NULL, NULL, NULL, NULL));
  assert_null(harness_create_connection(h, NULL, NULL, NULL, NULL));
  assert_null(harness_create_framed_server(h, NULL, NULL, NULL, NULL));
  assert_null(harness_framed_client_new(h, NULL, NULL));
  assert_null(harness_framed_call(NULL, NULL, 0));
  assert_null(harness_create_datagram_endpoint(NULL, NULL, NULL, NULL));
  assert_null(harness_connect(h, NULL, 0));
  assert_null(harness_connect_to(h, NULL));
  assert_null(harness__place_take().file);
}

typedef struct made {
  harness_t *h;
  harness_server_t *server;
  harness_stream_t *accepted;
  int handler_line;
} made_t;

static void serve(harness_stream_t *stream, void *arg) {
  made_t *made = arg;
  char byte;

  made->accepted = stream;
  made->handler_line = harness_current_task(made->h)->place.line;
  assert_int_equal(harness_read(stream, &byte, 1), 0);
}

static void *connect_both_ways(void *arg) {
  made_t *made = arg;
  harness_server_t *server = made->server;
  harness_stream_t *s = harness_connect_to(made->h, server);
  assert_made_above(harness_stream_transport(s)->place);
  harness_stream_close(s);
  s = harness_connect(made->h, harness_server_host(server), harness_server_port(server));
  assert_made_above(harness_stream_transport(s)->place);
  harness_stream_close(s);
  return NULL;
}

static void servers_and_connections(void **state) {
  made_t made = {.h = *state};
  made.server = harness_start_server(made.h, serve, &made, NULL);
  assert_made_above(made.server->place);
  harness_assert_run(made.h, harness_schedule_coroutine(made.h, connect_both_ways, &made));
  harness_assert_ok(made.h, harness_settle(made.h));
  assert_int_equal(made.handler_line, made.server->place.line);
  harness_server_close(made.server);
}

static void answer(void *arg, harness_framed_t *connection, const void *data, size_t size) {
  int *line = arg;

  *line = harness_framed_transport(connection)->place.line;
  assert_int_equal(harness_framed_write(connection, data, size), 0);
}

static void framed(void **state) {
  static const harness_framing_t lines = {.separator = "\n", .separator_size = 1};
  harness_t *h = *state;
  int line = 0;
  harness_server_t *server = harness_create_framed_server(h, &lines, answer, &line, NULL);
  assert_made_above(server->place);
  harness_framed_client_options_t options = {.server = server, .full_response = 1};
  harness_framed_client_t *client = harness_framed_client_new(h, &lines, &options);
  assert_made_above(client->place);
  harness_task_t *call = harness_framed_call(client, "a", 1);
  assert_made_above(call->place);
  const harness_reply_t *reply = harness_assert_run(h, call);
  assert_int_equal(reply->transport->place.line, client->place.line);
  assert_int_equal(line, server->place.line);
  harness_framed_client_close(client);
  harness_server_close(server);
}

static void protocols_and_endpoints(void **state) {
  static const harness_protocol_t protocol = {0};
  harness_t *h = *state;
  harness_server_t *server = harness_create_server(h, &protocol, NULL, NULL, NULL);
  assert_made_above(server->place);
  harness_connection_options_t options = {.server = server};
  harness_task_t *task = harness_create_connection(h, &protocol, NULL, NULL, &options);
  assert_made_above(task->place);
  harness_transport_t *transport = harness_assert_run(h, task);
  assert_int_equal(transport->place.line, task->place.line);
  harness_transport_close(transport);
  harness_server_close(server);
  harness_endpoint_t *endpoint = harness_create_datagram_endpoint(h, NULL, NULL, NULL);
  assert_made_above(endpoint->place);
  harness_datagram_close(endpoint);
}

static void harnesses(void **state) {
  harness_t *h = harness_open(NULL);
  assert_made_above(h->place);
  (void)state;
  harness_assert_run(h, (harness_schedule_coroutine)(h, nothing, NULL));
  assert_int_equal(harness_close(h), 0);
}

static void none_is_said_by_a_pointer(void **state) {
  harness_t *h = *state;
  harness_task_t *(*schedule)(harness_t *, harness_function_t, void *) = harness_schedule_coroutine;
  harness_task_t *task = schedule(h, nothing, NULL);

  assert_null(task->place.file);
  harness_assert_run(h, task);
}

static const struct CMUnitTest tests[] = {
    harness_unit_test(tasks),        harness_unit_test(futures_and_combinations),
    harness_unit_test(nested_calls), harness_unit_test(arguments_that_park),
    harness_unit_test(refusals),     harness_unit_test(servers_and_connections),
    harness_unit_test(framed),       harness_unit_test(protocols_and_endpoints),
    harness_unit_test(harnesses),    harness_unit_test(none_is_said_by_a_pointer),
};

HARNESS_CMOCKA_MAIN("places", tests)
