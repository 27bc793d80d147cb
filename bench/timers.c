/* SPDX-License-Identifier: MIT */
/*
 * What a day of virtual time costs: 1,000 periodic timers, each every 24 minutes and a bit, and as many
 * coroutines that sleep through it, all of which log, so that their times are recorded too.
 */
#include <stdio.h>
#include <stdlib.h>

#include <harness/harness.h>

#include "bench.h"

enum { TIMERS = 1000, HOURS = 24, PERIOD_MS = 24 * 60 * 1000 };

#define DAY_MS (UINT64_C(3600) * 1000 * HOURS)

static harness_t *world;
static size_t calls;

static void tick(void *arg) {
  calls++;
  harness_log(world, "%s", (const char *)arg);
}

static void *sleep_through(void *arg) {
  bench_check(harness_sleep(world, DAY_MS), "harness_sleep");
  harness_log(world, "good morning");
  return arg;
}

int main(void) {
  uint64_t start = bench_now_ns();
  harness_task_t *sleepers[TIMERS];
  harness_task_t *timers[TIMERS];
  double taken_s;

  world = harness_open(NULL);
  bench_check(world != NULL ? 0 : -1, "harness_open");
  for (size_t i = 0; i < TIMERS; i++) {
    timers[i] = harness_call_every(world, PERIOD_MS + i, tick, "tick");
    sleepers[i] = harness_schedule_coroutine(world, sleep_through, NULL);
  }
  (void)harness_run_in_foreground(world, harness_wait_all(world, sleepers, TIMERS));
  for (size_t i = 0; i < TIMERS; i++)
    bench_check(harness_task_cancel(timers[i]), "harness_task_cancel");
  if (harness_now_ms(world) != DAY_MS) {
    fprintf(stderr, "bench: the day was %llu ms long\n", (unsigned long long)harness_now_ms(world));
    return 2;
  }
  free(harness_transcript_json(world));
  bench_check(-harness_close(world), "harness_close");
  taken_s = (double)(bench_now_ns() - start) / 1e9;
  printf("timers: %d timers and %d sleepers over %d hours of virtual time, %zu calls, transcript included: "
         "%.3f s; bar 1 s: %s\n\n",
         TIMERS, TIMERS, HOURS, calls, taken_s, taken_s < 1 ? "reached" : "NOT REACHED");
  return taken_s < 1 ? 0 : 1;
}
