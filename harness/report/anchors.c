/* SPDX-License-Identifier: MIT */
/*
 * Dividing a long stretch. An event that has no equal on the other side is missing or new, whatever else is
 * decided, and one that is there exactly once on either side is an *anchor*: the longest row of anchors that
 * stand in the same order on both sides is paired first (as in patience diff), and what stands between two of
 * them is a short stretch again, or one of many equal events, which a window is good enough for.
 *
 * A table of hashes finds both in linear time; the row of anchors takes a binary search for those that are
 * out of order only.
 */
#include <stdlib.h>
#include <string.h>

#include "record/compare.h"
#include "report/matching.h"

typedef struct slot {
  uint64_t hash;
  size_t expected; /* how many events have it, up to 2 */
  size_t actual;
  size_t place; /* of the last one among the actual events */
} slot_t;

/* An event that is there once on each side: its places in the two lists. */
typedef struct anchor {
  size_t expected;
  size_t actual;
  size_t previous; /* in the longest row that ends here: index of an anchor plus 1, 0 for none */
} anchor_t;

typedef struct divide {
  slot_t *slots;
  size_t mask;
  anchor_t *anchors;
  size_t count;
  size_t *ends; /* of the rows of each length: the anchor with the lowest place among the actual events */
} divide_t;

static slot_t *slot_of(const divide_t *divide, uint64_t hash) {
  size_t at = (size_t)hash & divide->mask;

  while (divide->slots[at].expected + divide->slots[at].actual > 0 && divide->slots[at].hash != hash)
    at = (at + 1) & divide->mask;
  return &divide->slots[at];
}

static bool make_table(divide_t *divide, const harness__stretch_t *stretch) {
  size_t size = 16;

  while (size / 2 < stretch->expected_count + stretch->actual_count)
    size *= 2;
  divide->mask = size - 1;
  divide->slots = calloc(size, sizeof *divide->slots);
  if (divide->slots == NULL)
    return false;
  for (size_t i = 0; i < stretch->expected_count; i++) {
    slot_t *slot = slot_of(divide, stretch->expected[i].hash);
    slot->hash = stretch->expected[i].hash;
    slot->expected += slot->expected < 2;
  }
  for (size_t i = 0; i < stretch->actual_count; i++) {
    slot_t *slot = slot_of(divide, stretch->actual[i].hash);
    slot->hash = stretch->actual[i].hash;
    slot->actual += slot->actual < 2;
  }
  return true;
}

/* Leaves out what has no equal on the other side. An event that may equal others of another hash keeps all
 * of them. */
static void thin_out(divide_t *divide, harness__stretch_t *stretch) {
  const slot_t *any = slot_of(divide, HARNESS__NO_HASH);
  bool any_expected = any->expected > 0;
  bool any_actual = any->actual > 0;
  size_t kept = 0;

  for (size_t i = 0; i < stretch->expected_count; i++)
    if (any_actual || stretch->expected[i].hash == HARNESS__NO_HASH ||
        slot_of(divide, stretch->expected[i].hash)->actual > 0)
      stretch->expected[kept++] = stretch->expected[i];
  stretch->expected_count = kept;
  kept = 0;
  for (size_t i = 0; i < stretch->actual_count; i++) {
    slot_t *slot = slot_of(divide, stretch->actual[i].hash);
    if (!any_expected && slot->hash != HARNESS__NO_HASH && slot->expected == 0)
      continue;
    slot->place = kept;
    stretch->actual[kept++] = stretch->actual[i];
  }
  stretch->actual_count = kept;
}

/* Where the anchor belongs among the ends: behind all with a lower place. */
static size_t length_before(const divide_t *divide, size_t rows, size_t place) {
  size_t low = 0;
  size_t high = rows;

  if (rows > 0 && divide->anchors[divide->ends[rows - 1]].actual < place)
    return rows;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (divide->anchors[divide->ends[middle]].actual < place)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool find_anchors(divide_t *divide, harness__matching_t *matching, const harness__stretch_t *stretch) {
  divide->anchors = calloc(stretch->expected_count + 1, sizeof *divide->anchors);
  divide->ends = calloc(stretch->expected_count + 1, sizeof *divide->ends);
  if (divide->anchors == NULL || divide->ends == NULL)
    return false;
  for (size_t i = 0; i < stretch->expected_count; i++) {
    const slot_t *slot = slot_of(divide, stretch->expected[i].hash);
    if (slot->expected == 1 && slot->actual == 1 && slot->hash != HARNESS__NO_HASH &&
        harness__matching_same(matching, &stretch->expected[i], &stretch->actual[slot->place]))
      divide->anchors[divide->count++] = (anchor_t){.expected = i, .actual = slot->place};
  }
  return true;
}

/* Keeps the longest row of anchors in the same order on both sides. */
static void keep_longest_row(divide_t *divide) {
  size_t rows = 0;
  size_t at;

  for (size_t i = 0; i < divide->count; i++) {
    size_t length = length_before(divide, rows, divide->anchors[i].actual);
    divide->anchors[i].previous = length > 0 ? divide->ends[length - 1] + 1 : 0;
    divide->ends[length] = i;
    rows += length == rows;
  }
  /* Backwards: the last anchor of the row moves to the last place of the list, and so on. */
  at = rows > 0 ? divide->ends[rows - 1] : 0;
  for (size_t i = rows; i-- > 0;) {
    size_t previous = divide->anchors[at].previous;
    divide->ends[i] = at;
    at = previous > 0 ? previous - 1 : 0;
  }
  for (size_t i = 0; i < rows; i++)
    divide->anchors[i] = divide->anchors[divide->ends[i]];
  divide->count = rows;
}

static bool fill_between(const divide_t *divide, harness__matching_t *matching,
                         const harness__stretch_t *stretch) {
  size_t expected = 0;
  size_t actual = 0;

  for (size_t i = 0; i <= divide->count; i++) {
    bool last = i == divide->count;
    size_t expected_end = last ? stretch->expected_count : divide->anchors[i].expected;
    size_t actual_end = last ? stretch->actual_count : divide->anchors[i].actual;
    harness__stretch_t between = {stretch->expected + expected, expected_end - expected,
                                  stretch->actual + actual, actual_end - actual};
    if (!harness__stretch_fill(matching, between))
      return false;
    if (!last)
      matching->mates[stretch->expected[expected_end].index] = stretch->actual[actual_end].index + 1;
    expected = expected_end + 1;
    actual = actual_end + 1;
  }
  return true;
}

bool harness__stretch_divide(harness__matching_t *matching, harness__stretch_t stretch) {
  divide_t divide = {0};
  bool done = make_table(&divide, &stretch);

  if (done) {
    thin_out(&divide, &stretch);
    done = find_anchors(&divide, matching, &stretch);
  }
  free(divide.slots);
  if (done) {
    keep_longest_row(&divide);
    done = fill_between(&divide, matching, &stretch);
  }
  free(divide.anchors);
  free(divide.ends);
  return done;
}
