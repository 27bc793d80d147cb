/* SPDX-License-Identifier: MIT */
/*
 * A recording that is a function: it is run again in this process. What it holds back is its own, also inside
 * a test; but where the whole process is one more run of a test, it is run once and its transcripts are the
 * test's.
 */
#include <harness/runner.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/fault.h"
#include "base/jitter.h"
#include "report/unstable.h"
#include "world/recording.h"
#include "world/rerun.h"

enum { MOST_LOAD = 4 };

typedef struct stable {
  harness_recording_t run;
  void *arg;
  harness__recording_t first;
  int status; /* of the first run */
  harness__buffer_t out;
} stable_t;

/* One run, whose checks are in *recording. */
static int run_once(stable_t *stable, bool is_rehearsal, harness__recording_t *recording) {
  harness__recording_t before;
  int status;

  harness__recording_enter(recording, is_rehearsal, &before);
  status = stable->run(stable->arg);
  harness__recording_leave(recording, &before);
  return status;
}

static bool agrees(stable_t *stable, const harness__recording_t *again, int status, const char *name,
                   bool up_to_cutting, harness__buffer_t *why) {
  if (status != stable->status) {
    harness__buffer_printf(why, "%s returned %d, the first %d\n", name, status, stable->status);
    if (again->sentence != NULL)
      harness__buffer_printf(why, "%s\n", again->sentence);
    return false;
  }
  for (size_t i = 0; i < stable->first.take.count; i++) {
    const harness__checked_t *checked = &stable->first.take.list[i];
    const harness__checked_t *other = harness__take_find(&again->take, checked->fixture);

    if (checked->intent == HARNESS__INTENT_NONE)
      continue;
    if (other == NULL) {
      harness__buffer_printf(why, "%s did not come to check %s\n", name, checked->fixture);
      return false;
    }
    if (!harness__is_stable(why, checked->json, other->is_ambiguous ? "" : other->json, name, up_to_cutting))
      return false;
  }
  return true;
}

/* One more run; whether it agreed. */
static bool rehearse(stable_t *stable, const char *name, bool up_to_cutting, harness__buffer_t *why) {
  harness__recording_t again;
  int status = run_once(stable, true, &again);
  bool same = name != NULL && !again.failed && agrees(stable, &again, status, name, up_to_cutting, why);

  if (name == NULL || again.failed)
    harness__buffer_string(why, "memory is exhausted\n");
  harness__recording_clear(&again);
  return same;
}

static bool rehearse_perturbed(stable_t *stable, unsigned number, harness__buffer_t *why) {
  harness__load_t *loads[MOST_LOAD];
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  size_t count = processors > 0 && processors < MOST_LOAD ? (size_t)processors : MOST_LOAD;
  char *name = harness__recording_run_name(number, true);
  bool same;

  for (size_t i = 0; i < count; i++)
    loads[i] = harness__load_start(-1);
  harness__jitter_set(number);
  same = rehearse(stable, name, false, why);
  harness__jitter_set(0);
  for (size_t i = 0; i < count; i++)
    harness__load_stop(loads[i]);
  free(name);
  return same;
}

static bool rehearse_all(stable_t *stable, unsigned runs, int64_t second, harness__buffer_t *why) {
  for (unsigned i = 1; i <= runs; i++) {
    char *name;
    bool same;

    if (i == runs)
      harness__recording_await_second(second);
    if (harness__recording_is_perturbed(i, runs)) {
      if (!rehearse_perturbed(stable, i, why))
        return false;
      continue;
    }
    name = harness__recording_run_name(i, false);
    same = rehearse(stable, name, false, why);
    free(name);
    if (!same)
      return false;
  }
  return true;
}

