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

static void to_the_end(void **state) {
  static const torture_t torture = {.what = "allocations",
                                    .mode = TORTURE_END,
                                    .held = allocations_held,
                                    .tell_held = allocations_tell_new};

  run(&torture, *state);
}

/* A scenario of echo/scenarios.h over a transport. */
#define OF_ECHO(id, echo, over)                                                                              \
  static scenario_t id = {.name = #id, .host = (over), .play = scenario_play_echo, .what = (echo)}

#define PLAY(id, function, over, ...)                                                                        \
  static scenario_t id = {.name = #id, .host = (over), .play = (function), __VA_ARGS__}

#define ALONE(id, function, ...) static scenario_t id = {.name = #id, .alone = (function), __VA_ARGS__}

OF_ECHO(A1_memory, "A1", "memory:");
OF_ECHO(A3_tcp, "A3", "127.0.0.1");
OF_ECHO(A4_tcp, "A4", "127.0.0.1");
OF_ECHO(B_tcp, "B", "127.0.0.1");
OF_ECHO(B_memory, "B", "memory:");
OF_ECHO(C_tcp, "C", "127.0.0.1");
OF_ECHO(C_pipe, "C", "unix:");
OF_ECHO(D_tcp, "D", "127.0.0.1");
OF_ECHO(D_memory, "D", "memory:");
PLAY(reads_tcp, scenario_play_reads, "127.0.0.1", .what = NULL);
PLAY(reads_memory, scenario_play_reads, "memory:", .what = NULL);
PLAY(datagrams, scenario_play_datagrams, NULL, .what = NULL);
PLAY(outside, scenario_play_outside, NULL, .what = NULL);
PLAY(tasks, scenario_play_tasks, NULL, .what = NULL);
PLAY(threads, scenario_play_threads, NULL, .what = NULL);
PLAY(values, scenario_play_values, "memory:", .what = NULL);
PLAY(patterns, scenario_play_values, "memory:", .fixture = scenario_values_patterns);
PLAY(different, scenario_play_values, "memory:", .fixture = scenario_values_other,
     .expected = HARNESS_CHECK_DIFFERENT);
ALONE(update, scenario_update, .prepare = scenario_prepare_update, .verify = scenario_verify_update);
ALONE(save, scenario_save, .prepare = scenario_prepare_update, .verify = scenario_verify_update);
ALONE(propose, scenario_propose, .prepare = scenario_prepare_new, .verify = scenario_verify_new);
ALONE(deliver, scenario_deliver, .verify = NULL);
ALONE(deliver_broken, scenario_deliver_broken, .verify = NULL);
ALONE(draw, scenario_draw, .verify = scenario_verify_drawing);

/* clang-format off */
#define EACH(id)                                                                                             \
  {#id, alone, NULL, NULL, &(id)},                                                                             \
  {#id ".with_all_after_it", with_all_after_it, NULL, NULL, &(id)},                                            \
  {#id ".to_the_end", to_the_end, NULL, NULL, &(id)}
/* clang-format on */

static const struct CMUnitTest tests[] = {
    EACH(A1_memory), EACH(A3_tcp), EACH(A4_tcp),   EACH(B_tcp),     EACH(B_memory),       EACH(C_tcp),
    EACH(C_pipe),    EACH(D_tcp),  EACH(D_memory), EACH(reads_tcp), EACH(reads_memory),   EACH(datagrams),
    EACH(outside),   EACH(tasks),  EACH(threads),  EACH(values),    EACH(patterns),       EACH(different),
    EACH(update),    EACH(save),   EACH(propose),  EACH(deliver),   EACH(deliver_broken), EACH(draw),
};

HARNESS_CMOCKA_MAIN("torture/allocations", tests)
