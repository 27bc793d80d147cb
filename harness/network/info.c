/* SPDX-License-Identifier: MIT */
/* What there is to know of a transport beside its names: kind, addresses, the peer's process. */
#include <stdio.h>
#include <string.h>

#include "network/server.h"
#include "network/socket.h"
#include "network/transport.h"

static const char *keep(harness_transport_t *t, const char *text) {
  return harness__arena_string(&t->h->network->arena, text);
}

static const char *kind(harness_transport_t *t) {
  harness__address_t own;

  if (t->in_memory)
    return "memory";
  if (t->fd < 0 || harness__socket_own_address(t->fd, &own) != 0)
    return NULL;
  if (harness__address_family(&own) == AF_UNIX)
    return "unix";
  return harness__address_family(&own) == AF_INET6 ? "tcp6" : "tcp4";
}

static const char *memory_name(harness_transport_t *t, harness__lane_t lane) {
  char text[HARNESS__ADDRESS_TEXT];

  (void)snprintf(text, sizeof text, "memory:%s", harness__recorder_lane_name(t->h->recorder, lane));
  return keep(t, text);
}

static const char *own_address(harness_transport_t *t) {
  char text[HARNESS__ADDRESS_TEXT];
  harness__address_t address;

  if (t->in_memory)
    return memory_name(t, t->lane);
  if (t->fd < 0 || harness__socket_own_address(t->fd, &address) != 0)
    return NULL;
  return keep(t, harness__address_text(&address, text));
}

static const char *peer_address(harness_transport_t *t) {
  char text[HARNESS__ADDRESS_TEXT];
  harness__address_t address;

  if (t->in_memory)
    return memory_name(t, t->peer_lane);
  if (t->fd < 0 || harness__socket_peer_address(t->fd, &address) != 0)
    return NULL;
  return keep(t, harness__address_text(&address, text));
}

static const char *peer_process(harness_transport_t *t) {
  char text[HARNESS__ADDRESS_TEXT];
  struct ucred process;
  socklen_t size = sizeof process;
  const char *transport = kind(t);

  if (transport == NULL || strcmp(transport, "unix") != 0 ||
      getsockopt(t->fd, SOL_SOCKET, SO_PEERCRED, &process, &size) != 0)
    return NULL;
  (void)snprintf(text, sizeof text, "pid=%ld uid=%lu gid=%lu", (long)process.pid, (unsigned long)process.uid,
                 (unsigned long)process.gid);
  return keep(t, text);
}

const char *harness_transport_info(harness_transport_t *t, const char *what) {
  static const struct {
    const char *name;
    const char *(*get)(harness_transport_t *t);
  } known[] = {
      {"transport", kind}, {"sockname", own_address}, {"peername", peer_address}, {"peercred", peer_process}};

  for (size_t i = 0; t != NULL && what != NULL && i < sizeof known / sizeof known[0]; i++) {
    if (strcmp(what, known[i].name) == 0)
      return known[i].get(t);
  }
  return NULL;
}
