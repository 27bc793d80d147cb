/* SPDX-License-Identifier: MIT */
/* Private: messages over a transport. */
#ifndef HARNESS_NETWORK_FRAMED_H
#define HARNESS_NETWORK_FRAMED_H

#include <harness/framed.h>

#include "network/framer.h"
#include "network/transport.h"

/* Writes a message that harness_framing_check allows. Returns 0 or harness_transport_write's code. */
int harness__framed_send(harness_transport_t *t, const harness_framing_t *framing, const void *data,
                         size_t size);

#endif
