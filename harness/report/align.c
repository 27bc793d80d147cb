/* SPDX-License-Identifier: MIT */
#include "report/align.h"

#include <stdlib.h>

#include "record/compare.h"
#include "report/matching.h"

static bool is_same(harness__matching_t *matching, size_t expected, size_t actual) {
  matching->compared++;
  return harness__entry_compare(matching->expected, &matching->expected->entries[expected], matching->actual,
                                &matching->actual->entries[actual], NULL) == HARNESS__FIELD_NONE;
}

/* Pairs what the two have in common at both ends. Returns how much that is at the beginning; the counts are
 * of what is left between. */
static size_t trim(harness__matching_t *matching, size_t *expected_count, size_t *actual_count) {
  size_t expected = matching->expected->count;
  size_t actual = matching->actual->count;
  size_t prefix = 0;

  for (; prefix < expected && prefix < actual && is_same(matching, prefix, prefix); prefix++)
    matching->mates[prefix] = prefix + 1;
  for (; expected > prefix && actual > prefix && is_same(matching, expected - 1, actual - 1); expected--)
    matching->mates[expected - 1] = actual--;
  *expected_count = expected - prefix;
  *actual_count = actual - prefix;
  return prefix;
}

static harness__item_t *make_items(const harness__transcript_t *transcript, size_t first, size_t count) {
  harness__item_t *items = malloc((count + 1) * sizeof *items);

  for (size_t i = 0; items != NULL && i < count; i++)
    items[i] = (harness__item_t){first + i, harness__entry_hash(transcript, &transcript->entries[first + i])};
  return items;
}

static bool match(harness__matching_t *matching) {
  harness__stretch_t middle = {0};
  size_t prefix = trim(matching, &middle.expected_count, &middle.actual_count);
  bool done = true;

  if (middle.expected_count == 0 || middle.actual_count == 0)
    return true;
  middle.expected = make_items(matching->expected, prefix, middle.expected_count);
  middle.actual = make_items(matching->actual, prefix, middle.actual_count);
  if (middle.expected == NULL || middle.actual == NULL)
    done = false;
  else if (harness__stretch_fits(&middle))
    done = harness__stretch_fill(matching, middle);
  else
    done = harness__stretch_divide(matching, middle);
  free(middle.expected);
  free(middle.actual);
  return done;
}

static void add(harness__alignment_t *alignment, char sign, size_t expected, size_t actual) {
  alignment->steps[alignment->count++] = (harness__step_t){sign, expected, actual};
  alignment->missing += sign == '-';
  alignment->added += sign == '+';
}

/* What is missing stands before what is new, so that a changed event reads as in a diff. */
static void add_steps(const harness__matching_t *matching, harness__alignment_t *alignment) {
  size_t expected_count = matching->expected->count;
  size_t actual_count = matching->actual->count;
  size_t i = 0;
  size_t j = 0;

  while (i < expected_count || j < actual_count) {
    if (i < expected_count && matching->mates[i] == 0)
      add(alignment, '-', i++, j);
    else if (j < (i < expected_count ? matching->mates[i] - 1 : actual_count))
      add(alignment, '+', i, j++);
    else
      add(alignment, ' ', i++, j++);
  }
}

bool harness__align(const harness__transcript_t *expected, const harness__transcript_t *actual,
                    harness__alignment_t *alignment) {
  harness__matching_t matching = {.expected = expected, .actual = actual};
  bool done;

  *alignment = (harness__alignment_t){0};
  alignment->steps = calloc(expected->count + actual->count + 1, sizeof *alignment->steps);
  matching.mates = calloc(expected->count + 1, sizeof *matching.mates);
  done = alignment->steps != NULL && matching.mates != NULL && match(&matching);
  if (done) {
    add_steps(&matching, alignment);
    alignment->compared = matching.compared;
  } else {
    free(alignment->steps);
    alignment->steps = NULL;
  }
  free(matching.mates);
  free(matching.lengths);
  return done;
}
