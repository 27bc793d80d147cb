/* SPDX-License-Identifier: MIT */
/* Every allocation of each scenario fails once, alone; or with all that follow it. */
#include <harness/cmocka.h>

#include "allocations.h"
#include "torture.h"

static void run(const torture_t *torture, const scenario_t *scenario) {
  allocations_take_over();
  assert_int_equal(torture_run(torture, scenario), 0);
}

static void alone(void **state) {
  static const torture_t torture = {
      .what = "allocations", .held = allocations_held, .tell_held = allocations_tell_new};

  run(&torture, *state);
}

static void with_all_after_it(void **state) {
  static const torture_t torture = {.what = "allocations",
                                    .mode = TORTURE_REST,
                                    .held = allocations_held,
                                    .tell_held = allocations_tell_new};

  run(&torture, *state);
}

/* A scenario of echo/scenarios.h over a transport. */
#define ECHO(id, echo, over) static scenario_t id = {#id, over, {0}, scenario_play_echo, echo, NULL}

ECHO(A1_memory, "A1", "memory:");
ECHO(A3_tcp, "A3", "127.0.0.1");
ECHO(A4_tcp, "A4", "127.0.0.1");
ECHO(B_tcp, "B", "127.0.0.1");
ECHO(B_memory, "B", "memory:");
ECHO(C_tcp, "C", "127.0.0.1");
ECHO(C_pipe, "C", "unix:");
ECHO(D_tcp, "D", "127.0.0.1");
ECHO(D_memory, "D", "memory:");

#define BOTH(id)                                                                                             \
  {#id, alone, NULL, NULL, &id}, {                                                                           \
#id ".with_all_after_it", with_all_after_it, NULL, NULL, &id                                             \
  }

static const struct CMUnitTest tests[] = {
    BOTH(A1_memory), BOTH(A3_tcp), BOTH(A4_tcp), BOTH(B_tcp),    BOTH(B_memory),
    BOTH(C_tcp),     BOTH(C_pipe), BOTH(D_tcp),  BOTH(D_memory),
};

HARNESS_CMOCKA_MAIN("torture/allocations", tests)
