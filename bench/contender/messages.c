/* SPDX-License-Identifier: MIT */
/* Messages one way in memory: one coroutine writes, held back as far as the window says, another reads. */
#include <harness/harness.h>
#include <uv.h>

#include "contender.h"

typedef struct flow {
  harness_t *h;
  harness_server_t *server;
  size_t count;
  size_t received;
} flow_t;

static void receive_all(harness_stream_t *stream, void *arg) {
  flow_t *flow = arg;
  char data[BENCH_TRIP_SIZE];

  while (harness_read(stream, data, sizeof data) == sizeof data)
    flow->received++;
}

static void *send_all(void *arg) {
  flow_t *flow = arg;
  char data[BENCH_TRIP_SIZE] = {0};
  harness_stream_t *stream = harness_connect_to(flow->h, flow->server);

  for (size_t i = 0; i < flow->count; i++)
    if (harness_write(stream, data, sizeof data) != sizeof data || harness_drain(stream) != 0)
      return NULL;
  harness_stream_close(stream);
  return flow;
}

uint64_t bench_harness_memory_messages(size_t count) {
  harness_options_t options = {.timeout_ms = -1, .host = "memory:"};
  flow_t flow = {.h = harness_open(&options), .count = count};
  uint64_t start;

  bench_check(flow.h != NULL ? 0 : UV_ENOMEM, "harness_open");
  start = bench_now_ns();
  flow.server = harness_start_server(flow.h, receive_all, &flow, NULL);
  harness_run_in_foreground(flow.h, harness_schedule_coroutine(flow.h, send_all, &flow));
  harness_server_close(flow.server);
  bench_check(harness_settle(flow.h), "settle");
  start = bench_now_ns() - start;
  bench_check(flow.received == count ? 0 : UV_EPROTO, "messages");
  bench_check(-harness_close(flow.h), "harness_close");
  return start;
}
