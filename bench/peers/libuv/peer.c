/* SPDX-License-Identifier: MIT */
/* What is done by hand in libuv callbacks, and clients that block on its thread pool. */
#include "peer.h"

#include <stdlib.h>

#include <uv.h>

typedef struct server {
  uv_tcp_t tcp;
  char data[BENCH_ECHO_SIZE];
} server_t;

typedef struct calls {
  uv_loop_t loop;
  uv_tcp_t listener;
  uint16_t port;
  size_t left; /* connections that the servers have not closed */
} calls_t;

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  server_t *server = (server_t *)handle;

  (void)suggested;
  *buffer = uv_buf_init(server->data, sizeof server->data);
}

static void on_closed(uv_handle_t *handle) {
  free(handle);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer) {
  calls_t *calls = stream->data;

  if (size > 0) {
    uv_buf_t echoed = uv_buf_init(buffer->base, (unsigned)size);
    bench_check(uv_try_write(stream, &echoed, 1) == (int)size ? 0 : UV_EPROTO, "try_write");
  } else if (size < 0) {
    uv_close((uv_handle_t *)stream, on_closed);
    if (--calls->left == 0)
      uv_close((uv_handle_t *)&calls->listener, NULL);
  }
}

static void on_connection(uv_stream_t *listener, int status) {
  server_t *server = malloc(sizeof *server);

  bench_check(server == NULL ? UV_ENOMEM : status, "connection");
  bench_check(uv_tcp_init(listener->loop, &server->tcp), "init");
  server->tcp.data = listener->data;
  bench_check(uv_accept(listener, (uv_stream_t *)&server->tcp), "accept");
  bench_check(uv_read_start((uv_stream_t *)&server->tcp, on_alloc, on_read), "read_start");
}

static void call(uv_work_t *work) {
  const calls_t *calls = work->data;

  bench_call(calls->port);
}

static uint64_t blocking(size_t count) {
  calls_t calls = {.left = count};
  uv_work_t *works = calloc(count, sizeof *works);
  struct sockaddr_in address;
  int length = sizeof address;
  uint64_t start;

  (void)setenv("UV_THREADPOOL_SIZE", "8", 0);
  bench_check(works == NULL ? UV_ENOMEM : uv_loop_init(&calls.loop), "loop");
  start = bench_now_ns();
  bench_check(uv_ip4_addr("127.0.0.1", 0, &address), "address");
  bench_check(uv_tcp_init(&calls.loop, &calls.listener), "init");
  calls.listener.data = &calls;
  bench_check(uv_tcp_bind(&calls.listener, (const struct sockaddr *)&address, 0), "bind");
  bench_check(uv_listen((uv_stream_t *)&calls.listener, 4096, on_connection), "listen");
  bench_check(uv_tcp_getsockname(&calls.listener, (struct sockaddr *)&address, &length), "getsockname");
  calls.port = ntohs(address.sin_port);
  for (size_t i = 0; i < count; i++) {
    works[i].data = &calls;
    bench_check(uv_queue_work(&calls.loop, &works[i], call, NULL), "queue_work");
  }
  uv_run(&calls.loop, UV_RUN_DEFAULT);
  start = bench_now_ns() - start;
  bench_check(uv_loop_close(&calls.loop), "loop_close");
  free(works);
  return start;
}

const bench_workload_t bench_workloads[] = {
    {"life_cycles", bench_libuv_life_cycles_kept},
    {"fresh_life_cycles", bench_libuv_life_cycles_fresh},
    {"round_trips", bench_libuv_round_trips},
    {"connections", bench_libuv_connections},
    {"bulk", bench_libuv_bulk},
    {"blocking", blocking},
    {"whole_tests", bench_libuv_whole_tests},
    {"connection_bytes", bench_libuv_connection_bytes},
    {NULL, NULL},
};
