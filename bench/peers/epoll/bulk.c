/* SPDX-License-Identifier: MIT */
/* Much through an echo on one connection, by hand on epoll: the server holds one piece at a time. */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "contender.h"
#include "reactor.h"

typedef struct bulk {
  socket_t listener;
  socket_t server;
  socket_t client;
  size_t to_send;
  size_t to_receive;
  size_t held; /* by the server, from begin on */
  size_t begin;
} bulk_t;

static char piece[BENCH_PIECE];
static char taken[BENCH_PIECE];
static char held[BENCH_PIECE];

/* How much of it was taken. */
static size_t try_send(const socket_t *socket, const char *data, size_t size) {
  ssize_t count = send(socket->fd, data, size, MSG_NOSIGNAL);

  bench_check(count < 0 && errno != EAGAIN ? -errno : 0, "send");
  return count < 0 ? 0 : (size_t)count;
}

static void on_server(socket_t *socket, uint32_t events) {
  bulk_t *bulk = socket->owner;

  (void)events;
  if (bulk->held == 0) {
    ptrdiff_t size = reactor_receive(socket, held, sizeof held);

    if (size == 0) {
      reactor_drop(socket);
      reactor.done = true;
      return;
    }
    bulk->begin = 0;
    bulk->held = size > 0 ? (size_t)size : 0;
  }
  size_t sent = try_send(socket, held + bulk->begin, bulk->held);
  bool waited = bulk->begin > 0;
  bulk->begin += sent;
  bulk->held -= sent;
  if (bulk->held > 0)
    reactor_change(socket, EPOLLOUT);
  else if (waited)
    reactor_change(socket, EPOLLIN);
}

static void on_listener(socket_t *listener, uint32_t events) {
  bulk_t *bulk = listener->owner;

  (void)events;
  bulk->server = (socket_t){.fd = reactor_accept(listener), .ready = on_server, .owner = bulk};
  reactor_no_delay(&bulk->server);
  reactor_watch(&bulk->server, EPOLLIN);
}

static void on_client(socket_t *socket, uint32_t events) {
  bulk_t *bulk = socket->owner;

  if ((events & EPOLLOUT) != 0 && bulk->to_send > 0) {
    bulk->to_send -= try_send(socket, piece, bulk->to_send < sizeof piece ? bulk->to_send : sizeof piece);
    if (bulk->to_send == 0)
      reactor_change(socket, EPOLLIN);
  }
  if ((events & EPOLLIN) != 0) {
    ptrdiff_t size = reactor_receive(socket, taken, sizeof taken);

    bulk->to_receive -= size > 0 ? (size_t)size : 0;
    if (bulk->to_receive == 0)
      reactor_drop(socket);
  }
}

static void on_connected(socket_t *socket, uint32_t events) {
  (void)events;
  reactor_no_delay(socket);
  socket->ready = on_client;
  reactor_change(socket, EPOLLIN | EPOLLOUT);
}

uint64_t bench_epoll_bulk(size_t count) {
  bulk_t bulk = {.to_send = count << 20, .to_receive = count << 20};
  uint64_t start;

  reactor_open();
  start = bench_now_ns();
  bulk.listener = (socket_t){.ready = on_listener, .owner = &bulk};
  bulk.client = (socket_t){.ready = on_connected, .owner = &bulk};
  reactor_connect(&bulk.client, reactor_listen(&bulk.listener));
  reactor_run();
  reactor_drop(&bulk.listener);
  start = bench_now_ns() - start;
  reactor_close();
  return start;
}
