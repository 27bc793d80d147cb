/* SPDX-License-Identifier: MIT */
/* Private: the connections of a framed client (pool.c) and the calls that want one (call.c). */
#ifndef HARNESS_NETWORK_POOL_H
#define HARNESS_NETWORK_POOL_H

#include "network/framed.h"

typedef struct harness__call harness__call_t;
typedef struct harness__pooled harness__pooled_t;

/* Calls in their order. */
typedef struct harness__calls {
  harness__call_t *first;
  harness__call_t **last; /* where the next is linked, while there are any */
  size_t count;
} harness__calls_t;

typedef struct harness__call_watch {
  harness__watch_t watch;
  harness__call_t *call;
} harness__call_watch_t;

struct harness__call {
  harness__timer_t timer; /* first: the agenda hands it back */
  harness__call_watch_t watch;
  harness_framed_client_t *client;
  harness__pooled_t *sent_on; /* NULL: not sent, or no reply is awaited any more */
  harness_task_t *future;
  harness__reason_t reason; /* of the future, for reports */
  const void *message;
  size_t size;
  uint64_t sent_ms;
  harness__event_ref_t cause; /* the caller's last event */
  bool ended;                 /* its future has */
  harness__calls_t *queue;    /* that it stands in */
  harness__call_t *next;
  harness__call_t **link;
};

/* A connection. */
struct harness__pooled {
  harness__watch_t watch; /* of the task that makes it; first */
  harness_framed_client_t *client;
  harness__pooled_t *next; /* among the client's */
  harness__pooled_t **link;
  harness__pooled_t *next_idle;
  harness_task_t *task;
  harness_transport_t *transport; /* NULL: not made yet */
  harness_framer_t *framer;
  harness__calls_t calls; /* whose replies are to come */
  size_t wanted;          /* of these, those that have not ended */
  size_t number;
  bool used;
  bool receiving; /* its replies are being given out */
  bool gone;      /* the client has nothing to do with it any more */
};

struct harness_framed_client {
  harness_t *h;
  harness__place_t place;
  const harness_framing_t *framing;
  const char *name;
  uint32_t names; /* tried */
  harness_server_t *server;
  const char *host;
  uint16_t port;
  size_t pool_size;
  size_t pipeline;
  uint64_t timeout_ms;
  bool full_response;
  bool closed;
  bool serving;
  harness__pooled_t *connections; /* the latest first */
  harness__pooled_t *idle;        /* the last used first */
  size_t count;
  size_t connecting;
  size_t idle_count;
  size_t made;
  harness__calls_t waiting;
};

void harness__calls_add(harness__calls_t *calls, harness__call_t *call);

/* Takes a call out of the queue that it stands in, if any. */
void harness__calls_remove(harness__call_t *call);

/* Ends a call, unless it has ended: with a reply, or with a code where that is NULL. */
void harness__call_end(harness__call_t *call, int status, harness_reply_t *reply);

/* Ends a call with a reply that has come on its connection. Returns 0 or UV_ENOMEM. */
int harness__call_answer(harness__call_t *call, const harness__pooled_t *pooled, const void *data,
                         size_t size);

/* Gives connections to the calls that wait, as far as there are any, and makes new ones. */
void harness__pool_serve(harness_framed_client_t *client);

/* A call has ended before its reply came. */
void harness__pool_take_back(harness__call_t *call);

#endif
