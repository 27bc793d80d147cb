/* SPDX-License-Identifier: MIT */
/* Whole tests of cmocka's with the exchange by hand: what is compared is what the client has read. */
#include "bench.h"
#include "tests.h"

/* The exchange ends the program where an echo has another size than it was sent with. */
static void echoes(void **state) {
  (void)state;
  assert_int_not_equal(bench_libuv_life_cycles_fresh(1), 0);
}

uint64_t bench_libuv_whole_tests(size_t count) {
  return bench_tests((struct CMUnitTest)cmocka_unit_test(echoes), count);
}
