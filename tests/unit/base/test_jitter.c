/* SPDX-License-Identifier: MIT */
#include <harness/cmocka.h>

#include <stdbool.h>

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

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(even_seeds_turn_the_order_round),
    cmocka_unit_test(odd_seeds_draw),
    cmocka_unit_test(no_seed_is_no_jitter),
};

HARNESS_CMOCKA_MAIN("base/jitter", tests)
