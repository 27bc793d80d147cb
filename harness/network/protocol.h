/* SPDX-License-Identifier: MIT */
/* Private: callbacks over a transport. */
#ifndef HARNESS_NETWORK_PROTOCOL_H
#define HARNESS_NETWORK_PROTOCOL_H

#include <harness/protocol.h>

#include "network/transport.h"

/* What makes a connection's protocol. */
typedef struct harness__maker {
  harness_protocol_t protocol;
  harness_factory_t factory; /* NULL: the state is arg */
  void *arg;
} harness__maker_t;

/* Lets callbacks drive a connection that is made: makes the protocol's state and calls connection_made, in a
 * task of the harness's own, which wakes t->reader when that has been done. maker must live as long as the
 * transport. Returns 0 or UV_ENOMEM. */
int harness__protocol_begin(harness_transport_t *t, const harness__maker_t *maker);

/* What harness_create_connection does. */
harness_task_t *harness__create_connection(harness_t *h, const harness_protocol_t *protocol,
                                           harness_factory_t factory, void *arg,
                                           const harness_connection_options_t *options,
                                           harness__place_t place);

/* Whether this is a task that drives a protocol; its argument is the transport. */
bool harness__protocol_drives(const harness_task_t *task);

/* A driver that ended without returning has left things behind. */
void harness__protocol_task_ended(harness_transport_t *t);

/* More is unread than the transport's marks allow: pause_writing. */
void harness__protocol_pause_writing(harness_transport_t *t);

#endif
