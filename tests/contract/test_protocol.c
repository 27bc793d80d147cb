/* SPDX-License-Identifier: MIT */
/* Callbacks: their order, what they may do to their own transport, half-close, pausing, and how they end. */
#include "contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>

/* A party that takes down which callbacks were called, and answers by its rules. */
typedef struct party {
  harness_transport_t *transport;
  char calls[400];
  char data[400];
  size_t size;
  int status;
  harness_task_t *lost; /* resolved by connection_lost */
  void (*on_made)(struct party *party);
  void (*on_data)(struct party *party, const void *data, size_t size);
  int (*on_eof)(struct party *party);
} party_t;

static party_t client;
static party_t server;
static harness_server_t *listener;
static harness_task_t *connecting;

/* Consecutive data_received are one "data": how many there are is the policy's affair. */
static void took(party_t *party, const char *call) {
  size_t length = strlen(party->calls);
  size_t size = strlen(call);

  if (length >= size && strcmp(party->calls + length - size, call) == 0 && strcmp(call, "data ") == 0)
    return;
  assert_true(length + size < sizeof party->calls);
  memcpy(party->calls + length, call, size + 1);
}

static void made(void *state, harness_transport_t *transport) {
  party_t *party = state;

  party->transport = transport;
  took(party, "made ");
  if (party->on_made != NULL)
    party->on_made(party);
}

static void received(void *state, const void *data, size_t size) {
  party_t *party = state;

  took(party, "data ");
  if (party->size + size <= sizeof party->data)
    memcpy(party->data + party->size, data, size);
  party->size += size;
  if (party->on_data != NULL)
    party->on_data(party, data, size);
}

static int ended(void *state) {
  party_t *party = state;

  took(party, "eof ");
  return party->on_eof != NULL ? party->on_eof(party) : 0;
}

static void lost(void *state, int status) {
  party_t *party = state;

  took(party, "lost ");
  party->status = status;
  assert_true(harness_transport_is_closing(party->transport));
  if (party->lost != NULL)
    harness_future_resolve(party->lost, party);
}

static void paused(void *state) {
  took(state, "pause ");
}

static void resumed(void *state) {
  took(state, "resume ");
}

static const harness_protocol_t protocol = {.connection_made = made,
                                            .data_received = received,
                                            .eof_received = ended,
                                            .connection_lost = lost,
                                            .pause_writing = paused,
                                            .resume_writing = resumed};

static int start(void **state) {
  int status = set_up(state);

  memset(&client, 0, sizeof client);
  memset(&server, 0, sizeof server);
  return status;
}

/* Lets them talk until the client's connection is lost and everything is settled. */
static void run(void) {
  harness_connection_options_t options = {0};
  void *made_transport;

  listener = harness_assert_made(world, harness_create_server(world, &protocol, NULL, &server, NULL));
  options.server = listener;
  client.lost = harness_future_new(world);
  connecting =
      harness_assert_made(world, harness_create_connection(world, &protocol, NULL, &client, &options));
  made_transport = harness_assert_run(world, connecting);
  assert_ptr_equal(made_transport, client.transport);
  assert_ptr_equal(harness_transport_state(client.transport), &client);
  harness_assert_run(world, client.lost);
  harness_assert_ok(world, harness_settle(world));
  harness_server_close(listener);
}

static void say(party_t *party) {
  assert_int_equal(harness_transport_write(party->transport, "Hello ", 6), 6);
  assert_int_equal(harness_transport_write(party->transport, "World!", 6), 6);
  assert_int_equal(harness_transport_write_eof(party->transport), 0);
}

static void echo(party_t *party, const void *data, size_t size) {
  assert_int_equal(harness_transport_write(party->transport, data, size), size);
}

static void an_exchange(void **state) {
  char *text;

  (void)state;
  client.on_made = say;
  server.on_data = echo;
  run();
  assert_string_equal(client.calls, "made data eof lost ");
  assert_string_equal(server.calls, "made data eof lost ");
  assert_int_equal(client.size, 12);
  assert_memory_equal(client.data, "Hello World!", 12);
  assert_int_equal(client.status, 0);
  assert_int_equal(server.status, 0);
  assert_string_equal(harness_transport_name(client.transport), "client");
  assert_string_equal(harness_transport_peer_name(client.transport), "server/1");
  text = harness_transcript_text(world);
  assert_non_null(strstr(text, "client    eof      to server/1"));
  assert_non_null(strstr(text, "server/1  close"));
  free(text);
}

