/* SPDX-License-Identifier: MIT */
/* The system calls that a round trip can't do without, and nothing else: both ends in one loop that never
 * waits. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "contender.h"

static int made(int fd, const char *what) {
  bench_check(fd < 0 ? -errno : 0, what);
  return fd;
}

static int no_delay(int fd) {
  int on = 1;

  made(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
  return fd;
}

static void pass(int from, int to, char *data) {
  bench_check(send(from, data, BENCH_TRIP_SIZE, MSG_NOSIGNAL) == BENCH_TRIP_SIZE ? 0 : -EPIPE, "send");
  bench_check(recv(to, data, BENCH_TRIP_SIZE, 0) == BENCH_TRIP_SIZE ? 0 : -EPIPE, "recv");
}

static uint64_t round_trips(size_t count) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  uint64_t start = bench_now_ns();
  int listener = made(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  int client = made(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  char data[BENCH_TRIP_SIZE] = {0};
  int server;

  made(bind(listener, (const struct sockaddr *)&address, length), "bind");
  made(listen(listener, 1), "listen");
  made(getsockname(listener, (struct sockaddr *)&address, &length), "getsockname");
  made(connect(client, (const struct sockaddr *)&address, length), "connect");
  server = no_delay(made(accept4(listener, (struct sockaddr *)&address, &length, SOCK_CLOEXEC), "accept"));
  no_delay(client);
  for (size_t i = 0; i < count; i++) {
    pass(client, server, data);
    pass(server, client, data);
  }
  close(client);
  close(server);
  close(listener);
  return bench_now_ns() - start;
}

const bench_workload_t bench_workloads[] = {{"round_trips", round_trips}, {NULL, NULL}};
