/* SPDX-License-Identifier: MIT */
/* Whole tests of cmocka's with the exchange by hand: what is compared is what the client has read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <uv.h>

#include "peer.h"
#include "quiet.h"

/* The exchange ends the program where an echo has another size than it was sent with. */
static void echoes(void **state) {
  (void)state;
  assert_int_not_equal(bench_libuv_life_cycles_fresh(1), 0);
}

uint64_t bench_libuv_whole_tests(size_t count) {
  struct CMUnitTest *tests = calloc(count, sizeof *tests);
  bench_quiet_t quiet;
  uint64_t start;
  int failed;

  bench_check(tests == NULL ? UV_ENOMEM : 0, "tests");
  for (size_t i = 0; i < count; i++)
    tests[i] = (struct CMUnitTest)cmocka_unit_test(echoes);
  quiet = bench_quiet();
  start = bench_now_ns();
  failed = _cmocka_run_group_tests("whole_tests", tests, count, NULL, NULL);
  start = bench_now_ns() - start;
  bench_loud(quiet);
  bench_check(failed == 0 ? 0 : UV_EPROTO, "tests");
  free(tests);
  return start;
}
