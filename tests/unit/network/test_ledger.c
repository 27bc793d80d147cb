/* SPDX-License-Identifier: MIT */
/*
 * The ledger from inside: what it posts and what it does not, what it keeps, and what it says where memory is
 * exhausted. The linker puts functions of this file in front of the library's, so that an arena has no
 * memory, a server can't serve, the kernel has not connected yet, and a plan joins what was delivered.
 */
#include <harness/cmocka.h>

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "base/world.h"
#include "network/ledger.h"
#include "network/plan.h"
#include "network/server.h"
#include "run/run.h"

static bool no_memory;
static int late_connects; /* that are not done yet when they are asked for */
static bool plan_joins;
static bool serves_nobody;

void *__real_harness__arena_alloc(harness__arena_t *arena, size_t size);
void *__wrap_harness__arena_alloc(harness__arena_t *arena, size_t size);
int __real_harness__socket_finish_connect(int fd);
int __wrap_harness__socket_finish_connect(int fd);
bool __real_harness__plan_joins(const struct harness_transport *t);
bool __wrap_harness__plan_joins(const struct harness_transport *t);
int __real_harness__server_serve(harness_server_t *at, harness_transport_t *t);
int __wrap_harness__server_serve(harness_server_t *at, harness_transport_t *t);

bool __wrap_harness__plan_joins(const struct harness_transport *t) {
  return plan_joins || __real_harness__plan_joins(t);
}

int __wrap_harness__server_serve(harness_server_t *at, harness_transport_t *t) {
  return serves_nobody ? UV_ENOMEM : __real_harness__server_serve(at, t);
}

void *__wrap_harness__arena_alloc(harness__arena_t *arena, size_t size) {
  return no_memory ? NULL : __real_harness__arena_alloc(arena, size);
}

int __wrap_harness__socket_finish_connect(int fd) {
  return late_connects-- > 0 ? UV_EAGAIN : __real_harness__socket_finish_connect(fd);
}

static harness_t *world;
static harness_server_t *server;
static harness_stream_t *served; /* the server's end */

static int set_up(void **state) {
  int status = harness_cmocka_setup(state);

  world = *state;
  no_memory = false;
  late_connects = 0;
  plan_joins = serves_nobody = false;
  return status;
}

/* A handler that leaves all to the client's coroutine, which finds the stream in `served`. */
static void stand_by(harness_stream_t *stream, void *arg) {
  (void)arg;
  served = stream;
  (void)harness_sleep(world, 1000000);
}

static void play(harness_handler_t handler, harness_function_t client, harness_delivery_kind_t policy) {
  harness_server_options_t options = {.host = "memory:", .delivery = {.kind = policy}};
  harness_task_t *task;

  server = harness_start_server(world, handler, NULL, &options);
  assert_non_null(server);
  task = harness_schedule_coroutine(world, client, NULL);
  harness_run_in_foreground(world, task);
  harness_server_close(server);
}

/* How many items and timers there have been. */
static uint64_t posted(void) {
  return world->run->agenda.number;
}

