/* SPDX-License-Identifier: MIT */
#include "network/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "base/text.h"

enum { PATH_OFFSET = offsetof(struct sockaddr_un, sun_path) };

/* An abstract name is all of its bytes, from the NUL on; a path ends with one. "@" alone: the kernel chooses.
 */
static int parse_unix(harness__address_t *address, const char *path) {
  size_t size = strlen(path);
  bool abstract = path[0] == '@';

  if (size == 0)
    return UV_EINVAL;
  if (size + (abstract ? 0 : 1) > sizeof address->u.path.sun_path)
    return UV_ENAMETOOLONG;
  address->u.path.sun_family = AF_UNIX;
  memcpy(address->u.path.sun_path, path, size);
  if (abstract)
    address->u.path.sun_path[0] = '\0';
  address->length = (socklen_t)(PATH_OFFSET + size + (abstract ? 0 : 1));
  if (abstract && size == 1)
    address->length = PATH_OFFSET;
  return 0;
}

int harness__address_parse(harness__address_t *address, const char *host, uint16_t port) {
  memset(address, 0, sizeof *address);
  if (strncmp(host, "unix:", 5) == 0)
    return parse_unix(address, host + 5);
  if (strncmp(host, "memory:", 7) == 0) {
    address->u.any.sa_family = HARNESS__FAMILY_MEMORY;
    return 0;
  }
  if (strcmp(host, "localhost") == 0)
    host = "127.0.0.1";
  if (inet_pton(AF_INET, host, &address->u.v4.sin_addr) == 1) {
    address->u.v4.sin_family = AF_INET;
    address->u.v4.sin_port = htons(port);
    address->length = sizeof address->u.v4;
    return ntohl(address->u.v4.sin_addr.s_addr) >> 24 == 127 ? 0 : UV_EINVAL;
  }
  if (inet_pton(AF_INET6, host, &address->u.v6.sin6_addr) == 1) {
    address->u.v6.sin6_family = AF_INET6;
    address->u.v6.sin6_port = htons(port);
    address->length = sizeof address->u.v6;
    return IN6_IS_ADDR_LOOPBACK(&address->u.v6.sin6_addr) ? 0 : UV_EINVAL;
  }
  return UV_EINVAL;
}

uint16_t harness__address_port(const harness__address_t *address) {
  switch (harness__address_family(address)) {
  case AF_INET:
    return ntohs(address->u.v4.sin_port);
  case AF_INET6:
    return ntohs(address->u.v6.sin6_port);
  default:
    return 0;
  }
}

static void unix_text(const harness__address_t *address, char *out) {
  const char *path = address->u.path.sun_path;
  size_t size = address->length > PATH_OFFSET ? address->length - PATH_OFFSET : 0;
  bool abstract = size > 0 && path[0] == '\0';

  if (!abstract)
    size = strnlen(path, size);
  (void)snprintf(out, HARNESS__ADDRESS_TEXT, "unix:%s%.*s", abstract ? "@" : "",
                 (int)(abstract ? size - 1 : size), abstract ? path + 1 : path);
}

/* As inet_ntop writes it. */
static void v4_text(const struct in_addr *address, char *out) {
  unsigned char bytes[4];

  memcpy(bytes, address, sizeof bytes);
  for (size_t i = 0; i < sizeof bytes; i++) {
    if (i > 0)
      *out++ = '.';
    out = harness__text_number(out, bytes[i]);
  }
}

char *harness__address_host(const harness__address_t *address, char out[HARNESS__ADDRESS_TEXT]) {
  out[0] = '\0';
  switch (harness__address_family(address)) {
  case AF_INET:
    v4_text(&address->u.v4.sin_addr, out);
    break;
  case AF_INET6:
    (void)inet_ntop(AF_INET6, &address->u.v6.sin6_addr, out, HARNESS__ADDRESS_TEXT);
    break;
  case AF_UNIX:
    unix_text(address, out);
    break;
  default:
    (void)snprintf(out, HARNESS__ADDRESS_TEXT, "memory:");
    break;
  }
  return out;
}

char *harness__address_text(const harness__address_t *address, char out[HARNESS__ADDRESS_TEXT]) {
  char host[HARNESS__ADDRESS_TEXT];
  bool v6 = harness__address_family(address) == AF_INET6;

  if (!harness__address_is_tcp(address))
    return harness__address_host(address, out);
  (void)snprintf(out, HARNESS__ADDRESS_TEXT, "%s%.64s%s:%u", v6 ? "[" : "",
                 harness__address_host(address, host), v6 ? "]" : "",
                 (unsigned)harness__address_port(address));
  return out;
}

bool harness__address_equal(const harness__address_t *a, const harness__address_t *b) {
  if (harness__address_family(a) != harness__address_family(b))
    return false;
  switch (harness__address_family(a)) {
  case AF_INET:
    return a->u.v4.sin_port == b->u.v4.sin_port && a->u.v4.sin_addr.s_addr == b->u.v4.sin_addr.s_addr;
  case AF_INET6:
    return a->u.v6.sin6_port == b->u.v6.sin6_port;
  case AF_UNIX:
    return a->length == b->length && memcmp(&a->u.path, &b->u.path, a->length) == 0;
  default:
    return false;
  }
}
