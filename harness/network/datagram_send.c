/* SPDX-License-Identifier: MIT */
/*
 * Datagrams on their way. One for an endpoint of this harness is an item of the agenda that holds its bytes:
 * the kernel, which may drop a datagram when its buffer is full, would decide what the test sees (rule 3).
 * Who gets it is decided when it is sent, as the kernel does on loopback: an endpoint that is closed then, or
 * that talks to somebody else only, is nobody, and a sender with a remote is told so in its turn. An endpoint
 * that closes later drops what arrives, and nobody is told.
 *
 * A datagram is freed by whoever takes it from its endpoint; what is left is freed with the harness.
 */
#include <stdlib.h>
#include <string.h>

#include "network/datagram.h"

static void deliver(harness__item_t *item) {
  harness__datagram_arrive((harness__datagram_t *)item);
}

harness__datagram_t *harness__datagram_new(harness_endpoint_t *to, const harness_address_t *from,
                                           const void *data, size_t size) {
  struct harness__datagrams *datagrams = to->h->network->datagrams;
  harness__datagram_t *datagram = malloc(sizeof *datagram + size);

  if (datagram == NULL)
    return NULL;
  memset(datagram, 0, sizeof *datagram);
  datagram->item.happen = deliver;
  datagram->to = to;
  datagram->from = from;
  datagram->size = size;
  if (size > 0)
    memcpy(datagram->data, data, size);
  datagram->alive_next = datagrams->alive;
  datagram->alive_link = &datagrams->alive;
  if (datagrams->alive != NULL)
    datagrams->alive->alive_link = &datagram->alive_next;
  datagrams->alive = datagram;
  return datagram;
}

void harness__datagram_free(harness__datagram_t *datagram) {
  *datagram->alive_link = datagram->alive_next;
  if (datagram->alive_next != NULL)
    datagram->alive_next->alive_link = datagram->alive_link;
  free(datagram);
}

void harness__datagram_arrive(harness__datagram_t *datagram) {
  harness_endpoint_t *e = datagram->to;

  if (e->closed) {
    harness__datagram_free(datagram);
    return;
  }
  if (datagram->from == NULL) {
    e->failure = UV_ECONNREFUSED;
    harness__datagram_free(datagram);
  } else {
    datagram->next = NULL;
    *e->unread_last = datagram;
    e->unread_last = &datagram->next;
    e->unread_count++;
  }
  if (e->reader != NULL)
    harness__wake(e->reader);
}

static bool is_reached(const harness_endpoint_t *to, const harness_endpoint_t *from) {
  return !to->closed && (to->remote == NULL || to->remote == from->address);
}

static int send_inside(harness_endpoint_t *e, const void *data, size_t size, const harness_address_t *to) {
  harness__note_t note = {
      .kind = HARNESS__EVENT_SEND, .peer = to->endpoint->lane, .data = data, .size = size};
  bool reached = is_reached(to->endpoint, e);
  harness__datagram_t *datagram = NULL;
  harness__event_ref_t event;

  if (reached)
    datagram = harness__datagram_new(to->endpoint, e->address, data, size);
  else if (e->remote != NULL)
    datagram = harness__datagram_new(e, NULL, NULL, 0);
  if (datagram == NULL && (reached || e->remote != NULL))
    return UV_ENOMEM;
  event = harness__datagram_note(e, e->lane, note);
  if (datagram == NULL)
    return 0;
  datagram->cause = event;
  to->endpoint->heard = e->h->run->agenda.number + 1;
  to->endpoint->heard_from = e;
  e->asked_last = to->endpoint;
  harness__agenda_post(&e->h->run->agenda, &datagram->item);
  return 0;
}

static int send_outside(harness_endpoint_t *e, const void *data, size_t size, const harness_address_t *to) {
  harness__note_t note = {.kind = HARNESS__EVENT_SEND, .peer = e->foreign, .data = data, .size = size};
  int status = harness__datagram_send_outside(e, data, size, to);

  if (status == 0)
    (void)harness__datagram_note(e, harness__address_lane(e, to), note);
  return status;
}

static int check(harness_endpoint_t *e, const void *data, size_t size, const harness_address_t *to) {
  size_t most = harness__udp_is_v6(&e->address->socket) ? HARNESS__UDP_MOST_V6 : HARNESS__UDP_MOST_V4;

  if (data == NULL && size > 0)
    return harness__fail(e->h, UV_EINVAL, "harness_sendto: the data is NULL");
  if (to != NULL && to->h != e->h)
    return harness__fail(e->h, UV_EINVAL, "harness_sendto: the address is of another harness");
  if (e->closed)
    return harness__fail(e->h, UV_EBADF, "harness_sendto: %s is closed", e->name);
  if (to == NULL && e->remote == NULL)
    return harness__fail(e->h, UV_EDESTADDRREQ,
                         "harness_sendto: %s has no remote, so it must be said to whom", e->name);
  if (e->remote != NULL && to != NULL && to != e->remote)
    return harness__fail(e->h, UV_EISCONN, "harness_sendto: %s sends to its remote %s only", e->name,
                         e->remote->text);
  if (to != NULL && harness__udp_is_v6(&to->socket) != harness__udp_is_v6(&e->address->socket))
    return harness__fail(e->h, UV_EAFNOSUPPORT, "harness_sendto: %s is at %s and can't reach %s", e->name,
                         e->address->text, to->text);
  if (size > most)
    return harness__fail(e->h, UV_EMSGSIZE, "harness_sendto: a datagram carries %zu bytes at most, not %zu",
                         most, size);
  return 0;
}

ptrdiff_t harness_sendto(harness_endpoint_t *endpoint, const void *data, size_t size,
                         const harness_address_t *to) {
  harness_endpoint_t *e = endpoint;
  int status;

  if (e == NULL)
    return harness__fail(NULL, UV_EINVAL, "harness_sendto: the endpoint is NULL");
  status = check(e, data, size, to);
  if (status == 0 && e->failure != 0 && !e->has_protocol)
    status = harness__datagram_tell(e);
  if (to == NULL)
    to = e->remote;
  if (status == 0)
    status = to->endpoint != NULL ? send_inside(e, data, size, to) : send_outside(e, data, size, to);
  return status == 0 ? (ptrdiff_t)size : status;
}
