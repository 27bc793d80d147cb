/* SPDX-License-Identifier: MIT */
/*
 * Parties outside of the harness: blocking clients in threads, foreign code on the loop, other processes.
 * Here the kernel carries the datagrams, keeps them until they are read, and drops those that find no room.
 *
 * Sockets know of no peers that could be under way, so it is the conversation that tells: once an endpoint
 * has a remote outside, or is the first to send to somebody there, an answer may come at any moment until it
 * is closed, and time passes as real time does. Whoever spoke first is a background call or something on the
 * loop, which the run layer knows about by itself.
 *
 * Settling. On loopback sendto puts a datagram into the receiver's queue before it returns, so that looking
 * at the queue is enough: nothing is on its way that can't be seen there.
 *
 * An endpoint whose remote is in this harness hears nobody through the kernel, and is never polled.
 */
#include <stdlib.h>

#include "network/datagram.h"
#include "network/diag.h"
#include "network/poller.h"

enum { BUFFER_SIZE = 64 * 1024 };

static bool hears_outside(const harness_endpoint_t *e) {
  return !e->closed && (e->remote == NULL || e->remote->endpoint == NULL);
}

void harness__datagram_reach_out(harness_endpoint_t *e) {
  harness__recorder_set_free_running(e->h->recorder);
  if (!e->reaches_out)
    e->h->run->free_peers++;
  e->reaches_out = true;
}

int harness__datagram_send_outside(harness_endpoint_t *e, const void *data, size_t size,
                                   const harness_address_t *to) {
  harness__acquaintance_t *acquaintance = harness__address_meet(e, to);
  const harness__address_t *socket = e->remote == NULL ? &to->socket : NULL;
  int status;

  if (acquaintance == NULL)
    return UV_ENOMEM;
  status = harness__udp_send(e->fd, data, size, socket);
  if (status == UV_ECONNREFUSED &&
      e->has_protocol) { /* this was about an earlier one: the protocol is told */
    e->failure = status;
    if (e->reader != NULL)
      harness__wake(e->reader);
    status = harness__udp_send(e->fd, data, size, socket);
  }
  if (status == UV_ECONNREFUSED) {
    e->failure = status;
    return harness__datagram_tell(e);
  }
  if (status == 0 && !acquaintance->heard)
    harness__datagram_reach_out(e);
  return status;
}

static const harness_address_t *find_sender(harness_endpoint_t *e, const harness__address_t *sender) {
  struct inet_diag_msg found;
  uint64_t owner = HARNESS__OWNER_GONE;

  if (harness__diag_find(e->h, IPPROTO_UDP, sender, &e->address->socket, &found))
    owner = harness__diag_cookie(&found);
  return harness__address_outside(e->h, sender, owner);
}

/* Puts a datagram from outside behind the others. */
static int arrive(harness_endpoint_t *e, const harness__address_t *sender, const void *data, size_t size) {
  const harness_address_t *from = e->remote != NULL ? e->remote : find_sender(e, sender);
  harness__acquaintance_t *acquaintance = from != NULL ? harness__address_meet(e, from) : NULL;
  harness__datagram_t *datagram = acquaintance != NULL ? harness__datagram_new(e, from, data, size) : NULL;

  if (datagram == NULL)
    return UV_ENOMEM;
  harness__recorder_set_free_running(e->h->recorder);
  acquaintance->heard = true;
  harness__datagram_arrive(datagram);
  return 0;
}

bool harness__datagram_fill(harness_endpoint_t *e) {
  struct harness__datagrams *datagrams = e->h->network->datagrams;
  harness__address_t sender;
  ptrdiff_t size = UV_ENOMEM;

  if (!hears_outside(e) || !harness__recorder_is_free_running(e->h->recorder))
    return false;
  if (datagrams->buffer == NULL)
    datagrams->buffer = malloc(BUFFER_SIZE);
  if (datagrams->buffer != NULL)
    size = harness__udp_receive(e->fd, datagrams->buffer, BUFFER_SIZE, &sender);
  if (size == UV_EAGAIN)
    return false;
  if (size >= 0)
    size = arrive(e, &sender, datagrams->buffer, (size_t)size);
  if (size < 0)
    e->failure = (int)size;
  return true;
}

static void on_poll(void *what, int events) {
  harness_endpoint_t *e = what;

  (void)events;
  harness__recorder_set_free_running(e->h->recorder);
  if (e->reader != NULL)
    harness__wake(e->reader);
}

static bool is_waiting(const harness_endpoint_t *e) {
  return hears_outside(e) && e->reader != NULL && e->reader->state == HARNESS__TASK_PARKED;
}

/* An endpoint is polled while somebody waits for it: a level that nobody clears would keep the loop awake. */
int harness__datagrams_before_wait(harness_t *h) {
  struct harness__datagrams *datagrams = h->network->datagrams;
  int status = 0;

  for (harness_endpoint_t *e = datagrams != NULL ? datagrams->endpoints : NULL; e != NULL && status == 0;
       e = e->next) {
    bool wanted = is_waiting(e);

    if (wanted && e->poll == NULL)
      status = harness__poller_add(h, e->fd, on_poll, e, &e->poll);
    if (status == 0 && e->poll != NULL)
      status = harness__poller_set(h, e->poll, wanted ? EPOLLIN : 0);
  }
  return status;
}

void harness__datagram_forget(harness_endpoint_t *e) {
  harness__poller_forget(e->h, e->poll);
  e->poll = NULL;
}

bool harness__datagrams_are_quiet(harness_t *h) {
  struct harness__datagrams *datagrams = h->network->datagrams;

  for (harness_endpoint_t *e = datagrams != NULL ? datagrams->endpoints : NULL; e != NULL; e = e->next) {
    if (is_waiting(e) && harness__udp_has_news(e->fd))
      return false;
  }
  return true;
}

/* A party that is not known to be under way (it sent before the foreground run, or from another process):
 * wakes who waits for what it has sent. Returns whether there was one. */
bool harness__datagrams_look_outside(harness_t *h) {
  struct harness__datagrams *datagrams = h->network->datagrams;
  bool found = false;

  for (harness_endpoint_t *e = datagrams != NULL ? datagrams->endpoints : NULL; e != NULL; e = e->next) {
    if (!is_waiting(e) || !harness__udp_has_news(e->fd))
      continue;
    harness__recorder_set_free_running(h->recorder);
    harness__wake(e->reader);
    found = true;
  }
  return found;
}
