/* SPDX-License-Identifier: MIT */
/*
 * The contract of transports: one suite, run for every host (CONTRACT_HOST in the environment, 127.0.0.1
 * without it) and delivery policy (CONTRACT_DELIVERY, as_written without it). Where a test's outcome depends
 * on the policy, it looks at `policy`.
 */
#ifndef HARNESS_TESTS_CONTRACT_H
#define HARNESS_TESTS_CONTRACT_H

#include <harness/cmocka.h>

#include <stdbool.h>
#include <string.h>
#include <uv.h>

/* A conversation: a server's handler and a client, which share `arg`. */
typedef void (*side_t)(harness_stream_t *stream, void *arg);

/* Where servers listen; whether that is TCP, or memory. */
const char *contract_host(void);
bool contract_is_tcp(void);
bool contract_is_memory(void);

/* The policy that this program runs under. */
extern harness_delivery_kind_t policy;

/* The harness of the running test. */
extern harness_t *world;

/* Lets a client talk to a server until the client has returned and everything is settled. */
void converse(harness_t *h, side_t server, side_t client, void *arg);

/* Reads exactly this text, however it is cut. */
void read_text(harness_stream_t *s, const char *text);

/* Sets `world` beside what harness_cmocka_setup does. */
int set_up(void **state);

#define contract_test(f) cmocka_unit_test_setup_teardown(f, set_up, harness_cmocka_teardown)

#endif
