/* SPDX-License-Identifier: MIT */
/*
 * Long rows of life cycles in one process: is the end as fast as the start, and is nothing left in TIME_WAIT?
 *
 * Each row has a harness of its own, or one after another of EACH cycles: a test suite has many short ones,
 * and the transcript of a whole row costs fresh memory to the end. A machine that changes its speed in the
 * middle of a row makes that row look like a cliff, or hides one; so what is judged is the median of several
 * rows, and every row is shown.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bench.h"
#include "life_cycle.h"

enum {
  DEFAULT_CYCLES = 100000,
  DEFAULT_ROWS = 5,
  MAX_ROWS = 99,
  SLICES = 100,
  TENTH = SLICES / 10,
  TIME_WAIT = 6
};

/* The server ports this process had. */
static bool own_ports[65536];

/* TIME_WAITs on one of our ports, on either side. Ports are reused, so those of other programs may be among
 * them: the count before the start tells. */
static unsigned count_time_waits(void) {
  FILE *file = fopen("/proc/net/tcp", "r");
  char line[512];
  unsigned found = 0;

  if (file == NULL) {
    perror("bench: /proc/net/tcp");
    exit(2);
  }
  while (fgets(line, sizeof line, file) != NULL) {
    unsigned local;
    unsigned remote;
    unsigned state;

    if (sscanf(line, " %*u: %*x:%x %*x:%x %x", &local, &remote, &state) == 3 && state == TIME_WAIT)
      found += own_ports[local & 0xffff] || own_ports[remote & 0xffff];
  }
  fclose(file);
  return found;
}

static unsigned count_all_time_waits(void) {
  unsigned found;

  for (size_t i = 0; i < 65536; i++)
    own_ports[i] = true;
  found = count_time_waits();
  for (size_t i = 0; i < 65536; i++)
    own_ports[i] = false;
  return found;
}

/* Of at most SLICES values. */
static double median(const double *values, size_t count) {
  double sorted[SLICES];

  memcpy(sorted, values, count * sizeof *values);
  bench_sort(sorted, count);
  return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

/* Life cycles a second. */
static double run_slice(harness_t *h, size_t cycles) {
  uint64_t start = bench_now_ns();

  for (size_t i = 0; i < cycles; i++)
    own_ports[bench_harness_life_cycle(h)] = true;
  return (double)cycles * 1e9 / (double)(bench_now_ns() - start);
}

/* Prints the rates of a row. Returns the rate of its last tenth over that of its first. */
static double print_row(const double *rates) {
  double ratio = median(rates + SLICES - TENTH, TENTH) / median(rates, TENTH);

  printf("life cycles a second, by tenths:");
  for (size_t i = 0; i < SLICES; i += TENTH)
    printf(" %.0f", median(rates + i, TENTH));
  printf("  last/first %.3f\n", ratio);
  fflush(stdout);
  return ratio;
}

/* Runs one row of slices, with a new harness after each so many cycles. */
static double run_row(size_t cycles, size_t each) {
  harness_t *h = bench_harness_open();
  double rates[SLICES];
  size_t used = 0;

  for (size_t i = 0; i < SLICES; i++) {
    if (used >= each) {
      bench_check(-harness_close(h), "harness_close");
      h = bench_harness_open();
      used = 0;
    }
    rates[i] = run_slice(h, cycles / SLICES);
    used += cycles / SLICES;
  }
  bench_check(-harness_close(h), "harness_close");
  return print_row(rates);
}

int main(int argc, char **argv) {
  size_t cycles = argc > 1 ? strtoul(argv[1], NULL, 10) : DEFAULT_CYCLES;
  size_t rows = argc > 2 ? strtoul(argv[2], NULL, 10) : DEFAULT_ROWS;
  size_t each = argc > 3 ? strtoul(argv[3], NULL, 10) : cycles;
  unsigned before = count_all_time_waits();
  double ratios[MAX_ROWS];
  struct rusage usage;

  if (argc > 4 || cycles < SLICES || rows == 0 || rows > MAX_ROWS) {
    fprintf(stderr, "usage: harness_lifecycles [CYCLES, at least %d [ROWS, at most %d [EACH]]]\n", SLICES,
            MAX_ROWS);
    return 2;
  }
  for (size_t i = 0; i < rows; i++)
    ratios[i] = run_row(cycles, each);
  getrusage(RUSAGE_SELF, &usage);
  printf("%zu rows of %zu life cycles: the last tenth at %.3f of the rate of the first (bar: 0.9 at least)\n",
         rows, cycles, median(ratios, rows));
  printf("TIME_WAIT: %u on this machine before, %u on the servers' ports after\n", before,
         count_time_waits());
  printf("memory at most: %ld KiB, the transcript of a row included\n", usage.ru_maxrss);
  return median(ratios, rows) >= 0.9 ? 0 : 1;
}
