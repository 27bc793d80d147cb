/* SPDX-License-Identifier: MIT */
#include "network/server.h"

#include <string.h>

#include "network/delivery.h"
#include "network/lane.h"
#include "network/listen.h"

static bool check_options(harness_t *h, const harness_server_options_t *options, const char *function) {
  if (h->run->closing) {
    harness__fail(h, UV_ECANCELED, "%s: the harness is being closed", function);
    return false;
  }
  if (!harness__delivery_is_valid(&options->delivery) ||
      !harness__delivery_is_valid(&options->delivery_from_clients) ||
      !harness__delivery_is_valid(&options->delivery_to_clients)) {
    harness__fail(h, UV_EINVAL, "%s: there is no such delivery policy", function);
    return false;
  }
  return true;
}

static void link_server(harness_server_t *server) {
  struct harness__network *network = server->h->network;

  server->next = network->servers;
  server->link = &network->servers;
  if (server->next != NULL)
    server->next->link = &server->next;
  network->servers = server;
  server->made_before = network->every_server;
  network->every_server = server;
}

static bool choose_deliveries(harness_server_t *server, const harness_server_options_t *options) {
  harness_t *h = server->h;
  const harness_delivery_t *both = harness__network_delivery(h, &options->delivery, h->network->delivery);

  if (both == NULL)
    return false;
  server->from_clients = harness__network_delivery(h, &options->delivery_from_clients, both);
  server->to_clients = harness__network_delivery(h, &options->delivery_to_clients, both);
  return server->from_clients != NULL && server->to_clients != NULL;
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
  if (server->foreign_name != NULL && server->lane != 0 && server->foreign != 0 &&
      choose_deliveries(server, options))
    return true;
  harness__fail(h, UV_ENOMEM, "no memory for the server %s", server->name);
  return false;
}

/* Where it listens decides whether it is: no name is used up by a server that is not. */
static bool open_server(harness_server_t *server, const harness_server_options_t *options) {
  const char *host = options->host != NULL ? options->host : server->h->network->host;

  server->name = options->name != NULL ? options->name : "a server";
  if (harness__listen(server, host, options->port) != 0)
    return false;
  if (name_lanes(server, options) && harness__listen_name_host(server, host))
    return true;
  harness__listen_end(server);
  return false;
}

harness_server_t *harness__server_start(harness_t *h, const harness__maker_t *maker,
                                        harness_handler_t handler, void *arg,
                                        const harness_server_options_t *options, const char *function,
                                        harness__place_t place) {
  static const harness_server_options_t defaults;
  harness_server_t *server;

  if (options == NULL)
    options = &defaults;
  if (!check_options(h, options, function))
    return NULL;
  server = harness__arena_alloc(&h->network->arena, sizeof *server);
  if (server == NULL) {
    harness__fail(h, UV_ENOMEM, "%s: no memory for a server", function);
    return NULL;
  }
  memset(server, 0, sizeof *server);
  server->h = h;
  server->place = place;
  server->handler = handler;
  server->arg = arg;
  server->no_eof = options->no_eof != 0;
  server->strict_order = options->strict_order != 0;
  if (maker != NULL)
    server->maker = *maker;
  if (!open_server(server, options))
    return NULL;
  link_server(server);
  return server;
}

harness_server_t *harness_start_server(harness_t *h, harness_handler_t handler, void *arg,
                                       const harness_server_options_t *options) {
  harness__place_t place = harness__place_take();

  if (h == NULL || handler == NULL) {
    harness__fail(h, UV_EINVAL, "harness_start_server: the %s is NULL", h == NULL ? "harness" : "handler");
    return NULL;
  }
  return harness__server_start(h, NULL, handler, arg, options, "harness_start_server", place);
}

harness__listener_t *harness__server_find(harness_t *h, const harness__address_t *address) {
  for (harness_server_t *server = h->network->servers; server != NULL; server = server->next) {
    for (size_t i = 0; i < server->listener_count; i++) {
      if (harness__address_equal(&server->listeners[i].address, address))
        return &server->listeners[i];
    }
  }
  return NULL;
}

