/* SPDX-License-Identifier: MIT */
/*
 * Looking for the smallest cut. First every edit of the failing run by itself, in ascending order: mostly one
 * cut is to blame, and the first that breaks the scenario is the one to know. Where none does, or where there
 * are too many to try, by halves (Zeller's ddmin): parts of the list, then the list without one of its parts,
 * and ever smaller parts.
 *
 * A run takes as long as the scenario does, so their number is bounded; what is found by then still breaks
 * it.
 */
#include "world/smallest.h"

#include <stdlib.h>
#include <string.h>

typedef struct search {
  harness__trial_t *trial;
  harness__edit_t *edits;
  size_t count;
  harness__edit_t *rest; /* room for as many */
  size_t runs;
} search_t;

bool harness__cuts_break(harness__trial_t *trial, const harness__edit_t *edits, size_t count) {
  harness__plan_t plan = {
      .delivery = {.kind = HARNESS_DELIVERY_AS_WRITTEN}, .edits = edits, .edit_count = count};

  return harness__outcome_breaks(trial, &plan);
}

static bool has_runs(const search_t *search) {
  return search->runs < search->trial->most_runs && !search->trial->failed;
}

static bool breaks(search_t *search, const harness__edit_t *edits, size_t count) {
  search->runs++;
  return harness__cuts_break(search->trial, edits, count);
}

static bool find_single(search_t *search) {
  for (size_t i = 0; i < search->count && has_runs(search); i++) {
    if (!breaks(search, &search->edits[i], 1))
      continue;
    search->edits[0] = search->edits[i];
    search->count = 1;
    return true;
  }
  return false;
}

/* Part i of n is what lies from its start to the next one's. */
static size_t start_of(const search_t *search, size_t i, size_t n) {
  return i * (search->count / n) + (i < search->count % n ? i : search->count % n);
}

static bool keep_part(search_t *search, size_t n) {
  for (size_t i = 0; i < n && has_runs(search); i++) {
    size_t start = start_of(search, i, n);
    size_t size = start_of(search, i + 1, n) - start;

    if (!breaks(search, search->edits + start, size))
      continue;
    memmove(search->edits, search->edits + start, size * sizeof *search->edits);
    search->count = size;
    return true;
  }
  return false;
}

static bool drop_part(search_t *search, size_t n) {
  for (size_t i = 0; i < n && has_runs(search); i++) {
    size_t start = start_of(search, i, n);
    size_t end = start_of(search, i + 1, n);
    size_t count = search->count - (end - start);

    memcpy(search->rest, search->edits, start * sizeof *search->edits);
    memcpy(search->rest + start, search->edits + end, (search->count - end) * sizeof *search->edits);
    if (!breaks(search, search->rest, count))
      continue;
    memcpy(search->edits, search->rest, count * sizeof *search->edits);
    search->count = count;
    return true;
  }
  return false;
}

static void halve(search_t *search) {
  size_t n = 2;

  while (search->count > 1 && has_runs(search)) {
    if (n > search->count)
      n = search->count;
    if (keep_part(search, n))
      n = 2;
    else if (n > 2 && drop_part(search, n))
      n = n > 3 ? n - 1 : 2;
    else if (n == search->count)
      return;
    else
      n *= 2;
  }
}

bool harness__smallest_cuts(harness__trial_t *trial, harness__cuts_t *cuts, bool *is_least) {
  search_t search = {.trial = trial, .edits = cuts->edits, .count = cuts->count};
  harness__cuts_t room = {0};

  *is_least = false;
  if (cuts->count == 0 || !breaks(&search, cuts->edits, cuts->count))
    return false;
  if (cuts->count < trial->most_runs && find_single(&search)) {
    cuts->count = 1;
    *is_least = true;
    return true;
  }
  room.edits = calloc(cuts->count, sizeof *room.edits);
  if (room.edits == NULL)
    return true; /* it is not made smaller, then */
  search.rest = room.edits;
  search.runs = 0;
  halve(&search);
  cuts->count = search.count;
  /* A single one that was found by halves need not be the first. */
  *is_least = has_runs(&search) && search.count > 1;
  free(room.edits);
  return true;
}