static int answer_late(party_t *party) {
  assert_int_equal(harness_transport_write(party->transport, "late", 4), 4);
  return 1;
}

static void close_when_answered(party_t *party, const void *data, size_t size) {
  (void)data;
  (void)size;
  if (party->size == 4)
    harness_transport_close(party->transport);
}

/* The server keeps its side open after EOF; the client's close ends it. */
static void half_close(void **state) {
  (void)state;
  client.on_made = say;
  client.on_data = close_when_answered;
  server.on_eof = answer_late;
  run();
  assert_string_equal(client.calls, "made data lost ");
  assert_string_equal(server.calls, "made data eof ");
  assert_memory_equal(client.data, "late", 4);
  assert_int_equal(harness_server_close_clients(listener), 1);
  harness_assert_ok(world, harness_settle(world));
  assert_string_equal(server.calls, "made data eof lost ");
}

static void close_at_once(party_t *party) {
  assert_int_equal(harness_transport_write(party->transport, "bye", 3), 3);
  harness_transport_close(party->transport);
  harness_transport_close(party->transport);
  assert_int_equal(harness_transport_write(party->transport, "x", 1), UV_EBADF);
  assert_int_equal(harness_transport_pause_reading(party->transport), UV_EBADF);
  assert_string_equal(party->calls, "made "); /* connection_lost comes when this has returned */
}

static void a_callback_closes_its_own_transport(void **state) {
  (void)state;
  client.on_made = close_at_once;
  run();
  assert_string_equal(client.calls, "made lost ");
  assert_string_equal(server.calls, "made data eof lost ");
  assert_memory_equal(server.data, "bye", 3);
}

static void abort_at_once(party_t *party, const void *data, size_t size) {
  (void)data;
  (void)size;
  harness_transport_abort(party->transport);
}

static void an_abort_is_a_reset_for_the_peer(void **state) {
  (void)state;
  client.on_made = say;
  server.on_data = abort_at_once;
  run();
  assert_string_equal(server.calls, "made data lost ");
  assert_int_equal(server.status, 0);
  assert_string_equal(client.calls, "made lost ");
  assert_int_equal(client.status, UV_ECONNRESET);
}

static void misbehave(party_t *party) {
  harness_task_t *future = harness_future_new(world);

  assert_null(harness_run_in_foreground(world, future));
  assert_int_equal(harness_error_code(world), UV_EBUSY);
  assert_int_equal(harness_await(future, NULL), UV_EPERM);
  assert_int_equal(harness_sleep(world, 1), UV_EPERM);
  assert_null(harness_connect_to(world, listener));
  assert_int_equal(harness_error_code(world), UV_EPERM);
  assert_int_equal(harness_close(world), UV_EBUSY);
  harness_future_resolve(future, NULL);
  harness_transport_close(party->transport);
}

static void a_callback_can_not_park(void **state) {
  (void)state;
  client.on_made = misbehave;
  run();
  assert_string_equal(client.calls, "made lost ");
}

enum { PIECE = 1000, PIECES = 100 };

static void write_beyond_the_mark(party_t *party) {
  static char piece[PIECE];

  assert_int_equal(harness_transport_set_write_limits(party->transport, 10, 20), UV_EINVAL);
  assert_int_equal(harness_transport_set_write_limits(party->transport, 2000, 500), 0);
  for (int i = 0; i < PIECES; i++)
    assert_int_equal(harness_transport_write(party->transport, piece, PIECE), PIECE);
  assert_true(harness_transport_unread(party->transport) == (uint64_t)PIECE * PIECES);
  assert_string_equal(party->calls, "made pause ");
}

static void close_when_all_is_there(party_t *party, const void *data, size_t size) {
  (void)data;
  (void)size;
  if (party->size == (size_t)PIECE * PIECES)
    harness_transport_close(party->transport);
}

static void writing_is_paused_and_resumed(void **state) {
  (void)state;
  client.on_made = write_beyond_the_mark;
  server.on_data = close_when_all_is_there;
  run();
  assert_string_equal(client.calls, "made pause resume eof lost ");
  assert_int_equal(server.size, PIECE * PIECES);
}

