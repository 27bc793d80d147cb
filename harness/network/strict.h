/* SPDX-License-Identifier: MIT */
/* Private: servers whose free-running client is known to be sequential
 * (harness_server_options_t.strict_order). */
#ifndef HARNESS_NETWORK_STRICT_H
#define HARNESS_NETWORK_STRICT_H

#include "network/server.h"

/* Whether a connection in the server's queue has to wait until what came before it has been seen. */
bool harness__strict_holds_accept(const harness_server_t *server);

/* Whether what has come to this end has to wait until another connection's end has been seen. */
bool harness__strict_holds_read(const harness_transport_t *t);

#endif
