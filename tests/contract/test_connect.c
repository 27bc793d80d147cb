/* SPDX-License-Identifier: MIT */
/* Connections: servers, names, refusals, want of descriptors. */
#include "contract.h"
#include "descriptors.h"

#include <stdlib.h>

enum { MANY = 200 };

static harness_server_t *server;

static void echo(harness_stream_t *s, void *arg) {
  char data[100];
  ptrdiff_t size;

  (void)arg;
  while ((size = harness_read(s, data, sizeof data)) > 0)
    assert_int_equal(harness_write(s, data, (size_t)size), size);
}

static harness_server_t *start(harness_t *h, const char *name) {
  harness_server_options_t options = {.host = contract_host(), .name = name};
  return harness_assert_made(h, harness_start_server(h, echo, NULL, &options));
}

static void the_port_is_known_at_once(void **state) {
  harness_t *h = *state;
  harness_server_t *first = start(h, NULL);
  harness_server_t *second = start(h, NULL);

  if (contract_is_tcp()) {
    assert_int_not_equal(harness_server_port(first), 0);
    assert_int_not_equal(harness_server_port(second), harness_server_port(first));
  } else {
    assert_int_equal(harness_server_port(first), 0);
    assert_string_not_equal(harness_server_host(second), harness_server_host(first));
  }
  assert_string_equal(harness_server_name(first), "server");
  assert_string_equal(harness_server_name(second), "server2");
  assert_memory_equal(harness_server_host(first), contract_host(), strlen(contract_host()));
  harness_server_close(first);
  harness_server_close(first);
  harness_server_close(second);
  assert_int_equal(harness_server_port(NULL), 0);
  harness_server_close(NULL);
}

static void bad_options_are_refused(void **state) {
  harness_t *h = *state;
  harness_server_options_t options = {.host = "192.0.2.1"};

  assert_null(harness_start_server(h, echo, NULL, &options));
  assert_non_null(strstr(harness_error(h), "can't listen on '192.0.2.1': it takes 127.0.0.1"));
  options =
      (harness_server_options_t){.host = contract_host(), .delivery = {.kind = (harness_delivery_kind_t)99}};
  assert_null(harness_start_server(h, echo, NULL, &options));
  server = start(h, "same");
  options = (harness_server_options_t){.name = "same"};
  assert_null(harness_start_server(h, echo, NULL, &options));
  assert_non_null(strstr(harness_error(h), "'same' is taken"));
  options = (harness_server_options_t){
      .host = harness_server_host(server), .name = "again", .port = harness_server_port(server)};
  assert_null(harness_start_server(h, echo, NULL, &options));
  assert_int_equal(harness_error_code(h), contract_is_memory() ? UV_EINVAL : UV_EADDRINUSE);
  options.host = contract_host();
  options.port = 0; /* the name was not used up */
  harness_server_close(harness_assert_made(h, harness_start_server(h, echo, NULL, &options)));
  harness_server_close(server);
}

static void *connect_by_name(void *arg) {
  harness_stream_t *s = harness_connect(world, "localhost", harness_server_port(server));

  harness_assert_made(world, s);
  assert_string_equal(harness_peer_name(s), "server/1");
  harness_stream_close(s);
  return arg;
}

static void localhost_is_either_address(void **state) {
  harness_t *h = *state;

  if (!contract_is_tcp())
    skip(); /* a name of TCP's */
  server = start(h, NULL);
  harness_assert_run(h, harness_schedule_coroutine(h, connect_by_name, NULL));
  harness_server_close(server);
}

static void *connect_to_closed(void *arg) {
  uint16_t port = harness_server_port(server);

  assert_null(harness_connect_to(world, server));
  assert_int_equal(harness_error_code(world), UV_ECONNREFUSED);
  assert_null(harness_connect(world, harness_server_host(server), port));
  assert_int_equal(harness_error_code(world), UV_ECONNREFUSED);
  assert_non_null(strstr(harness_error(world), "connection refused"));
  assert_non_null(strstr(harness_error(world), "can't connect to "));
  assert_null(harness_connect(world, "example.org", 80));
  assert_int_equal(harness_error_code(world), UV_EINVAL);
  assert_null(harness_connect(world, NULL, 80));
  assert_null(harness_connect_to(world, NULL));
  return arg;
}

