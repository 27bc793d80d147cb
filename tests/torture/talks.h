/* SPDX-License-Identifier: MIT */
/* Private to the torture: a harness in which every kind of party takes part. */
#ifndef TORTURE_TALKS_H
#define TORTURE_TALKS_H

#include <harness/harness.h>

/* A handler, a protocol and a framed server, each with a client; a pair of datagram endpoints; a blocking
 * client with plain sockets in the background, and a connection to a listener that the harness did not make,
 * where the harness's host has those. As scenario_t's play; `what` is nothing. */
int talks_play(harness_t *h, const void *what);

/* A server and two blocking clients, one after the other; a refusal of the first is no failure. */
int talks_play_refused(harness_t *h, const void *what);

/* A client that connects to where nobody listens any more. */
int talks_play_nobody(harness_t *h, const void *what);

#endif
