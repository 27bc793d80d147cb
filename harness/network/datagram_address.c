/* SPDX-License-Identifier: MIT */
/*
 * Who is who. An address stands for a party, not for a port: a port that was an endpoint's and is somebody
 * else's now is another address, so that a transcript never gives one party the name of another. Addresses
 * live as long as the harness; of those with the same port the newest stands first, which is the one that has
 * the port now, or had it last. Outside, too: the port of a client that has ended may be the next client's,
 * by chance, so the kernel is asked whose it is (diag.h) whenever a datagram comes. Who sends and closes at
 * once can't be told from who had the port before.
 *
 * Lanes. What an endpoint and the other endpoints do has an order, and so has what it does with a remote: all
 * of that is in the endpoint's own lane. But which of two parties outside spoke first is chance. So what an
 * endpoint without a remote and one such party exchange is a lane of its own, "endpoint/1" …, numbered by
 * content, as the connections that a server accepts from such parties are (record/relabel.c). Within it a
 * datagram socket on loopback keeps the order; between such lanes there is none but that of causes.
 */
#include <string.h>

#include "network/datagram.h"

static harness_address_t **bucket_of(struct harness__datagrams *datagrams, const harness__address_t *socket) {
  return &datagrams->addresses[harness__address_port(socket) % HARNESS__ADDRESS_BUCKETS];
}

static harness_address_t *find(struct harness__datagrams *datagrams, const harness__address_t *socket) {
  harness_address_t *address = *bucket_of(datagrams, socket);

  while (address != NULL && !harness__address_equal(&address->socket, socket))
    address = address->next;
  return address;
}

harness_address_t *harness__address_new(harness_t *h, const harness__address_t *socket,
                                        harness_endpoint_t *endpoint) {
  struct harness__datagrams *datagrams = harness__datagrams(h);
  harness_address_t *address =
      datagrams != NULL ? harness__arena_alloc(&h->network->arena, sizeof *address) : NULL;
  harness_address_t **bucket;
  char text[HARNESS__ADDRESS_TEXT];

  if (address == NULL)
    return NULL;
  memset(address, 0, sizeof *address);
  address->h = h;
  address->socket = *socket;
  address->endpoint = endpoint;
  address->acquaintances = &address->first_acquaintance;
  address->text = harness__arena_string(&h->network->arena, harness__address_text(socket, text));
  if (address->text == NULL)
    return NULL;
  bucket = bucket_of(datagrams, socket);
  address->next = *bucket;
  *bucket = address;
  return address;
}

/* Whether a socket of that owner can be the one that the address stands for. One that was gone when it was
 * looked for is not one that is there now. */
static bool is_owned_by(const harness_address_t *address, uint64_t owner) {
  return address->owner == 0 || owner == HARNESS__OWNER_GONE || address->owner == owner;
}

const harness_address_t *harness__address_outside(harness_t *h, const harness__address_t *socket,
                                                  uint64_t owner) {
  struct harness__datagrams *datagrams = harness__datagrams(h);
  harness_address_t *address = datagrams != NULL ? find(datagrams, socket) : NULL;

  /* What an endpoint, or a socket outside, had before and has given back is somebody else's now. */
  if (address == NULL || address->endpoint != NULL || !is_owned_by(address, owner))
    address = harness__address_new(h, socket, NULL);
  if (address != NULL && address->owner == 0)
    address->owner = owner;
  return address;
}

harness__acquaintance_t *harness__address_meet(harness_endpoint_t *e, const harness_address_t *address) {
  harness_t *h = e->h;
  harness__acquaintance_t *found = *address->acquaintances;

  while (found != NULL && found->endpoint != e)
    found = found->next;
  if (found != NULL)
    return found;
  found = harness__arena_alloc(&h->network->arena, sizeof *found);
  if (found == NULL)
    return NULL;
  memset(found, 0, sizeof *found);
  found->endpoint = e;
  found->lane = e->lane;
  if (e->remote == NULL) {
    found->lane = harness__recorder_sublane(h->recorder, e->lane, ++e->numbered, HARNESS__LANE_BY_CONTENT);
    harness__recorder_after(h->recorder, found->lane, e->opened);
  }
  found->next = *address->acquaintances;
  *address->acquaintances = found;
  found->next_of_endpoint = e->acquaintances;
  e->acquaintances = found;
  return found;
}

harness__lane_t harness__address_lane(harness_endpoint_t *e, const harness_address_t *address) {
  const harness__acquaintance_t *acquaintance;

  if (address->endpoint != NULL)
    return e->lane;
  acquaintance = harness__address_meet(e, address);
  return acquaintance != NULL ? acquaintance->lane : 0; /* the recorder fails with it */
}

harness__lane_t harness__address_name(const harness_endpoint_t *e, const harness_address_t *address) {
  return address->endpoint != NULL ? address->endpoint->lane : e->foreign;
}

const harness_address_t *harness_address_find(harness_t *h, const char *host, uint16_t port) {
  harness__address_t socket;
  struct harness__datagrams *datagrams;
  const harness_address_t *address;

  if (h == NULL || host == NULL) {
    harness__fail(h, UV_EINVAL, "harness_address_find: the %s is NULL", h == NULL ? "harness" : "host");
    return NULL;
  }
  if (harness__address_parse(&socket, host, port) != 0 || !harness__address_is_tcp(&socket) || port == 0) {
    harness__fail(h, UV_EINVAL, "harness_address_find: '%s' port %u is no port of a loopback address", host,
                  (unsigned)port);
    return NULL;
  }
  datagrams = harness__datagrams(h);
  address = datagrams != NULL ? find(datagrams, &socket) : NULL;
  if (address == NULL)
    address = harness__address_new(h, &socket, NULL);
  if (address == NULL)
    harness__fail(h, UV_ENOMEM, "harness_address_find: no memory for an address");
  return address;
}

const char *harness_datagram_peer_name(const harness_endpoint_t *endpoint, const harness_address_t *address) {
  if (endpoint == NULL || address == NULL || address->h != endpoint->h)
    return "";
  return harness__recorder_lane_name(endpoint->h->recorder, harness__address_name(endpoint, address));
}

const char *harness_address_text(const harness_address_t *address) {
  return address != NULL ? address->text : "";
}
