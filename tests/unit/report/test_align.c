/* SPDX-License-Identifier: MIT */
/* Transcripts are rows of numbers here: each event is a log line with its number as its time. */
#include <harness/cmocka.h>

#include <stdlib.h>

#include "report/align.h"

enum { SHORT = 12 };

static harness__transcript_t *row_new(size_t count) {
  static const char *lanes[] = {"a"};
  harness__transcript_t *row = calloc(1, sizeof *row);

  assert_non_null(row);
  row->entries = calloc(count + 1, sizeof *row->entries);
  assert_non_null(row->entries);
  row->lanes = lanes;
  row->lane_count = 1;
  return row;
}

static void row_add(harness__transcript_t *row, uint64_t number) {
  row->entries[row->count++] =
      (harness__entry_t){.kind = HARNESS__EVENT_LOG, .text = "", .at_ms = number + 1};
}

static void row_free(harness__transcript_t *row) {
  free(row->entries);
  free(row);
}

static uint64_t number_at(const harness__transcript_t *row, size_t index) {
  return row->entries[index].at_ms;
}

static uint64_t seed = 1;

static uint64_t below(uint64_t limit) {
  seed = seed * 6364136223846793005U + 1442695040888963407U;
  return (seed >> 33) % limit;
}

/* Aligns the two and looks whether the steps lead through both; how many events are in both. */
static size_t align(const harness__transcript_t *expected, const harness__transcript_t *actual,
                    harness__alignment_t *alignment) {
  size_t i = 0;
  size_t j = 0;
  size_t both = 0;

  assert_true(harness__align(expected, actual, alignment));
  for (size_t at = 0; at < alignment->count; at++) {
    const harness__step_t *step = &alignment->steps[at];
    assert_int_equal(step->expected, i);
    assert_int_equal(step->actual, j);
    if (step->sign == ' ') {
      assert_int_equal(number_at(expected, i), number_at(actual, j));
      both++;
    }
    i += step->sign != '+';
    j += step->sign != '-';
  }
  assert_int_equal(i, expected->count);
  assert_int_equal(j, actual->count);
  assert_int_equal(alignment->missing, expected->count - both);
  assert_int_equal(alignment->added, actual->count - both);
  free(alignment->steps);
  return both;
}

/* The length of the longest common subsequence, by its definition. */
static size_t longest(const harness__transcript_t *a, size_t i, const harness__transcript_t *b, size_t j,
                      size_t known[SHORT + 1][SHORT + 1]) {
  size_t down;
  size_t right;

  if (i == a->count || j == b->count)
    return 0;
  if (known[i][j] > 0)
    return known[i][j] - 1;
  down = longest(a, i + 1, b, j, known);
  right = longest(a, i, b, j + 1, known);
  known[i][j] = down > right ? down : right;
  if (number_at(a, i) == number_at(b, j) && longest(a, i + 1, b, j + 1, known) + 1 > known[i][j])
    known[i][j] = longest(a, i + 1, b, j + 1, known) + 1;
  return known[i][j]++;
}

static void finds_the_longest_common_row(void **state) {
  (void)state;
  for (int round = 0; round < 5000; round++) {
    harness__transcript_t *expected = row_new(SHORT);
    harness__transcript_t *actual = row_new(SHORT);
    size_t known[SHORT + 1][SHORT + 1] = {{0}};
    harness__alignment_t alignment;
    uint64_t numbers = 2 + below(4);

    for (uint64_t i = below(SHORT + 1); i > 0; i--)
      row_add(expected, below(numbers));
    for (uint64_t i = below(SHORT + 1); i > 0; i--)
      row_add(actual, below(numbers));
    assert_int_equal(align(expected, actual, &alignment), longest(expected, 0, actual, 0, known));
    row_free(expected);
    row_free(actual);
  }
}

/* However long the rows are: where numbers are not repeated, only what is missing and new is not paired. */
static void finds_each_change_of_long_rows(void **state) {
  enum { COUNT = 20000 };
  harness__transcript_t *expected = row_new(COUNT);
  harness__transcript_t *actual = row_new((size_t)2 * COUNT);
  harness__alignment_t alignment;
  size_t kept = 0;

  (void)state;
  for (size_t i = 0; i < COUNT; i++) {
    row_add(expected, i);
    if (below(10) > 0 || i == COUNT / 2) {
      row_add(actual, i);
      kept++;
    }
    if (below(10) == 0 || i == 0 || i == COUNT - 1)
      row_add(actual, COUNT + i);
  }
  assert_int_equal(align(expected, actual, &alignment), kept);
  row_free(expected);
  row_free(actual);
}

