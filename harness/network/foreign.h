/* SPDX-License-Identifier: MIT */
/* Private: connections whose other end is free-running, and what the loop polls for them. */
#ifndef HARNESS_NETWORK_FOREIGN_H
#define HARNESS_NETWORK_FOREIGN_H

#include "network/server.h"

/* Takes in one such connection, already accepted. */
void harness__foreign_adopt(harness_server_t *server, int fd);

/* Has a descriptor in reserve for the day there are none. Returns 0 or UV_EMFILE …. */
int harness__foreign_keep_spare(harness_t *h);

/* Records that a peer was refused for want of a descriptor. */
void harness__foreign_note_refused(harness_server_t *server, int code);

/* Marks a stream as connected to a free-running peer. */
void harness__foreign_begin(harness_transport_t *t);
void harness__foreign_end(harness_transport_t *t);

/* Gets what the kernel has for this stream into t->received, notes EOF and failure. Returns whether anything
 * new was learnt; where not, the caller is to wait. */
bool harness__foreign_fill(harness_transport_t *t);

/* Sends what is unsent as far as the kernel takes it, then what had to wait for that: EOF, close. */
void harness__foreign_flush(harness_transport_t *t);

/* Lets the loop tell when the kernel's connect is done. */
void harness__foreign_await_connect(harness_transport_t *t);

/* Polls for what the stream waits for now. */
void harness__foreign_poll(harness_transport_t *t);

/* Hooks of the run layer. */
int harness__foreign_before_wait(harness_t *h);
bool harness__foreign_is_quiet(harness_t *h);
int harness__foreign_look_outside(harness_t *h);

/* Stops polling a server's or a stream's descriptor, which may be closed afterwards. */
void harness__foreign_forget_listener(harness__listener_t *listener);
void harness__foreign_forget(harness_transport_t *t);

#endif