static void a_closed_server_refuses(void **state) {
  static const char expected[] = "client  connect  to server\n"
                                 "client  error    ECONNREFUSED\n"
                                 "client  connect  to peer\n"
                                 "client  error    ECONNREFUSED\n";
  static const char refused[] = "client  connect  to peer\n"
                                "client  error    ECONNREFUSED\n";
  harness_t *h = *state;
  char *text;

  server = start(h, NULL);
  harness_server_close(server);
  harness_assert_run(h, harness_schedule_coroutine(h, connect_to_closed, NULL));
  text = harness_transcript_text(h);
  assert_memory_equal(text, expected, strlen(expected));
  /* "localhost" is tried on both of its addresses. */
  assert_string_equal(text + strlen(expected), strcmp(contract_host(), "localhost") == 0 ? refused : "");
  free(text);
}

static void *connect_then_read(void *arg) {
  harness_stream_t *s = harness_connect_to(world, server);
  char byte;

  harness_assert_made(world, s);
  assert_int_equal(harness_read(s, &byte, 1), UV_ECONNRESET);
  harness_stream_close(s);
  return arg;
}

static void *close_server(void *arg) {
  harness_server_close(server);
  return arg;
}

static void closing_a_server_resets_those_on_their_way(void **state) {
  harness_t *h = *state;
  harness_task_t *tasks[2];

  server = start(h, NULL);
  tasks[0] = harness_schedule_coroutine(h, connect_then_read, NULL);
  tasks[1] = harness_schedule_coroutine(h, close_server, NULL);
  harness_assert_run(h, harness_wait_all(h, tasks, 2));
}

static void *talk_on_two(void *arg) {
  harness_stream_t *first = harness_connect_to(world, server);
  harness_stream_t *second = harness_connect_to(world, server);

  assert_string_equal(harness_stream_name(first), "client");
  assert_string_equal(harness_stream_name(second), "client/2");
  assert_string_equal(harness_peer_name(first), "server/1");
  assert_string_equal(harness_peer_name(second), "server/2");
  harness_stream_close(first);
  harness_stream_close(second);
  return arg;
}

static void every_connection_has_a_lane(void **state) {
  harness_t *h = *state;

  server = start(h, NULL);
  harness_assert_run(h, harness_schedule_coroutine(h, talk_on_two, NULL));
  harness_server_close(server);
}

static void *talk(void *arg) {
  harness_stream_t *s = harness_connect_to(world, server);
  char data[8] = "";

  if (s == NULL)
    return NULL;
  assert_int_equal(harness_write(s, arg, 4), 4);
  assert_int_equal(harness_read_exactly(s, data, 4, NULL), 4);
  assert_memory_equal(data, arg, 4);
  harness_stream_close(s);
  return arg;
}

static void many_at_once(void **state) {
  harness_t *h = *state;
  harness_task_t *tasks[MANY];

  server = start(h, NULL);
  for (size_t i = 0; i < MANY; i++)
    tasks[i] = harness_schedule_coroutine(h, talk, "many");
  harness_assert_run(h, harness_wait_all(h, tasks, MANY));
  for (size_t i = 0; i < MANY; i++)
    assert_non_null(harness_task_result(tasks[i]));
  harness_assert_ok(h, harness_settle(h));
  harness_server_close(server);
}

/* None left for the client (0) and none for the server (1): the connect fails, everything else goes on. */
static void no_descriptors_left(void **state) {
  harness_t *h = *state;

  if (contract_is_memory())
    skip(); /* it takes none */
  server = start(h, NULL);
  for (size_t more = 0; more < 3; more++) {
    harness_task_t *task = harness_schedule_coroutine(h, talk, "none");
    void *result;

    leave_descriptors(more);
    result = harness_run_in_foreground(h, task);
    give_descriptors_back();
    assert_int_equal(harness_task_status(task), 0);
    if (more < 2) {
      assert_null(result);
      assert_int_equal(harness_error_code(h), UV_EMFILE);
    } else {
      assert_non_null(result);
    }
    harness_assert_ok(h, harness_settle(h));
  }
  harness_assert_run(h, harness_schedule_coroutine(h, talk, "more"));
  harness_server_close(server);
}

