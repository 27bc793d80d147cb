/* SPDX-License-Identifier: MIT */
/*
 * A scenario under every delivery policy. As written it is run twice: what differs then is no matter of
 * cutting. The policies follow in the order in which they tell most: bytewise makes every cut at once, then
 * each cut is made by itself; what is broken by joining writes only is found by coalesced, what takes some of
 * both by seeds. The first that breaks the scenario is made small (smallest.c), and what that small change
 * does is what is reported, because its transcript differs by the least.
 */
#include <harness/deliveries.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/fault.h"
#include "record/compare.h"
#include "run/run.h"
#include "world/cuts.h"
#include "world/outcome.h"
#include "world/smallest.h"

enum { SEEDS = 20, MOST_RUNS = 2000 };

static void write_policy(harness__buffer_t *out, const harness_delivery_t *delivery) {
  static const char *const names[] = {"as_written", "as_written", "coalesced",
                                      "bytewise",   "split_at:",  "seeded:"};

  harness__buffer_string(out, names[delivery->kind]);
  if (delivery->kind == HARNESS_DELIVERY_SEEDED)
    harness__buffer_printf(out, "%" PRIu64, delivery->seed);
  for (size_t i = 0; delivery->kind == HARNESS_DELIVERY_SPLIT_AT && i < HARNESS_DELIVERY_OFFSETS &&
                     delivery->offsets[i] != 0;
       i++)
    harness__buffer_printf(out, "%s%" PRIu64, i > 0 ? "," : "", delivery->offsets[i]);
}

/* The same as C. */
static void write_initializer(harness__buffer_t *out, const harness_delivery_t *delivery) {
  static const char *const names[] = {"DEFAULT", "AS_WRITTEN", "COALESCED", "BYTEWISE", "SPLIT_AT", "SEEDED"};

  harness__buffer_printf(out, ".delivery = {.kind = HARNESS_DELIVERY_%s", names[delivery->kind]);
  if (delivery->kind == HARNESS_DELIVERY_SEEDED)
    harness__buffer_printf(out, ", .seed = %" PRIu64, delivery->seed);
  for (size_t i = 0; delivery->kind == HARNESS_DELIVERY_SPLIT_AT && i < HARNESS_DELIVERY_OFFSETS &&
                     delivery->offsets[i] != 0;
       i++)
    harness__buffer_printf(out, "%s%" PRIu64, i > 0 ? ", " : ", .offsets = {", delivery->offsets[i]);
  harness__buffer_string(out, delivery->kind == HARNESS_DELIVERY_SPLIT_AT ? "}}" : "}");
}

static bool policy_breaks(harness__trial_t *trial, const harness_delivery_t *delivery) {
  harness__plan_t plan = {.delivery = *delivery};

  return harness__outcome_breaks(trial, &plan);
}

/* A policy that makes these cuts, and all else coalesced, in every direction. */
static bool make_split(const harness__cuts_t *cuts, harness_delivery_t *split) {
  size_t count = 0;

  *split = (harness_delivery_t){.kind = HARNESS_DELIVERY_SPLIT_AT};
  for (size_t i = 0; i < cuts->count; i++) {
    if (cuts->edits[i].join)
      return false;
    if (count > 0 && split->offsets[count - 1] == cuts->edits[i].offset)
      continue;
    if (count == HARNESS_DELIVERY_OFFSETS)
      return false;
    split->offsets[count++] = cuts->edits[i].offset;
  }
  return count > 0;
}

/* How to see it by itself: a policy that anyone can ask for, and that was tried. */
static void add_again(harness__buffer_t *out, harness__trial_t *trial, const harness_delivery_t *policy,
                      const harness__cuts_t *cuts) {
  harness_delivery_t split;
  bool has_split = make_split(cuts, &split) && policy_breaks(trial, &split);
  const harness_delivery_t *again = has_split ? &split : policy;

  if (again == NULL) {
    harness__buffer_string(out, "no policy by itself cuts so; this check finds it again each time\n");
    return;
  }
  harness__buffer_string(out, "to see it again: HARNESS_DELIVERY=");
  write_policy(out, again);
  harness__buffer_string(out, ", or ");
  write_initializer(out, again);
  harness__buffer_char(out, '\n');
}