static size_t spare_parcels(void) {
  size_t count = 0;

  for (harness__parcel_t *parcel = world->network->spare_parcels; parcel != NULL; parcel = parcel->next)
    count++;
  return count;
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

static void end(harness_stream_t *client) {
  harness_stream_close(client);
  harness_stream_close(served);
}

enum { ROUNDS = 200 };

/* Writes, more than its window, and is answered, over and over. */
static void *converse_long(void *arg) {
  harness_stream_t *client = harness_connect_to(world, server);
  struct harness__arena_block *block = NULL;
  char data[20] = "";
  size_t used = 0;

  harness_transport_set_write_limits(harness_stream_transport(client), 10, 5);
  for (int i = 0; i < ROUNDS; i++) {
    assert_int_equal(harness_write(client, data, 9), 9);
    assert_int_equal(harness_write(client, data, 11), 11);
    assert_int_equal(harness_drain(client), 0);
    assert_int_equal(harness_read_exactly(client, data, 1, NULL), 1);
    if (i == 10) {
      block = world->network->arena.block;
      used = world->network->arena.used;
    }
  }
  assert_ptr_equal(world->network->arena.block, block);
  assert_int_equal(world->network->arena.used, used);
  harness_stream_close(client);
  return arg;
}

static void answer_long(harness_stream_t *stream, void *arg) {
  char data[20];

  (void)arg;
  while (harness_read_exactly(stream, data, sizeof data, NULL) > 0)
    harness_write(stream, "", 1);
}

static void a_long_conversation_takes_no_more_memory(void **state) {
  (void)state;
  for (int kind = HARNESS_DELIVERY_AS_WRITTEN; kind <= HARNESS_DELIVERY_BYTEWISE; kind++)
    play(answer_long, converse_long, (harness_delivery_kind_t)kind);
}

static void *leave_unread(void *arg) {
  harness_stream_t *client = harness_connect_to(world, server);
  size_t before;

  for (int i = 0; i < ROUNDS; i++)
    assert_int_equal(harness_write(client, "x", 1), 1);
  let_arrive();
  before = spare_parcels();
  end(client);
  assert_in_range(spare_parcels(), before + ROUNDS, SIZE_MAX);
  return arg;
}

static void what_was_never_read_is_given_back(void **state) {
  (void)state;
  play(stand_by, leave_unread, HARNESS_DELIVERY_AS_WRITTEN);
}

static void *drain_in_vain(void *arg) {
  return harness_drain(arg) == 0 ? arg : NULL;
}

/* Reads that many, which are there. Returns what that has posted. */
static uint64_t read_there(size_t count) {
  char data[20];
  uint64_t before = posted();

  assert_int_equal(harness_read_exactly(served, data, count, NULL), count);
  return posted() - before;
}

static void *tell_of_the_window(void *arg) {
  harness_stream_t *client = harness_connect_to(world, server);
  harness_transport_t *writer = harness_stream_transport(client);
  harness_task_t *drainer;
  char data[20] = "";

  harness_transport_set_write_limits(writer, 10, 5);
  assert_int_equal(harness_write(client, data, sizeof data), sizeof data);
  let_arrive();
  assert_int_equal(read_there(20), 0); /* nobody waits */
  assert_null(served->transport.sent);
  assert_int_equal(harness_write(client, data, sizeof data), sizeof data);
  drainer = harness_schedule_coroutine(world, drain_in_vain, client);
  let_arrive();
  assert_int_equal(read_there(14), 0);
  assert_false(writer->window_posted);
  assert_int_equal(read_there(1), 1); /* as many are left as have to be */
  assert_true(writer->window_posted);
  assert_int_equal(read_there(1), 0); /* it is on its way */
  let_arrive();
  assert_false(writer->window_posted);
  assert_ptr_equal(harness_task_result(drainer), client);
  assert_int_equal(read_there(4), 0);
  end(client);
  return arg;
}

static void a_window_is_told_once_to_those_who_wait(void **state) {
  (void)state;
  play(stand_by, tell_of_the_window, HARNESS_DELIVERY_AS_WRITTEN);
}

static int resumed;

static void write_much(void *protocol, harness_transport_t *transport) {
  (void)protocol;
  assert_int_equal(harness_transport_set_write_limits(transport, 10, 5), 0);
  assert_int_equal(harness_transport_write(transport, "twelve bytes", 12), 12);
}

static void count_resumed(void *protocol) {
  (void)protocol;
  resumed++;
}

/* The peer reads, and does nothing that a driver would wake for. */
static void *resume_by_the_window(void *arg) {
  static const harness_protocol_t protocol = {.connection_made = write_much, .resume_writing = count_resumed};
  harness_connection_options_t options = {.server = server};
  harness_task_t *task = harness_create_connection(world, &protocol, NULL, NULL, &options);
  harness_transport_t *client;
  void *result;

  assert_int_equal(harness_await(task, &result), 0);
  client = result;
  let_arrive();
  assert_true(client->writing_paused);
  assert_int_equal(read_there(12), 1);
  let_arrive();
  assert_int_equal(resumed, 1);
  assert_false(client->writing_paused);
  harness_transport_close(client);
  harness_stream_close(served);
  return arg;
}

static void a_paused_protocol_resumes_by_the_window_alone(void **state) {
  (void)state;
  resumed = 0;
  play(stand_by, resume_by_the_window, HARNESS_DELIVERY_AS_WRITTEN);
}

static void *break_twice(void *arg) {
  harness_stream_t *client = harness_connect_to(world, server);
  harness_transport_t *t = &served->transport;

  harness__ledger_break(t, UV_ENOMEM);
  harness__ledger_reset(t, 0);
  assert_int_equal(t->failure, UV_ENOMEM);
  harness_stream_close(client);
  harness__ledger_break(harness_stream_transport(client), UV_ENOMEM);
  assert_false(client->transport.broken);
  harness_stream_close(served);
  return arg;
}

static void what_broke_first_counts_and_what_has_ended_cannot_break(void **state) {
  (void)state;
  play(stand_by, break_twice, HARNESS_DELIVERY_AS_WRITTEN);
}

static void *write_to_the_broken(void *arg) {
  harness_stream_t *client = harness_connect_to(world, server);

  assert_int_equal(harness_write(client, "12345", 5), 5);
  harness__ledger_break(&served->transport, UV_ENOMEM);
  let_arrive();
  assert_int_equal(served->transport.delivered, 0);
  end(client);
  return arg;
}

static void what_comes_for_the_broken_is_dropped(void **state) {
  (void)state;
  play(stand_by, write_to_the_broken, HARNESS_DELIVERY_AS_WRITTEN);
}

/* What a number of writes to an end that has closed post until they have arrived. */
static uint64_t post_to_the_closed(int writes, bool close) {
  harness_stream_t *client = harness_connect_to(world, server);
  uint64_t before;

  harness_stream_close(served);
  let_arrive();
  before = posted();
  for (int i = 0; i < writes; i++)
    assert_int_equal(harness_write(client, "12345", 5), 5);
  if (close)
    harness_stream_close(client);
  let_arrive();
  harness_stream_close(client);
  return posted() - before;
}

static void *write_to_the_closed(void *arg) {
  uint64_t nothing = post_to_the_closed(0, false);

  assert_int_equal(post_to_the_closed(1, false), nothing + 2); /* the write, and a reset */
  assert_int_equal(post_to_the_closed(3, false), nothing + 4); /* one reset for all */
  assert_int_equal(post_to_the_closed(1, true), nothing + 1);  /* nobody is there to be told */
  return arg;
}

static void data_for_the_closed_is_refused_once(void **state) {
  (void)state;
  play(stand_by, write_to_the_closed, HARNESS_DELIVERY_AS_WRITTEN);
}

static void *refuse_without_memory(void *arg) {
  harness_stream_t *client = harness_connect_to(world, server);

  harness_stream_close(served);
  let_arrive();
  assert_int_equal(harness_write(client, "12345", 5), 5);
  run_out_of_memory();
  let_arrive();
  assert_int_equal(harness_write(client, "1", 1), UV_EPIPE);
  harness_stream_close(client);
  return arg;
}

static void data_is_refused_without_memory(void **state) {
  (void)state;
  play(stand_by, refuse_without_memory, HARNESS_DELIVERY_AS_WRITTEN);
}

static void *deliver_without_memory(void *arg) {
  harness_stream_t *client = harness_connect_to(world, server);
  char byte;

  assert_int_equal(harness_write(client, "12345", 5), 5);
  run_out_of_memory();
  let_arrive();
  assert_int_equal(harness_read(served, &byte, 1), UV_ENOMEM);
  end(client);
  return arg;
}

static void what_cannot_be_delivered_breaks(void **state) {
  (void)state;
  play(stand_by, deliver_without_memory, HARNESS_DELIVERY_BYTEWISE);
}

static void *deliver_whole_without_memory(void *arg) {
  harness_stream_t *client = harness_connect_to(world, server);
  char data[20];

  assert_int_equal(harness_write(client, "12345", 5), 5);
  assert_int_equal(harness_write(client, "678", 3), 3);
  run_out_of_memory();
  let_arrive();
  assert_int_equal(harness_read(served, data, sizeof data), 5);
  assert_int_equal(harness_read(served, data, sizeof data), 3);
  assert_int_equal(spare_parcels(), 2);
  end(client);
  return arg;
}

static void what_is_delivered_as_written_needs_no_memory(void **state) {
  (void)state;
  play(stand_by, deliver_whole_without_memory, HARNESS_DELIVERY_AS_WRITTEN);
}

static void read_ahead_and_close(harness_stream_t *stream, void *arg) {
  char data[20];

  (void)arg;
  assert_int_equal(harness_read(stream, data, sizeof data), 10);
  harness_stream_close(stream);
}

/* All was read before the second write's turn came: that one finds nothing to refuse. */
static void *write_twice(void *arg) {
  harness_stream_t *client = harness_connect_to(world, server);
  char byte;

  assert_int_equal(harness_write(client, "12345", 5), 5);
  assert_int_equal(harness_write(client, "67890", 5), 5);
  assert_int_equal(harness_read(client, &byte, 1), 0);
  let_arrive();
  assert_int_equal(harness_write(client, "x", 1), 1);
  harness_stream_close(client);
  return arg;
}

static void what_was_read_ahead_is_not_refused(void **state) {
  (void)state;
  play(read_ahead_and_close, write_twice, HARNESS_DELIVERY_COALESCED);
}

static void *connect_only(void *arg) {
  (void)harness_connect_to(world, server);
  return arg;
}

/* Two writes that have arrived one after the other: how much the first read gets. */
static void *read_of_two(void *arg) {
  harness_stream_t *client = harness_connect_to(world, server);
  char data[20];
  size_t expected = plan_joins || server->from_clients->kind == HARNESS_DELIVERY_COALESCED ? 10 : 5;

  for (int i = 0; i < 2; i++) {
    assert_int_equal(harness_write(client, "12345", 5), 5);
    let_arrive();
  }
  assert_int_equal(harness_read(served, data, sizeof data), expected);
  end(client);
  return arg;
}

static void what_was_not_read_is_joined_where_it_should(void **state) {
  (void)state;
  play(stand_by, read_of_two, HARNESS_DELIVERY_AS_WRITTEN);
  play(stand_by, read_of_two, HARNESS_DELIVERY_COALESCED);
  plan_joins = true;
  play(stand_by, read_of_two, HARNESS_DELIVERY_AS_WRITTEN);
}

static void *connect_in_vain(void *arg) {
  assert_null(harness_connect(world, "memory:nobody", 1));
  assert_int_equal(harness_error_code(world), UV_ECONNREFUSED);
  /* Nothing outside was asked. */
  assert_false(harness__recorder_is_free_running(world->recorder));
  serves_nobody = true;
  assert_null(harness_connect_to(world, server));
  assert_int_equal(harness_error_code(world), UV_ENOMEM);
  return arg;
}

static void who_connects_is_told_why_not(void **state) {
  (void)state;
  play(stand_by, connect_in_vain, HARNESS_DELIVERY_AS_WRITTEN);
}

static harness_transport_t *left; /* the client's end of the connection */

/* Runs when the connection is on its way. */
static void *leave_both(void *arg) {
  for (left = world->network->transports; left != NULL && left->server != NULL; left = left->next)
    continue;
  harness_server_close(server);
  (void)harness_task_cancel(arg);
  return arg;
}

static void *leave_a_connection(void *arg) {
  harness_task_t *client = harness_schedule_coroutine(world, connect_only, NULL);
  harness_task_t *leaver = harness_schedule_coroutine(world, leave_both, client);

  assert_int_equal(harness_await(leaver, NULL), 0);
  let_arrive();
  assert_non_null(left);
  assert_true(left->closed);
  assert_false(left->answered);
  assert_null(world->network->transports);
  return arg;
}

static void a_connection_that_both_have_left_is_freed(void **state) {
  (void)state;
  play(stand_by, leave_a_connection, HARNESS_DELIVERY_AS_WRITTEN);
}

static void *connect_late(void *arg) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  harness_stream_t *client;

  assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
  assert_int_equal(listen(listener, 1), 0);
  assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
  late_connects = 1;
  client = harness_connect(world, "127.0.0.1", ntohs(address.sin_port));
  assert_non_null(client);
  assert_true(late_connects < 0);
  harness_stream_abort(client);
  assert_int_equal(close(listener), 0);
  return arg;
}

