/* SPDX-License-Identifier: MIT */
/*
 * Datagram endpoints: what they are, and their beginning and end.
 *
 * An endpoint has a bound socket from the start, so that parties outside of the harness can send to its port;
 * what the harness's own endpoints send to each other does not go through it (datagram_send.c). When it
 * closes, its address stays and means nobody.
 *
 * What can go wrong: a datagram always names an endpoint, and endpoints live as long as the harness, so none
 * can dangle. The coroutine that calls a protocol may be thrown away in mid-callback (a failed assertion, a
 * harness that closes): its endpoint is closed then, and what is unread dropped.
 */
#include "network/datagram.h"

#include <stdlib.h>
#include <string.h>

struct harness__datagrams *harness__datagrams(harness_t *h) {
  if (h->network->datagrams == NULL)
    h->network->datagrams = calloc(1, sizeof *h->network->datagrams);
  return h->network->datagrams;
}

harness__event_ref_t harness__datagram_note(harness_endpoint_t *e, harness__lane_t lane,
                                            harness__note_t note) {
  harness__recorder_t *recorder = e->h->recorder;
  const harness_task_t *self = harness__current(e->h);
  harness__lane_t caller = self != NULL ? self->lane : e->h->network->main_lane;
  harness__event_ref_t last = harness__recorder_last(recorder, caller);

  /* Program order does the rest: what stands behind an event stands behind all before it. */
  if (caller != lane && (last != e->linked || lane != e->linked_lane)) {
    harness__recorder_after(recorder, lane, last);
    e->linked = last;
    e->linked_lane = lane;
  }
  note.at_ms = harness_now_ms(e->h);
  return harness__record(recorder, lane, &note);
}

static bool check_remote(harness_t *h, const harness_datagram_options_t *options) {
  const harness_address_t *remote = options->remote;
  harness__address_t own;

  if (remote == NULL)
    return true;
  if (remote->h != h) {
    harness__fail(h, UV_EINVAL, "harness_create_datagram_endpoint: the remote is of another harness");
    return false;
  }
  if (options->host == NULL || harness__address_parse(&own, options->host, 0) != 0 ||
      harness__udp_is_v6(&own) == harness__udp_is_v6(&remote->socket))
    return true;
  harness__fail(h, UV_EINVAL, "harness_create_datagram_endpoint: %s can't reach the remote %s", options->host,
                remote->text);
  return false;
}

static bool check_options(harness_t *h, const harness_datagram_options_t *options) {
  if (h == NULL) {
    harness__fail(NULL, UV_EINVAL, "harness_create_datagram_endpoint: the harness is NULL");
    return false;
  }
  if (!harness__run_is_own_thread(h)) {
    harness__fail(NULL, UV_EPERM, "harness_create_datagram_endpoint: the harness belongs to another thread");
    return false;
  }
  if (h->run->closing) {
    harness__fail(h, UV_ECANCELED, "harness_create_datagram_endpoint: the harness is being closed");
    return false;
  }
  return check_remote(h, options);
}

static bool open_socket(harness_endpoint_t *e, const harness_datagram_options_t *options,
                        harness__address_t *bound) {
  const harness__address_t *remote = e->remote != NULL ? &e->remote->socket : NULL;
  const char *fitting = remote != NULL && harness__udp_is_v6(remote) ? "::1" : "127.0.0.1";
  const char *host = options->host != NULL ? options->host : fitting;
  harness__address_t own;

  /* What a client could not be told by harness_datagram_host (127.0.0.2) is not offered. */
  if (strcmp(host, "localhost") != 0 && strcmp(host, "127.0.0.1") != 0 && strcmp(host, "::1") != 0) {
    harness__fail(e->h, UV_EINVAL,
                  "harness_create_datagram_endpoint: '%s' is none of 127.0.0.1, ::1 and localhost", host);
    return false;
  }
  (void)harness__address_parse(&own, host, options->port);
  e->fd = harness__udp_open(&own, remote);
  if (e->fd < 0) {
    harness__fail(e->h, e->fd, "%s can't be opened on %s port %u: %s",
                  options->name != NULL ? options->name : "an endpoint", host, (unsigned)options->port,
                  uv_strerror(e->fd));
    return false;
  }
  *bound = own;
  return true;
}

static bool name_lanes(harness_endpoint_t *e, const harness_datagram_options_t *options) {
  harness__recorder_t *recorder = e->h->recorder;
  const harness_task_t *self = harness__current(e->h);
  harness__lane_t caller = self != NULL ? self->lane : e->h->network->main_lane;

  e->name = harness__name_claim(e->h, options->name, HARNESS__FAMILY_ENDPOINT);
  if (e->name == NULL)
    return false;
  e->lane = harness__recorder_lane(recorder, e->name, 0, 0);
  e->foreign =
      harness__recorder_lane(recorder, options->foreign_name != NULL ? options->foreign_name : "peer", 0, 0);
  if (e->lane == 0 || e->foreign == 0) {
    harness__fail(e->h, UV_ENOMEM, "harness_create_datagram_endpoint: no memory for an endpoint");
    return false;
  }
  harness__recorder_after(recorder, e->lane, harness__recorder_last(recorder, caller));
  return true;
}

