/* SPDX-License-Identifier: MIT */
/*
 * Conversations with real clients, as data: the tests check them and the soak repeats them. A client is
 * unmodified, and blocks in a background call, or is callback code with handles of its own on the harness's
 * loop. The servers are shared by both.
 */
#ifndef TESTS_REAL_REAL_H
#define TESTS_REAL_REAL_H

#include <stddef.h>
#include <stdint.h>

#include <harness/harness.h>

typedef struct real_scenario {
  const char *name;
  const char *fixture;
  /* Holds it in a harness that was just opened, and leaves nothing of the client's open. Returns NULL, or a
   * sentence that says what went wrong. What the parties work on is static, one run at a time: where a run
   * ends too early they may still be at work until the harness is closed. */
  const char *(*run)(harness_t *h);
} real_scenario_t;

const real_scenario_t *real_hiredis_scenarios(size_t *count);
const real_scenario_t *real_hiredis_async_scenarios(size_t *count);
const real_scenario_t *real_libcurl_scenarios(size_t *count);
const real_scenario_t *real_libcurl_multi_scenarios(size_t *count);

/* libcurl asks to be initialised before there are threads. Returns 0 or not. */
int real_libcurl_begin(void);
void real_libcurl_end(void);

/* What the harness has to say, or that the client got something else than it should. */
const char *real_complaint(const harness_t *h);

/* A client's server, and the foreground run that waits for the client's task. Both return NULL where it went
 * well, or the harness's sentence. */
const char *real_serve(harness_t *h, harness_server_t **server, harness_handler_t handler, void *arg);
const char *real_run(harness_t *h, harness_task_t *task);

/* A port of 127.0.0.1 that is ours, so that nobody else can have it: listening and never accepting, or bound
 * only, which refuses. Returns the descriptor, which the caller closes, or -1. */
int real_own_port(int listening, uint16_t *port);

#endif