static void a_connection_that_takes_its_time_is_waited_for(void **state) {
  (void)state;
  play(stand_by, connect_late, HARNESS_DELIVERY_AS_WRITTEN);
}

#define ledger_test(f) cmocka_unit_test_setup_teardown(f, set_up, harness_cmocka_teardown)

static const struct CMUnitTest tests[] = {
    ledger_test(a_long_conversation_takes_no_more_memory),
    ledger_test(what_was_never_read_is_given_back),
    ledger_test(a_window_is_told_once_to_those_who_wait),
    ledger_test(a_paused_protocol_resumes_by_the_window_alone),
    ledger_test(what_is_delivered_as_written_needs_no_memory),
    ledger_test(what_broke_first_counts_and_what_has_ended_cannot_break),
    ledger_test(what_comes_for_the_broken_is_dropped),
    ledger_test(data_for_the_closed_is_refused_once),
    ledger_test(data_is_refused_without_memory),
    ledger_test(what_cannot_be_delivered_breaks),
    ledger_test(what_was_read_ahead_is_not_refused),
    ledger_test(what_was_not_read_is_joined_where_it_should),
    ledger_test(who_connects_is_told_why_not),
    ledger_test(a_connection_that_both_have_left_is_freed),
    ledger_test(a_connection_that_takes_its_time_is_waited_for),
};

HARNESS_CMOCKA_MAIN("network/ledger", tests)
