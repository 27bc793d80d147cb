/* SPDX-License-Identifier: MIT */
/*
 * Private: where a harness listens and connects: this machine and nowhere else.
 *
 * As text (what harness_connect and the options take): "127.x.y.z", "::1" or "localhost", with a port;
 * "unix:/path", "unix:@name"; "memory:server".
 */
#ifndef HARNESS_NETWORK_ADDRESS_H
#define HARNESS_NETWORK_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <sys/un.h>

/* Memory has no address: a server there is found by its name. */
enum { HARNESS__FAMILY_MEMORY = AF_UNSPEC };

typedef struct harness__address {
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un path;
  } u;
  socklen_t length;
} harness__address_t;

/* "localhost" is 127.0.0.1 here. What stands behind "memory:" is not looked at. Returns 0, UV_EINVAL for what
 * is no such address, UV_ENAMETOOLONG for a path that a socket's address has no room for. */
int harness__address_parse(harness__address_t *address, const char *host, uint16_t port);

static inline int harness__address_family(const harness__address_t *address) {
  return address->u.any.sa_family;
}

static inline bool harness__address_is_tcp(const harness__address_t *address) {
  return address->u.any.sa_family == AF_INET || address->u.any.sa_family == AF_INET6;
}

/* 0 where there is none. */
uint16_t harness__address_port(const harness__address_t *address);

/* The host alone, as harness_connect takes it ("::1", "unix:/path"), or all of it as people write it
 * ("[::1]:80"). Returns out. */
enum { HARNESS__ADDRESS_TEXT = 160 };
char *harness__address_host(const harness__address_t *address, char out[HARNESS__ADDRESS_TEXT]);
char *harness__address_text(const harness__address_t *address, char out[HARNESS__ADDRESS_TEXT]);

bool harness__address_equal(const harness__address_t *a, const harness__address_t *b);

#endif
