/* SPDX-License-Identifier: MIT */
/* Private: the kernel's part of a connection, without the loop: sockets that never block, and bounded waits.
 */
#ifndef HARNESS_NETWORK_TCP_H
#define HARNESS_NETWORK_TCP_H

#include <stdbool.h>
#include <stddef.h>

#include "network/address.h"

/* All return a negative libuv code on failure. Descriptors are non-blocking and closed on exec. */

/* A listening socket; *address gets the port the kernel chose. */
int harness__tcp_listen(harness__address_t *address);

/* A socket that connects; *address gets its own address. The connection may still be under way. */
int harness__tcp_connect(const harness__address_t *to, harness__address_t *own);

/* How a connection that is under way came out, after a short wait: 0, or why it failed; UV_EAGAIN: it still
 * is under way. */
int harness__tcp_finish_connect(int fd);

/* Takes a connection from the queue; *peer gets its address. UV_EAGAIN: there is none. */
int harness__tcp_accept(int listener, harness__address_t *peer);

/* Waits until a connection or bytes are there; the kernel is known to have them on their way. Returns 0 or
 * UV_ETIMEDOUT after some seconds, which means that the ledger and the kernel disagree. */
int harness__tcp_wait_readable(int fd);

/* As send and recv, without signals. UV_EAGAIN: would block. harness__tcp_receive: 0 at the kernel's EOF. */
ptrdiff_t harness__tcp_send(int fd, const void *data, size_t size);
ptrdiff_t harness__tcp_receive(int fd, void *buffer, size_t size);

/* Lets small writes go out although earlier ones are not acknowledged yet. */
void harness__tcp_no_delay(int fd);

/* Ends the writing side. */
int harness__tcp_shutdown(int fd);

/* Closes as close(2), so that the kernel sends what is left and ends in order. */
void harness__tcp_close(int fd);

/* Closes with a reset: nothing lingers, no TIME_WAIT is left. */
void harness__tcp_abort(int fd);

#endif
