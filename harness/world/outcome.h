/* SPDX-License-Identifier: MIT */
/* Private: one run of a scenario in a fresh harness, and what came of it. */
#ifndef HARNESS_WORLD_OUTCOME_H
#define HARNESS_WORLD_OUTCOME_H

#include <harness/deliveries.h>

#include "base/buffer.h"
#include "network/plan.h"
#include "record/transcript.h"

typedef struct harness__outcome {
  harness__transcript_t *transcript; /* in joined form, of the lanes that are compared */
  harness__transcript_t *whole;      /* of all lanes, where that was asked for */
  int status;                        /* what the scenario returned, or harness_settle after it */
  char *sentence;                    /* harness_error, where status is not 0 */
  harness__buffer_t said;            /* what the harness reported, and what was left open */
} harness__outcome_t;

/* A check of a scenario under all policies. */
typedef struct harness__trial {
  harness_scenario_t scenario;
  void *arg;
  const harness_deliveries_options_t *options;
  uint32_t most_runs;
  harness__plan_t plan; /* of the first run as written: its directions */
  harness__outcome_t as_written;
  bool failed; /* no harness, or no memory: the thread's error tells */
} harness__trial_t;

/* Runs the scenario by that plan, whose directions are cleared first. Sets trial->failed where that can't be
 * done. What it makes is freed by harness__outcome_free, in any case. */
void harness__outcome_run(harness__trial_t *trial, harness__plan_t *plan, bool keep_whole,
                          harness__outcome_t *outcome);
void harness__outcome_free(harness__outcome_t *outcome);

/* Whether the run went wrong by itself. */
bool harness__outcome_is_bad(const harness__outcome_t *outcome);

/* Whether it went wrong, or otherwise than as written. */
bool harness__outcome_is_broken(harness__trial_t *trial, const harness__outcome_t *outcome);

/* Whether a run by that plan, which it clears, is broken. */
bool harness__outcome_breaks(harness__trial_t *trial, harness__plan_t *plan);

/* Adds how it went wrong, or what differs. */
void harness__outcome_explain(harness__buffer_t *out, const harness__outcome_t *expected,
                              const char *expected_name, const harness__outcome_t *outcome, const char *name);

#endif
