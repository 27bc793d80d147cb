/* SPDX-License-Identifier: MIT */
/*
 * How soon a deadlock is reported: from opening a harness, over the planting of the fault, to the report, in
 * real time, for each of the planted deadlocks of tests/hangs. Hangs are found at their time limit, so they
 * are left out.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "hangs.h"

enum { RUNS = 101, BAR_MS = 100 };

static uint64_t reported_ns;

static void note_report(const char *text, void *arg) {
  (void)text;
  (void)arg;
  if (reported_ns == 0)
    reported_ns = bench_now_ns();
}

/* Milliseconds from the beginning to the report. */
static double run_once(const hang_t *hang) {
  harness_options_t options = {.report = note_report};
  uint64_t start = bench_now_ns();
  harness_t *h = harness_open(&options);

  reported_ns = 0;
  bench_check(h != NULL ? 0 : -1, "harness_open");
  (void)harness_run_in_foreground(h, hang->plant(h));
  bench_check(reported_ns != 0 ? 0 : -1, hang->name);
  start = reported_ns - start;
  if (hang->release != NULL)
    hang->release();
  (void)harness_close(h);
  return (double)start / 1e6;
}

int main(void) {
  double worst = 0;

  hangs_begin();
  printf("reports of deadlocks, each %d times:\n%-20s %10s %10s\n", RUNS, "", "median ms", "most ms");
  for (size_t i = 0; i < hangs_count; i++) {
    double taken[RUNS];

    if (hangs[i].at_limit)
      continue;
    for (size_t run = 0; run < RUNS; run++)
      taken[run] = run_once(&hangs[i]);
    bench_sort(taken, RUNS);
    printf("%-20s %10.3f %10.3f\n", hangs[i].name, taken[RUNS / 2], taken[RUNS - 1]);
    worst = taken[RUNS / 2] > worst ? taken[RUNS / 2] : worst;
  }
  printf("slowest median: %.3f ms; bar %d ms: %s\n\n", worst, BAR_MS,
         worst < BAR_MS ? "reached" : "NOT REACHED");
  return worst < BAR_MS ? 0 : 1;
}
