/* SPDX-License-Identifier: MIT */
/*
 * Where a server can be reached: one address, or, for "localhost", one port on 127.0.0.1 and on ::1.
 *
 * The kernel chooses the port for 127.0.0.1; on ::1 somebody else may have it, then another one is tried.
 *
 * The path of a unix socket is removed with its server, never anything else: a path that is taken is refused.
 * "unix:" puts it in a folder of the harness's own under TMPDIR, made when it is first needed, readable to
 * nobody else, and removed as the harness closes.
 */
#include "network/listen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "network/foreign.h"
#include "network/ports.h"
#include "network/socket.h"

enum { PORT_TRIES = 100 };

/* again: as harness__socket_listen has it. */
static int add_listener(harness_server_t *server, const harness__address_t *address, bool again) {
  harness__listener_t *listener = &server->listeners[server->listener_count];

  listener->server = server;
  listener->address = *address;
  listener->fd = harness__socket_listen(&listener->address, again, server->no_delay);
  if (listener->fd < 0)
    return listener->fd;
  server->listener_count++;
  return 0;
}

/* On a port that the process has had before, where there have been many. */
static bool listen_again(harness_server_t *server, harness__address_t address) {
  uint16_t port = harness__ports_take();

  address.u.v4.sin_port = htons(port);
  return port != 0 && add_listener(server, &address, true) == 0;
}

static void close_listeners(harness_server_t *server) {
  for (size_t i = 0; i < server->listener_count; i++) {
    harness__foreign_forget_listener(&server->listeners[i]);
    if (server->listeners[i].fd >= 0)
      harness__socket_close(server->listeners[i].fd);
    server->listeners[i].fd = -1;
  }
}

/* Whether the machine has no ::1 to listen on. */
static bool is_without_ipv6(int status) {
  return status == UV_EAFNOSUPPORT || status == UV_EADDRNOTAVAIL;
}

static int listen_on_localhost(harness_server_t *server, uint16_t port) {
  harness__address_t address;
  int status = 0;

  for (int tries = 0; tries < PORT_TRIES; tries++) {
    (void)harness__address_parse(&address, "127.0.0.1", port);
    status = add_listener(server, &address, false);
    if (status != 0)
      return status;
    (void)harness__address_parse(&address, "::1", harness__address_port(&server->listeners[0].address));
    status = add_listener(server, &address, false);
    if (status == 0 || is_without_ipv6(status))
      return 0;
    close_listeners(server);
    server->listener_count = 0;
    if (status != UV_EADDRINUSE || port != 0)
      break;
  }
  return status;
}

static int make_folder(struct harness__network *network) {
  const char *parent = getenv("TMPDIR");
  char path[HARNESS__ADDRESS_TEXT];
  int length;

  if (network->folder != NULL)
    return 0;
  length =
      snprintf(path, sizeof path, "%s/harness-XXXXXX", parent != NULL && parent[0] != '\0' ? parent : "/tmp");
  if (length < 0 || (size_t)length >= sizeof path)
    return UV_ENAMETOOLONG;
  if (mkdtemp(path) == NULL)
    return uv_translate_sys_error(errno);
  network->folder = strdup(path);
  if (network->folder != NULL)
    return 0;
  (void)rmdir(path);
  return UV_ENOMEM;
}

static int listen_on_path(harness_server_t *server, const char *host) {
  harness__address_t address;
  int status = harness__address_parse(&address, host, 0);

  if (status == 0)
    status = add_listener(server, &address, false);
  if (status != 0 || host[strlen("unix:")] == '@')
    return status;
  server->path = harness__arena_string(&server->h->network->arena, host + strlen("unix:"));
  if (server->path != NULL)
    return 0;
  (void)unlink(host + strlen("unix:"));
  return UV_ENOMEM;
}

static int listen_in_folder(harness_server_t *server) {
  struct harness__network *network = server->h->network;
  char host[2 * HARNESS__ADDRESS_TEXT];
  int status = make_folder(network);

  if (status != 0)
    return status;
  (void)snprintf(host, sizeof host, "unix:%s/%u", network->folder, ++network->paths);
  return listen_on_path(server, host);
}

static int listen_on_address(harness_server_t *server, const char *host, uint16_t port) {
  harness__address_t address;
  char canonical[HARNESS__ADDRESS_TEXT];
  int status = harness__address_parse(&address, host, port);

  if (status != 0)
    return status;
  /* Where clients could not be told by harness_server_host what they reach (0:0::1), it is not offered. */
  if (strcmp(harness__address_host(&address, canonical), host) != 0)
    return UV_EINVAL;
  server->may_pass_on = port == 0 && harness__address_family(&address) == AF_INET;
  return server->may_pass_on && listen_again(server, address) ? 0 : add_listener(server, &address, false);
}

static int listen_on(harness_server_t *server, const char *host, uint16_t port) {
  if (strcmp(host, "memory:") == 0)
    return 0;
  if (strcmp(host, "localhost") == 0)
    return listen_on_localhost(server, port);
  if (strcmp(host, "unix:") == 0)
    return listen_in_folder(server);
  if (strncmp(host, "unix:", 5) == 0)
    return listen_on_path(server, host);
  if (strcmp(host, "127.0.0.1") == 0 || strcmp(host, "::1") == 0)
    return listen_on_address(server, host, port);
  return UV_EINVAL;
}

bool harness__listen_name_host(harness_server_t *server, const char *host) {
  harness__arena_t *arena = &server->h->network->arena;
  char text[HARNESS__ADDRESS_TEXT];

  if (strcmp(host, "localhost") == 0) {
    server->host = "localhost";
    return true;
  }
  if (server->listener_count > 0)
    (void)harness__address_host(&server->listeners[0].address, text);
  else
    (void)snprintf(text, sizeof text, "memory:%s", server->name);
  server->host = harness__arena_string(arena, text);
  if (server->host == NULL)
    harness__fail(server->h, UV_ENOMEM, "no memory for the server %s", server->name);
  return server->host != NULL;
}

static int explain(const harness_server_t *server, const char *host, uint16_t port, int status) {
  if (status == UV_EINVAL)
    return harness__fail(server->h, status,
                         "%s can't listen on '%s': it takes 127.0.0.1, ::1, localhost, unix:, unix:/path, "
                         "unix:@name or memory:",
                         server->name, host);
  if (port == 0)
    return harness__fail(server->h, status, "%s can't listen on %s: %s", server->name, host,
                         uv_strerror(status));
  return harness__fail(server->h, status, "%s can't listen on %s port %u: %s", server->name, host,
                       (unsigned)port, uv_strerror(status));
}

int harness__listen(harness_server_t *server, const char *host, uint16_t port) {
  int status;

  server->no_delay = harness__socket_expects_talk();
  status = listen_on(server, host, port);
  if (status == 0) {
    server->listening = true;
    return 0;
  }
  harness__listen_end(server);
  return explain(server, host, port, status);
}

void harness__listen_end(harness_server_t *server) {
  close_listeners(server);
  if (server->may_pass_on && server->had_outside)
    harness__ports_give(harness__address_port(&server->listeners[0].address));
  if (server->path != NULL)
    (void)unlink(server->path);
  server->path = NULL;
  server->listening = false;
}

void harness__listen_remove_folder(harness_t *h) {
  struct harness__network *network = h->network;

  if (network->folder == NULL)
    return;
  (void)rmdir(network->folder);
  free(network->folder);
  network->folder = NULL;
}
