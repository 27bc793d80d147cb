/* SPDX-License-Identifier: MIT */
/*
 * Connecting. To a server of this harness the kernel's connection is made and accepted at once, in
 * this call, whatever else waits in the server's queue; what is queued for delivery is the news of
 * it. So the kernel's backlog never fills, and the order of accepts is that of the ledger.
 *
 * The two ends are matched by the client's own address, which accept tells as well: anything else
 * that is found in the queue comes from outside and is adopted as such. Who stands in the queue may have
 * ended there, and its address be the client's now: but the client is alive and has not written anything yet,
 * so an end of which there is news is not its own. In memory there is nothing to make but the pair.
 */
#include "network/connect.h"

#include <stdio.h>
#include <string.h>

#include "network/foreign.h"
#include "network/lane.h"
#include "network/ledger.h"
#include "network/server.h"
#include "network/socket.h"
#include "run/graph.h"

/* The kernel's queue is 4096 long. */
enum { OTHERS_MOST = 50000 };

/* Where a connect goes. */
typedef struct target {
  harness_server_t *server;      /* NULL: outside of this harness */
  harness__listener_t *listener; /* of that server; NULL: in memory, or outside */
  harness__address_t address;
  const char *name;       /* for sentences */
  harness__place_t place; /* who connects */
} target_t;

static void describe_connect(const harness__reason_t *reason, harness__buffer_t *out) {
  harness__buffer_printf(out, "to connect to %s", (const char *)reason->what);
}

static void look_at_connect(const harness__reason_t *reason, harness__wait_t *wait) {
  (void)reason;
  wait->kind = HARNESS__WAIT_OUTSIDE; /* between two ends of the harness it never takes long */
}

static void pair_up(harness_transport_t *client, harness_transport_t *accepted, harness_server_t *server) {
  accepted->server = server;
  accepted->place = server->place;
  accepted->peer = client;
  client->peer = accepted;
  accepted->no_eof = client->no_eof = server->no_eof;
  accepted->in_memory = client->in_memory = accepted->fd < 0;
  client->no_delay = server->listener_count == 0 || !harness__address_is_tcp(&server->listeners[0].address);
  accepted->no_delay = client->no_delay || server->no_delay;
}

/* The client's connection can't be accepted for want of a descriptor. Its own is freed to take it from the
 * queue, with what stands before it there. */
static int accept_failed(harness_transport_t *client, const harness__listener_t *listener,
                         const harness__address_t *own, int status) {
  harness__address_t peer;
  int fd;

  harness__socket_abort(client->fd);
  client->fd = -1;
  while ((fd = harness__socket_accept(listener->fd, &peer)) >= 0) {
    harness__socket_abort(fd);
    if (harness__address_equal(&peer, own))
      break;
    harness__foreign_note_refused(listener->server, status);
  }
  return status;
}

/* Who connects from outside faster than that can't keep the client from its place for ever. */
static int accept_own(harness_transport_t *client, harness__listener_t *listener,
                      const harness__address_t *own) {
  harness_transport_t *accepted = harness__transport_new(client->h);
  int status = accepted != NULL ? 0 : UV_ENOMEM;
  unsigned others = 0;

  while (status == 0) {
    harness__address_t peer;
    int fd = harness__socket_accept(listener->fd, &peer);

    if (fd == UV_EAGAIN)
      status = harness__socket_wait_acceptable(listener->fd, client->fd);
    else if (fd < 0)
      status = accept_failed(client, listener, own, fd);
    else if (harness__address_equal(&peer, own) && !harness__socket_has_news(fd)) {
      accepted->fd = fd;
      pair_up(client, accepted, listener->server);
      return 0;
    } else {
      harness__foreign_adopt(listener->server, fd);
      status = ++others < OTHERS_MOST ? 0 : UV_ETIMEDOUT;
    }
  }
  if (accepted != NULL)
    harness__transport_free_descriptors(accepted);
  return status;
}

