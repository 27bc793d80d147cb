/* SPDX-License-Identifier: MIT */
/*
 * The scenarios that every release must reproduce, as data: the demo prints them, the tests check them and
 * the soak repeats them. Not installed.
 */
#ifndef HARNESS_ECHO_SCENARIOS_H
#define HARNESS_ECHO_SCENARIOS_H

#include <stdbool.h>

#include <harness/echo.h>

/* What a scenario's programs work on, and where their results are found: clients[] for A1 to A3, callers[]
 * for A4, echoer and caller for B, streamer for C, framed for D. Zeroed before the run, and kept until the
 * harness is closed, since a client that hangs is still there until then. */
typedef struct harness_echo_scenario_state {
  harness_echo_client_t clients[2];
  harness_echo_blocking_client_t callers[2];
  harness_echo_protocol_server_t echoer;
  harness_echo_protocol_client_t caller;
  harness_echo_stream_client_t streamer;
  harness_echo_framed_client_t framed;
} harness_echo_scenario_state_t;

typedef struct harness_echo_line {
  const char *lane;
  const char *text;
} harness_echo_line_t;

typedef struct harness_echo_scenario {
  const char *name;
  const char *title;
  const char *fixture;
  harness_delivery_t delivery; /* for harness_options_t */
  /* Runs it in a harness that was just opened. Returns 0, or a negative code; where the harness itself
   * refused something, harness_error tells what. */
  int (*run)(harness_t *h, harness_echo_scenario_state_t *state);
  /* What its programs log. */
  const harness_echo_line_t *lines;
  size_t line_count;
  /* Whether they log it in exactly this order: always, unless a party runs freely. Then the order holds
   * within each lane, and the canonical order of the transcript is the one given here. */
  bool ordered;
  /* Whether it needs TCP on 127.0.0.1: its clients are written on plain sockets. */
  bool tcp4_only;
} harness_echo_scenario_t;

const harness_echo_scenario_t *harness_echo_scenarios(size_t *count);

/* By name; NULL where there is none. */
const harness_echo_scenario_t *harness_echo_scenario_find(const char *name);

#endif
