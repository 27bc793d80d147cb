/* SPDX-License-Identifier: MIT */
/*
 * What the ledger does where there is no room for a parcel, or nobody to deliver to, and what it keeps until
 * then. The linker puts functions of this file in front of the library's, so that the network has no memory,
 * or a server can't serve.
 */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/world.h"
#include "network/ledger.h"
#include "network/server.h"
#include "run/graph.h"
#include "run/run.h"

static bool no_memory;
static bool serves_nobody;

static harness_t *world;
static harness_server_t *server;
static harness_stream_t *client;
static harness_stream_t *served; /* the server's end */

void *__real_harness__arena_alloc(harness__arena_t *arena, size_t size);
void *__wrap_harness__arena_alloc(harness__arena_t *arena, size_t size);
int __real_harness__server_serve(harness_server_t *at, harness_transport_t *t);
int __wrap_harness__server_serve(harness_server_t *at, harness_transport_t *t);

void *__wrap_harness__arena_alloc(harness__arena_t *arena, size_t size) {
  return no_memory && arena == &world->network->arena ? NULL : __real_harness__arena_alloc(arena, size);
}

int __wrap_harness__server_serve(harness_server_t *at, harness_transport_t *t) {
  return serves_nobody ? UV_ENOMEM : __real_harness__server_serve(at, t);
}

static int set_up(void **state) {
  int status = harness_cmocka_setup(state);

  world = *state;
  no_memory = serves_nobody = false;
  return status;
}

/* A handler that leaves all to the client's coroutine. */
static void stand_by(harness_stream_t *stream, void *arg) {
  (void)arg;
  served = stream;
  (void)harness_sleep(world, 1000000);
}

static void play(harness_handler_t handler, harness_function_t function, harness_delivery_kind_t policy) {
  harness_server_options_t options = {.host = "memory:", .delivery = {.kind = policy}};

  server = harness_start_server(world, handler, NULL, &options);
  assert_non_null(server);
  harness_run_in_foreground(world, harness_schedule_coroutine(world, function, NULL));
  harness_server_close(server);
}

static size_t spare_parcels(void) {
  size_t count = 0;

  for (harness__parcel_t *parcel = world->network->spare_parcels; parcel != NULL; parcel = parcel->next)
    count++;
  return count;
}

static bool is_spare(const harness__parcel_t *wanted) {
  harness__parcel_t *parcel = world->network->spare_parcels;

  while (parcel != NULL && parcel != wanted)
    parcel = parcel->next;
  return parcel != NULL;
}

/* From now on parcels find no memory. */
static void run_out_of_memory(void) {
  world->network->spare_parcels = NULL;
  no_memory = true;
}

/* Everything that is in flight arrives. */
static void let_arrive(void) {
  assert_int_equal(harness_sleep(world, 1), 0);
  no_memory = false;
}

static void end(void) {
  harness_stream_close(client);
  harness_stream_close(served);
}

static void room_that_was_made_is_there(void **state) {
  (void)state;
  run_out_of_memory();
  assert_false(harness__ledger_reserve(world));
  no_memory = false;
  assert_true(harness__ledger_reserve(world));
  assert_int_equal(spare_parcels(), 1);
  no_memory = true;
  assert_true(harness__ledger_reserve(world));
  assert_int_equal(spare_parcels(), 1);
}

static void *write_without_room(void *arg) {
  char data[20];

  client = harness_connect_to(world, server);
  run_out_of_memory();
  assert_int_equal(harness_write(client, "12345", 5), UV_ENOMEM);
  assert_int_equal(harness_write_eof(client), UV_ENOMEM);
  assert_int_equal(served->transport.written, 0);
  no_memory = false;
  assert_int_equal(harness_write(client, "67", 2), 2);
  let_arrive();
  assert_int_equal(harness_read(served, data, sizeof data), 2);
  assert_memory_equal(data, "67", 2);
  end();
  return arg;
}

static void what_there_is_no_room_for_is_not_written(void **state) {
  (void)state;
  play(stand_by, write_without_room, HARNESS_DELIVERY_AS_WRITTEN);
}

/* Who has said something since the other did, as the two see it. */
static void assert_last(bool by_client, bool by_server) {
  harness__wait_t waits[2] = {{0}};

  harness__transport_look(&client->transport, &waits[0]);
  harness__transport_look(&served->transport, &waits[1]);
  assert_int_equal(waits[0].asked, by_client);
  assert_int_equal(waits[0].told, by_server);
  assert_int_equal(waits[1].asked, by_server);
  assert_int_equal(waits[1].told, by_client);
}

static void *speak_in_turn(void *arg) {
  client = harness_connect_to(world, server);
  assert_last(false, false);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(harness_write(client, "1", 1), 1);
    assert_last(true, false);
    assert_int_equal(harness_write(served, "2", 1), 1);
    assert_last(false, true);
  }
  end();
  return arg;
}