static int connect_in_memory(harness_transport_t *client, harness_server_t *server) {
  harness_transport_t *accepted = harness__transport_new(client->h);

  if (accepted == NULL)
    return UV_ENOMEM;
  pair_up(client, accepted, server);
  return 0;
}

/* Makes the connection, as far as the kernel goes. Returns 0 or why there is none. */
static int make_connection(harness_transport_t *t, const target_t *to) {
  harness__address_t own;
  int fd;

  if (to->server != NULL && !to->server->listening)
    return UV_ECONNREFUSED;
  if (to->server != NULL && to->listener == NULL)
    return connect_in_memory(t, to->server);
  if (harness__address_family(&to->address) == HARNESS__FAMILY_MEMORY)
    return UV_ECONNREFUSED;
  fd = harness__socket_connect(&to->address, &own);
  if (fd < 0) /* a path where nothing is, is where nobody listens */
    return fd == UV_ENOENT ? UV_ECONNREFUSED : fd;
  t->fd = fd;
  t->no_delay = !harness__address_is_tcp(&to->address);
  return to->server != NULL ? accept_own(t, to->listener, &own) : 0;
}

/* Makes the connection and posts the news of how it went. */
static int start_connecting(harness_transport_t *t, const target_t *to) {
  harness__event_ref_t event;
  harness__note_t note = {.kind = HARNESS__EVENT_CONNECT};

  if (!harness__ledger_reserve(t->h))
    return UV_ENOMEM;
  note.peer = to->server != NULL ? to->server->lane : t->h->network->unknown_peer;
  event = harness__transport_note(t, note);
  t->peer_lane = note.peer;
  t->failure = make_connection(t, to);
  if (t->failure != 0)
    return harness__ledger_post(t, HARNESS__PARCEL_REFUSAL, event);
  if (to->server == NULL)
    return harness__ledger_post(t, HARNESS__PARCEL_REACH, event);
  return harness__ledger_post(t->peer, HARNESS__PARCEL_CONNECT, event);
}

static void give_up(harness_transport_t *t, harness_task_t *self, const char *to, int status) {
  if (status != UV_ECANCELED)
    harness__transport_note_error(t, status);
  harness__fail(t->h, status, "%s can't connect to %s: %s", harness_task_name(self), to, uv_strerror(status));
  if (t->peer != NULL) {
    harness_transport_close(t); /* its other end learns of it in its turn */
    return;
  }
  t->closed = true;
  harness__transport_free_descriptors(t);
  harness__lane_give_back(self);
}

static harness_transport_t *connect_to(harness_t *h, harness_task_t *self, const target_t *to) {
  harness_transport_t *t = harness__transport_new(h);
  harness__reason_t reason = {.describe = describe_connect, .look = look_at_connect, .what = to->name};
  int status;

  if (t == NULL) {
    harness__fail(h, UV_ENOMEM, "no memory for a connection");
    return NULL;
  }
  t->place = to->place;
  t->lane = harness__lane_for_connection(h, self);
  t->owner = self;
  self->handed_out = true; /* it is asked for as long as the connection is open */
  status = start_connecting(t, to);
  t->reader = self;
  while (status == 0 && !t->answered)
    status = harness__park(h, &reason);
  t->reader = NULL;
  if (status == 0)
    status = t->failure;
  if (status != 0) {
    give_up(t, self, to->name, status);
    return NULL;
  }
  if (t->peer == NULL) {
    harness__recorder_set_flags(h->recorder, t->lane, HARNESS__LANE_FREE_PEER);
    harness__foreign_begin(t);
  }
  return t;
}

harness_transport_t *harness__connect_server(harness_t *h, harness_task_t *self, harness_server_t *server,
                                             harness__place_t place) {
  target_t to = {.server = server, .name = server->name, .place = place};

  if (server->listener_count > 0) {
    to.listener = &server->listeners[0];
    to.address = server->listeners[0].address;
  }
  return connect_to(h, self, &to);
}