static void *connect_and_wait(void *arg) {
  harness_stream_t *s = harness_connect_to(world, server);

  assert_null(s);
  assert_int_equal(harness_error_code(world), UV_ECANCELED);
  return arg;
}

static void *cancel(void *arg) {
  assert_int_equal(harness_task_cancel(arg), 0);
  return arg;
}

static void connecting_can_be_cancelled(void **state) {
  harness_t *h = *state;
  harness_task_t *tasks[2];

  server = start(h, NULL);
  tasks[0] = harness_schedule_coroutine(h, connect_and_wait, NULL);
  tasks[1] = harness_schedule_coroutine(h, cancel, tasks[0]);
  assert_null(harness_run_in_foreground(h, harness_wait_all(h, tasks, 2)));
  assert_int_equal(harness_task_status(tasks[0]), UV_ECANCELED);
  harness_assert_ok(h, harness_settle(h));
  harness_server_close(server);
}

static void *read_and_wait(void *arg) {
  harness_stream_t *s = harness_connect_to(world, server);
  char byte;

  assert_int_equal(harness_read(s, &byte, 1), UV_ECANCELED);
  assert_int_equal(harness_read(s, &byte, 1), UV_ECANCELED);
  assert_null(harness_connect_to(world, server));
  harness_stream_close(s);
  return arg;
}

static void reading_can_be_cancelled(void **state) {
  harness_t *h = *state;
  harness_task_t *task = harness_schedule_coroutine(h, read_and_wait, NULL);

  server = start(h, NULL);
  harness_assert_ok(h, harness_settle(h));
  assert_int_equal(harness_task_cancel(task), 0);
  assert_null(harness_run_in_foreground(h, task));
  harness_assert_ok(h, harness_settle(h));
  harness_server_close(server);
}

static void *wait_for_words(void *arg) {
  harness_stream_t *s = harness_connect_to(world, server);
  char data[4];
  ptrdiff_t size = harness_read_exactly(s, data, sizeof data, NULL);

  harness_stream_close(s);
  return size == 4 ? arg : NULL;
}

static char reported[2000];

static void keep_report(const char *text, void *arg) {
  (void)arg;
  (void)snprintf(reported, sizeof reported, "%s", text);
}

static void two_that_wait_for_each_other_are_told(void **state) {
  harness_options_t options = {.report = keep_report, .host = contract_host()};
  harness_task_t *task;

  (void)state;
  world = harness_open(&options);
  server = start(world, NULL);
  task = harness_schedule_coroutine(world, wait_for_words, NULL);
  assert_null(harness_run_in_foreground(world, task));
  assert_non_null(strstr(reported, "  main waits for client"));
  assert_non_null(
      strstr(reported, "  client waits to read exactly 4 bytes from server/1 (0 bytes in flight)"));
  assert_non_null(strstr(reported, "server/1 waits to read from client (0 bytes in flight)"));
  assert_int_equal(harness_close(world), 3); /* the task, its connection, the server */
  assert_non_null(strstr(reported, "the connection of client with server/1 was still open"));
}

static const struct CMUnitTest tests[] = {
    contract_test(the_port_is_known_at_once),
    contract_test(bad_options_are_refused),
    contract_test(localhost_is_either_address),
    contract_test(a_closed_server_refuses),
    contract_test(closing_a_server_resets_those_on_their_way),
    contract_test(every_connection_has_a_lane),
    contract_test(many_at_once),
    contract_test(no_descriptors_left),
    contract_test(connecting_can_be_cancelled),
    contract_test(reading_can_be_cancelled),
    cmocka_unit_test(two_that_wait_for_each_other_are_told),
};

HARNESS_CMOCKA_MAIN("contract_connect", tests)
