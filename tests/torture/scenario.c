/* SPDX-License-Identifier: MIT */
#include "scenario.h"

#include <errno.h>
#include <string.h>

#include "scenarios.h"

int scenario_failure(const harness_t *h) {
  int code = harness_error_code(h);

  return code != 0 ? code : -EPROTO;
}

int scenario_play_echo(harness_t *h, const void *name) {
  /* What hangs keeps using it until the harness is closed. */
  static harness_echo_scenario_state_t state;
  const harness_echo_scenario_t *scenario = harness_echo_scenario_find(name);

  memset(&state, 0, sizeof state);
  return scenario != NULL ? scenario->run(h, &state) : -ENOENT;
}