static harness_transport_t *connect_address(harness_t *h, harness_task_t *self,
                                            const harness__address_t *address, harness__place_t place) {
  harness__listener_t *listener = harness__server_find(h, address);
  target_t to = {.server = listener != NULL ? listener->server : NULL,
                 .listener = listener,
                 .address = *address,
                 .place = place};
  char text[HARNESS__ADDRESS_TEXT];

  to.name = to.server != NULL ? to.server->name : harness__address_text(address, text);
  return connect_to(h, self, &to);
}

static harness_transport_t *connect_in_memory_host(harness_t *h, harness_task_t *self, const char *name,
                                                   harness__place_t place) {
  target_t to = {.server = harness__server_find_in_memory(h, name), .name = name, .place = place};

  return connect_to(h, self, &to);
}

/* 127.0.0.1, then ::1; a server of this harness goes first. */
static harness_transport_t *connect_localhost(harness_t *h, harness_task_t *self,
                                              const harness__address_t *address, harness__place_t place) {
  bool own = harness__server_find(h, address) != NULL;
  harness_transport_t *t = NULL;
  bool other_own;
  harness__address_t other;

  (void)harness__address_parse(&other, "::1", harness__address_port(address));
  other_own = harness__server_find(h, &other) != NULL;
  if (own || !other_own)
    t = connect_address(h, self, address, place);
  if (t != NULL || (!other_own && harness_error_code(h) != UV_ECONNREFUSED))
    return t;
  return connect_address(h, self, &other, place);
}

harness_transport_t *harness__connect_host(harness_t *h, harness_task_t *self, const char *host,
                                           uint16_t port, harness__place_t place) {
  harness__address_t address;
  int status = harness__address_parse(&address, host, port);

  if (status != 0) {
    harness__fail(h, status,
                  status == UV_ENAMETOOLONG
                      ? "'%s' is too long for the address of a unix socket"
                      : "'%s' is no address on this machine: 127.0.0.1, ::1, localhost, unix:/path, "
                        "unix:@name or memory:server",
                  host);
    return NULL;
  }
  if (harness__address_family(&address) == HARNESS__FAMILY_MEMORY)
    return connect_in_memory_host(h, self, host + strlen("memory:"), place);
  return strcmp(host, "localhost") == 0 ? connect_localhost(h, self, &address, place)
                                        : connect_address(h, self, &address, place);
}

static harness_task_t *check_caller(harness_t *h, const char *function) {
  harness_task_t *self = h != NULL ? harness__parking(h) : NULL;

  if (h == NULL)
    harness__fail(NULL, UV_EINVAL, "%s: the harness is NULL", function);
  else if (self == NULL)
    harness__fail(h, UV_EPERM, "%s parks: it is for coroutines of the harness", function);
  else if (self->cancelled)
    harness__fail(h, harness__park(h, NULL), "%s: %s is cancelled", function, harness_task_name(self));
  else
    return self;
  return NULL;
}

harness_stream_t *harness_connect(harness_t *h, const char *host, uint16_t port) {
  harness__place_t place = harness__place_take();
  harness_task_t *self = check_caller(h, "harness_connect");

  if (self == NULL)
    return NULL;
  if (host == NULL) {
    harness__fail(h, UV_EINVAL, "harness_connect: the host is NULL");
    return NULL;
  }
  return harness__transport_stream(harness__connect_host(h, self, host, port, place));
}

harness_stream_t *harness_connect_to(harness_t *h, harness_server_t *server) {
  harness__place_t place = harness__place_take();
  harness_task_t *self = check_caller(h, "harness_connect_to");

  if (self == NULL)
    return NULL;
  if (server == NULL || server->h != h) {
    harness__fail(h, UV_EINVAL, "harness_connect_to: the server %s",
                  server == NULL ? "is NULL" : "belongs to another harness");
    return NULL;
  }
  return harness__transport_stream(harness__connect_server(h, self, server, place));
}
