/* SPDX-License-Identifier: MIT */
/* Private: connecting, for streams and protocols. */
#ifndef HARNESS_NETWORK_CONNECT_H
#define HARNESS_NETWORK_CONNECT_H

#include "network/transport.h"

/* Connect the calling coroutine; park. The transport, or NULL with a sentence. */
harness_transport_t *harness__connect_server(harness_t *h, harness_task_t *self, harness_server_t *server,
                                             harness__place_t place);
harness_transport_t *harness__connect_host(harness_t *h, harness_task_t *self, const char *host,
                                           uint16_t port, harness__place_t place);

#endif
