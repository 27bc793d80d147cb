/* SPDX-License-Identifier: MIT */
/* Round trips in libuv callbacks, by hand: writes are tried at once and queued only where the socket is full;
 * one static buffer serves all reads, since each is used up before the next. */
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "bench.h"

typedef struct trips {
  uv_tcp_t listener;
  uv_tcp_t server;
  uv_tcp_t client;
  uv_connect_t connecting;
  size_t left;
  size_t received; /* of the message under way, by the client */
} trips_t;

typedef struct queued_write {
  uv_write_t request;
  char data[BENCH_TRIP_SIZE];
} queued_write_t;

static char message[BENCH_TRIP_SIZE];
static char read_buffer[65536];

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  (void)handle;
  (void)suggested;
  *buffer = uv_buf_init(read_buffer, sizeof read_buffer);
}

static void on_written(uv_write_t *request, int status) {
  bench_check(status, "write");
  free(request);
}

static void write_all(uv_stream_t *stream, const char *data, size_t size) {
  uv_buf_t buffer = uv_buf_init((char *)(uintptr_t)data, (unsigned)size);
  int sent = uv_try_write(stream, &buffer, 1);
  queued_write_t *queued;

  if (sent == (int)size)
    return;
  if (sent < 0 && sent != UV_EAGAIN)
    bench_check(sent, "try_write");
  sent = sent < 0 ? 0 : sent;
  queued = malloc(sizeof *queued);
  if (queued == NULL)
    abort();
  size -= (size_t)sent;
  memcpy(queued->data, data + sent, size);
  buffer = uv_buf_init(queued->data, (unsigned)size);
  bench_check(uv_write(&queued->request, stream, &buffer, 1, on_written), "write");
}

static void on_server_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer) {
  if (size == UV_EOF) {
    uv_close((uv_handle_t *)stream, NULL);
    return;
  }
  bench_check((int)size, "server read");
  write_all(stream, buffer->base, (size_t)size);
}

static void on_client_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer) {
  trips_t *trips = stream->data;

  (void)buffer;
  bench_check((int)size, "client read");
  trips->received += (size_t)size;
  if (trips->received < sizeof message)
    return;
  trips->received = 0;
  if (--trips->left > 0) {
    write_all(stream, message, sizeof message);
    return;
  }
  uv_close((uv_handle_t *)stream, NULL);
  uv_close((uv_handle_t *)&trips->listener, NULL);
}

static void on_connection(uv_stream_t *listener, int status) {
  trips_t *trips = listener->data;

  bench_check(status, "listen");
  bench_check(uv_tcp_init(listener->loop, &trips->server), "init");
  bench_check(uv_accept(listener, (uv_stream_t *)&trips->server), "accept");
  bench_check(uv_tcp_nodelay(&trips->server, 1), "nodelay");
  bench_check(uv_read_start((uv_stream_t *)&trips->server, on_alloc, on_server_read), "read_start");
}

static void on_connected(uv_connect_t *connecting, int status) {
  bench_check(status, "connect");
  bench_check(uv_tcp_nodelay((uv_tcp_t *)connecting->handle, 1), "nodelay");
  bench_check(uv_read_start(connecting->handle, on_alloc, on_client_read), "read_start");
  write_all(connecting->handle, message, sizeof message);
}

uint64_t bench_libuv_round_trips(size_t count) {
  trips_t trips = {.left = count};
  struct sockaddr_in address;
  int length = sizeof address;
  uv_loop_t loop;
  uint64_t start;

  bench_check(uv_loop_init(&loop), "loop");
  start = bench_now_ns();
  bench_check(uv_ip4_addr("127.0.0.1", 0, &address), "address");
  bench_check(uv_tcp_init(&loop, &trips.listener), "init");
  bench_check(uv_tcp_init(&loop, &trips.client), "init");
  trips.listener.data = &trips;
  trips.client.data = &trips;
  bench_check(uv_tcp_bind(&trips.listener, (const struct sockaddr *)&address, 0), "bind");
  bench_check(uv_listen((uv_stream_t *)&trips.listener, 128, on_connection), "listen");
  bench_check(uv_tcp_getsockname(&trips.listener, (struct sockaddr *)&address, &length), "getsockname");
  bench_check(
      uv_tcp_connect(&trips.connecting, &trips.client, (const struct sockaddr *)&address, on_connected),
      "connect");
  uv_run(&loop, UV_RUN_DEFAULT);
  start = bench_now_ns() - start;
  bench_check(uv_loop_close(&loop), "loop_close");
  bench_check(trips.left == 0 ? 0 : UV_EPROTO, "round trips");
  return start;
}
