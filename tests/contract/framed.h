/* SPDX-License-Identifier: MIT */
/* What tests of framed servers and clients share. */
#ifndef HARNESS_TESTS_CONTRACT_FRAMED_H
#define HARNESS_TESTS_CONTRACT_FRAMED_H

#include <harness/cmocka.h>

enum { HELD = 32, CONNECTIONS = 32 };

/* A server that echoes, but: "hold…" is answered when the test says so, "mute…" never; "drop" resets, "close"
 * closes, "twice" is answered twice, "huge" with what is no message. */
extern struct world {
  harness_t *h; /* NULL: no test is under way */
  const char *host;
  const char *policy;
  harness_server_t *server;
  harness_framed_t *held[HELD];
  char texts[HELD][64];
  size_t held_count;
  size_t released;
  harness_framed_t *connections[CONNECTIONS];
  size_t connection_count;
} world;

extern const harness_framing_t framing;

/* Runs the test in a harness with such a server, over every transport and under every policy; what fails is
 * told with both by the tear-down. */
void everywhere(void (*test)(harness_t *h));
int tear_down(void **state);

/* What the server does with a message; arg is &world. */
void respond(void *arg, harness_framed_t *connection, const void *data, size_t size);

/* Answers what is held, the first of it. Returns what was written. */
int release(void);

harness_framed_client_t *client_of(harness_t *h, harness_framed_client_options_t options);
harness_task_t *call(harness_framed_client_t *client, const char *text);
void settle(void);

/* The reply to a call that has ended: this text, on that connection (0: any). */
void assert_reply(const harness_task_t *future, const char *text, size_t connection);

#define framed_test(f) cmocka_unit_test_teardown(f, tear_down)

#endif
