/* SPDX-License-Identifier: MIT */
#include "framed.h"

#include <string.h>

static const char *const hosts[] = {"127.0.0.1", "::1", "unix:", "memory:"};
static const char *const policies[] = {"as_written", "coalesced", "bytewise", "split_at:2,7", "seeded:42"};

const harness_framing_t framing = {.separator = "\r\n\r\n", .separator_size = 4, .largest = 64};

struct world world;

static void note_connection(harness_framed_t *connection) {
  for (size_t i = 0; i < world.connection_count; i++) {
    if (world.connections[i] == connection)
      return;
  }
  assert_true(world.connection_count < CONNECTIONS);
  world.connections[world.connection_count++] = connection;
}

static void hold(harness_framed_t *connection, const void *data, size_t size) {
  assert_true(world.held_count < HELD && size < sizeof world.texts[0]);
  world.held[world.held_count] = connection;
  memcpy(world.texts[world.held_count], data, size);
  world.texts[world.held_count++][size] = '\0';
}

void respond(void *arg, harness_framed_t *connection, const void *data, size_t size) {
  static const char huge[100] = "no end";

  assert_ptr_equal(arg, &world);
  note_connection(connection);
  if (size >= 4 && memcmp(data, "hold", 4) == 0)
    hold(connection, data, size);
  else if (size == 4 && memcmp(data, "drop", 4) == 0)
    harness_transport_abort(harness_framed_transport(connection));
  else if (size == 5 && memcmp(data, "close", 5) == 0)
    harness_framed_close(connection);
  else if (size == 4 && memcmp(data, "huge", 4) == 0)
    assert_int_equal(harness_transport_write(harness_framed_transport(connection), huge, sizeof huge), 100);
  else if (size < 4 || memcmp(data, "mute", 4) != 0)
    assert_int_equal(harness_framed_write(connection, data, size), 0);
  if (size == 5 && memcmp(data, "twice", 5) == 0)
    assert_int_equal(harness_framed_write(connection, data, size), 0);
}

int release(void) {
  size_t i = world.released++;

  assert_true(i < world.held_count);
  return harness_framed_write(world.held[i], world.texts[i], strlen(world.texts[i]));
}

static void begin(const char *host, const char *policy) {
  harness_options_t options = {.host = host, .report = harness_cmocka_report, .timeout_ms = 60000};

  memset(&world, 0, sizeof world);
  world.host = host;
  world.policy = policy;
  assert_int_equal(harness_delivery_parse(policy, &options.delivery), 0);
  world.h = harness_open(&options);
  assert_non_null(world.h);
  world.server =
      harness_assert_made(world.h, harness_create_framed_server(world.h, &framing, respond, &world, NULL));
}

void everywhere(void (*test)(harness_t *h)) {
  for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
    for (size_t k = 0; k < sizeof policies / sizeof policies[0]; k++) {
      harness_t *h;

      begin(hosts[i], policies[k]);
      h = world.h;
      test(h);
      assert_int_equal(harness_settle(h), 0);
      harness_server_close(world.server);
      world.h = NULL;
      assert_int_equal(harness_close(h), 0);
    }
  }
}

int tear_down(void **state) {
  harness_t *h = world.h;

  (void)state;
  world.h = NULL;
  if (h == NULL)
    return 0;
  print_error("over %s, delivered %s\n", world.host, world.policy);
  return harness_cmocka_close(h);
}

harness_framed_client_t *client_of(harness_t *h, harness_framed_client_options_t options) {
  options.server = world.server;
  options.name = "caller";
  options.full_response = 1;
  return harness_assert_made(h, harness_framed_client_new(h, &framing, &options));
}

harness_task_t *call(harness_framed_client_t *client, const char *text) {
  return harness_assert_made(world.h, harness_framed_call(client, text, strlen(text)));
}

void settle(void) {
  assert_int_equal(harness_settle(world.h), 0);
}

void assert_reply(const harness_task_t *future, const char *text, size_t connection) {
  const harness_reply_t *reply = harness_task_result(future);

  assert_int_equal(harness_task_status(future), 0);
  assert_non_null(reply);
  assert_int_equal(reply->size, strlen(text));
  assert_string_equal(reply->data, text);
  if (connection != 0)
    assert_int_equal(reply->connection, connection);
}
