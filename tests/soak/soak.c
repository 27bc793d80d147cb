/* SPDX-License-Identifier: MIT */
/* The scenarios, many times. */
#include "repeat.h"
#include "scenarios.h"

static const char *run(harness_t *h, const void *what) {
  static harness_echo_scenario_state_t state; /* a client that hangs is there until the harness is closed */
  const harness_echo_scenario_t *scenario = what;

  state = (harness_echo_scenario_state_t){0};
  if (scenario->run(h, &state) == 0)
    return NULL;
  return harness_error(h) != NULL ? harness_error(h) : "the programs did not get the reply they expect";
}

int main(int argc, char **argv) {
  size_t count;
  const harness_echo_scenario_t *scenarios = harness_echo_scenarios(&count);
  repeat_t repeat;
  int same = 1;

  if (!repeat_begin(&repeat, argc, argv))
    return 2;
  for (size_t i = 0; i < count; i++)
    same &= repeat_run(&repeat, &(repeat_case_t){.name = scenarios[i].name,
                                                 .fixture = scenarios[i].fixture,
                                                 .delivery = scenarios[i].delivery,
                                                 .run = run,
                                                 .what = &scenarios[i]});
  return same ? 0 : 1;
}
