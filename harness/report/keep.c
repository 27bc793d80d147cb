/* SPDX-License-Identifier: MIT */
/*
 * Patterns are written by hand, and a fixture that is written anew by a test must not lose them. Events that
 * are the same on both sides keep theirs. Of those that stand between, an event that is missing gives its
 * patterns to the next new one of its lane and kind that they match, in order, so that they survive a change
 * of another field, or of their neighbours.
 */
#include "report/keep.h"

#include <stdlib.h>
#include <string.h>

#include "record/pattern.h"
#include "report/align.h"

static bool has_pattern(const harness__entry_t *entry) {
  return entry->data.pattern != NULL || entry->text_pattern != NULL;
}

static void give(const harness__entry_t *from, harness__entry_t *to) {
  to->data.pattern = from->data.pattern;
  to->text_pattern = from->text_pattern;
}

static bool fits(const harness__transcript_t *expected, const harness__entry_t *old,
                 const harness__transcript_t *actual, const harness__entry_t *fresh) {
  if (old->kind != fresh->kind || strcmp(expected->lanes[old->lane], actual->lanes[fresh->lane]) != 0)
    return false;
  if (old->text_pattern != NULL)
    return harness__pattern_matches(harness__pattern_of(old->text_pattern), fresh->text, fresh->text_size,
                                    NULL);
  return fresh->data.digest[0] == '\0' &&
         harness__pattern_matches(harness__pattern_of(old->data.pattern), fresh->data.head,
                                  fresh->data.head_size, NULL);
}

/* Between two events that are the same on both sides: steps from … to. */
static void keep_changed(const harness__transcript_t *expected, const harness__transcript_t *actual,
                         const harness__step_t *from, const harness__step_t *to, harness__entry_t *entries) {
  const harness__step_t *next = from;

  for (const harness__step_t *old = from; old < to; old++) {
    const harness__entry_t *entry = &expected->entries[old->expected];
    const harness__step_t *fresh = next;

    if (old->sign != '-' || !has_pattern(entry))
      continue;
    while (fresh < to &&
           (fresh->sign != '+' || !fits(expected, entry, actual, &actual->entries[fresh->actual])))
      fresh++;
    if (fresh == to)
      continue;
    give(entry, &entries[fresh->actual]);
    next = fresh + 1;
  }
}

static void keep(const harness__transcript_t *expected, const harness__transcript_t *actual,
                 const harness__alignment_t *alignment, harness__entry_t *entries) {
  const harness__step_t *end = alignment->steps + alignment->count;
  const harness__step_t *step = alignment->steps;

  while (step < end) {
    const harness__step_t *change = step;
    for (; step < end && step->sign == ' '; step++, change++)
      give(&expected->entries[step->expected], &entries[step->actual]);
    while (step < end && step->sign != ' ')
      step++;
    keep_changed(expected, actual, change, step, entries);
  }
}

harness__transcript_t *harness__keep_patterns(const harness__transcript_t *expected,
                                              const harness__transcript_t *actual) {
  harness__transcript_t *kept = calloc(1, sizeof *kept);
  harness__alignment_t alignment;

  if (kept == NULL)
    return NULL;
  kept->lanes = actual->lanes;
  kept->lane_count = actual->lane_count;
  kept->count = actual->count;
  kept->entries = harness__arena_alloc(&kept->arena, (actual->count + 1) * sizeof *kept->entries);
  if (kept->entries == NULL || !harness__align(expected, actual, &alignment)) {
    harness__transcript_free(kept);
    return NULL;
  }
  if (actual->count > 0)
    memcpy(kept->entries, actual->entries, actual->count * sizeof *kept->entries);
  keep(expected, actual, &alignment, kept->entries);
  free(alignment.steps);
  return kept;
}
