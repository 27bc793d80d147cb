/* SPDX-License-Identifier: MIT */
#include "talker.h"

#include <uv.h>

typedef struct kind {
  const char *host;
  bool with_protocols;
} kind_t;

static const kind_t kinds[TALK_KINDS] = {
    {"memory:", false}, {"memory:", true}, {"127.0.0.1", false}, {"127.0.0.1", true}};

harness_t *world;
static harness_server_t *server;
static size_t turns;
size_t talk_most;
bool happened;
static void (*make_sure)(void); /* may be NULL */

/* Whether to talk on. */
static bool take_turn(void) {
  if (++turns == TALK_SOME && make_sure != NULL)
    make_sure();
  return !happened && turns < talk_most;
}

void talk_echo(harness_stream_t *stream, void *arg) {
  char data[16];
  ptrdiff_t size;

  (void)arg;
  while ((size = harness_read(stream, data, sizeof data)) > 0)
    harness_write(stream, data, (size_t)size);
}

void talk_trip(harness_stream_t *stream) {
  char data[] = "ping";

  assert_int_equal(harness_write(stream, data, sizeof data), sizeof data);
  assert_int_equal(harness_read_exactly(stream, data, sizeof data, NULL), sizeof data);
}

static void *talk(void *arg) {
  harness_stream_t *stream = harness_connect_to(world, server);

  harness_assert_made(world, stream);
  do
    talk_trip(stream);
  while (take_turn());
  harness_stream_close(stream);
  return arg;
}

typedef struct end {
  harness_transport_t *transport;
  harness_task_t *lost; /* NULL: the server's */
} end_t;

static void echo_made(void *state, harness_transport_t *transport) {
  ((end_t *)state)->transport = transport;
}

static void echo_received(void *state, const void *data, size_t size) {
  harness_transport_write(((end_t *)state)->transport, data, size);
}

static void talk_made(void *state, harness_transport_t *transport) {
  echo_made(state, transport);
  echo_received(state, "ping", 4);
}

static void talk_received(void *state, const void *data, size_t size) {
  if (take_turn())
    echo_received(state, data, size);
  else
    harness_transport_close(((end_t *)state)->transport);
}

static void talk_lost(void *state, int status) {
  assert_int_equal(status, 0);
  assert_int_equal(harness_future_resolve(((end_t *)state)->lost, state), 0);
}

/* A task that ends with the talk. */
static harness_task_t *begin_talk(const kind_t *kind) {
  static const harness_protocol_t echoing = {.connection_made = echo_made, .data_received = echo_received};
  static const harness_protocol_t talking = {
      .connection_made = talk_made, .data_received = talk_received, .connection_lost = talk_lost};
  static end_t ends[2];

  if (!kind->with_protocols) {
    server = harness_assert_made(world, harness_start_server(world, talk_echo, NULL, NULL));
    return harness_schedule_coroutine(world, talk, world);
  }
  server = harness_assert_made(world, harness_create_server(world, &echoing, NULL, &ends[0], NULL));
  ends[1].lost = harness_future_new(world);
  harness_assert_made(world, harness_create_connection(world, &talking, NULL, &ends[1],
                                                       &(harness_connection_options_t){.server = server}));
  return ends[1].lost;
}

harness_task_t *talk_open(size_t kind, harness_options_t options, void (*sure)(void)) {
  options.host = kinds[kind].host;
  world = harness_open(&options);
  assert_non_null(world);
  turns = 0;
  talk_most = TALK_SOME + TALK_MOST;
  happened = false;
  make_sure = sure;
  return begin_talk(&kinds[kind]);
}

void talk_close(void) {
  harness_server_close(server);
  harness_assert_ok(world, harness_settle(world));
  assert_int_equal(harness_close(world), 0);
}

void talk_starves_nobody(harness_options_t options, void (*begin)(void), void (*sure)(void)) {
  if (options.timeout_ms == 0)
    options.timeout_ms = TALK_LIMIT_MS;
  for (size_t i = 0; i < TALK_KINDS; i++) {
    harness_task_t *talked = talk_open(i, options, sure);

    begin();
    harness_assert_run(world, talked);
    assert_true(happened);
    talk_close();
  }
}

void happen(void *arg) {
  (void)arg;
  happened = true;
}
