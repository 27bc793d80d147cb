/* SPDX-License-Identifier: MIT */
/* Whole tests of cmocka's: a harness of its own, a life cycle, the comparison with its fixture. */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <uv.h>

#include "contender.h"
#include "life_cycle.h"
#include "quiet.h"

static void echoes(void **state) {
  bench_harness_life_cycle(*state);
  harness_assert_transcript(*state, "life_cycle");
}

uint64_t bench_harness_whole_tests(size_t count) {
  struct CMUnitTest *tests = calloc(count, sizeof *tests);
  bench_quiet_t quiet;
  uint64_t start;
  int failed;

  bench_check(tests == NULL || setenv("HARNESS_FIXTURES_DIR", BENCH_FIXTURES, 1) != 0 ? UV_ENOMEM : 0,
              "tests");
  for (size_t i = 0; i < count; i++)
    tests[i] = (struct CMUnitTest)harness_unit_test(echoes);
  quiet = bench_quiet();
  start = bench_now_ns();
  failed = _cmocka_run_group_tests("whole_tests", tests, count, NULL, NULL);
  start = bench_now_ns() - start;
  bench_loud(quiet);
  bench_check(failed == 0 ? 0 : UV_EPROTO, "tests");
  free(tests);
  return start;
}
