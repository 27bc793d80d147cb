/* SPDX-License-Identifier: MIT */
/*
 * Private: datagram endpoints. datagram.c makes and closes them, datagram_address.c knows who is who,
 * datagram_send.c brings what they send on its way, datagram_receive.c hands out what has arrived,
 * datagram_foreign.c speaks with the kernel for those who are not of this harness.
 */
#ifndef HARNESS_NETWORK_DATAGRAM_H
#define HARNESS_NETWORK_DATAGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include <harness/datagram.h>

#include "network/network.h"
#include "network/udp.h"
#include "record/recorder.h"
#include "run/run.h"

/* What one endpoint and one party outside of the harness have to do with each other. */
typedef struct harness__acquaintance harness__acquaintance_t;
struct harness__acquaintance {
  harness__acquaintance_t *next;             /* of the same address */
  harness__acquaintance_t *next_of_endpoint; /* of the same endpoint */
  const harness_endpoint_t *endpoint;
  harness__lane_t lane;
  bool heard; /* from it: it may have begun the conversation */
};

/* The owner of an address that was closed before it was looked for, or that the kernel does not tell. */
#define HARNESS__OWNER_GONE UINT64_MAX

struct harness_address {
  harness_t *h;
  harness_address_t *next; /* in its bucket, the newest first */
  harness__address_t socket;
  harness_endpoint_t *endpoint; /* open or closed; NULL: somebody outside */
  uint64_t owner;               /* outside: which socket (diag.h), HARNESS__OWNER_…, 0: not looked at */
  harness__acquaintance_t **acquaintances; /* of somebody outside. Behind a pointer: an address is constant */
  harness__acquaintance_t *first_acquaintance;
  const char *text;
};

/* A datagram on its way to an endpoint, or that has arrived and was not read. */
typedef struct harness__datagram harness__datagram_t;
struct harness__datagram {
  harness__item_t item;      /* first: the agenda hands it back */
  harness__datagram_t *next; /* unread, or among the spare */
  harness__datagram_t *alive_next;
  harness__datagram_t **alive_link;
  harness_endpoint_t *to;
  const harness_address_t *from; /* NULL: news that what `to` has sent found nobody */
  harness__event_ref_t cause;
  size_t size;
  unsigned char data[];
};

struct harness_endpoint {
  harness_t *h;
  harness_endpoint_t *next; /* among the open ones */
  harness_endpoint_t **link;
  harness__place_t place;
  const char *name;
  bool has_protocol;
  harness_datagram_protocol_t protocol;
  void *state;
  harness_address_t *address;
  const harness_address_t *remote; /* NULL: everybody */
  int fd;                          /* -1: closed */
  bool closed;
  bool reaches_out; /* a party outside that did not begin may answer: counted in run's free_peers */
  int failure;      /* not told yet */

  harness__lane_t lane;
  harness__lane_t foreign;     /* the name of parties outside */
  harness__event_ref_t opened; /* the last event of connection_made, for lanes that begin later */
  harness__event_ref_t linked; /* the last event of a caller that an event was put behind */
  harness__lane_t linked_lane; /* and that event's lane */
  uint32_t numbered;           /* lanes for parties outside */
  harness__acquaintance_t *acquaintances;

  harness__datagram_t *unread;
  harness__datagram_t **unread_last;
  size_t unread_count;
  uint64_t heard;                       /* a number of when somebody sent to it last, which grows; 0: never */
  harness_task_t *user;                 /* who waited here last; it may have ended */
  const harness_endpoint_t *asked_last; /* the endpoint of the harness that it sent to last, */
  const harness_endpoint_t *heard_from; /* and that sent to it last */
  harness_task_t *reader;               /* who waits for the next one */
  harness_task_t *dispatcher;           /* calls the protocol; NULL where there is none, or it has ended */
  harness__item_t turn;                 /* wakes the reader that lets others have theirs */
  bool turn_posted;
  unsigned in_a_row;            /* datagrams from outside since the reader last parked */
  struct harness__polled *poll; /* NULL until the loop was first asked */
};

enum { HARNESS__ADDRESS_BUCKETS = 256 };

struct harness__datagrams {
  harness_endpoint_t *endpoints; /* open */
  harness_address_t *addresses[HARNESS__ADDRESS_BUCKETS];
  harness__datagram_t *alive;
  unsigned char *buffer; /* what the kernel hands over; NULL until it is needed */
};

/* datagram.c: what network.c and foreign.c ask for */
int harness__datagrams_count_open(harness_t *h, harness__buffer_t *out);
void harness__datagrams_shut(harness_t *h);
void harness__datagrams_free(harness_t *h);
/* The harness's endpoints and addresses, made on first use; NULL when memory is exhausted. */
struct harness__datagrams *harness__datagrams(harness_t *h);
/* Records an event in the lane, behind what the calling party did before. */
harness__event_ref_t harness__datagram_note(harness_endpoint_t *e, harness__lane_t lane,
                                            harness__note_t note);

/* datagram_address.c */
/* A new one, of an endpoint or, with NULL, of somebody outside. NULL when memory is exhausted. */
harness_address_t *harness__address_new(harness_t *h, const harness__address_t *socket,
                                        harness_endpoint_t *endpoint);
/* The party outside that sends from that address; owner: which socket that is, or HARNESS__OWNER_GONE. NULL
 * when memory is exhausted. */
const harness_address_t *harness__address_outside(harness_t *h, const harness__address_t *socket,
                                                  uint64_t owner);
/* What the endpoint has to do with a party outside; made on first use, NULL when memory is exhausted. */
harness__acquaintance_t *harness__address_meet(harness_endpoint_t *e, const harness_address_t *address);
/* The lane of what the endpoint and that address exchange, and the lane that names the address. */
harness__lane_t harness__address_lane(harness_endpoint_t *e, const harness_address_t *address);
harness__lane_t harness__address_name(const harness_endpoint_t *e, const harness_address_t *address);

/* datagram_send.c */
harness__datagram_t *harness__datagram_new(harness_endpoint_t *to, const harness_address_t *from,
                                           const void *data, size_t size);
void harness__datagram_free(harness__datagram_t *datagram);
/* Puts a datagram behind what the endpoint has not read, and wakes who waits for it. */
void harness__datagram_arrive(harness__datagram_t *datagram);

/* datagram_receive.c */
/* Starts the coroutine that calls the protocol. Returns 0 or UV_ENOMEM. */
int harness__datagram_start(harness_endpoint_t *e);
/* Notes the failure that was not told yet, and forgets it. Returns it. */
int harness__datagram_tell(harness_endpoint_t *e);
/* A task has ended; true where it was the coroutine of an endpoint. */
bool harness__datagram_task_ended(harness_task_t *task);

/* datagram_foreign.c */
/* Gives a datagram to the kernel. Returns 0 or a code. */
int harness__datagram_send_outside(harness_endpoint_t *e, const void *data, size_t size,
                                   const harness_address_t *to);
/* Takes what the kernel has for the endpoint next: a datagram or a failure. Returns whether there was any. */
bool harness__datagram_fill(harness_endpoint_t *e);
/* From now on a party outside may act at any moment. */
void harness__datagram_reach_out(harness_endpoint_t *e);
/* Stops polling; the descriptor may be closed afterwards. */
void harness__datagram_forget(harness_endpoint_t *e);
int harness__datagrams_before_wait(harness_t *h);
bool harness__datagrams_are_quiet(harness_t *h);
bool harness__datagrams_look_outside(harness_t *h);

#endif