static void pause_reading(party_t *party) {
  assert_int_equal(harness_transport_pause_reading(party->transport), 0);
  assert_int_equal(harness_transport_pause_reading(party->transport), 0);
}

static void say_without_end(party_t *party) {
  assert_int_equal(harness_transport_write(party->transport, "Hello", 5), 5);
}

static void a_paused_reader_gets_nothing_until_it_resumes(void **state) {
  harness_connection_options_t options = {0};

  (void)state;
  server.on_made = pause_reading;
  server.on_data = abort_at_once;
  client.on_made = say_without_end;
  listener = harness_assert_made(world, harness_create_server(world, &protocol, NULL, &server, NULL));
  options.server = listener;
  harness_assert_run(world, harness_create_connection(world, &protocol, NULL, &client, &options));
  harness_assert_ok(world, harness_settle(world));
  assert_string_equal(server.calls, "made ");
  assert_int_equal(harness_transport_resume_reading(server.transport), 0);
  harness_assert_ok(world, harness_settle(world));
  assert_string_equal(server.calls, "made data lost ");
  assert_string_equal(client.calls, "made lost ");
  harness_server_close(listener);
}

static void say_and_close(party_t *party) {
  say_without_end(party);
  harness_transport_close(party->transport);
}

/* What came before a reset is told before it, also when reading was paused meanwhile. */
static void a_paused_reader_gets_eof_before_the_reset(void **state) {
  (void)state;
  server.on_made = pause_reading;
  client.on_made = say_and_close;
  run();
  assert_int_equal(harness_transport_write(server.transport, "x", 1), 1); /* answered by a reset */
  harness_assert_ok(world, harness_settle(world));
  assert_string_equal(server.calls, "made ");
  assert_int_equal(harness_transport_resume_reading(server.transport), 0);
  harness_assert_ok(world, harness_settle(world));
  assert_string_equal(server.calls, "made data eof lost ");
  assert_int_equal(server.status, 0);
}

static void write_pieces(party_t *party) {
  struct iovec pieces[] = {{"one ", 4}, {NULL, 0}, {"two", 3}};
  struct iovec bad = {NULL, 3};

  assert_int_equal(harness_transport_writev(party->transport, pieces, 3), 7);
  assert_int_equal(harness_transport_writev(party->transport, &bad, 1), UV_EINVAL);
  assert_int_equal(harness_transport_writev(party->transport, NULL, 1), UV_EINVAL);
  assert_int_equal(harness_transport_writev(party->transport, NULL, 0), 0);
  harness_transport_close(party->transport);
}

static void pieces_are_one_write(void **state) {
  char *text;

  (void)state;
  client.on_made = write_pieces;
  run();
  assert_memory_equal(server.data, "one two", 7);
  text = harness_transcript_text(world);
  assert_non_null(strstr(text, "send     'one two'"));
  free(text);
}

static void tell_about(party_t *party) {
  const char *kind = harness_transport_info(party->transport, "transport");

  assert_non_null(kind);
  assert_int_equal(strcmp(kind, "memory") == 0, contract_is_memory());
  assert_int_equal(harness_transport_fd(party->transport) >= 0, !contract_is_memory());
  assert_non_null(harness_transport_info(party->transport, "sockname"));
  assert_non_null(harness_transport_info(party->transport, "peername"));
  assert_null(harness_transport_info(party->transport, "weather"));
  assert_int_equal(harness_transport_info(party->transport, "peercred") != NULL, strcmp(kind, "unix") == 0);
  assert_int_equal(harness_transport_can_write_eof(party->transport), 1);
  harness_transport_close(party->transport);
}

static void there_is_more_to_know(void **state) {
  (void)state;
  server.on_made = tell_about;
  run();
}

static int said_no_eof;

static void say_no_eof(party_t *party) {
  assert_int_equal(harness_transport_can_write_eof(party->transport), 0);
  said_no_eof = harness_transport_write_eof(party->transport);
  harness_transport_close(party->transport);
}

