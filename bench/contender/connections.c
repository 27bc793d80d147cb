/* SPDX-License-Identifier: MIT */
/* Many connections at once, a coroutine at each end; recorded. */
#include <harness/harness.h>
#include <stdlib.h>
#include <uv.h>

#include "contender.h"

typedef struct many {
  harness_t *h;
  harness_server_t *server;
  harness_task_t *all_connected; /* a future */
  size_t count;
  size_t connected;
  size_t ended;
} many_t;

static void echo(harness_stream_t *stream, void *arg) {
  char data[BENCH_TRIP_SIZE];
  ptrdiff_t size;

  (void)arg;
  while ((size = harness_read(stream, data, sizeof data)) > 0)
    harness_write(stream, data, (size_t)size);
}

static void *client(void *arg) {
  many_t *many = arg;
  char data[BENCH_TRIP_SIZE] = {0};
  harness_stream_t *stream = harness_connect_to(many->h, many->server);

  bench_check(stream == NULL ? harness_error_code(many->h) : 0, "connect");
  if (++many->connected == many->count)
    bench_check(harness_future_resolve(many->all_connected, NULL), "resolve");
  bench_check(harness_await(many->all_connected, NULL), "await");
  for (int i = 0; i < BENCH_TRIPS_EACH; i++)
    if (harness_write(stream, data, sizeof data) != sizeof data ||
        harness_read_exactly(stream, data, sizeof data, NULL) != sizeof data)
      return NULL;
  many->ended++;
  harness_stream_abort(stream);
  return many;
}

uint64_t bench_harness_connections(size_t count) {
  harness_options_t options = {.timeout_ms = -1};
  many_t many = {.h = harness_open(&options), .count = count};
  harness_task_t **tasks = calloc(count, sizeof(harness_task_t *));
  uint64_t start;

  bench_check(many.h == NULL || tasks == NULL ? UV_ENOMEM : 0, "harness_open");
  start = bench_now_ns();
  many.server = harness_start_server(many.h, echo, NULL, NULL);
  many.all_connected = harness_future_new(many.h);
  for (size_t i = 0; i < count; i++)
    tasks[i] = harness_schedule_coroutine(many.h, client, &many);
  (void)harness_run_in_foreground(many.h, harness_wait_all(many.h, tasks, count));
  harness_server_close(many.server);
  bench_check(harness_settle(many.h), "settle");
  start = bench_now_ns() - start;
  bench_check(many.ended == count ? 0 : UV_EPROTO, "connections");
  bench_check(-harness_close(many.h), "harness_close");
  free(tasks);
  return start;
}