static void who_has_written_last_is_known(void **state) {
  (void)state;
  play(stand_by, speak_in_turn, HARNESS_DELIVERY_AS_WRITTEN);
}

static void *drain_in_vain(void *arg) {
  return harness_drain(arg) == 0 ? arg : NULL;
}

static void *open_a_window_without_room(void *arg) {
  harness_task_t *drainer;
  char data[20] = "";

  client = harness_connect_to(world, server);
  harness_transport_set_write_limits(harness_stream_transport(client), 10, 5);
  assert_int_equal(harness_write(client, data, sizeof data), sizeof data);
  drainer = harness_schedule_coroutine(world, drain_in_vain, client);
  let_arrive();
  run_out_of_memory();
  assert_int_equal(harness_read_exactly(served, data, 15, NULL), 15);
  let_arrive();
  assert_ptr_equal(harness_task_result(drainer), client);
  end();
  return arg;
}

static void a_window_that_there_is_no_room_for_is_told_at_once(void **state) {
  (void)state;
  play(stand_by, open_a_window_without_room, HARNESS_DELIVERY_AS_WRITTEN);
}

static harness__parcel_t *half_delivered;

static void leave_at_the_first_byte(harness_stream_t *stream, void *arg) {
  char byte;

  (void)arg;
  served = stream;
  assert_int_equal(harness_read(stream, &byte, 1), 1);
  half_delivered = stream->transport.sent;
  assert_non_null(half_delivered);
  end();
  assert_false(is_spare(half_delivered));
}

static void *write_bytewise(void *arg) {
  client = harness_connect_to(world, server);
  assert_int_equal(harness_write(client, "12345", 5), 5);
  let_arrive();
  assert_true(is_spare(half_delivered));
  return arg;
}

static void what_is_delivered_in_part_is_not_used_again(void **state) {
  (void)state;
  half_delivered = NULL;
  play(leave_at_the_first_byte, write_bytewise, HARNESS_DELIVERY_BYTEWISE);
}

static void *connect_and_be_reset(void *arg) {
  char byte;

  client = harness_connect_to(world, server);
  if (no_memory) { /* the reset could not come in its turn: it came before the connection */
    assert_null(client);
    assert_int_equal(harness_error_code(world), UV_ECONNRESET);
    no_memory = false;
  } else {
    assert_non_null(client);
    assert_int_equal(harness_read(client, &byte, 1), UV_ECONNRESET);
    harness_stream_close(client);
  }
  assert_null(world->network->transports);
  return arg;
}

/* Runs when the connection is on its way. */
static void *close_the_server(void *arg) {
  harness_server_close(server);
  if (arg != NULL)
    run_out_of_memory();
  return NULL;
}

static void *connect_too_late(void *arg) {
  harness_task_t *connecting = harness_schedule_coroutine(world, connect_and_be_reset, NULL);
  harness_task_t *closing = harness_schedule_coroutine(world, close_the_server, arg);

  assert_int_equal(harness_await(closing, NULL), 0);
  assert_int_equal(harness_await(connecting, NULL), 0);
  return arg;
}

static void *connect_too_late_without_room(void *arg) {
  (void)connect_too_late(&no_memory);
  return arg;
}

static void a_connection_is_reset_where_its_server_has_closed(void **state) {
  (void)state;
  play(stand_by, connect_too_late, HARNESS_DELIVERY_AS_WRITTEN);
  play(stand_by, connect_too_late_without_room, HARNESS_DELIVERY_AS_WRITTEN);
}

static void *connect_to_nobody(void *arg) {
  serves_nobody = true;
  assert_null(harness_connect_to(world, server));
  assert_int_equal(harness_error_code(world), UV_ENOMEM);
  assert_null(world->network->transports);
  return arg;
}

static void a_connection_that_nobody_serves_ends_at_both_ends(void **state) {
  char *text;

  (void)state;
  play(stand_by, connect_to_nobody, HARNESS_DELIVERY_AS_WRITTEN);
  text = harness_transcript_text(world);
  assert_non_null(text);
  assert_non_null(strstr(text, "server/1  error    ENOMEM\n"));
  free(text);
}

#define room_test(f) cmocka_unit_test_setup_teardown(f, set_up, harness_cmocka_teardown)

static const struct CMUnitTest tests[] = {
    room_test(room_that_was_made_is_there),
    room_test(what_there_is_no_room_for_is_not_written),
    room_test(who_has_written_last_is_known),
    room_test(a_window_that_there_is_no_room_for_is_told_at_once),
    room_test(what_is_delivered_in_part_is_not_used_again),
    room_test(a_connection_is_reset_where_its_server_has_closed),
    room_test(a_connection_that_nobody_serves_ends_at_both_ends),
};

HARNESS_CMOCKA_MAIN("network/ledger_room", tests)
