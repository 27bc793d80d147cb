/* SPDX-License-Identifier: MIT */
/* The places among the callbacks of connections and endpoints, and what these share with all others. */
#ifndef TESTS_FAILURES_CALLBACKS_H
#define TESTS_FAILURES_CALLBACKS_H

#include <harness/cmocka.h>

/* The harness of the test. */
extern harness_t *place_world;

void place_begin(harness_t *h);

/* Does it, here; but once only: most callbacks are called for more than one connection, or again. */
void place_act(void);

void in_factory(harness_t *h);
void in_connection_made(harness_t *h);
void in_data_received(harness_t *h);
void in_eof_received(harness_t *h);
void in_connection_lost(harness_t *h);
void in_pause_writing(harness_t *h);
void in_resume_writing(harness_t *h);
void in_a_client(harness_t *h);
void in_datagram_made(harness_t *h);
void in_datagram_received(harness_t *h);
void in_error_received(harness_t *h);
void in_datagram_lost(harness_t *h);
void in_a_framed_handler(harness_t *h);
void in_a_server_handler(harness_t *h);

#endif
