/* SPDX-License-Identifier: MIT */
#include "reactor.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

enum { EVENTS = 1024, BACKLOG = 4096 };

reactor_t reactor;

static void check(int status, const char *what) {
  bench_check(status < 0 ? -errno : 0, what);
}

void reactor_open(void) {
  reactor.epoll = epoll_create1(EPOLL_CLOEXEC);
  check(reactor.epoll, "epoll_create1");
}

void reactor_close(void) {
  close(reactor.epoll);
}

void reactor_run(void) {
  struct epoll_event events[EVENTS];

  reactor.done = false;
  while (!reactor.done) {
    int count = epoll_wait(reactor.epoll, events, EVENTS, -1);

    check(count, "epoll_wait");
    for (int i = 0; i < count; i++) {
      socket_t *socket = events[i].data.ptr;

      if (socket->fd >= 0)
        socket->ready(socket, events[i].events);
    }
  }
}

static void control(int operation, socket_t *socket, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = socket};

  check(epoll_ctl(reactor.epoll, operation, socket->fd, &event), "epoll_ctl");
}

void reactor_watch(socket_t *socket, uint32_t events) {
  control(EPOLL_CTL_ADD, socket, events);
}

void reactor_change(socket_t *socket, uint32_t events) {
  control(EPOLL_CTL_MOD, socket, events);
}

void reactor_drop(socket_t *socket) {
  close(socket->fd);
  socket->fd = -1;
}

void reactor_abort(socket_t *socket) {
  struct linger linger = {.l_onoff = 1};

  check(setsockopt(socket->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), "SO_LINGER");
  reactor_drop(socket);
}

static struct sockaddr_in loopback(uint16_t port) {
  return (struct sockaddr_in){
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int new_socket(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  check(fd, "socket");
  return fd;
}

uint16_t reactor_listen(socket_t *listener) {
  struct sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;

  listener->fd = new_socket();
  check(bind(listener->fd, (const struct sockaddr *)&address, length), "bind");
  check(listen(listener->fd, BACKLOG), "listen");
  check(getsockname(listener->fd, (struct sockaddr *)&address, &length), "getsockname");
  reactor_watch(listener, EPOLLIN);
  return ntohs(address.sin_port);
}

int reactor_accept(const socket_t *listener) {
  struct sockaddr_in address;
  socklen_t length = sizeof address;

  return accept4(listener->fd, (struct sockaddr *)&address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

void reactor_connect(socket_t *socket, uint16_t port) {
  struct sockaddr_in address = loopback(port);

  socket->fd = new_socket();
  if (connect(socket->fd, (const struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS)
    check(-1, "connect");
  reactor_watch(socket, EPOLLOUT);
}

void reactor_no_delay(const socket_t *socket) {
  check(setsockopt(socket->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)), "TCP_NODELAY");
}

void reactor_send(const socket_t *socket, const void *data, size_t size) {
  bench_check(send(socket->fd, data, size, MSG_NOSIGNAL) == (ssize_t)size ? 0 : -EPIPE, "send");
}

ptrdiff_t reactor_receive(const socket_t *socket, void *data, size_t size) {
  ssize_t count = recv(socket->fd, data, size, 0);

  return count < 0 && errno == ECONNRESET ? 0 : count;
}