static void link_endpoint(harness_endpoint_t *e) {
  struct harness__datagrams *datagrams = e->h->network->datagrams;

  e->next = datagrams->endpoints;
  e->link = &datagrams->endpoints;
  if (e->next != NULL)
    e->next->link = &e->next;
  datagrams->endpoints = e;
}

/* Takes it out of the world: nobody reaches it any more. */
static void end(harness_endpoint_t *e) {
  e->closed = true;
  harness__datagram_forget(e);
  if (e->fd >= 0)
    harness__udp_close(e->fd);
  e->fd = -1;
  if (e->reaches_out)
    e->h->run->free_peers--;
  e->reaches_out = false;
  while (e->unread != NULL) {
    harness__datagram_t *datagram = e->unread;
    e->unread = datagram->next;
    harness__datagram_free(datagram);
  }
  e->unread_last = &e->unread;
  e->unread_count = 0;
  if (e->link == NULL)
    return;
  *e->link = e->next;
  if (e->next != NULL)
    e->next->link = e->link;
  e->link = NULL;
}

static bool begin(harness_endpoint_t *e, const harness_datagram_protocol_t *protocol,
                  const harness_datagram_options_t *options) {
  harness__address_t bound;

  /* The address last: what did not come to be has none. */
  if (!open_socket(e, options, &bound) || !name_lanes(e, options))
    return false;
  e->address = harness__address_new(e->h, &bound, e);
  if (e->address == NULL) {
    harness__fail(e->h, UV_ENOMEM, "harness_create_datagram_endpoint: no memory for an endpoint");
    return false;
  }
  if (protocol != NULL) {
    e->has_protocol = true;
    e->protocol = *protocol;
    if (harness__datagram_start(e) != 0)
      return false;
  }
  link_endpoint(e);
  if (e->remote != NULL && e->remote->endpoint == NULL)
    harness__datagram_reach_out(e);
  return true;
}

harness_endpoint_t *harness_create_datagram_endpoint(harness_t *h,
                                                     const harness_datagram_protocol_t *protocol, void *state,
                                                     const harness_datagram_options_t *options) {
  static const harness_datagram_options_t defaults;
  harness__place_t place = harness__place_take();
  harness_endpoint_t *e;

  if (options == NULL)
    options = &defaults;
  if (!check_options(h, options))
    return NULL;
  e = harness__arena_alloc(&h->network->arena, sizeof *e);
  if (e == NULL) {
    harness__fail(h, UV_ENOMEM, "harness_create_datagram_endpoint: no memory for an endpoint");
    return NULL;
  }
  memset(e, 0, sizeof *e);
  e->h = h;
  e->place = place;
  e->state = state;
  e->remote = options->remote;
  e->fd = -1;
  e->unread_last = &e->unread;
  if (begin(e, protocol, options))
    return e;
  end(e);
  return NULL;
}

void harness_datagram_close(harness_endpoint_t *endpoint) {
  harness_endpoint_t *e = endpoint;
  harness__recorder_t *recorder;

  if (e == NULL || e->closed)
    return;
  recorder = e->h->recorder;
  for (const harness__acquaintance_t *a = e->acquaintances; a != NULL; a = a->next_of_endpoint) {
    if (a->lane != e->lane)
      harness__recorder_after(recorder, e->lane, harness__recorder_last(recorder, a->lane));
  }
  (void)harness__datagram_note(e, e->lane, (harness__note_t){.kind = HARNESS__EVENT_CLOSE});
  end(e);
  if (e->reader != NULL)
    harness__wake(e->reader);
}

uint16_t harness_datagram_port(const harness_endpoint_t *endpoint) {
  return endpoint != NULL ? harness__address_port(&endpoint->address->socket) : 0;
}

const char *harness_datagram_host(const harness_endpoint_t *endpoint) {
  if (endpoint == NULL)
    return "";
  return harness__udp_is_v6(&endpoint->address->socket) ? "::1" : "127.0.0.1";
}

const char *harness_datagram_name(const harness_endpoint_t *endpoint) {
  return endpoint != NULL ? endpoint->name : "";
}

const harness_address_t *harness_datagram_address(const harness_endpoint_t *endpoint) {
  return endpoint != NULL ? endpoint->address : NULL;
}

int harness__datagrams_count_open(harness_t *h, harness__buffer_t *out) {
  const struct harness__datagrams *datagrams = h->network->datagrams;
  int open = 0;

  for (harness_endpoint_t *e = datagrams != NULL ? datagrams->endpoints : NULL; e != NULL; e = e->next) {
    open++;
    harness__buffer_printf(out, "  endpoint %s was still open", e->name);
    if (e->unread_count > 0)
      harness__buffer_printf(out, ", and %zu datagram%s unread", e->unread_count,
                             e->unread_count == 1 ? "" : "s");
    harness__place_add(out, " (made at ", e->place, ")");
    harness__buffer_char(out, '\n');
  }
  return open;
}

void harness__datagrams_shut(harness_t *h) {
  struct harness__datagrams *datagrams = h->network->datagrams;

  while (datagrams != NULL && datagrams->endpoints != NULL)
    end(datagrams->endpoints);
}

void harness__datagrams_free(harness_t *h) {
  struct harness__datagrams *datagrams = h->network->datagrams;

  if (datagrams == NULL)
    return;
  while (datagrams->alive != NULL)
    harness__datagram_free(datagrams->alive);
  free(datagrams->buffer);
  free(datagrams);
  h->network->datagrams = NULL;
}
