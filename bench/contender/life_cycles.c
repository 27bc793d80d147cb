/* SPDX-License-Identifier: MIT */
/* Life cycles as a test writes them: a server, a client coroutine, a foreground run; recorded. */
#include <harness/harness.h>
#include <uv.h>

#include "bench.h"
#include "echo.h"
#include "life_cycle.h"

typedef struct cycle {
  harness_t *h;
  harness_server_t *server;
} cycle_t;

static void *client(void *arg) {
  cycle_t *cycle = arg;
  char data[BENCH_ECHO_SIZE] = "Hello World";
  harness_stream_t *stream = harness_connect_to(cycle->h, cycle->server);
  ptrdiff_t size = harness_write(stream, data, sizeof data);

  if (size > 0)
    size = harness_read_exactly(stream, data, sizeof data, NULL);
  harness_stream_close(stream);
  return size == sizeof data ? cycle : NULL;
}

uint16_t bench_harness_life_cycle(harness_t *h) {
  cycle_t cycle = {.h = h, .server = harness_start_server(h, bench_echo, NULL, NULL)};
  uint16_t port = harness_server_port(cycle.server);
  harness_task_t *task = harness_schedule_coroutine(h, client, &cycle);

  bench_check(harness_run_in_foreground(h, task) == &cycle ? 0 : UV_EPROTO, "life cycle");
  harness_server_close(cycle.server);
  bench_check(harness_settle(h), "settle");
  return port;
}

harness_t *bench_harness_open(void) {
  harness_options_t options = {.timeout_ms = -1};
  harness_t *h = harness_open(&options);

  bench_check(h != NULL ? 0 : UV_ENOMEM, "harness_open");
  return h;
}

uint64_t bench_harness_life_cycles_kept(size_t count) {
  harness_t *h = bench_harness_open();
  uint64_t start = bench_now_ns();

  for (size_t i = 0; i < count; i++)
    bench_harness_life_cycle(h);
  start = bench_now_ns() - start;
  bench_check(-harness_close(h), "harness_close");
  return start;
}

uint64_t bench_harness_life_cycles_fresh(size_t count) {
  uint64_t start = bench_now_ns();

  for (size_t i = 0; i < count; i++) {
    harness_t *h = bench_harness_open();

    bench_harness_life_cycle(h);
    bench_check(-harness_close(h), "harness_close");
  }
  return bench_now_ns() - start;
}
