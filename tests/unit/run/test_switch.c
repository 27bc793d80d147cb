/* SPDX-License-Identifier: MIT */
/* Built twice: as the library switches on this machine, and in the portable way. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "run/switch.h"

enum { SIZE = 64 * 1024, ROUNDS = 100, VALUES = 12 };

static harness__context_t own;
static harness__context_t other;
static unsigned char *stack;
static uint64_t sum;
static void *given;
static uintptr_t misaligned;

static void leave_for_ever(void) {
  for (;;)
    harness__context_switch(&other, &own);
}

/* Addresses that a compiler believes to be aligned, hidden from it. */
static void look_at_frame(void *arg) {
  alignas(16) volatile char local[16] = {0};
  volatile uintptr_t at = (uintptr_t)local;

  given = arg;
  misaligned = at % 16;
  leave_for_ever();
}

/* More values than a machine has registers that a call keeps, each changed in each round: one that is lost in
 * a switch changes the sum. */
static uint64_t work(harness__context_t *from, harness__context_t *to, uint64_t seed) {
  uint64_t a = seed, b = seed + 1, c = seed + 2, d = seed + 3, e = seed + 4, f = seed + 5, g = seed + 6,
           i = seed + 7;

  for (uint64_t n = 0; n < ROUNDS; n++) {
    a += n;
    b += a;
    c ^= b;
    d += c;
    e ^= d;
    f += e;
    g ^= f;
    i += g;
    if (from != NULL)
      harness__context_switch(from, to);
  }
  return a ^ b ^ c ^ d ^ e ^ f ^ g ^ i;
}

static void work_on_it(void *arg) {
  sum = work(&other, &own, *(const uint64_t *)arg);
  leave_for_ever();
}

static void begins_with_its_argument(void **state) {
  int thing;

  (void)state;
  harness__context_make(&other, stack, SIZE, look_at_frame, &thing);
  harness__context_switch(&own, &other);
  assert_ptr_equal(given, &thing);
  assert_int_equal(misaligned, 0);
}

/* Also where the stack's end is no round address. */
static void any_end_will_do(void **state) {
  (void)state;
  for (size_t less = 1; less <= 64; less++) {
    given = NULL;
    harness__context_make(&other, stack, SIZE - less, look_at_frame, &own);
    harness__context_switch(&own, &other);
    assert_ptr_equal(given, &own);
    assert_int_equal(misaligned, 0);
  }
}

static void values_survive(void **state) {
  uint64_t seed = 1000;
  uint64_t mine;

  (void)state;
  harness__context_make(&other, stack, SIZE, work_on_it, &seed);
  harness__context_switch(&own, &other);
  mine = work(&own, &other, 2000);
  assert_int_equal(mine, work(NULL, NULL, 2000));
  assert_int_equal(sum, work(NULL, NULL, seed));
}

static int set_up(void **state) {
  (void)state;
  stack = aligned_alloc(16, SIZE);
  return stack != NULL ? 0 : -1;
}

static int tear_down(void **state) {
  (void)state;
  free(stack);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(begins_with_its_argument),
      cmocka_unit_test(any_end_will_do),
      cmocka_unit_test(values_survive),
  };

  return cmocka_run_group_tests_name("run_switch", tests, set_up, tear_down);
}
