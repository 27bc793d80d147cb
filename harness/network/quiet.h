/* SPDX-License-Identifier: MIT */
/* Private: whether anything is on its way to a socket. */
#ifndef HARNESS_NETWORK_QUIET_H
#define HARNESS_NETWORK_QUIET_H

#include "network/network.h"

/* Whether the socket has nothing to read and nothing on its way to it: the peer's socket, which loopback
 * makes this machine's too, has sent all it had and not begun to end. Where the kernel does not tell about
 * the peer's socket, what can be read now is all that counts. */
bool harness__quiet_socket(harness_t *h, int fd);

#endif
