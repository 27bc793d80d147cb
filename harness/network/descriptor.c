/* SPDX-License-Identifier: MIT */
#include "network/descriptor.h"

#include <sys/stat.h>

#include "base/process.h"
#include "network/network.h"
#include "network/server.h"
#include "network/socket.h"

/* Also one that does not listen any more: who has connected to it still is. Of several that had a port one
 * after the other, the last. */
static const harness_server_t *server_at(const harness_t *h, const harness__address_t *address) {
  for (const harness_server_t *server = h->network->every_server; server != NULL;
       server = server->made_before)
    for (size_t i = 0; i < server->listener_count; i++)
      if (harness__address_equal(&server->listeners[i].address, address))
        return server;
  return NULL;
}

static int option(int fd, int name) {
  int value = 0;
  socklen_t size = sizeof value;

  return getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

static const char *kind(int fd) {
  int domain = option(fd, SO_DOMAIN);
  int type = option(fd, SO_TYPE);

  if (domain == AF_UNIX)
    return "a unix socket";
  if (domain == AF_INET || domain == AF_INET6)
    return type == SOCK_STREAM ? "a TCP socket" : type == SOCK_DGRAM ? "a UDP socket" : "a raw socket";
  return "a socket";
}

static void explain_socket(const harness_t *h, int fd, harness__buffer_t *out) {
  char text[HARNESS__ADDRESS_TEXT];
  const harness_server_t *server = NULL;
  harness__address_t address;

  harness__buffer_string(out, kind(fd));
  if (option(fd, SO_ACCEPTCONN) > 0) {
    harness__buffer_string(out, ", listening");
    return;
  }
  if (harness__socket_peer_address(fd, &address) != 0) {
    harness__buffer_string(out, ", not connected");
    return;
  }
  server = server_at(h, &address);
  if (server != NULL)
    harness__buffer_printf(out, ", connected to %s", server->name);
  else if (harness__address_family(&address) == AF_INET || harness__address_family(&address) == AF_INET6)
    harness__buffer_printf(out, ", connected to %s", harness__address_text(&address, text));
  else
    harness__buffer_string(out, ", connected");
}

void harness__descriptor_explain(const harness_t *h, int fd, harness__buffer_t *out) {
  struct stat status;

  if (fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode))
    explain_socket(h, fd, out);
  else
    harness__descriptor_describe(fd, out);
}