static void half_close_may_be_impossible(void **state) {
  harness_server_options_t options = {.no_eof = 1};
  harness_connection_options_t connection = {0};

  (void)state;
  client.on_made = say_no_eof;
  connection.server =
      harness_assert_made(world, harness_create_server(world, &protocol, NULL, &server, &options));
  harness_assert_run(world, harness_create_connection(world, &protocol, NULL, &client, &connection));
  harness_assert_ok(world, harness_settle(world));
  assert_int_equal(said_no_eof, UV_ENOTSUP);
  assert_string_equal(server.calls, "made eof lost ");
  harness_server_close(connection.server);
}

static void *no_state(void *arg) {
  (void)arg;
  return NULL;
}

static void a_factory_that_returns_null(void **state) {
  harness_connection_options_t options = {0};
  harness_task_t *task;
  char *text;

  (void)state;
  listener = harness_assert_made(world, harness_create_server(world, &protocol, no_state, NULL, NULL));
  options.server = listener;
  client.lost = harness_future_new(world);
  harness_assert_run(world, harness_create_connection(world, &protocol, NULL, &client, &options));
  harness_assert_run(world, client.lost);
  assert_string_equal(client.calls, "made lost ");
  assert_int_equal(client.status, UV_ECONNRESET);
  task = harness_create_connection(world, &protocol, no_state, NULL, &options);
  assert_null(harness_run_in_foreground(world, task));
  assert_int_equal(harness_task_status(task), UV_ENOMEM);
  assert_non_null(strstr(harness_error(world), "ENOMEM"));
  text = harness_transcript_text(world);
  assert_non_null(strstr(text, "server/1  error    ENOMEM"));
  free(text);
  harness_assert_ok(world, harness_settle(world));
  harness_server_close(listener);
}

static void nobody_listens(void **state) {
  harness_connection_options_t options = {0};
  harness_task_t *task;

  (void)state;
  listener = harness_assert_made(world, harness_create_server(world, &protocol, NULL, &server, NULL));
  harness_server_close(listener);
  options.server = listener;
  task = harness_create_connection(world, &protocol, NULL, &client, &options);
  assert_null(harness_run_in_foreground(world, task));
  assert_int_equal(harness_task_status(task), UV_ECONNREFUSED);
  assert_string_equal(client.calls, "");
}

static void bad_arguments_are_refused(void **state) {
  harness_connection_options_t options = {0};

  (void)state;
  assert_null(harness_create_server(NULL, &protocol, NULL, NULL, NULL));
  assert_null(harness_create_server(world, NULL, NULL, NULL, NULL));
  assert_non_null(strstr(harness_error(world), "the protocol is NULL"));
  assert_null(harness_create_connection(world, &protocol, NULL, NULL, NULL));
  assert_null(harness_create_connection(world, &protocol, NULL, NULL, &options));
  assert_non_null(strstr(harness_error(world), "neither a server nor a host"));
  assert_int_equal(harness_transport_write(NULL, "x", 1), UV_EINVAL);
  assert_int_equal(harness_transport_write_eof(NULL), UV_EINVAL);
  assert_int_equal(harness_transport_pause_reading(NULL), UV_EINVAL);
  assert_int_equal(harness_transport_can_write_eof(NULL), 0);
  assert_int_equal(harness_transport_is_closing(NULL), 1);
  assert_null(harness_transport_info(NULL, "peername"));
  assert_null(harness_transport_state(NULL));
  harness_transport_close(NULL);
}

#define protocol_test(f) cmocka_unit_test_setup_teardown(f, start, harness_cmocka_teardown)

static const struct CMUnitTest tests[] = {
    protocol_test(an_exchange),
    protocol_test(half_close),
    protocol_test(a_callback_closes_its_own_transport),
    protocol_test(an_abort_is_a_reset_for_the_peer),
    protocol_test(a_callback_can_not_park),
    protocol_test(writing_is_paused_and_resumed),
    protocol_test(a_paused_reader_gets_nothing_until_it_resumes),
    protocol_test(a_paused_reader_gets_eof_before_the_reset),
    protocol_test(pieces_are_one_write),
    protocol_test(there_is_more_to_know),
    protocol_test(half_close_may_be_impossible),
    protocol_test(a_factory_that_returns_null),
    protocol_test(nobody_listens),
    protocol_test(bad_arguments_are_refused),
};

HARNESS_CMOCKA_MAIN("contract_protocol", tests)
