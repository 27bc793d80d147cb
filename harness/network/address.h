/* SPDX-License-Identifier: MIT */
/* Private: loopback addresses, the only ones there are for a harness. */
#ifndef HARNESS_NETWORK_ADDRESS_H
#define HARNESS_NETWORK_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include <netinet/in.h>

typedef struct harness__address {
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } u;
} harness__address_t;

/* "127.x.y.z", "::1" or "localhost" (then 127.0.0.1). Returns false for anything else. */
bool harness__address_parse(harness__address_t *address, const char *host, uint16_t port);

socklen_t harness__address_length(const harness__address_t *address);
uint16_t harness__address_port(const harness__address_t *address);
const char *harness__address_host(const harness__address_t *address); /* "127.0.0.1" or "::1" */
bool harness__address_equal(const harness__address_t *a, const harness__address_t *b);

#endif
