/* SPDX-License-Identifier: MIT */
/* Parties outside of the harness, for tests: plain sockets on 127.0.0.1; and conversations with them, which
 * chance must not change. */
#ifndef HARNESS_TESTS_CONTRACT_OUTSIDE_H
#define HARNESS_TESTS_CONTRACT_OUTSIDE_H

#include <harness/cmocka.h>

#include <netinet/in.h>

struct sockaddr_in loopback(uint16_t port);

/* A blocking socket (SOCK_STREAM, SOCK_DGRAM) that is connected to the port, or -1. Any thread. */
int dial(int type, uint16_t port);

/* Converses so many times, each time in a harness of its own, and asserts that the JSON which converse
 * returns is the same each time. Returns it; the caller frees it. */
char *same_each_time(char *(*converse)(harness_t *h), int times);

#endif
