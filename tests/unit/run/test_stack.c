/* SPDX-License-Identifier: MIT */
/* Stacks out of slabs: used again, given back after a crowd, each with a guard. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/slow.h"
#include "run/stack.h"

enum { SIZE = 16 * 1024, LARGE = 32 * 1024, ROOM = 128, CROWD = 6000, SPARE_MOST = 2048, SLAB = 64 };

static harness__slot_t *slots[CROWD];
static unsigned char *bases[CROWD];
static size_t forgotten;

static void count_forgotten(harness__slot_t *slot) {
  assert_non_null(slot->slab);
  forgotten++;
}

static void set_slow(const char *ways) {
  char *sentence = NULL;

  assert_int_equal(setenv("HARNESS_SLOW", ways, 1), 0);
  assert_true(harness__slow_choose(&sentence));
}

static void take(size_t count) {
  for (size_t i = 0; i < count; i++) {
    slots[i] = harness__slot_take(SIZE, ROOM);
    assert_non_null(slots[i]);
    bases[i] = slots[i]->stack.base;
  }
}

static void give(size_t first, size_t end, size_t step) {
  for (size_t i = first; i < end; i += step)
    harness__slot_give(slots[i], count_forgotten);
}

/* The kernel knows of a page there, in memory or not. */
static bool is_mapped(unsigned char *at) {
  unsigned char in_memory;

  return mincore(at, 1, &in_memory) == 0;
}

static size_t count_mapped(size_t count) {
  size_t mapped = 0;

  for (size_t i = 0; i < count; i++)
    mapped += is_mapped(bases[i]) ? 1 : 0;
  return mapped;
}

static void a_slot_lies_at_the_top(void **state) {
  harness__slot_t *slot = harness__slot_take(SIZE - 1, ROOM);

  (void)state;
  assert_non_null(slot);
  assert_int_equal(slot->stack.size, SIZE);
  assert_ptr_equal((unsigned char *)slot + ROOM, slot->stack.base + SIZE);
  memset(slot->stack.base, 1, SIZE - ROOM);
  memset(slot + 1, 1, ROOM - sizeof *slot);
  harness__slot_give(slot, count_forgotten);
}

static void the_last_one_given_is_the_next_one_taken(void **state) {
  (void)state;
  take(3);
  harness__slot_give(slots[0], count_forgotten);
  harness__slot_give(slots[2], count_forgotten);
  assert_ptr_equal(harness__slot_take(SIZE, ROOM), slots[2]);
  assert_ptr_equal(harness__slot_take(SIZE, ROOM), slots[0]);
  give(0, 3, 1);
}

static void sizes_are_kept_apart(void **state) {
  harness__slot_t *small = harness__slot_take(SIZE, ROOM);
  harness__slot_t *large = harness__slot_take(LARGE, ROOM);
  harness__slot_t *huge = harness__slot_take((size_t)64 * 1024 * 1024, ROOM); /* more than a slab holds */

  (void)state;
  assert_int_equal(large->stack.size, LARGE);
  assert_int_equal(huge->stack.size, (size_t)64 * 1024 * 1024);
  harness__slot_give(small, count_forgotten);
  harness__slot_give(huge, count_forgotten);
  harness__slot_give(large, count_forgotten);
  assert_ptr_equal(harness__slot_take(SIZE, ROOM), small);
  assert_ptr_equal(harness__slot_take(LARGE, ROOM), large);
  assert_ptr_equal(harness__slot_take((size_t)64 * 1024 * 1024, ROOM), huge);
  harness__slot_give(large, count_forgotten);
  harness__slot_give(huge, count_forgotten);
  harness__slot_give(small, count_forgotten);
}

static void a_crowd_is_given_back(void **state) {
  (void)state;
  forgotten = 0;
  take(CROWD);
  assert_int_equal(count_mapped(CROWD), CROWD);
  give(0, CROWD, 1);
  assert_in_range(forgotten, CROWD - SPARE_MOST - SLAB, CROWD - SPARE_MOST + SLAB);
  assert_in_range(count_mapped(CROWD), 1, SPARE_MOST + SLAB);
}

/* Whatever the order: a slab waits for the last of its stacks. */
static void a_crowd_that_ends_out_of_order_is_given_back(void **state) {
  (void)state;
  take(CROWD);
  give(1, CROWD, 2);
  assert_int_equal(count_mapped(CROWD), CROWD);
  give(0, CROWD, 2);
  assert_in_range(count_mapped(CROWD), 1, SPARE_MOST + SLAB);
}

static void what_is_cleared_is_as_new(void **state) {
  harness__slot_t *slot = harness__slot_take(SIZE, ROOM);
  harness__stack_t stack = slot->stack;

  (void)state;
  memset(stack.base, 1, SIZE - ROOM);
  memset(slot + 1, 1, ROOM - sizeof *slot);
  harness__slot_clear(slot);
  assert_memory_equal(&slot->stack, &stack, sizeof stack);
  for (const unsigned char *p = stack.base; p < stack.base + SIZE; p++)
    assert_true(*p == 0 || (p >= (unsigned char *)slot && p < (unsigned char *)(slot + 1)));
  harness__slot_give(slot, count_forgotten);
}

/* The kernel says what it could not read. */
static bool can_be_read(const void *at) {
  int ends[2];
  bool can;

  assert_int_equal(pipe(ends), 0);
  can = write(ends[1], at, 1) == 1;
  assert_int_equal(close(ends[0]), 0);
  assert_int_equal(close(ends[1]), 0);
  return can;
}

static void each_has_a_guard(void **state) {
  (void)state;
  take(CROWD / 10);
  for (size_t i = 0; i < CROWD / 10; i++) {
    if (i % 2 == 0)
      harness__slot_clear(slots[i]);
    assert_true(can_be_read(bases[i]));
    assert_false(can_be_read(bases[i] - 1));
    assert_true(can_be_read(bases[i] + SIZE - 1));
  }
  give(0, CROWD / 10, 1);
}

static void without_pools_each_is_mapped_anew(void **state) {
  harness__slot_t *slot;

  (void)state;
  set_slow("pools");
  forgotten = 0;
  take(SLAB);
  give(0, SLAB, 1);
  assert_int_equal(forgotten, SLAB);
  assert_int_equal(count_mapped(SLAB), 0);
  set_slow("");
  slot = harness__slot_take(SIZE, ROOM);
  harness__slot_give(slot, count_forgotten);
}

static void more_than_there_can_be_is_refused(void **state) {
  (void)state;
  assert_null(harness__slot_take(SIZE_MAX, ROOM));
  assert_non_null(harness__stack_explain());
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_slot_lies_at_the_top),
      cmocka_unit_test(the_last_one_given_is_the_next_one_taken),
      cmocka_unit_test(sizes_are_kept_apart),
      cmocka_unit_test(each_has_a_guard),
      cmocka_unit_test(what_is_cleared_is_as_new),
      cmocka_unit_test(a_crowd_is_given_back),
      cmocka_unit_test(a_crowd_that_ends_out_of_order_is_given_back),
      cmocka_unit_test(without_pools_each_is_mapped_anew),
      cmocka_unit_test(more_than_there_can_be_is_refused),
  };

  set_slow("");
  return cmocka_run_group_tests_name("run_stack", tests, NULL, NULL);
}
