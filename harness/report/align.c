/* SPDX-License-Identifier: MIT */
#include "report/align.h"

#include <stdlib.h>

#include "record/compare.h"

enum { MOST_CELLS = 512 * 512 };

typedef struct sides {
  const harness__transcript_t *expected;
  const harness__transcript_t *actual;
  size_t prefix;        /* equal events at the beginning */
  size_t expected_size; /* how many stand between prefix and suffix */
  size_t actual_size;
  size_t suffix;
} sides_t;

static bool is_same(const sides_t *sides, size_t expected, size_t actual) {
  return harness__entry_compare(sides->expected, &sides->expected->entries[expected], sides->actual,
                                &sides->actual->entries[actual], NULL) == HARNESS__FIELD_NONE;
}

static void trim(sides_t *sides) {
  size_t expected = sides->expected->count;
  size_t actual = sides->actual->count;

  while (sides->prefix < expected && sides->prefix < actual && is_same(sides, sides->prefix, sides->prefix))
    sides->prefix++;
  while (expected > sides->prefix && actual > sides->prefix && is_same(sides, expected - 1, actual - 1)) {
    expected--;
    actual--;
    sides->suffix++;
  }
  sides->expected_size = expected - sides->prefix;
  sides->actual_size = actual - sides->prefix;
}

/* lengths[i * (actual_size + 1) + j]: how much the middles have in common from their ith and jth event on.
 * NULL where that would be too large a table, or memory is exhausted. */
static unsigned *common_lengths(const sides_t *sides) {
  size_t width = sides->actual_size + 1;
  size_t height = sides->expected_size + 1;
  unsigned *lengths;

  if (width > MOST_CELLS / height)
    return NULL;
  lengths = calloc(width * height, sizeof *lengths);
  if (lengths == NULL)
    return NULL;
  for (size_t i = height - 1; i-- > 0;) {
    for (size_t j = width - 1; j-- > 0;) {
      unsigned down = lengths[(i + 1) * width + j];
      unsigned right = lengths[i * width + j + 1];
      if (is_same(sides, sides->prefix + i, sides->prefix + j))
        lengths[i * width + j] = lengths[(i + 1) * width + j + 1] + 1;
      else
        lengths[i * width + j] = down > right ? down : right;
    }
  }
  return lengths;
}

static void add(harness__alignment_t *alignment, char sign, size_t expected, size_t actual) {
  alignment->steps[alignment->count++] = (harness__step_t){sign, expected, actual};
  alignment->missing += sign == '-';
  alignment->added += sign == '+';
}

/* What is missing stands before what is new, so that a changed event reads as in a diff. */
static void add_middle(const sides_t *sides, const unsigned *lengths, harness__alignment_t *alignment) {
  size_t width = sides->actual_size + 1;
  size_t i = 0;
  size_t j = 0;

  while (i < sides->expected_size || j < sides->actual_size) {
    size_t expected = sides->prefix + i;
    size_t actual = sides->prefix + j;
    bool both = i < sides->expected_size && j < sides->actual_size;
    if (both && lengths != NULL && is_same(sides, expected, actual)) {
      add(alignment, ' ', expected, actual);
      i++;
      j++;
    } else if (!both ? i < sides->expected_size
                     : lengths == NULL || lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) {
      add(alignment, '-', expected, actual);
      i++;
    } else {
      add(alignment, '+', expected, actual);
      j++;
    }
  }
}

bool harness__align(const harness__transcript_t *expected, const harness__transcript_t *actual,
                    harness__alignment_t *alignment) {
  sides_t sides = {.expected = expected, .actual = actual};
  unsigned *lengths;

  *alignment = (harness__alignment_t){0};
  alignment->steps = calloc(expected->count + actual->count + 1, sizeof *alignment->steps);
  if (alignment->steps == NULL)
    return false;
  trim(&sides);
  lengths = common_lengths(&sides);
  for (size_t i = 0; i < sides.prefix; i++)
    add(alignment, ' ', i, i);
  add_middle(&sides, lengths, alignment);
  for (size_t i = 0; i < sides.suffix; i++)
    add(alignment, ' ', expected->count - sides.suffix + i, actual->count - sides.suffix + i);
  free(lengths);
  return true;
}
