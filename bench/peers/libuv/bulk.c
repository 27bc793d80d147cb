/* SPDX-License-Identifier: MIT */
/* Much through an echo on one connection in libuv callbacks, by hand. The server writes what it read from
 * where it was read, and reads on when that is done. */
#include <uv.h>

#include "peer.h"

typedef struct bulk {
  uv_loop_t loop;
  uv_tcp_t listener;
  uv_tcp_t server;
  uv_tcp_t client;
  uv_connect_t connecting;
  uv_write_t sending;
  uv_write_t echoing;
  size_t to_send;
  size_t to_receive;
} bulk_t;

static char piece[BENCH_PIECE];
static char held[BENCH_PIECE];
static char taken[BENCH_PIECE];

static void on_server_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer);

static void on_server_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  (void)handle;
  (void)suggested;
  *buffer = uv_buf_init(held, sizeof held);
}

static void on_client_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  (void)handle;
  (void)suggested;
  *buffer = uv_buf_init(taken, sizeof taken);
}

static void on_echoed(uv_write_t *request, int status) {
  bench_check(status, "write");
  bench_check(uv_read_start(request->handle, on_server_alloc, on_server_read), "read_start");
}

static void on_server_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer) {
  bulk_t *bulk = stream->data;

  if (size == UV_EOF) {
    uv_close((uv_handle_t *)stream, NULL);
    uv_close((uv_handle_t *)&bulk->listener, NULL);
    return;
  }
  bench_check((int)size, "server read");
  uv_buf_t rest = uv_buf_init(buffer->base, (unsigned)size);
  int sent = uv_try_write(stream, &rest, 1);
  if (sent == (int)size || size == 0)
    return;
  sent = sent < 0 ? 0 : sent;
  rest = uv_buf_init(buffer->base + sent, (unsigned)(size - sent));
  bench_check(uv_read_stop(stream), "read_stop");
  bench_check(uv_write(&bulk->echoing, stream, &rest, 1, on_echoed), "write");
}

static void on_sent(uv_write_t *request, int status) {
  bulk_t *bulk = request->handle->data;
  uv_buf_t buffer = uv_buf_init(piece, sizeof piece);

  bench_check(status, "write");
  if (bulk->to_send == 0)
    return;
  bulk->to_send -= sizeof piece;
  bench_check(uv_write(request, request->handle, &buffer, 1, on_sent), "write");
}

static void on_client_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer) {
  bulk_t *bulk = stream->data;

  (void)buffer;
  bench_check((int)size, "client read");
  bulk->to_receive -= (size_t)size;
  if (bulk->to_receive == 0)
    uv_close((uv_handle_t *)stream, NULL);
}

static void on_connection(uv_stream_t *listener, int status) {
  bulk_t *bulk = listener->data;

  bench_check(status, "listen");
  bench_check(uv_tcp_init(&bulk->loop, &bulk->server), "init");
  bulk->server.data = bulk;
  bench_check(uv_accept(listener, (uv_stream_t *)&bulk->server), "accept");
  bench_check(uv_read_start((uv_stream_t *)&bulk->server, on_server_alloc, on_server_read), "read_start");
}

static void on_connected(uv_connect_t *connecting, int status) {
  bulk_t *bulk = connecting->handle->data;

  bench_check(status, "connect");
  bench_check(uv_read_start(connecting->handle, on_client_alloc, on_client_read), "read_start");
  bulk->sending.handle = connecting->handle;
  on_sent(&bulk->sending, 0);
}

uint64_t bench_libuv_bulk(size_t count) {
  bulk_t bulk = {.to_send = count << 20, .to_receive = count << 20};
  struct sockaddr_in address;
  int length = sizeof address;
  uint64_t start;

  bench_check(uv_loop_init(&bulk.loop), "loop");
  start = bench_now_ns();
  bench_check(uv_ip4_addr("127.0.0.1", 0, &address), "address");
  bench_check(uv_tcp_init(&bulk.loop, &bulk.listener), "init");
  bench_check(uv_tcp_init(&bulk.loop, &bulk.client), "init");
  bulk.listener.data = &bulk;
  bulk.client.data = &bulk;
  bench_check(uv_tcp_bind(&bulk.listener, (const struct sockaddr *)&address, 0), "bind");
  bench_check(uv_listen((uv_stream_t *)&bulk.listener, 128, on_connection), "listen");
  bench_check(uv_tcp_getsockname(&bulk.listener, (struct sockaddr *)&address, &length), "getsockname");
  bench_check(uv_tcp_connect(&bulk.connecting, &bulk.client, (const struct sockaddr *)&address, on_connected),
              "connect");
  uv_run(&bulk.loop, UV_RUN_DEFAULT);
  start = bench_now_ns() - start;
  bench_check(uv_loop_close(&bulk.loop), "loop_close");
  return start;
}
