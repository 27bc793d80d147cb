/* SPDX-License-Identifier: MIT */
/* What is done by hand on epoll, and clients that block beside it. */
#include "peer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "reactor.h"

static char buffer[BENCH_ECHO_SIZE];
static size_t servers_left;
static atomic_size_t calls_left;

static void on_server(socket_t *socket, uint32_t events) {
  ptrdiff_t size = reactor_receive(socket, buffer, sizeof buffer);

  (void)events;
  if (size > 0) {
    reactor_send(socket, buffer, (size_t)size);
  } else if (size == 0) {
    reactor_drop(socket);
    free(socket);
    reactor.done = --servers_left == 0;
  }
}

static void on_listener(socket_t *listener, uint32_t events) {
  socket_t *server = calloc(1, sizeof *server);

  (void)events;
  if (server == NULL)
    abort();
  *server = (socket_t){.fd = reactor_accept(listener), .ready = on_server};
  if (server->fd < 0) {
    free(server);
    return;
  }
  reactor_watch(server, EPOLLIN);
}

static void *call_on(void *arg) {
  const uint16_t *port = arg;

  for (;;) {
    size_t left = atomic_load(&calls_left);

    while (left > 0 && !atomic_compare_exchange_weak(&calls_left, &left, left - 1)) {
    }
    if (left == 0)
      return NULL;
    bench_call(*port);
  }
}

static uint64_t blocking(size_t count) {
  socket_t listener = {.ready = on_listener};
  pthread_t threads[BENCH_THREADS];
  uint64_t start;
  uint16_t port;

  reactor_open();
  start = bench_now_ns();
  port = reactor_listen(&listener);
  servers_left = count;
  atomic_store(&calls_left, count);
  for (size_t i = 0; i < BENCH_THREADS; i++)
    bench_check(-pthread_create(&threads[i], NULL, call_on, &port), "pthread_create");
  reactor_run();
  for (size_t i = 0; i < BENCH_THREADS; i++)
    (void)pthread_join(threads[i], NULL);
  reactor_drop(&listener);
  start = bench_now_ns() - start;
  reactor_close();
  return start;
}

const bench_workload_t bench_workloads[] = {
    {"life_cycles", bench_epoll_life_cycles},
    {"fresh_life_cycles", bench_epoll_fresh_life_cycles},
    {"round_trips", bench_epoll_round_trips},
    {"connections", bench_epoll_connections},
    {"bulk", bench_epoll_bulk},
    {"blocking", blocking},
    {NULL, NULL},
};