static void add_cuts(harness__buffer_t *out, const harness__trial_t *trial, const harness__cuts_t *cuts,
                     bool is_least) {
  if (cuts->count > 1 && is_least)
    harness__buffer_string(out,
                           "smallest set of changes found that breaks it, none of which can be left out:\n");
  else if (cuts->count > 1)
    harness__buffer_printf(out, "%zu changes that break it; the search for fewer was given up:\n",
                           cuts->count);
  else if (cuts->edits[0].join)
    harness__buffer_string(out, "smallest change that breaks it: two writes read as one, joined ");
  else
    harness__buffer_string(out, is_least ? "smallest cut that breaks it: "
                                         : "one cut that breaks it (of too many to try each): ");
  harness__cuts_describe(out, cuts->edits, cuts->count, trial->as_written.whole);
}

/* What these cuts do. */
static void explain_cuts(harness__buffer_t *out, harness__trial_t *trial, const harness__cuts_t *cuts) {
  harness__plan_t plan = {
      .delivery = {.kind = HARNESS_DELIVERY_AS_WRITTEN}, .edits = cuts->edits, .edit_count = cuts->count};
  harness__outcome_t outcome;

  harness__outcome_run(trial, &plan, false, &outcome);
  if (!trial->failed)
    harness__outcome_explain(out, &trial->as_written, "as written", &outcome, "cut so");
  harness__outcome_free(&outcome);
  harness__plan_clear(&plan);
}

/* policy: NULL for a single cut. outcome: what the policy did, where the cuts alone don't do it again. */
static void report_broken(harness__buffer_t *out, harness__trial_t *trial, const harness_delivery_t *policy,
                          harness__cuts_t *cuts, const harness__outcome_t *outcome) {
  bool is_least = true;
  bool found = policy == NULL || harness__smallest_cuts(trial, cuts, &is_least);

  harness__buffer_string(out, "the scenario depends on how bytes are cut into reads: ");
  if (policy != NULL)
    write_policy(out, policy);
  else
    harness__buffer_string(out, "a single cut");
  harness__buffer_string(out, " breaks it\n");
  if (found)
    add_cuts(out, trial, cuts, is_least);
  add_again(out, trial, policy, cuts);
  if (found)
    explain_cuts(out, trial, cuts);
  else
    harness__outcome_explain(out, &trial->as_written, "as written", outcome, "with that policy");
}

/* Returns whether the policy breaks the scenario; then the report is written. */
static bool try_policy(harness__trial_t *trial, const harness_delivery_t *policy, harness__buffer_t *out) {
  harness__plan_t plan = {.delivery = *policy};
  harness__cuts_t cuts = {0};
  harness__outcome_t outcome;
  bool broken;

  harness__outcome_run(trial, &plan, false, &outcome);
  broken = harness__outcome_is_broken(trial, &outcome);
  if (broken) {
    if (!plan.failed && !harness__cuts_made(&plan, &cuts))
      out->failed = true;
    report_broken(out, trial, policy, &cuts, &outcome);
  }
  free(cuts.edits);
  harness__outcome_free(&outcome);
  harness__plan_clear(&plan);
  return broken;
}

static bool try_single_cuts(harness__trial_t *trial, harness__buffer_t *out) {
  harness__cuts_t cuts;
  bool broken = false;

  if (!harness__cuts_everywhere(&trial->plan, trial->most_runs, &cuts)) {
    harness__fail(NULL, UV_ENOMEM, "harness_check_all_deliveries: memory is exhausted");
    trial->failed = true;
    return false;
  }
  for (size_t i = 0; i < cuts.count && !broken && !trial->failed; i++) {
    broken = harness__cuts_break(trial, &cuts.edits[i], 1);
    if (broken)
      report_broken(out, trial, NULL, &(harness__cuts_t){&cuts.edits[i], 1}, NULL);
  }
  free(cuts.edits);
  return broken;
}

static bool try_seeds(harness__trial_t *trial, harness__buffer_t *out) {
  uint64_t seed = trial->options->first_seed != 0 ? trial->options->first_seed : 1;
  uint32_t count = trial->options->seeds != 0 ? trial->options->seeds : SEEDS;

  for (uint32_t i = 0; i < count && !trial->failed; i++) {
    harness_delivery_t policy = {.kind = HARNESS_DELIVERY_SEEDED, .seed = seed + i};

    if (try_policy(trial, &policy, out))
      return true;
  }
  return false;
}

static bool try_all(harness__trial_t *trial, harness__buffer_t *out) {
  static const harness_delivery_t coalesced = {.kind = HARNESS_DELIVERY_COALESCED};
  static const harness_delivery_t bytewise = {.kind = HARNESS_DELIVERY_BYTEWISE};
  const char *text = getenv("HARNESS_DELIVERY");
  harness_delivery_t only;

  if (text != NULL && text[0] != '\0' && harness_delivery_parse(text, &only) == 0)
    return try_policy(trial, &only, out);
  return try_policy(trial, &bytewise, out) || try_single_cuts(trial, out) ||
         try_policy(trial, &coalesced, out) || try_seeds(trial, out);
}

