/* SPDX-License-Identifier: MIT */
/* Round trips between two coroutines, recorded. */
#include <harness/harness.h>
#include <uv.h>

#include "bench.h"
#include "echo.h"

typedef struct trips {
  harness_t *h;
  harness_server_t *server;
  size_t count;
  size_t done;
} trips_t;

static void *client(void *arg) {
  trips_t *trips = arg;
  char data[BENCH_TRIP_SIZE] = {0};
  harness_stream_t *stream = harness_connect_to(trips->h, trips->server);

  while (trips->done < trips->count) {
    if (harness_write(stream, data, sizeof data) != sizeof data ||
        harness_read_exactly(stream, data, sizeof data, NULL) != sizeof data)
      break;
    trips->done++;
  }
  harness_stream_close(stream);
  return trips;
}

static uint64_t round_trips(const char *host, size_t count) {
  harness_options_t options = {.timeout_ms = -1, .host = host};
  trips_t trips = {.h = harness_open(&options), .count = count};
  uint64_t start;

  bench_check(trips.h != NULL ? 0 : UV_ENOMEM, "harness_open");
  start = bench_now_ns();
  trips.server = harness_start_server(trips.h, bench_echo, NULL, NULL);
  harness_run_in_foreground(trips.h, harness_schedule_coroutine(trips.h, client, &trips));
  harness_server_close(trips.server);
  bench_check(harness_settle(trips.h), "settle");
  start = bench_now_ns() - start;
  bench_check(trips.done == count ? 0 : UV_EPROTO, "round trips");
  bench_check(-harness_close(trips.h), "harness_close");
  return start;
}

uint64_t bench_harness_round_trips(size_t count) {
  return round_trips("127.0.0.1", count);
}

uint64_t bench_harness_memory_round_trips(size_t count) {
  return round_trips("memory:", count);
}
