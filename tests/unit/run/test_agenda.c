/* SPDX-License-Identifier: MIT */
/* What happens next: order by due time and number, in whatever order things were set and taken back. */
#include <harness/cmocka.h>

#include <stdlib.h>

#include "run/agenda.h"

enum { TIMERS = 500 };

static uint64_t happened[TIMERS * 2];
static size_t happened_count;

static void on_item(harness__item_t *item) {
  happened[happened_count++] = item->number;
}

static void on_timer(harness__timer_t *timer) {
  happened[happened_count++] = timer->number;
}

static void items_happen_in_order(void **state) {
  harness__agenda_t agenda = {0};
  harness__item_t items[3] = {{.happen = on_item}, {.happen = on_item}, {.happen = on_item}};

  (void)state;
  happened_count = 0;
  for (size_t i = 0; i < 3; i++)
    harness__agenda_post(&agenda, &items[i]);
  while (harness__agenda_step(&agenda, true)) {
  }
  assert_int_equal(happened_count, 3);
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(happened[i], i + 1);
  harness__agenda_free(&agenda);
}

static void equal_due_times_go_by_number(void **state) {
  harness__agenda_t agenda = {.now_ns = 7};
  harness__timer_t early = {.fire = on_timer};
  harness__timer_t late = {.fire = on_timer};
  harness__item_t item = {.happen = on_item};

  (void)state;
  happened_count = 0;
  assert_int_equal(harness__agenda_set(&agenda, &early, 7), 0);
  harness__agenda_post(&agenda, &item);
  assert_int_equal(harness__agenda_set(&agenda, &late, 7), 0);
  while (harness__agenda_step(&agenda, true)) {
  }
  assert_int_equal(happened_count, 3);
  assert_int_equal(happened[0], early.number);
  assert_int_equal(happened[1], item.number);
  assert_int_equal(happened[2], late.number);
  harness__agenda_free(&agenda);
}

static void timers_wait_for_their_time(void **state) {
  harness__agenda_t agenda = {0};
  harness__timer_t timer = {.fire = on_timer};

  (void)state;
  happened_count = 0;
  assert_true(harness__agenda_next_due(&agenda) == UINT64_MAX);
  assert_int_equal(harness__agenda_set(&agenda, &timer, 10), 0);
  assert_int_equal(harness__agenda_next_due(&agenda), 10);
  assert_false(harness__agenda_step(&agenda, true));
  agenda.now_ns = 10;
  assert_false(harness__agenda_step(&agenda, false));
  assert_true(harness__agenda_step(&agenda, true));
  assert_int_equal(happened_count, 1);
  harness__agenda_free(&agenda);
}

/* Random times, a third taken back: what is left fires by (due, number). */
static void many_timers_fire_in_order(void **state) {
  harness__agenda_t agenda = {0};
  static harness__timer_t timers[TIMERS];
  uint64_t due = 0;
  uint64_t number = 0;
  unsigned random = 12345;
  size_t left = TIMERS;

  (void)state;
  for (size_t i = 0; i < TIMERS; i++) {
    timers[i] = (harness__timer_t){.fire = on_timer};
    random = random * 1103515245U + 12345U;
    assert_int_equal(harness__agenda_set(&agenda, &timers[i], random >> 16 & 31U), 0);
  }
  for (size_t i = 0; i < TIMERS; i += 3, left--)
    harness__agenda_cancel(&agenda, &timers[i]);
  harness__agenda_cancel(&agenda, &timers[0]); /* twice is no harm */
  agenda.now_ns = 31;
  for (size_t fired = 0; fired < left; fired++) {
    const harness__timer_t *next = agenda.heap[0];
    assert_true(next->due_ns > due || (next->due_ns == due && next->number > number) || fired == 0);
    due = next->due_ns;
    number = next->number;
    happened_count = 0;
    assert_true(harness__agenda_step(&agenda, true));
    assert_int_equal(happened[0], number);
  }
  assert_false(harness__agenda_step(&agenda, true));
  harness__agenda_free(&agenda);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(items_happen_in_order),
    cmocka_unit_test(equal_due_times_go_by_number),
    cmocka_unit_test(timers_wait_for_their_time),
    cmocka_unit_test(many_timers_fire_in_order),
};

HARNESS_CMOCKA_MAIN("run_agenda", tests)
