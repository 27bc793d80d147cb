/* SPDX-License-Identifier: MIT */
/* Private: the kernel's part of a connection, without the loop: sockets that never block, and bounded waits.
 */
#ifndef HARNESS_NETWORK_SOCKET_H
#define HARNESS_NETWORK_SOCKET_H

#include <stdbool.h>
#include <stddef.h>

#include "network/address.h"

/* All return a negative libuv code on failure. Descriptors are non-blocking and closed on exec. */

/* A listening socket; *address gets the port (or abstract name) that the kernel chose. again: on a port that
 * sockets in TIME_WAIT have, which have allowed it. talk: what it accepts has no delay. */
int harness__socket_listen(harness__address_t *address, bool again, bool talk);

/* A socket that connects; *address gets its own address. The connection may still be under way. */
int harness__socket_connect(const harness__address_t *to, harness__address_t *own);

/* How a connection that is under way came out, after a short wait: 0, or why it failed; UV_EAGAIN: it still
 * is under way. */
int harness__socket_finish_connect(int fd);

/* Takes a connection from the queue; *peer gets its address. UV_EAGAIN: there is none. */
int harness__socket_accept(int listener, harness__address_t *peer);

/* Waits until a connection or bytes are there; the kernel is known to have them on their way. Returns 0 or
 * UV_ETIMEDOUT after some seconds, which means that the ledger and the kernel disagree. */
int harness__socket_wait_readable(int fd);

/* The same for a connection of ours that is not in the listener's queue yet; UV_ECONNABORTED: it will not be,
 * its client has heard already that the kernel has ended it. */
int harness__socket_wait_acceptable(int listener, int client);

/* Waits until bytes are there at fd, or the kernel takes more of what the other end, writer, has to send. */
int harness__socket_wait_moving(int fd, int writer);

/* Whether a read would not have to wait: for bytes, an EOF or a failure; and whether it would give bytes.
 * Neither takes anything: a look at the next byte by recv would be told of a reset, and no read after it. */
bool harness__socket_has_news(int fd);
bool harness__socket_has_data(int fd);

/* As send and recv, without signals. UV_EAGAIN: would block. harness__socket_receive: 0 at the kernel's EOF.
 */
ptrdiff_t harness__socket_send(int fd, const void *data, size_t size);
ptrdiff_t harness__socket_receive(int fd, void *buffer, size_t size);

/* The addresses of a connection's two ends. Return 0 or a negative code. */
int harness__socket_own_address(int fd, harness__address_t *address);
int harness__socket_peer_address(int fd, harness__address_t *address);

/* What it leaves in TIME_WAIT does not keep its port from a listener. */
void harness__socket_allow_reuse(int fd);

/* Lets small writes go out although earlier ones are not acknowledged yet. */
void harness__socket_no_delay(int fd);

/* Whether that was asked for before in this process: then connections that are made do it again. They are not
 * paced from then on: in a process that only ever exchanges a message each way it would not be worth the
 * call. */
bool harness__socket_expects_talk(void);

/* Ends the writing side. */
int harness__socket_shutdown(int fd);

/* Closes as close(2), so that the kernel sends what is left and ends in order. */
void harness__socket_close(int fd);

/* Closes with a reset: nothing lingers, no TIME_WAIT is left. On a unix socket, which knows no reset, a
 * close. */
void harness__socket_abort(int fd);

#endif
