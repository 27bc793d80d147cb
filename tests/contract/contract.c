/* SPDX-License-Identifier: MIT */
#include "contract.h"

harness_t *world;
int joins;

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
  harness_stream_t *stream = harness_connect(world, CONTRACT_HOST, harness_server_port(talk.listener));

  harness_assert_made(world, stream);
  talk.client(stream, arg);
  harness_stream_close(stream);
  return arg;
}

void converse(harness_t *h, side_t server, side_t client, void *arg) {
  harness_server_options_t options = {.host = CONTRACT_HOST};

  talk.server = server;
  talk.client = client;
  talk.listener = harness_assert_made(h, harness_start_server(h, serve, arg, &options));
  harness_assert_run(h, harness_schedule_coroutine(h, call, arg));
  harness_assert_ok(h, harness_settle(h));
  harness_server_close(talk.listener);
}

int set_up(void **state) {
  harness_options_t options = {.delivery = CONTRACT_DELIVERY, .timeout_ms = 60000};

  joins = options.delivery == HARNESS_DELIVERY_COALESCED;
  world = harness_open(&options);
  *state = world;
  return world != NULL ? 0 : -1;
}
