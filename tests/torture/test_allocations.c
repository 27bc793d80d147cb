/* SPDX-License-Identifier: MIT */
/* Every allocation fails once, alone and with all that follow it. */
#include <harness/cmocka.h>

#include "allocations.h"
#include "torture.h"

#define ECHO(echo, over)                                                                                     \
  { .name = echo ", " over, .host = over, .play = scenario_play_echo, .what = echo }

static const scenario_t scenarios[] = {
    ECHO("A1", "memory:"),
    ECHO("A3", "127.0.0.1"),
    ECHO("A4", "127.0.0.1"),
};

static void fails_alone(void **state) {
  torture_t torture = {.what = "allocations", .held = allocations_held, .tell_held = allocations_tell_new};

  unsigned long wrong = 0;

  (void)state;
  allocations_take_over();
  for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++)
    wrong += torture_run(&torture, &scenarios[i]);
  assert_int_equal(wrong, 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(fails_alone),
};

HARNESS_CMOCKA_MAIN("torture/allocations", tests)
