/* SPDX-License-Identifier: MIT */
#include <harness/cmocka.h>

#include <stdbool.h>
#include <time.h>

#include "base/jitter.h"

enum { LONGEST_US = 4000, MANY = 1000 };

static void even_seeds_turn_the_order_round(void **state) {
  (void)state;
  for (uint64_t n = 0; n < 20; n++)
    assert_true(harness__jitter_us(2, n) > harness__jitter_us(2, n + 1));
  assert_int_equal(harness__jitter_us(2, 0), LONGEST_US);
  assert_int_equal(harness__jitter_us(4, UINT64_MAX), 0);
}

static void odd_seeds_draw(void **state) {
  bool differs = false;
  bool falls = true;

  (void)state;
  for (uint64_t n = 0; n < MANY; n++) {
    long wait = harness__jitter_us(3, n);

    assert_in_range(wait, 0, LONGEST_US);
    assert_int_equal(wait, harness__jitter_us(3, n));
    differs = differs || wait != harness__jitter_us(5, n);
    falls = falls && wait >= harness__jitter_us(3, n + 1);
  }
  assert_true(differs);
  assert_false(falls);
}

static void no_seed_is_no_jitter(void **state) {
  (void)state;
  for (uint64_t n = 0; n < MANY; n++)
    assert_int_equal(harness__jitter_us(0, n), 0);
  harness__jitter_set(0);
  harness__jitter();
}

/* A seed in force makes whoever asks wait, as long as it says at least. */
static void a_seed_is_waited_for(void **state) {
  enum { WAITS = 3 };
  struct timespec begin;
  struct timespec end;
  int64_t least_us = 0;

  (void)state;
  for (uint64_t n = 0; n < WAITS; n++)
    least_us += harness__jitter_us(7, n);
  harness__jitter_set(7);
  (void)clock_gettime(CLOCK_MONOTONIC, &begin);
  for (int i = 0; i < WAITS; i++)
    harness__jitter();
  (void)clock_gettime(CLOCK_MONOTONIC, &end);
  harness__jitter_set(0);
  assert_true(least_us > 0);
  assert_true((end.tv_sec - begin.tv_sec) * 1000000 + (end.tv_nsec - begin.tv_nsec) / 1000 >= least_us);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(even_seeds_turn_the_order_round),
    cmocka_unit_test(odd_seeds_draw),
    cmocka_unit_test(no_seed_is_no_jitter),
    cmocka_unit_test(a_seed_is_waited_for),
};

HARNESS_CMOCKA_MAIN("base/jitter", tests)
