/* SPDX-License-Identifier: MIT */
/* Private: UDP sockets on loopback. What fails returns a negative libuv code. */
#ifndef HARNESS_NETWORK_UDP_H
#define HARNESS_NETWORK_UDP_H

#include <stdbool.h>
#include <stddef.h>

#include "network/address.h"

/* The most that one datagram carries: 65,535 bytes of IP with its headers; IPv6 does not count its own. */
enum { HARNESS__UDP_MOST_V4 = 65507, HARNESS__UDP_MOST_V6 = 65527 };

static inline bool harness__udp_is_v6(const harness__address_t *address) {
  return harness__address_family(address) == AF_INET6;
}

/* A bound socket that does not block; *own gets its port. With a remote (may be NULL) the kernel lets nobody
 * else through, and tells of datagrams that found nobody there. Returns the descriptor. */
int harness__udp_open(harness__address_t *own, const harness__address_t *remote);

/* To the socket's remote where `to` is NULL. Returns 0. */
int harness__udp_send(int fd, const void *data, size_t size, const harness__address_t *to);

/* Takes the next datagram; UV_EAGAIN: there is none. Returns its size. */
ptrdiff_t harness__udp_receive(int fd, void *buffer, size_t size, harness__address_t *from);

/* Whether the kernel has a datagram, or an error, for the socket. */
bool harness__udp_has_news(int fd);

void harness__udp_close(int fd);

#endif