/* A block that stands elsewhere is missing here and new there, and the rest is the same. */
static void finds_a_moved_block(void **state) {
  enum { COUNT = 20000, BLOCK = 3000 };
  harness__transcript_t *expected = row_new(COUNT);
  harness__transcript_t *actual = row_new(COUNT);
  harness__alignment_t alignment;

  (void)state;
  for (size_t i = 0; i < COUNT; i++)
    row_add(expected, i);
  for (size_t i = BLOCK; i < COUNT - 1; i++)
    row_add(actual, i);
  for (size_t i = 0; i < BLOCK; i++)
    row_add(actual, i);
  row_add(actual, COUNT - 1);
  assert_int_equal(align(expected, actual, &alignment), COUNT - BLOCK);
  row_free(expected);
  row_free(actual);
}

/* The same few numbers again and again: one is missing at the beginning, and another at the end. */
static void finds_its_way_where_all_is_repeated(void **state) {
  enum { COUNT = 20000 };
  harness__transcript_t *expected = row_new(COUNT);
  harness__transcript_t *actual = row_new(COUNT);
  harness__alignment_t alignment;

  (void)state;
  for (size_t i = 0; i < COUNT; i++) {
    row_add(expected, i % 5);
    if (i != 0 && i != COUNT - 2)
      row_add(actual, i % 5);
  }
  assert_int_equal(align(expected, actual, &alignment), COUNT - 2);
  row_free(expected);
  row_free(actual);
}

/* A pattern equals events of other hashes: what it stands for is neither left out nor paired with another. */
static void finds_what_a_pattern_stands_for(void **state) {
  enum { COUNT = 20000 };
  harness__transcript_t *expected = row_new(COUNT);
  harness__transcript_t *actual = row_new(COUNT);
  harness__alignment_t alignment;
  char *reason;

  (void)state;
  for (size_t i = 0; i < COUNT; i++) {
    row_add(expected, i == 0 || i == COUNT - 1 ? COUNT : i);
    row_add(actual, i);
  }
  expected->entries[COUNT / 2].text_pattern = harness__transcript_pattern(expected, "[0-9]+", &reason);
  assert_non_null(expected->entries[COUNT / 2].text_pattern);
  actual->entries[COUNT / 2].text = "123";
  actual->entries[COUNT / 2].text_size = 3;
  assert_true(harness__align(expected, actual, &alignment));
  assert_int_equal(alignment.missing, 2);
  assert_int_equal(alignment.added, 2);
  free(alignment.steps);
  free(expected->entries);
  harness__transcript_free(expected);
  row_free(actual);
}

typedef uint64_t (*numbers_t)(size_t index, size_t count);

static uint64_t upwards(size_t index, size_t count) {
  (void)count;
  return index;
}

static uint64_t downwards(size_t index, size_t count) {
  return count - 1 - index;
}

static uint64_t others(size_t index, size_t count) {
  return count + index;
}

static uint64_t one_of_two(size_t index, size_t count) {
  (void)index;
  (void)count;
  return below(2);
}

static uint64_t one_of_many(size_t index, size_t count) {
  (void)index;
  return below(count / 3);
}

static uint64_t twice(size_t index, size_t count) {
  return index * 7919 % (count / 2);
}

static uint64_t halves(size_t index, size_t count) {
  return index < count / 2 ? 1 : 2;
}

static uint64_t swapped_halves(size_t index, size_t count) {
  return index < count / 2 ? 2 : 1;
}

static size_t cost(numbers_t numbers_expected, numbers_t numbers_actual, size_t count) {
  harness__transcript_t *expected = row_new(count);
  harness__transcript_t *actual = row_new(count);
  harness__alignment_t alignment;

  for (size_t i = 0; i < count; i++)
    row_add(expected, numbers_expected(i, count));
  for (size_t i = 0; i < count; i++)
    row_add(actual, numbers_actual(i, count));
  (void)align(expected, actual, &alignment);
  row_free(expected);
  row_free(actual);
  return alignment.compared;
}

/* A window has 2^18 cells and is left after three quarters of its width, so no event is looked at more often
 * than this, whatever the transcripts are and however long. */
static void costs_the_same_for_each_event(void **state) {
  static const struct {
    numbers_t expected;
    numbers_t actual;
  } pairs[] = {{upwards, downwards},       {upwards, others},       {one_of_two, one_of_two},
               {one_of_many, one_of_many}, {twice, downwards},      {twice, one_of_many},
               {halves, swapped_halves},   {swapped_halves, twice}, {one_of_two, halves},
               {upwards, upwards},         {upwards, one_of_many}};
  enum { MOST = 512 * 4 / 3 + 4 };

  (void)state;
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
    for (size_t count = 100; count < 10000; count *= 7)
      assert_in_range(cost(pairs[i].expected, pairs[i].actual, count), 0, 2 * count * MOST);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(finds_the_longest_common_row),
    cmocka_unit_test(finds_each_change_of_long_rows),
    cmocka_unit_test(finds_a_moved_block),
    cmocka_unit_test(finds_its_way_where_all_is_repeated),
    cmocka_unit_test(finds_what_a_pattern_stands_for),
    cmocka_unit_test(costs_the_same_for_each_event),
};

HARNESS_CMOCKA_MAIN("report/align", tests)
