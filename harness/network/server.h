/* SPDX-License-Identifier: MIT */
/* Private: servers from the inside. */
#ifndef HARNESS_NETWORK_SERVER_H
#define HARNESS_NETWORK_SERVER_H

#include <uv.h>

#include "network/address.h"
#include "network/protocol.h"
#include "network/transport.h"

/* A socket that listens. "localhost" has two. */
typedef struct harness__listener {
  harness_server_t *server;
  harness__address_t address;
  int fd;
  struct harness__polled *poll; /* NULL until the loop was first asked */
} harness__listener_t;

enum { HARNESS__LISTENERS = 2 };

struct harness_server {
  harness_t *h;
  harness_server_t *next; /* among those that listen */
  harness_server_t **link;
  harness_server_t *made_before;
  harness__place_t place;
  const char *name;
  const char *foreign_name;
  const char *host;
  harness_handler_t handler; /* of streams, with arg; NULL: maker makes protocols */
  void *arg;
  harness__maker_t maker;
  harness__listener_t listeners[HARNESS__LISTENERS];
  size_t listener_count; /* 0: in memory */
  const char *path;      /* the socket's, to be removed; NULL: it has none */
  bool listening;
  bool may_pass_on; /* its port, one of the kernel's choice on 127.0.0.1 */
  bool had_outside; /* a client */
  bool had_others;  /* outside, since when its listener allows its port to be used again */
  bool hands_down;  /* all that it accepts has that from the listener */
  bool no_delay;    /* what it accepts has TCP_NODELAY, or needs none */
  bool no_eof;
  bool strict_order;                      /* its lanes are one chain */
  const harness_delivery_t *from_clients; /* how what its clients write is cut */
  const harness_delivery_t *to_clients;   /* and what it writes */
  harness__lane_t lane;                   /* its name, for events that point to it */
  harness__lane_t foreign;                /* the name of its foreign peers */
  harness__event_ref_t closed_after;      /* what had been done when it was closed */
  uint32_t accepted;
};

/* What harness_start_server (with a handler) and harness_create_server (with a maker) do. */
harness_server_t *harness__server_start(harness_t *h, const harness__maker_t *maker,
                                        harness_handler_t handler, void *arg,
                                        const harness_server_options_t *options, const char *function,
                                        harness__place_t place);

/* The listener of this harness at that address, NULL where there is none. */
harness__listener_t *harness__server_find(harness_t *h, const harness__address_t *address);

/* The server of that name that listens in memory, NULL where there is none. */
harness_server_t *harness__server_find_in_memory(harness_t *h, const char *name);

/* Starts what serves a connection that the server has accepted. */
int harness__server_serve(harness_server_t *server, harness_transport_t *transport);

/* The server whose connection that task serves, NULL where it does something else. */
const harness_server_t *harness__server_of_task(const harness_task_t *task);

/* The lane of a connection that the server accepts; client: its client's lane, 0: a free-running peer. */
harness__lane_t harness__server_next_lane(harness_server_t *server, harness__lane_t client);

/* Closes the connection of a handler or protocol whose task ended without doing so. */
void harness__server_task_ended(harness_task_t *task);

#endif
