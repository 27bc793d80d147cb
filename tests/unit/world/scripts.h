/* SPDX-License-Identifier: MIT */
/* What the tests of harness_check_all_deliveries share: conversations of one server and one client. */
#ifndef TESTS_UNIT_WORLD_SCRIPTS_H
#define TESTS_UNIT_WORLD_SCRIPTS_H

#include <harness/cmocka.h>

/* A conversation: what the server writes when it is connected to (handler: NULL), and the client. */
typedef struct script {
  harness_function_t client;
  const char *writes[8];
  harness_handler_t handler;
  harness_server_options_t server;
  int result;
  int runs;
} script_t;

/* The one under way. */
extern struct play {
  harness_t *h;
  harness_server_t *server;
  script_t *script;
} play;

/* A scenario whose arg is a script. */
int converse(harness_t *h, void *arg);

/* Checks the script under all policies; script->runs is how often it ran. */
harness_check_result_t check(script_t *script, const harness_deliveries_options_t *options, char **report);

/* A client that takes the first read for the whole line. */
void *reads_once(void *arg);

#endif