/* Whoever asks for a policy by HARNESS_DELIVERY gets no other. */
static bool rehearse_policies(stable_t *stable, harness__buffer_t *why) {
  static const char *const policies[] = {"bytewise", "coalesced", "seeded:1", "seeded:2"};
  const char *own = getenv("HARNESS_DELIVERY");
  bool same = true;

  if (own != NULL && own[0] != '\0')
    return true;
  for (size_t i = 0; i < sizeof policies / sizeof policies[0] && same; i++) {
    harness__buffer_t name = {0};

    harness__buffer_printf(&name, "the run under HARNESS_DELIVERY=%s", policies[i]);
    (void)setenv("HARNESS_DELIVERY", policies[i], 1);
    same = rehearse(stable, name.text, true, why);
    harness__buffer_free(&name);
  }
  (void)unsetenv("HARNESS_DELIVERY");
  return same;
}

/* What the first run held back is written or not. */
static harness_check_result_t decide(stable_t *stable, const harness_recording_options_t *options,
                                     int64_t second) {
  const harness__take_t *take = &stable->first.take;
  harness__buffer_t why = {0};
  unsigned runs = harness__recording_runs(&stable->out);
  harness_check_result_t result = HARNESS_CHECK_TROUBLE;

  if (runs == 0)
    harness__recording_refuse(take, &stable->out, "");
  else if (stable->status != 0 && harness__take_count(take, HARNESS__INTENT_UPDATE) > 0)
    harness__recording_refuse(take, &stable->out, ", since the recording did not return 0");
  else if (!harness__recording_is_ambiguous(take, &stable->out)) {
    bool stays = rehearse_all(stable, runs, second, &why) &&
                 (options == NULL || options->any_delivery == 0 || rehearse_policies(stable, &why));

    result = HARNESS_CHECK_DIFFERENT;
    if (!stays)
      harness__recording_refuse(take, &stable->out, ", since not every run is the same:");
    else if (!harness__recording_commit(take, runs, &stable->out))
      result = HARNESS_CHECK_TROUBLE;
    else
      result = stable->first.worst;
  }
  if (why.text != NULL)
    harness__buffer_string(&stable->out, why.text);
  stable->out.failed = stable->out.failed || why.failed;
  harness__buffer_free(&why);
  return result;
}

static harness_check_result_t record(stable_t *stable, const harness_recording_options_t *options) {
  int64_t second = harness__recording_second();

  stable->status = run_once(stable, false, &stable->first);
  if (stable->first.sentence != NULL)
    harness__buffer_printf(&stable->out, "%s\n", stable->first.sentence);
  else if (stable->first.worst != HARNESS_CHECK_SAME && stable->first.worst != HARNESS_CHECK_WRITTEN)
    harness__buffer_string(&stable->out, "memory is exhausted\n"); /* there was none to say it */
  if (harness__recording_rehearsal() == NULL && harness__recording_held(&stable->first.take) > 0)
    return decide(stable, options, second);
  if (stable->status != 0 && stable->first.sentence == NULL) {
    harness__buffer_printf(&stable->out, "the recording returned %d\n", stable->status);
    return HARNESS_CHECK_TROUBLE;
  }
  return stable->first.worst;
}

harness_check_result_t harness_record_stable(harness_recording_t recording, void *arg,
                                             const harness_recording_options_t *options, char **report) {
  stable_t stable = {.run = recording, .arg = arg};
  harness_check_result_t result = HARNESS_CHECK_TROUBLE;

  if (report != NULL)
    *report = NULL;
  if (recording == NULL)
    harness__buffer_string(&stable.out, "harness_record_stable: the recording is NULL\n");
  else
    result = record(&stable, options);
  if (result != HARNESS_CHECK_SAME && stable.out.text != NULL && !stable.out.failed)
    harness__fail(NULL, UV_EINVAL, "%s", stable.out.text);
  else if (result != HARNESS_CHECK_SAME)
    harness__fail(NULL, UV_ENOMEM, "harness_record_stable: memory is exhausted");
  if (report != NULL && (stable.out.text != NULL || stable.out.failed))
    *report = harness__buffer_take(&stable.out);
  harness__buffer_free(&stable.out);
  harness__recording_clear(&stable.first);
  return result;
}
