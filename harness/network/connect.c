/* SPDX-License-Identifier: MIT */
/*
 * Connecting. To a server of this harness the kernel's connection is made and accepted at once, in
 * this call, whatever else waits in the server's queue; what is queued for delivery is the news of
 * it. So the kernel's backlog never fills, and the order of accepts is that of the ledger.
 *
 * The two ends are matched by the client's own address, which accept tells as well: anything else
 * that is found in the queue comes from outside and is adopted as such.
 */
#include <stdio.h>
#include <string.h>

#include "network/foreign.h"
#include "network/lane.h"
#include "network/ledger.h"
#include "network/tcp.h"

static void describe_connect(const harness__reason_t *reason, harness__buffer_t *out) {
  harness__buffer_printf(out, "to connect to %s", (const char *)reason->what);
}

static void pair_up(harness_stream_t *client, harness_stream_t *accepted, harness_server_t *server, int fd) {
  accepted->fd = fd;
  accepted->server = server;
  accepted->peer = client;
  client->peer = accepted;
}

/* The client's connection can't be accepted for want of a descriptor. Its own is freed to take it from the
 * queue, with what stands before it there. */
static int accept_failed(harness_stream_t *client, harness_server_t *server, const harness__address_t *own,
                         int status) {
  harness__address_t peer;
  int fd;

  harness__tcp_abort(client->fd);
  client->fd = -1;
  while ((fd = harness__tcp_accept(server->fd, &peer)) >= 0) {
    harness__tcp_abort(fd);
    if (harness__address_equal(&peer, own))
      break;
    harness__foreign_note_refused(server, status);
  }
  return status;
}

static int accept_own(harness_stream_t *client, harness_server_t *server, const harness__address_t *own) {
  harness_stream_t *accepted = harness__stream_new(client->h);
  int status = accepted != NULL ? 0 : UV_ENOMEM;

  while (status == 0) {
    harness__address_t peer;
    int fd = harness__tcp_accept(server->fd, &peer);

    if (fd == UV_EAGAIN)
      status = harness__tcp_wait_readable(server->fd);
    else if (fd < 0)
      status = accept_failed(client, server, own, fd);
    else if (harness__address_equal(&peer, own)) {
      pair_up(client, accepted, server, fd);
      return 0;
    } else
      harness__foreign_adopt(server, fd);
  }
  if (accepted != NULL)
    harness__stream_free_descriptors(accepted);
  return status;
}

/* Makes the kernel's connection and posts the news of how it went. */
static int start_connecting(harness_stream_t *s, harness_server_t *server,
                            const harness__address_t *address) {
  harness__address_t own;
  harness__event_ref_t event;
  harness__note_t note = {.kind = HARNESS__EVENT_CONNECT};
  int fd = UV_ECONNREFUSED;

  note.peer = server != NULL ? server->lane : s->h->network->unknown_peer;
  note.at_ms = harness_now_ms(s->h);
  event = harness__record(s->h->recorder, s->lane, &note);
  s->peer_lane = note.peer;
  if (server == NULL || server->fd >= 0)
    fd = harness__tcp_connect(address, &own);
  if (fd >= 0)
    s->fd = fd;
  s->failure = fd < 0 ? fd : server != NULL ? accept_own(s, server, &own) : 0;
  if (s->failure != 0)
    return harness__ledger_post(s, HARNESS__PARCEL_REFUSAL, event);
  if (server == NULL)
    return harness__ledger_post(s, HARNESS__PARCEL_REACH, event);
  return harness__ledger_post(s->peer, HARNESS__PARCEL_CONNECT, event);
}

static void give_up(harness_stream_t *s, harness_task_t *self, const char *to, int status) {
  if (status != UV_ECANCELED)
    harness__stream_note_error(s, status);
  harness__fail(s->h, status, "%s can't connect to %s: %s", harness_task_name(self), to, uv_strerror(status));
  if (s->peer != NULL) {
    harness_stream_close(s); /* its other end learns of it in its turn */
    return;
  }
  s->closed = true;
  harness__stream_free_descriptors(s);
  harness__lane_give_back(self);
}

static harness_stream_t *connect_address(harness_t *h, harness_task_t *self, harness_server_t *server,
                                         const harness__address_t *address) {
  harness_stream_t *s = harness__stream_new(h);
  char outside[64];
  const char *to = server != NULL ? server->name : outside;
  harness__reason_t reason = {.describe = describe_connect, .what = to};
  int status;

  if (s == NULL) {
    harness__fail(h, UV_ENOMEM, "harness_connect: no memory for a connection");
    return NULL;
  }
  (void)snprintf(outside, sizeof outside, "%s port %u", harness__address_host(address),
                 (unsigned)harness__address_port(address));
  s->lane = harness__lane_for_connection(h, self);
  status = start_connecting(s, server, address);
  s->reader = self;
  while (status == 0 && !s->answered)
    status = harness__park(h, &reason);
  s->reader = NULL;
  if (status == 0)
    status = s->failure;
  if (status != 0) {
    give_up(s, self, to, status);
    return NULL;
  }
  if (s->peer == NULL) {
    harness__recorder_set_flags(h->recorder, s->lane, HARNESS__LANE_FREE_PEER);
    harness__foreign_begin(s);
  }
  return s;
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

/* 127.0.0.1, then ::1; a server of this harness goes first. */
static harness_stream_t *connect_localhost(harness_t *h, harness_task_t *self, harness_server_t *server,
                                           const harness__address_t *address) {
  harness_stream_t *s = NULL;
  harness_server_t *other_server;
  harness__address_t other;

  (void)harness__address_parse(&other, "::1", harness__address_port(address));
  other_server = harness__server_find(h, &other);
  if (server != NULL || other_server == NULL)
    s = connect_address(h, self, server, address);
  if (s != NULL || (other_server == NULL && harness_error_code(h) != UV_ECONNREFUSED))
    return s;
  return connect_address(h, self, other_server, &other);
}

harness_stream_t *harness_connect(harness_t *h, const char *host, uint16_t port) {
  harness_task_t *self = check_caller(h, "harness_connect");
  harness__address_t address;
  harness_server_t *server;

  if (self == NULL)
    return NULL;
  if (host == NULL || !harness__address_parse(&address, host, port)) {
    harness__fail(h, UV_EINVAL, "harness_connect: '%s' is no loopback address", host != NULL ? host : "NULL");
    return NULL;
  }
  server = harness__server_find(h, &address);
  if (strcmp(host, "localhost") == 0)
    return connect_localhost(h, self, server, &address);
  return connect_address(h, self, server, &address);
}

harness_stream_t *harness_connect_to(harness_t *h, harness_server_t *server) {
  harness_task_t *self = check_caller(h, "harness_connect_to");

  if (self == NULL)
    return NULL;
  if (server == NULL || server->h != h) {
    harness__fail(h, UV_EINVAL, "harness_connect_to: the server %s",
                  server == NULL ? "is NULL" : "belongs to another harness");
    return NULL;
  }
  return connect_address(h, self, server, &server->address);
}
