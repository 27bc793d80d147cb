/* SPDX-License-Identifier: MIT */
/*
 * Pairing by the longest common subsequence, whose table is the product of both lengths. So that the cost
 * stays linear, the table is a window of limited size: it stands where the two sides first differ, what it
 * shows is followed to three quarters of its width, and from there on it is the next window's turn. Its last
 * quarter is there to be looked at, since the best way to an edge is not always the best way on.
 */
#include <stdlib.h>

#include "record/compare.h"
#include "report/matching.h"

static const size_t MOST_CELLS = (size_t)HARNESS__WINDOW * HARNESS__WINDOW;

bool harness__matching_same(harness__matching_t *matching, const harness__item_t *expected,
                            const harness__item_t *actual) {
  matching->compared++;
  return harness__entry_may_equal(expected->hash, actual->hash) &&
         harness__entry_compare(matching->expected, &matching->expected->entries[expected->index],
                                matching->actual, &matching->actual->entries[actual->index],
                                NULL) == HARNESS__FIELD_NONE;
}

bool harness__stretch_fits(const harness__stretch_t *stretch) {
  return stretch->actual_count + 1 <= MOST_CELLS / (stretch->expected_count + 1);
}

/* The part at the beginning that fits: a square, or all of the shorter side and as much of the longer. */
static harness__stretch_t window_of(harness__stretch_t stretch) {
  enum { SIDE = HARNESS__WINDOW - 1 };

  if (harness__stretch_fits(&stretch))
    return stretch;
  if (stretch.expected_count < SIDE) {
    stretch.actual_count = MOST_CELLS / (stretch.expected_count + 1) - 1;
  } else if (stretch.actual_count < SIDE) {
    stretch.expected_count = MOST_CELLS / (stretch.actual_count + 1) - 1;
  } else {
    stretch.expected_count = SIDE;
    stretch.actual_count = SIDE;
  }
  return stretch;
}

/* lengths[i * (actual_count + 1) + j]: how much the two have in common from their ith and jth event on. */
static void measure(harness__matching_t *matching, const harness__stretch_t *window) {
  size_t width = window->actual_count + 1;
  unsigned *lengths = matching->lengths;

  for (size_t j = 0; j < width; j++)
    lengths[window->expected_count * width + j] = 0;
  for (size_t i = window->expected_count; i-- > 0;) {
    lengths[i * width + width - 1] = 0;
    for (size_t j = width - 1; j-- > 0;) {
      unsigned down = lengths[(i + 1) * width + j];
      unsigned right = lengths[i * width + j + 1];
      if (harness__matching_same(matching, &window->expected[i], &window->actual[j]))
        lengths[i * width + j] = lengths[(i + 1) * width + j + 1] + 1;
      else
        lengths[i * width + j] = down > right ? down : right;
    }
  }
}

static void pair(harness__matching_t *matching, harness__stretch_t *stretch) {
  matching->mates[stretch->expected->index] = stretch->actual->index + 1;
}

static void advance(harness__stretch_t *stretch, size_t expected, size_t actual) {
  stretch->expected += expected;
  stretch->expected_count -= expected;
  stretch->actual += actual;
  stretch->actual_count -= actual;
}

/* Pairs what the table shows, as far as it is followed, and takes it off the stretch. */
static void follow(harness__matching_t *matching, harness__stretch_t *stretch,
                   const harness__stretch_t *window) {
  size_t width = window->actual_count + 1;
  bool whole =
      window->expected_count == stretch->expected_count && window->actual_count == stretch->actual_count;
  size_t expected_end = whole ? window->expected_count : window->expected_count - window->expected_count / 4;
  size_t actual_end = whole ? window->actual_count : window->actual_count - window->actual_count / 4;
  size_t i = 0;
  size_t j = 0;

  while (i < expected_end && j < actual_end) {
    bool same = harness__matching_same(matching, stretch->expected, stretch->actual);
    bool down = !same && matching->lengths[(i + 1) * width + j] >= matching->lengths[i * width + j + 1];
    if (same)
      pair(matching, stretch);
    i += same || down;
    j += !down;
    advance(stretch, same || down, !down);
  }
}

bool harness__stretch_fill(harness__matching_t *matching, harness__stretch_t stretch) {
  while (stretch.expected_count > 0 && stretch.actual_count > 0) {
    harness__stretch_t window;

    if (harness__matching_same(matching, stretch.expected, stretch.actual)) {
      pair(matching, &stretch);
      advance(&stretch, 1, 1);
      continue;
    }
    if (matching->lengths == NULL)
      matching->lengths = calloc(MOST_CELLS, sizeof *matching->lengths);
    if (matching->lengths == NULL)
      return false;
    window = window_of(stretch);
    measure(matching, &window);
    follow(matching, &stretch, &window);
  }
  return true;
}
