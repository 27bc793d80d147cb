/* SPDX-License-Identifier: MIT */
#include "contract.h"

#include <stdlib.h>

harness_t *world;
harness_delivery_kind_t policy;

static struct {
  side_t server;
  side_t client;
  void *arg;
  harness_server_t *listener;
} talk;

static void serve(harness_stream_t *stream, void *arg) {
  talk.server(stream, arg);
}

static void *call(void *arg) {
  harness_stream_t *stream =
      harness_connect(world, harness_server_host(talk.listener), harness_server_port(talk.listener));

  harness_assert_made(world, stream);
  talk.client(stream, arg);
  harness_stream_close(stream);
  return arg;
}

void converse(harness_t *h, side_t server, side_t client, void *arg) {
  harness_server_options_t options = {.host = contract_host()};

  talk.server = server;
  talk.client = client;
  talk.listener = harness_assert_made(h, harness_start_server(h, serve, arg, &options));
  harness_assert_run(h, harness_schedule_coroutine(h, call, arg));
  harness_assert_ok(h, harness_settle(h));
  harness_server_close(talk.listener);
}

void read_text(harness_stream_t *s, const char *text) {
  char data[100];
  size_t size = strlen(text);

  assert_true(size <= sizeof data);
  for (size_t total = 0; total < size;) {
    ptrdiff_t count = harness_read(s, data + total, size - total);

    assert_true(count > 0);
    total += (size_t)count;
  }
  assert_memory_equal(data, text, size);
}

const char *contract_host(void) {
  const char *host = getenv("CONTRACT_HOST");

  return host != NULL ? host : "127.0.0.1";
}

bool contract_is_tcp(void) {
  return strncmp(contract_host(), "unix:", 5) != 0 && !contract_is_memory();
}

bool contract_is_memory(void) {
  return strcmp(contract_host(), "memory:") == 0;
}

int set_up(void **state) {
  harness_options_t options = {.timeout_ms = 60000, .host = contract_host()};
  const char *delivery = getenv("CONTRACT_DELIVERY");

  if (harness_delivery_parse(delivery != NULL ? delivery : "as_written", &options.delivery) != 0)
    return -1;
  policy = options.delivery.kind;
  world = harness_open(&options);
  *state = world;
  return world != NULL ? 0 : -1;
}
