/* SPDX-License-Identifier: MIT */
#include <harness/server.h>

#include <string.h>

#include "network/delivery.h"
#include "network/foreign.h"
#include "network/network.h"
#include "network/tcp.h"

static bool check_options(harness_t *h, harness_handler_t handler, const harness_server_options_t *options) {
  if (h == NULL || handler == NULL) {
    harness__fail(h, UV_EINVAL, "harness_start_server: the %s is NULL", h == NULL ? "harness" : "handler");
    return false;
  }
  if (h->run->closing) {
    harness__fail(h, UV_ECANCELED, "harness_start_server: the harness is being closed");
    return false;
  }
  if (!harness__delivery_is_valid(&options->delivery)) {
    harness__fail(h, UV_EINVAL, "harness_start_server: there is no such delivery policy");
    return false;
  }
  return true;
}

static bool listen_on(harness_server_t *server, const harness_server_options_t *options) {
  const char *host = options->host != NULL ? options->host : "127.0.0.1";

  /* What a client could not be told by harness_server_host (127.0.0.2) is not offered. */
  if (!harness__address_parse(&server->address, host, options->port) ||
      (strcmp(host, "localhost") != 0 && strcmp(host, harness__address_host(&server->address)) != 0)) {
    harness__fail(server->h, UV_EINVAL, "harness_start_server: '%s' is none of 127.0.0.1, ::1 and localhost",
                  host);
    return false;
  }
  server->fd = harness__foreign_keep_spare(server->h);
  if (server->fd == 0)
    server->fd = harness__tcp_listen(&server->address);
  if (server->fd >= 0)
    return true;
  harness__fail(server->h, server->fd, "%s can't listen on %s port %u: %s",
                options->name != NULL ? options->name : "a server", host, (unsigned)options->port,
                uv_strerror(server->fd));
  return false;
}

static void link_server(harness_server_t *server) {
  struct harness__network *network = server->h->network;

  server->next = network->servers;
  server->link = &network->servers;
  if (server->next != NULL)
    server->next->link = &server->next;
  network->servers = server;
}

static bool name_lanes(harness_server_t *server, const harness_server_options_t *options) {
  harness_t *h = server->h;
  struct harness__network *network = h->network;

  server->name = harness__name_claim(h, options->name, HARNESS__FAMILY_SERVER);
  if (server->name == NULL)
    return false;
  server->foreign_name = harness__arena_string(
      &network->arena, options->foreign_name != NULL ? options->foreign_name : "client");
  if (server->foreign_name != NULL) {
    server->lane = harness__recorder_lane(h->recorder, server->name, 0, 0);
    server->foreign = harness__recorder_lane(h->recorder, server->foreign_name, 0, 0);
  }
  server->delivery = harness__network_delivery(h, &options->delivery, network->delivery);
  if (server->foreign_name != NULL && server->lane != 0 && server->foreign != 0 && server->delivery != NULL)
    return true;
  harness__fail(h, UV_ENOMEM, "harness_start_server: no memory for a server");
  return false;
}

harness_server_t *harness_start_server(harness_t *h, harness_handler_t handler, void *arg,
                                       const harness_server_options_t *options) {
  static const harness_server_options_t defaults;
  harness_server_t *server;

  if (options == NULL)
    options = &defaults;
  if (!check_options(h, handler, options))
    return NULL;
  server = harness__arena_alloc(&h->network->arena, sizeof *server);
  if (server == NULL) {
    harness__fail(h, UV_ENOMEM, "harness_start_server: no memory for a server");
    return NULL;
  }
  memset(server, 0, sizeof *server);
  server->h = h;
  server->handler = handler;
  server->arg = arg;
  server->fd = -1;
  if (!listen_on(server, options))
    return NULL;
  if (!name_lanes(server, options)) {
    harness__tcp_close(server->fd);
    return NULL;
  }
  link_server(server);
  return server;
}

harness_server_t *harness__server_find(harness_t *h, const harness__address_t *address) {
  for (harness_server_t *server = h->network->servers; server != NULL; server = server->next) {
    if (harness__address_equal(&server->address, address))
      return server;
  }
  return NULL;
}

static void *handle(void *arg) {
  harness_stream_t *stream = arg;

  stream->server->handler(stream, stream->server->arg);
  harness_stream_close(stream);
  return NULL;
}

/* A handler that never ran, or was thrown away, has not closed its connection. */
void harness__server_task_ended(harness_task_t *task) {
  harness_stream_t *stream = task->arg;

  if (!task->internal || stream->closed)
    return;
  harness__stream_note_error(stream, task->status);
  harness_stream_abort(stream);
}

int harness__server_serve(harness_server_t *server, harness_stream_t *stream) {
  harness_task_t *task = harness__task_spawn(server->h, handle, stream);

  if (task == NULL)
    return UV_ENOMEM;
  task->lane = stream->lane;
  task->sublanes = 1;
  stream->delivery = server->delivery;
  if (stream->peer != NULL && stream->peer->delivery == NULL)
    stream->peer->delivery = server->delivery;
  return 0;
}

uint16_t harness_server_port(const harness_server_t *server) {
  return server != NULL ? harness__address_port(&server->address) : 0;
}

const char *harness_server_host(const harness_server_t *server) {
  return server != NULL ? harness__address_host(&server->address) : "";
}

const char *harness_server_name(const harness_server_t *server) {
  return server != NULL ? server->name : "";
}

void harness_server_close(harness_server_t *server) {
  if (server == NULL || server->fd < 0)
    return;
  harness__foreign_forget_server(server);
  harness__tcp_close(server->fd);
  server->fd = -1;
  *server->link = server->next;
  if (server->next != NULL)
    server->next->link = server->link;
}
