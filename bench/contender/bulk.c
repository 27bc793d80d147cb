/* SPDX-License-Identifier: MIT */
/* Much through an echo on one connection: one coroutine writes, another reads; recorded as digests. */
#include <harness/harness.h>
#include <uv.h>

#include "contender.h"

typedef struct bulk {
  harness_t *h;
  harness_server_t *server;
  harness_stream_t *stream;
  size_t size;
  size_t received;
} bulk_t;

static void echo(harness_stream_t *stream, void *arg) {
  static char data[BENCH_PIECE];
  ptrdiff_t size;

  (void)arg;
  while ((size = harness_read(stream, data, sizeof data)) > 0)
    if (harness_write(stream, data, (size_t)size) < 0 || harness_drain(stream) != 0)
      return;
}

static void *send_all(void *arg) {
  static char piece[BENCH_PIECE];
  bulk_t *bulk = arg;

  for (size_t sent = 0; sent < bulk->size; sent += sizeof piece)
    if (harness_write(bulk->stream, piece, sizeof piece) < 0 || harness_drain(bulk->stream) != 0)
      return NULL;
  return bulk;
}

static void *client(void *arg) {
  static char data[BENCH_PIECE];
  bulk_t *bulk = arg;
  harness_task_t *sender;
  ptrdiff_t size;

  bulk->stream = harness_connect_to(bulk->h, bulk->server);
  bench_check(bulk->stream == NULL ? harness_error_code(bulk->h) : 0, "connect");
  sender = harness_schedule_coroutine(bulk->h, send_all, bulk);
  while (bulk->received < bulk->size && (size = harness_read(bulk->stream, data, sizeof data)) > 0)
    bulk->received += (size_t)size;
  bench_check(harness_await(sender, NULL), "the sender");
  harness_stream_close(bulk->stream);
  return bulk;
}

uint64_t bench_harness_bulk(size_t count) {
  harness_options_t options = {.timeout_ms = -1};
  bulk_t bulk = {.h = harness_open(&options), .size = count << 20};
  uint64_t start;

  bench_check(bulk.h == NULL ? UV_ENOMEM : 0, "harness_open");
  start = bench_now_ns();
  bulk.server = harness_start_server(bulk.h, echo, NULL, NULL);
  (void)harness_run_in_foreground(bulk.h, harness_schedule_coroutine(bulk.h, client, &bulk));
  harness_server_close(bulk.server);
  bench_check(harness_settle(bulk.h), "settle");
  start = bench_now_ns() - start;
  bench_check(bulk.received == bulk.size ? 0 : UV_EPROTO, "bulk");
  bench_check(-harness_close(bulk.h), "harness_close");
  return start;
}
