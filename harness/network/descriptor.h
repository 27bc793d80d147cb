/* SPDX-License-Identifier: MIT */
/* Private: what a descriptor is, in the words of the harness it was found in. */
#ifndef HARNESS_NETWORK_DESCRIPTOR_H
#define HARNESS_NETWORK_DESCRIPTOR_H

#include "base/buffer.h"
#include "base/world.h"

/* Adds "a TCP socket, connected to server", "a pipe", "the file '/tmp/x'". A peer that was a server of h, or
 * is, is told by its name. */
void harness__descriptor_explain(const harness_t *h, int fd, harness__buffer_t *out);

#endif
