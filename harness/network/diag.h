/* SPDX-License-Identifier: MIT */
/* Private: what the kernel tells about the sockets of parties outside of the harness. */
#ifndef HARNESS_NETWORK_DIAG_H
#define HARNESS_NETWORK_DIAG_H

#include <linux/inet_diag.h>
#include <stdbool.h>

#include "network/network.h"
#include "network/socket.h"

/* Finds the socket at peer that talks to own, two loopback addresses; protocol is IPPROTO_TCP or IPPROTO_UDP.
 * False where there is none any more, or the kernel does not tell; where it can't be asked for want of
 * descriptors or memory, h->network->trouble is set besides. */
bool harness__diag_find(harness_t *h, int protocol, const harness__address_t *peer,
                        const harness__address_t *own, struct inet_diag_msg *found);

/* Which socket that is, among all there ever were: what the kernel calls its cookie. */
uint64_t harness__diag_cookie(const struct inet_diag_msg *found);

#endif