static bool have_lane(const harness__transcript_t *transcript, const char *name) {
  for (size_t i = 0; i < transcript->lane_count; i++)
    if (harness__lane_is_named(transcript->lanes[i], name))
      return true;
  return false;
}

/* A lane that does not occur would be the same under every policy. */
static bool check_lanes(const harness__trial_t *trial, harness__buffer_t *out) {
  const harness__transcript_t *whole = trial->as_written.whole;

  for (const char *const *name = trial->options->lanes; name != NULL && *name != NULL; name++) {
    if (have_lane(whole, *name))
      continue;
    harness__buffer_printf(out, "the scenario has no lane '%s'; it has", *name);
    for (size_t i = 0; i < whole->lane_count; i++)
      harness__buffer_printf(out, "%s %s", i > 0 ? "," : "", whole->lanes[i]);
    harness__buffer_char(out, '\n');
    return false;
  }
  return true;
}

/* Two runs as written. Returns whether they went well and the same. */
static bool run_as_written(harness__trial_t *trial, harness__buffer_t *out) {
  harness__plan_t plan = {.delivery = {.kind = HARNESS_DELIVERY_AS_WRITTEN}};
  harness__outcome_t again = {0};
  bool good = false;

  trial->plan.delivery = plan.delivery;
  harness__outcome_run(trial, &trial->plan, true, &trial->as_written);
  if (trial->failed)
    return false;
  if (harness__outcome_is_bad(&trial->as_written)) {
    harness__buffer_string(out, "the scenario fails before anything is cut\n");
    harness__outcome_explain(out, NULL, NULL, &trial->as_written, "as written");
    return false;
  }
  if (!check_lanes(trial, out))
    return false;
  harness__outcome_run(trial, &plan, false, &again);
  if (harness__outcome_is_broken(trial, &again)) {
    harness__buffer_string(out, "the scenario is not deterministic by itself: two runs as written differ\n");
    harness__outcome_explain(out, &trial->as_written, "the first run", &again, "the second run");
  } else {
    good = !trial->failed;
  }
  harness__outcome_free(&again);
  harness__plan_clear(&plan);
  return good;
}

/* Gives the report to the caller and to the thread's last error. */
static harness_check_result_t finish(const harness__trial_t *trial, harness_check_result_t result,
                                     harness__buffer_t *out, char **report) {
  char *text = trial->failed || out->text != NULL || out->failed ? harness__buffer_take(out) : NULL;

  if (trial->failed) {
    const char *sentence = harness_error(NULL); /* said where it happened */

    free(text);
    if (report != NULL && sentence != NULL)
      *report = strdup(sentence);
    return HARNESS_CHECK_TROUBLE;
  }
  if (result == HARNESS_CHECK_SAME)
    return result;
  if (text == NULL)
    harness__fail(NULL, UV_ENOMEM, "harness_check_all_deliveries: memory is exhausted");
  else
    harness__fail(NULL, UV_EINVAL, "%s", text);
  if (report != NULL)
    *report = text;
  else
    free(text);
  return result;
}

harness_check_result_t harness_check_all_deliveries(harness_scenario_t scenario, void *arg,
                                                    const harness_deliveries_options_t *options,
                                                    char **report) {
  static const harness_deliveries_options_t defaults;
  harness__trial_t trial = {.scenario = scenario, .arg = arg, .options = options};
  harness_check_result_t result = HARNESS_CHECK_TROUBLE;
  harness__buffer_t out = {0};

  if (report != NULL)
    *report = NULL;
  if (options == NULL)
    trial.options = &defaults;
  trial.most_runs = trial.options->most_runs != 0 ? trial.options->most_runs : MOST_RUNS;
  if (scenario == NULL)
    harness__buffer_string(&out, "harness_check_all_deliveries: the scenario is NULL\n");
  else if (harness__innermost() != NULL)
    harness__buffer_string(&out, "harness_check_all_deliveries is not for coroutines\n");
  else if (run_as_written(&trial, &out))
    result = try_all(&trial, &out) ? HARNESS_CHECK_DIFFERENT : HARNESS_CHECK_SAME;
  result = finish(&trial, result, &out, report);
  harness__outcome_free(&trial.as_written);
  harness__plan_clear(&trial.plan);
  return result;
}
