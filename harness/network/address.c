/* SPDX-License-Identifier: MIT */
#include "network/address.h"

#include <arpa/inet.h>
#include <string.h>

bool harness__address_parse(harness__address_t *address, const char *host, uint16_t port) {
  memset(address, 0, sizeof *address);
  if (strcmp(host, "localhost") == 0)
    host = "127.0.0.1";
  if (inet_pton(AF_INET, host, &address->u.v4.sin_addr) == 1) {
    address->u.v4.sin_family = AF_INET;
    address->u.v4.sin_port = htons(port);
    return ntohl(address->u.v4.sin_addr.s_addr) >> 24 == 127;
  }
  if (inet_pton(AF_INET6, host, &address->u.v6.sin6_addr) == 1) {
    address->u.v6.sin6_family = AF_INET6;
    address->u.v6.sin6_port = htons(port);
    return IN6_IS_ADDR_LOOPBACK(&address->u.v6.sin6_addr);
  }
  return false;
}

socklen_t harness__address_length(const harness__address_t *address) {
  return address->u.any.sa_family == AF_INET6 ? sizeof address->u.v6 : sizeof address->u.v4;
}

uint16_t harness__address_port(const harness__address_t *address) {
  return ntohs(address->u.any.sa_family == AF_INET6 ? address->u.v6.sin6_port : address->u.v4.sin_port);
}

const char *harness__address_host(const harness__address_t *address) {
  return address->u.any.sa_family == AF_INET6 ? "::1" : "127.0.0.1";
}

bool harness__address_equal(const harness__address_t *a, const harness__address_t *b) {
  if (a->u.any.sa_family != b->u.any.sa_family || harness__address_port(a) != harness__address_port(b))
    return false;
  return a->u.any.sa_family == AF_INET6 || a->u.v4.sin_addr.s_addr == b->u.v4.sin_addr.s_addr;
}
