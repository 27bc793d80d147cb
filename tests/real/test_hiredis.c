/* SPDX-License-Identifier: MIT */
/* An unmodified hiredis, blocking and asynchronous, against a small server of its protocol. */
#include <harness/cmocka.h>

#include "real.h"

static void play(harness_t *h, const real_scenario_t *scenario) {
  const char *wrong = scenario->run(h);

  if (wrong != NULL)
    fail_msg("%s: %s", scenario->name, wrong);
  harness_assert_transcript(h, scenario->fixture);
}

static void play_blocking(harness_t *h, size_t number) {
  size_t count;
  const real_scenario_t *scenarios = real_hiredis_scenarios(&count);

  assert_in_range(number, 0, count - 1);
  play(h, &scenarios[number]);
}

static void play_async(harness_t *h, size_t number) {
  size_t count;
  const real_scenario_t *scenarios = real_hiredis_async_scenarios(&count);

  assert_in_range(number, 0, count - 1);
  play(h, &scenarios[number]);
}

static void commands(void **state) {
  play_blocking(*state, 0);
}

static void pipeline(void **state) {
  play_blocking(*state, 1);
}

static void async_commands(void **state) {
  play_async(*state, 0);
}

static void async_pipeline(void **state) {
  play_async(*state, 1);
}

static void async_subscription(void **state) {
  play_async(*state, 2);
}

static void async_server_closes(void **state) {
  play_async(*state, 3);
}

static void async_server_resets(void **state) {
  play_async(*state, 4);
}

static void async_refused(void **state) {
  play_async(*state, 5);
}

static const struct CMUnitTest tests[] = {
    harness_unit_test(commands),
    harness_unit_test(pipeline),
    harness_unit_test(async_commands),
    harness_unit_test(async_pipeline),
    harness_unit_test(async_subscription),
    harness_unit_test(async_server_closes),
    harness_unit_test(async_server_resets),
    harness_unit_test(async_refused),
};

HARNESS_CMOCKA_MAIN("hiredis", tests)
