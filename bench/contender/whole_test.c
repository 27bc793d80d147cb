/* SPDX-License-Identifier: MIT */
/* Whole tests of cmocka's: a harness of its own, a life cycle, the comparison with its fixture. */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <uv.h>

#include "bench.h"
#include "life_cycle.h"
#include "tests.h"

static void echoes(void **state) {
  bench_harness_life_cycle(*state);
  harness_assert_transcript(*state, "life_cycle");
}

uint64_t bench_harness_whole_tests(size_t count) {
  bench_check(setenv("HARNESS_FIXTURES_DIR", BENCH_FIXTURES, 1) != 0 ? UV_ENOMEM : 0, "the fixtures' folder");
  return bench_tests((struct CMUnitTest)harness_unit_test(echoes), count);
}
