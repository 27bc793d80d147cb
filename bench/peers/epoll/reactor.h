/* SPDX-License-Identifier: MIT */
/* As little of a loop as an exchange by hand needs: sockets in one epoll set, with a function each. */
#ifndef HARNESS_BENCH_EPOLL_REACTOR_H
#define HARNESS_BENCH_EPOLL_REACTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct socket {
  int fd;
  void (*ready)(struct socket *socket, uint32_t events);
  void *owner;
} socket_t;

typedef struct reactor {
  int epoll;
  bool done;
} reactor_t;

extern reactor_t reactor;

void reactor_open(void);
void reactor_close(void);

/* Until somebody sets done. */
void reactor_run(void);

void reactor_watch(socket_t *socket, uint32_t events);
void reactor_change(socket_t *socket, uint32_t events);
void reactor_drop(socket_t *socket);

/* Resets on close. */
void reactor_abort(socket_t *socket);

/* A listener on 127.0.0.1 and a port of the kernel's choice, which is returned. */
uint16_t reactor_listen(socket_t *listener);
int reactor_accept(const socket_t *listener);

/* Connects without blocking: writable tells when. */
void reactor_connect(socket_t *socket, uint16_t port);

void reactor_no_delay(const socket_t *socket);

/* All of it, or the program ends: a few bytes always fit. */
void reactor_send(const socket_t *socket, const void *data, size_t size);

/* What is there: 0 at the end, a negative number where there is nothing. */
ptrdiff_t reactor_receive(const socket_t *socket, void *data, size_t size);

#endif
