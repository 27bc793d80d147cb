/* SPDX-License-Identifier: MIT */
/* Many connections at once in libuv callbacks, by hand: an object for each end, one buffer for all reads. */
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "peer.h"

typedef struct client {
  uv_tcp_t tcp;
  uv_connect_t connecting;
  struct many *many;
  size_t left;
  size_t received;
} client_t;

typedef struct many {
  uv_loop_t loop;
  uv_tcp_t listener;
  client_t *clients;
  size_t count;
  size_t begun;
  size_t connected;
  size_t ended;
  uint64_t resident; /* with all of them open */
} many_t;

static char message[BENCH_TRIP_SIZE];
static char read_buffer[65536];

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  (void)handle;
  (void)suggested;
  *buffer = uv_buf_init(read_buffer, sizeof read_buffer);
}

/* A message a connection always fits into its socket. */
static void write_now(uv_stream_t *stream, char *data, size_t size) {
  uv_buf_t buffer = uv_buf_init(data, (unsigned)size);

  bench_check(uv_try_write(stream, &buffer, 1) == (int)size ? 0 : UV_EPROTO, "try_write");
}

static void on_server_closed(uv_handle_t *handle) {
  free(handle);
}

static void on_server_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer) {
  if (size > 0)
    write_now(stream, buffer->base, (size_t)size);
  else if (size < 0)
    uv_close((uv_handle_t *)stream, on_server_closed);
}

static void on_connection(uv_stream_t *listener, int status) {
  uv_tcp_t *server = malloc(sizeof *server);

  bench_check(server == NULL ? UV_ENOMEM : status, "connection");
  bench_check(uv_tcp_init(listener->loop, server), "init");
  bench_check(uv_accept(listener, (uv_stream_t *)server), "accept");
  bench_check(uv_tcp_nodelay(server, 1), "nodelay");
  bench_check(uv_read_start((uv_stream_t *)server, on_alloc, on_server_read), "read_start");
}

static void finish(many_t *many) {
  many->resident = bench_resident();
  for (size_t i = 0; i < many->count; i++)
    bench_check(uv_tcp_close_reset(&many->clients[i].tcp, NULL), "close_reset");
  uv_close((uv_handle_t *)&many->listener, NULL);
}

static void on_client_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer) {
  client_t *client = stream->data;

  (void)buffer;
  bench_check((int)size, "client read");
  client->received += (size_t)size;
  if (client->received < sizeof message)
    return;
  client->received = 0;
  if (--client->left > 0)
    write_now(stream, message, sizeof message);
  else if (++client->many->ended == client->many->count)
    finish(client->many);
}

static void connect_group(many_t *many);

static void on_connected(uv_connect_t *connecting, int status) {
  client_t *client = connecting->handle->data;
  many_t *many = client->many;

  bench_check(status, "connect");
  bench_check(uv_tcp_nodelay(&client->tcp, 1), "nodelay");
  bench_check(uv_read_start((uv_stream_t *)&client->tcp, on_alloc, on_client_read), "read_start");
  many->connected++;
  if (many->connected == many->count)
    for (size_t i = 0; i < many->count; i++)
      write_now((uv_stream_t *)&many->clients[i].tcp, message, sizeof message);
  else if (many->connected == many->begun)
    connect_group(many);
}

static void connect_group(many_t *many) {
  struct sockaddr_in address;
  int length = sizeof address;

  bench_check(uv_tcp_getsockname(&many->listener, (struct sockaddr *)&address, &length), "getsockname");
  for (size_t i = 0; i < BENCH_GROUP && many->begun < many->count; i++) {
    client_t *client = &many->clients[many->begun++];

    client->many = many;
    client->left = BENCH_TRIPS_EACH;
    bench_check(uv_tcp_init(&many->loop, &client->tcp), "init");
    client->tcp.data = client;
    bench_check(
        uv_tcp_connect(&client->connecting, &client->tcp, (const struct sockaddr *)&address, on_connected),
        "connect");
  }
}

static uint64_t run(many_t *many, size_t count) {
  struct sockaddr_in address;
  uint64_t start;

  many->count = count;
  many->clients = calloc(count, sizeof *many->clients);
  bench_check(many->clients == NULL ? UV_ENOMEM : uv_loop_init(&many->loop), "loop");
  start = bench_now_ns();
  bench_check(uv_ip4_addr("127.0.0.1", 0, &address), "address");
  bench_check(uv_tcp_init(&many->loop, &many->listener), "init");
  bench_check(uv_tcp_bind(&many->listener, (const struct sockaddr *)&address, 0), "bind");
  bench_check(uv_listen((uv_stream_t *)&many->listener, 4096, on_connection), "listen");
  connect_group(many);
  uv_run(&many->loop, UV_RUN_DEFAULT);
  start = bench_now_ns() - start;
  bench_check(uv_loop_close(&many->loop), "loop_close");
  free(many->clients);
  return start;
}

uint64_t bench_libuv_connections(size_t count) {
  many_t many = {.resident = 0};

  return run(&many, count);
}

uint64_t bench_libuv_connection_bytes(size_t count) {
  uint64_t before = bench_resident();
  many_t many = {.resident = 0};

  (void)run(&many, count);
  return (many.resident - before) / count;
}
