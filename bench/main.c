/* SPDX-License-Identifier: MIT */
/*
 * Alternates many short runs of each exchange in the harness and in hand-written libuv callbacks, and
 * compares medians. The machine's speed changes within a second, so the two runs of a pair stand next to each
 * other, change their order from pair to pair, and the ratio is the median of the pairs' ratios; the medians
 * of the times are printed beside it.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

enum { DEFAULT_RUNS = 31, MAX_RUNS = 10001 };

typedef struct workload {
  const char *name;
  const char *unit;
  const char *names[2];
  bench_contender_t libuv; /* the measure: libuv, or another of the harness's */
  bench_contender_t harness;
  size_t count; /* exchanges a run: short enough that a pair sees one speed of the machine */
  double bar;   /* the least rate, relative to the first's; 0: none yet */
} workload_t;

/* The counts of life cycles also keep the TIME_WAITs that raw libuv leaves under the few thousand a minute
 * above which the kernel's search for a port gets slow. */
static const workload_t workloads[] = {
    {"round trips",
     "64-byte round trip",
     {"libuv", "harness"},
     bench_libuv_round_trips,
     bench_harness_round_trips,
     4000,
     0.9},
    {"memory round trips",
     "64-byte round trip",
     {"tcp", "memory"},
     bench_harness_round_trips,
     bench_harness_memory_round_trips,
     4000,
     10},
    {"life cycles",
     "life cycle",
     {"libuv", "harness"},
     bench_libuv_life_cycles_kept,
     bench_harness_life_cycles_kept,
     100,
     0.6},
    {"fresh life cycles",
     "life cycle, loop or harness made each time",
     {"libuv", "harness"},
     bench_libuv_life_cycles_fresh,
     bench_harness_life_cycles_fresh,
     50,
     0},
};
enum { WORKLOADS = sizeof workloads / sizeof workloads[0] };

typedef struct spread {
  double low; /* the first quartile */
  double median;
  double high; /* the third */
} spread_t;

typedef struct outcome {
  spread_t libuv; /* microseconds an exchange */
  spread_t harness;
  spread_t ratio; /* rate of the harness / rate of libuv */
} outcome_t;

/* Sorts the values. */
static spread_t spread_of(double *values, size_t count) {
  bench_sort(values, count);
  return (spread_t){values[count / 4], values[count / 2], values[count - 1 - count / 4]};
}

static double run(bench_contender_t contender, size_t count) {
  return (double)contender(count) / 1e3 / (double)count;
}

static outcome_t measure(const workload_t *workload, size_t runs) {
  static double libuv[MAX_RUNS];
  static double harness[MAX_RUNS];
  static double ratio[MAX_RUNS];
  outcome_t outcome;

  run(workload->libuv, workload->count);
  run(workload->harness, workload->count);
  for (size_t i = 0; i < runs; i++) {
    if (i % 2 == 0)
      libuv[i] = run(workload->libuv, workload->count);
    harness[i] = run(workload->harness, workload->count);
    if (i % 2 == 1)
      libuv[i] = run(workload->libuv, workload->count);
    ratio[i] = libuv[i] / harness[i];
  }
  outcome.libuv = spread_of(libuv, runs);
  outcome.harness = spread_of(harness, runs);
  outcome.ratio = spread_of(ratio, runs);
  return outcome;
}

static const char *verdict(const workload_t *workload, const outcome_t *outcome) {
  if (workload->bar <= 0)
    return "no bar yet";
  return outcome->ratio.median >= workload->bar ? "reached" : "NOT REACHED";
}

static void print_text(const workload_t *workload, const outcome_t *outcome, size_t runs) {
  printf("%s: %zu pairs of runs of %zu\n", workload->name, runs, workload->count);
  printf("  %-7s  %8.2f us a %s (half of the runs: %.2f to %.2f)\n", workload->names[0],
         outcome->libuv.median, workload->unit, outcome->libuv.low, outcome->libuv.high);
  printf("  %-7s  %8.2f us            (half of the runs: %.2f to %.2f)\n", workload->names[1],
         outcome->harness.median, outcome->harness.low, outcome->harness.high);
  printf("  rate %s / %s: %.2f (%.2f to %.2f); bar %.2f: %s\n\n", workload->names[1], workload->names[0],
         outcome->ratio.median, outcome->ratio.low, outcome->ratio.high, workload->bar,
         verdict(workload, outcome));
}

static void print_spread(const char *name, spread_t spread, const char *end) {
  printf("\"%s\": [%.4f, %.4f, %.4f]%s", name, spread.low, spread.median, spread.high, end);
}

static void print_json(const workload_t *workload, const outcome_t *outcome, size_t runs, int last) {
  printf("  {\"workload\": \"%s\", \"runs\": %zu, \"count\": %zu, ", workload->name, runs, workload->count);
  printf("\"us of\": [\"%s\", \"%s\"], ", workload->names[0], workload->names[1]);
  print_spread("first_us", outcome->libuv, ", ");
  print_spread("second_us", outcome->harness, ", ");
  print_spread("ratio", outcome->ratio, ", ");
  printf("\"bar\": %.2f}%s\n", workload->bar, last ? "" : ",");
}

static int usage(void) {
  fputs("usage: harness_bench [--runs N] [--json]\n"
        "Alternates N runs of each exchange in the harness and in libuv callbacks; prints quartiles and\n"
        "ratios. Exit status: 0 every bar reached, 1 not, 2 trouble.\n",
        stderr);
  return 2;
}

int main(int argc, char **argv) {
  static const struct option options[] = {
      {"runs", required_argument, NULL, 'r'}, {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
  size_t runs = DEFAULT_RUNS;
  int json = 0;
  int missed = 0;
  int option;

  while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
    if (option == 'r')
      runs = strtoul(optarg, NULL, 10);
    else if (option == 'j')
      json = 1;
    else
      return usage();
  }
  if (optind != argc || runs == 0 || runs > MAX_RUNS)
    return usage();
  if (json)
    puts("[");
  for (int i = 0; i < WORKLOADS; i++) {
    outcome_t outcome = measure(&workloads[i], runs);

    missed |= outcome.ratio.median < workloads[i].bar;
    if (json)
      print_json(&workloads[i], &outcome, runs, i == WORKLOADS - 1);
    else
      print_text(&workloads[i], &outcome, runs);
    fflush(stdout);
  }
  if (json)
    puts("]");
  return missed;
}
