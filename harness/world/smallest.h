/* SPDX-License-Identifier: MIT */
/* Private: the smallest change to the cutting that breaks a scenario. */
#ifndef HARNESS_WORLD_SMALLEST_H
#define HARNESS_WORLD_SMALLEST_H

#include "world/cuts.h"
#include "world/outcome.h"

/* Makes a list that breaks the scenario as small as it can: to the first single edit that does by itself, or
 * else to some of which none can be left out. Returns false, and leaves the list as it is, where the list by
 * itself does not break it. *is_least: whether nothing was left untried for
 * want of runs: no single edit comes before the one found, none of those found can be left out. */
bool harness__smallest_cuts(harness__trial_t *trial, harness__cuts_t *cuts, bool *is_least);

/* Whether the scenario breaks when it is cut so. */
bool harness__cuts_break(harness__trial_t *trial, const harness__edit_t *edits, size_t count);

#endif
