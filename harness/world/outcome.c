/* SPDX-License-Identifier: MIT */
/*
 * A run goes wrong by itself where the scenario or the settling after it fails, where the harness reports
 * something, or where things were left open by a scenario that says all is well. Reports are kept: a check
 * runs thousands of times, and one of these runs is told of.
 */
#include "world/outcome.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/fault.h"
#include "record/compare.h"
#include "record/recorder.h"
#include "report/difference.h"

static void keep_report(const char *text, void *arg) {
  harness__buffer_t *said = arg;

  harness__buffer_string(said, text);
  if (said->length > 0 && said->text[said->length - 1] != '\n')
    harness__buffer_char(said, '\n');
}

static harness_t *open_harness(const harness__trial_t *trial, harness__plan_t *plan,
                               harness__buffer_t *said) {
  harness_options_t options = {0};
  harness_t *h;

  if (trial->options->harness != NULL)
    options = *trial->options->harness;
  options.delivery = (harness_delivery_t){0};
  options.data_limit = SIZE_MAX; /* what is joined must be whole */
  options.report = keep_report;
  options.report_arg = said;
  h = harness_open(&options);
  if (h != NULL)
    harness__plan_apply(h, plan);
  return h;
}

static void take_transcripts(const harness__trial_t *trial, harness_t *h, bool keep_whole,
                             harness__outcome_t *outcome) {
  outcome->transcript = harness__recorder_joined_transcript(h->recorder);
  if (keep_whole)
    outcome->whole = harness__recorder_joined_transcript(h->recorder);
  if (outcome->transcript != NULL && trial->options->lanes != NULL)
    harness__transcript_keep_lanes(outcome->transcript, trial->options->lanes);
}

static void run_scenario(const harness__trial_t *trial, harness_t *h, harness__outcome_t *outcome) {
  const char *sentence;

  outcome->status = trial->scenario(h, trial->arg);
  if (outcome->status == 0)
    outcome->status = harness_settle(h);
  if (outcome->status == 0)
    return;
  sentence = harness_error(h);
  /* A deadlock is the harness's report and its last error both. */
  if (sentence != NULL && (outcome->said.text == NULL || strstr(outcome->said.text, sentence) == NULL))
    outcome->sentence = strdup(sentence);
}

void harness__outcome_run(harness__trial_t *trial, harness__plan_t *plan, bool keep_whole,
                          harness__outcome_t *outcome) {
  harness__buffer_t closing = {0};
  char *trouble = NULL;
  harness_t *h;

  memset(outcome, 0, sizeof *outcome);
  harness__plan_clear(plan);
  h = open_harness(trial, plan, &outcome->said);
  if (h == NULL) {
    trial->failed = true;
    return;
  }
  run_scenario(trial, h, outcome);
  take_transcripts(trial, h, keep_whole, outcome);
  if (outcome->transcript == NULL && harness__recorder_trouble(h->recorder) != NULL)
    trouble = strdup(harness__recorder_trouble(h->recorder));
  /* What a run that went wrong did not come to close is no news. */
  if (harness__outcome_is_bad(outcome)) {
    closing = outcome->said;
    outcome->said = (harness__buffer_t){0};
    (void)harness_close(h);
    harness__buffer_free(&outcome->said);
    outcome->said = closing;
  } else {
    (void)harness_close(h);
  }
  if (outcome->transcript == NULL || (keep_whole && outcome->whole == NULL) || outcome->said.failed) {
    if (trouble != NULL)
      harness__fail(NULL, UV_EINVAL, "harness_check_all_deliveries: there is no transcript: %s", trouble);
    else
      harness__fail(NULL, UV_ENOMEM, "harness_check_all_deliveries: memory is exhausted");
    trial->failed = true;
  }
  free(trouble);
}

void harness__outcome_free(harness__outcome_t *outcome) {
  harness__transcript_free(outcome->transcript);
  harness__transcript_free(outcome->whole);
  free(outcome->sentence);
  harness__buffer_free(&outcome->said);
  memset(outcome, 0, sizeof *outcome);
}

bool harness__outcome_is_bad(const harness__outcome_t *outcome) {
  return outcome->status != 0 || outcome->said.length > 0;
}

bool harness__outcome_is_broken(harness__trial_t *trial, const harness__outcome_t *outcome) {
  bool failed = false;
  bool same;

  if (trial->failed)
    return false;
  if (harness__outcome_is_bad(outcome))
    return true;
  same = harness__transcript_same_streams(trial->as_written.transcript, outcome->transcript,
                                          trial->options->joined_writes != 0, &failed);
  if (failed) {
    harness__fail(NULL, UV_ENOMEM, "harness_check_all_deliveries: memory is exhausted");
    trial->failed = true;
  }
  return !same && !failed;
}

/* The lines of a report, indented. */
static void add_said(harness__buffer_t *out, const char *text) {
  while (*text != '\0') {
    size_t length = strcspn(text, "\n");

    harness__buffer_string(out, "  ");
    harness__buffer_add(out, text, length);
    harness__buffer_char(out, '\n');
    text += length + (text[length] == '\n');
  }
}

static void add_difference(harness__buffer_t *out, const harness__outcome_t *expected,
                           const char *expected_name, const harness__outcome_t *outcome, const char *name) {
  char *text;

  if (harness__transcript_equal(expected->transcript, outcome->transcript, NULL))
    return;
  text = harness__difference(expected->transcript, expected_name, outcome->transcript, name);
  if (text == NULL)
    out->failed = true;
  else
    harness__buffer_printf(out, "\n%s", text);
  free(text);
}

void harness__outcome_explain(harness__buffer_t *out, const harness__outcome_t *expected,
                              const char *expected_name, const harness__outcome_t *outcome,
                              const char *name) {
  if (outcome->status != 0)
    harness__buffer_printf(out, "%s, the scenario returns %d%s%s\n", name, outcome->status,
                           outcome->sentence != NULL ? ": " : "",
                           outcome->sentence != NULL ? outcome->sentence : "");
  if (outcome->said.length > 0) {
    harness__buffer_printf(out, "%s, the harness says\n", name);
    add_said(out, outcome->said.text);
  }
  if (expected != NULL)
    add_difference(out, expected, expected_name, outcome, name);
}

bool harness__outcome_breaks(harness__trial_t *trial, harness__plan_t *plan) {
  harness__outcome_t outcome;
  bool broken;

  harness__outcome_run(trial, plan, false, &outcome);
  broken = harness__outcome_is_broken(trial, &outcome);
  harness__outcome_free(&outcome);
  harness__plan_clear(plan);
  return broken;
}
