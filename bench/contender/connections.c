/* SPDX-License-Identifier: MIT */
/* Many connections at once, a coroutine at each end; recorded. */
#include <harness/harness.h>
#include <stdlib.h>
#include <uv.h>

#include "contender.h"
#include "echo.h"

typedef struct many {
  harness_t *h;
  harness_server_t *server;
  harness_task_t *all_connected; /* futures */
  harness_task_t *all_ended;
  size_t count;
  size_t connected;
  size_t ended;
  uint64_t resident; /* with all of them open */
} many_t;

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
  if (++many->ended == many->count) {
    many->resident = bench_resident();
    bench_check(harness_future_resolve(many->all_ended, NULL), "resolve");
  }
  bench_check(harness_await(many->all_ended, NULL), "await");
  harness_stream_abort(stream);
  return many;
}

static uint64_t run(many_t *many, const char *host, size_t count) {
  harness_options_t options = {.timeout_ms = -1, .host = host};
  harness_task_t **tasks = calloc(count, sizeof(harness_task_t *));
  uint64_t start;

  many->h = harness_open(&options);
  many->count = count;
  bench_check(many->h == NULL || tasks == NULL ? UV_ENOMEM : 0, "harness_open");
  start = bench_now_ns();
  many->server = harness_start_server(many->h, bench_echo, NULL, NULL);
  many->all_connected = harness_future_new(many->h);
  many->all_ended = harness_future_new(many->h);
  for (size_t i = 0; i < count; i++)
    tasks[i] = harness_schedule_coroutine(many->h, client, many);
  (void)harness_run_in_foreground(many->h, harness_wait_all(many->h, tasks, count));
  harness_server_close(many->server);
  bench_check(harness_settle(many->h), "settle");
  start = bench_now_ns() - start;
  bench_check(many->ended == count ? 0 : UV_EPROTO, "connections");
  bench_check(-harness_close(many->h), "harness_close");
  free(tasks);
  return start;
}

uint64_t bench_harness_connections(size_t count) {
  many_t many = {.resident = 0};

  return run(&many, NULL, count);
}

uint64_t bench_harness_memory_connections(size_t count) {
  many_t many = {.resident = 0};

  return run(&many, "memory:", count);
}

static uint64_t bytes_each(const char *host, size_t count) {
  uint64_t before = bench_resident();
  many_t many = {.resident = 0};

  (void)run(&many, host, count);
  return (many.resident - before) / count;
}

uint64_t bench_harness_connection_bytes(size_t count) {
  return bytes_each(NULL, count);
}

uint64_t bench_harness_memory_connection_bytes(size_t count) {
  return bytes_each("memory:", count);
}
