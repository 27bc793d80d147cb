/* SPDX-License-Identifier: MIT */
/* Private to the torture: what a test does with a harness, in small scenarios, so that a failure is readable.
 */
#ifndef TORTURE_SCENARIO_H
#define TORTURE_SCENARIO_H

#include <harness/harness.h>

/* One run of a scenario that opens its harnesses itself. */
typedef struct scenario_run {
  const char *folder; /* of fixtures, its own */
  char sentence[4096];
} scenario_run_t;

typedef struct scenario {
  const char *name;
  /* The harness it is run in; NULL: all defaults. */
  const char *host;
  harness_delivery_t delivery;
  /* Plays the scenario in a harness that was just opened. Returns 0, or a negative code: what was refused,
   * harness_error explains. arg is `what`. */
  int (*play)(harness_t *h, const void *what);
  const void *what;
  /* Or opens and closes its harnesses itself. Returns 0; else run->sentence tells. */
  int (*alone)(scenario_run_t *run);
} scenario_t;

/* The last code that the harness has, -EPROTO where it has none. */
int scenario_failure(const harness_t *h);

/* The scenarios of the project over a transport: each is a name of those in echo/scenarios.h. */
int scenario_play_echo(harness_t *h, const void *name);

#endif
