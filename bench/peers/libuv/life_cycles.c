/* SPDX-License-Identifier: MIT */
/* Life cycles in libuv callbacks, by hand. The client closes first, so that the TIME_WAIT stays on its port:
 * on the server's, where libuv sets SO_REUSEADDR, it would slow down every later bind to port 0. */
#include <string.h>

#include <uv.h>

#include "bench.h"

typedef struct cycle {
  uv_loop_t *loop;
  uv_tcp_t listener;
  uv_tcp_t server;
  uv_tcp_t client;
  uv_connect_t connecting;
  uv_write_t written[2]; /* the client's and the server's, where a write has to be queued */
  size_t received;
  size_t open; /* handles of this cycle that are not closed */
  size_t left;
} cycle_t;

static char message[BENCH_ECHO_SIZE] = "Hello World";
static char read_buffer[65536];

static void start_cycle(cycle_t *cycle);

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  (void)handle;
  (void)suggested;
  *buffer = uv_buf_init(read_buffer, sizeof read_buffer);
}

static void on_written(uv_write_t *request, int status) {
  (void)request;
  bench_check(status, "write");
}

/* The bytes are the message on the way there and back, so a queued write may point at it. */
static void write_message(cycle_t *cycle, uv_stream_t *stream, size_t size) {
  uv_buf_t buffer = uv_buf_init(message, (unsigned)size);
  uv_write_t *request = &cycle->written[stream == (uv_stream_t *)&cycle->server];

  if (uv_try_write(stream, &buffer, 1) == (int)size)
    return;
  bench_check(uv_write(request, stream, &buffer, 1, on_written), "write");
}

static void on_closed(uv_handle_t *handle) {
  cycle_t *cycle = handle->data;

  if (--cycle->open == 0 && --cycle->left > 0)
    start_cycle(cycle);
}

static void on_server_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer) {
  cycle_t *cycle = stream->data;

  (void)buffer;
  if (size == UV_EOF) {
    uv_close((uv_handle_t *)stream, on_closed);
    uv_close((uv_handle_t *)&cycle->listener, on_closed);
    return;
  }
  bench_check((int)size, "server read");
  write_message(cycle, stream, (size_t)size);
}

static void on_client_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer) {
  cycle_t *cycle = stream->data;

  (void)buffer;
  bench_check((int)size, "client read");
  cycle->received += (size_t)size;
  if (cycle->received == sizeof message)
    uv_close((uv_handle_t *)stream, on_closed);
}

static void on_connection(uv_stream_t *listener, int status) {
  cycle_t *cycle = listener->data;

  bench_check(status, "listen");
  bench_check(uv_tcp_init(cycle->loop, &cycle->server), "init");
  cycle->server.data = cycle;
  cycle->open++;
  bench_check(uv_accept(listener, (uv_stream_t *)&cycle->server), "accept");
  bench_check(uv_read_start((uv_stream_t *)&cycle->server, on_alloc, on_server_read), "read_start");
}

static void on_connected(uv_connect_t *connecting, int status) {
  cycle_t *cycle = connecting->handle->data;

  bench_check(status, "connect");
  bench_check(uv_read_start(connecting->handle, on_alloc, on_client_read), "read_start");
  write_message(cycle, connecting->handle, sizeof message);
}

static void start_cycle(cycle_t *cycle) {
  struct sockaddr_in address;
  int length = sizeof address;

  cycle->received = 0;
  cycle->open = 2;
  bench_check(uv_ip4_addr("127.0.0.1", 0, &address), "address");
  bench_check(uv_tcp_init(cycle->loop, &cycle->listener), "init");
  bench_check(uv_tcp_init(cycle->loop, &cycle->client), "init");
  cycle->listener.data = cycle;
  cycle->client.data = cycle;
  bench_check(uv_tcp_bind(&cycle->listener, (const struct sockaddr *)&address, 0), "bind");
  bench_check(uv_listen((uv_stream_t *)&cycle->listener, 128, on_connection), "listen");
  bench_check(uv_tcp_getsockname(&cycle->listener, (struct sockaddr *)&address, &length), "getsockname");
  bench_check(
      uv_tcp_connect(&cycle->connecting, &cycle->client, (const struct sockaddr *)&address, on_connected),
      "connect");
}

/* Runs count cycles on the loop; the next starts when all of the last is closed. */
static void run_cycles(uv_loop_t *loop, size_t count) {
  cycle_t cycle = {.loop = loop, .left = count};

  start_cycle(&cycle);
  uv_run(loop, UV_RUN_DEFAULT);
  bench_check(cycle.left == 0 ? 0 : UV_EPROTO, "life cycles");
}

uint64_t bench_libuv_life_cycles_kept(size_t count) {
  uv_loop_t loop;
  uint64_t start;

  bench_check(uv_loop_init(&loop), "loop");
  start = bench_now_ns();
  run_cycles(&loop, count);
  start = bench_now_ns() - start;
  bench_check(uv_loop_close(&loop), "loop_close");
  return start;
}

uint64_t bench_libuv_life_cycles_fresh(size_t count) {
  uint64_t start = bench_now_ns();

  for (size_t i = 0; i < count; i++) {
    uv_loop_t loop;

    bench_check(uv_loop_init(&loop), "loop");
    run_cycles(&loop, 1);
    bench_check(uv_loop_close(&loop), "loop_close");
  }
  return bench_now_ns() - start;
}
