/* SPDX-License-Identifier: MIT */
/* Private: connections whose other end is free-running, and what the loop polls for them. */
#ifndef HARNESS_NETWORK_FOREIGN_H
#define HARNESS_NETWORK_FOREIGN_H

#include "network/network.h"

/* Takes in what waits in a server's queue and belongs to nobody here. */
void harness__foreign_accept_all(harness_server_t *server);

/* Takes in one such connection, already accepted. */
void harness__foreign_adopt(harness_server_t *server, int fd);

/* Has a descriptor in reserve for the day there are none. Returns 0 or UV_EMFILE …. */
int harness__foreign_keep_spare(harness_t *h);

/* Records that a peer was refused for want of a descriptor. */
void harness__foreign_note_refused(harness_server_t *server, int code);

/* Marks a stream as connected to a free-running peer. */
void harness__foreign_begin(harness_stream_t *s);
void harness__foreign_end(harness_stream_t *s);

/* Gets what the kernel has for this stream into s->received, notes EOF and failure. Returns whether anything
 * new was learnt. */
bool harness__foreign_fill(harness_stream_t *s);

/* Sends what is unsent as far as the kernel takes it, then what had to wait for that: EOF, close. */
void harness__foreign_flush(harness_stream_t *s);

/* Lets the loop tell when the kernel's connect is done. */
void harness__foreign_await_connect(harness_stream_t *s);

/* Polls for what the stream waits for now. */
void harness__foreign_poll(harness_stream_t *s);

/* Hooks of the run layer. */
void harness__foreign_before_wait(harness_t *h);
bool harness__foreign_is_quiet(harness_t *h);

/* Stops polling a server's or a stream's descriptor, which may be closed afterwards. */
void harness__foreign_forget_server(harness_server_t *server);
void harness__foreign_forget(harness_stream_t *s);

#endif
