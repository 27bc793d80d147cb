/* SPDX-License-Identifier: MIT */
/* Private: where a server can be reached. */
#ifndef HARNESS_NETWORK_LISTEN_H
#define HARNESS_NETWORK_LISTEN_H

#include "network/server.h"

/* Opens the server's listeners at `host` (as harness_server_options_t.host). server->name is for sentences.
 * Returns 0 or a code, with a sentence. */
int harness__listen(harness_server_t *server, const char *host, uint16_t port);

/* Sets server->host to what clients may connect to, once the server has its name. False when memory is
 * exhausted, with a sentence. */
bool harness__listen_name_host(harness_server_t *server, const char *host);

/* Closes the listeners and removes a socket's path. */
void harness__listen_end(harness_server_t *server);

/* Removes the folder of unix sockets. */
void harness__listen_remove_folder(harness_t *h);

#endif