harness_server_t *harness__server_find_in_memory(harness_t *h, const char *name) {
  for (harness_server_t *server = h->network->servers; server != NULL; server = server->next) {
    if (server->listener_count == 0 && strcmp(server->name, name) == 0)
      return server;
  }
  return NULL;
}

static void *handle(void *arg) {
  harness_transport_t *t = arg;

  t->server->handler(harness__transport_stream(t), t->server->arg);
  harness_transport_close(t);
  return NULL;
}

const harness_server_t *harness__server_of_task(const harness_task_t *task) {
  if (!task->internal || (task->fn != handle && !harness__protocol_drives(task)))
    return NULL;
  return ((const harness_transport_t *)task->arg)->server;
}

static unsigned flags_for(const harness_server_t *server, harness__lane_t client) {
  if (server->strict_order)
    return client == 0 ? HARNESS__LANE_FREE_PEER : 0;
  if (client == 0)
    return HARNESS__LANE_BY_CONTENT;
  if (harness__recorder_is_unnamed(server->h->recorder, client))
    return HARNESS__LANE_ACCEPTED | HARNESS__LANE_FROM_UNNAMED;
  return HARNESS__LANE_ACCEPTED;
}

harness__lane_t harness__server_next_lane(harness_server_t *server, harness__lane_t client) {
  harness__recorder_t *recorder = server->h->recorder;
  harness__lane_t lane =
      harness__recorder_sublane(recorder, server->lane, ++server->accepted, flags_for(server, client));

  if (server->strict_order)
    harness__recorder_set_chain(recorder, lane, server->lane);
  return lane;
}

/* What never ran, or was thrown away, has not closed its connection. */
void harness__server_task_ended(harness_task_t *task) {
  harness_transport_t *t = task->arg;

  if (!task->internal || (task->fn != handle && !harness__protocol_drives(task)))
    return;
  harness__protocol_task_ended(t);
  if (t->closed)
    return;
  harness__transport_note_error(t, task->status);
  harness_transport_abort(t);
}

static int spawn_handler(harness_transport_t *t) {
  harness_task_t *task = harness__task_spawn(t->h, handle, t, t->place);

  if (task == NULL)
    return UV_ENOMEM;
  t->owner = task;
  task->lane = t->lane;
  task->sublanes = 1;
  task->past.ref = harness__recorder_last(t->h->recorder, t->lane); /* the accept: nobody else's doing */
  return 0;
}

int harness__server_serve(harness_server_t *server, harness_transport_t *t) {
  int status = server->handler != NULL ? spawn_handler(t) : harness__protocol_begin(t, &server->maker);

  if (status != 0)
    return status;
  t->delivery = server->from_clients;
  if (t->peer != NULL && t->peer->delivery == NULL)
    t->peer->delivery = server->to_clients;
  return 0;
}

uint16_t harness_server_port(const harness_server_t *server) {
  return server != NULL && server->listener_count > 0 ? harness__address_port(&server->listeners[0].address)
                                                      : 0;
}

const char *harness_server_host(const harness_server_t *server) {
  return server != NULL ? server->host : "";
}

const char *harness_server_name(const harness_server_t *server) {
  return server != NULL ? server->name : "";
}

void harness_server_close(harness_server_t *server) {
  if (server == NULL || !server->listening)
    return;
  harness__listen_end(server);
  server->closed_after = harness__past_share(harness__lane_past(server->h));
  *server->link = server->next;
  if (server->next != NULL)
    server->next->link = server->link;
}

static harness_transport_t *next_client(const harness_server_t *server) {
  harness_transport_t *t = server->h->network->transports;

  while (t != NULL && (t->server != server || t->closed || t->lane == 0))
    t = t->next;
  return t;
}

int harness_server_close_clients(harness_server_t *server) {
  int count = 0;

  if (server == NULL)
    return 0;
  /* Closing one end may free both: begin anew each time. */
  for (harness_transport_t *t = next_client(server); t != NULL; t = next_client(server)) {
    harness_transport_close(t);
    count++;
  }
  return count;
}
