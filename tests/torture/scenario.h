/* SPDX-License-Identifier: MIT */
/* Private to the torture: what a test does with a harness, in small scenarios, so that a failure is readable.
 */
#ifndef TORTURE_SCENARIO_H
#define TORTURE_SCENARIO_H

#include <harness/harness.h>
#include <uv.h>

/* One run of a scenario that opens its harnesses itself. */
typedef struct scenario_run {
  const char *folder; /* of fixtures, its own */
  char sentence[4096];
  harness_check_result_t result;
} scenario_run_t;

/* What is redacted, and must be in no transcript, sentence or report. */
#define SCENARIO_SECRET "hunter2"

typedef struct scenario {
  const char *name;
  /* The harness it is run in; NULL: all defaults. */
  const char *host;
  harness_delivery_t delivery;
  /* Plays the scenario in a harness that was just opened. Returns 0, or a negative code: what was refused,
   * harness_error explains. arg is `what`. */
  int (*play)(harness_t *h, const void *what);
  const void *what;
  /* Or opens and closes its harnesses itself. Returns 0, or a negative code: then run->sentence tells why. */
  int (*alone)(scenario_run_t *run);
  /* Looks at what it has left, when nothing fails any more. Returns what is wrong, or NULL. */
  const char *(*verify)(const scenario_run_t *run);
  /* The text of the fixture; NULL: the transcript of an untouched run. */
  const char *fixture;
  /* What the check finds in an untouched run. */
  harness_check_result_t expected;
  /* Called before each run, while nothing fails; NULL: nothing to do. */
  void (*prepare)(const char *folder);
} scenario_t;

/* The last code that the harness has, -EPROTO where it has none. */
int scenario_failure(const harness_t *h);

/* The scenarios of the project over a transport: each is a name of those in echo/scenarios.h. */
int scenario_play_echo(harness_t *h, const void *name);

/* conversations.c: reads of every kind, half-closes, deadlines, back-pressure, an abort, a refused connect; a
 * name service over datagrams; a blocking client of a framed server. */
int scenario_play_reads(harness_t *h, const void *what);
int scenario_play_datagrams(harness_t *h, const void *what);
int scenario_play_outside(harness_t *h, const void *what);

/* tasks.c: timers, futures, waits, cancelling; background calls, threads and handles on the loop. */
int scenario_play_tasks(harness_t *h, const void *what);
int scenario_play_threads(harness_t *h, const void *what);

/* values.c: placeholders and redactions; its transcript as fixture with patterns. */
int scenario_play_values(harness_t *h, const void *what);
extern const char scenario_values_patterns[];
extern const char scenario_values_other[]; /* a fixture that it is not */

/* files.c: a fixture that is replaced, by a recording or by a plain saving; a proposal; all deliveries, which
 * make no difference, or do. */
int scenario_update(scenario_run_t *run);
int scenario_propose(scenario_run_t *run);
int scenario_save(scenario_run_t *run);
int scenario_deliver(scenario_run_t *run);
int scenario_deliver_broken(scenario_run_t *run);
void scenario_prepare_update(const char *folder);
void scenario_prepare_new(const char *folder);
const char *scenario_verify_update(const scenario_run_t *run);
const char *scenario_verify_new(const scenario_run_t *run);

/* drawings.c: a transcript in every form in which it is shown. */
int scenario_draw(scenario_run_t *run);
const char *scenario_verify_drawing(const scenario_run_t *run);

#endif
