/* SPDX-License-Identifier: MIT */
/*
 * A long row of life cycles in one process: is the end as fast as the start, and is nothing left in
 * TIME_WAIT? The rate is taken in slices of a thousand, and the first and last tenth compared by the median
 * of their slices, since the machine's own speed changes within a second.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "bench.h"
#include "life_cycle.h"

enum { DEFAULT_CYCLES = 100000, SLICES = 100, TENTH = SLICES / 10, TIME_WAIT = 6 };

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

static int compare(const void *a, const void *b) {
  double x = *(const double *)a;
  double y = *(const double *)b;

  return (x > y) - (x < y);
}

/* The median of a tenth of the slices, in cycles a second. Sorts them. */
static double median_rate(double *rates) {
  qsort(rates, TENTH, sizeof *rates, compare);
  return (rates[TENTH / 2 - 1] + rates[TENTH / 2]) / 2;
}

static double run_slice(harness_t *h, size_t cycles) {
  uint64_t start = bench_now_ns();

  for (size_t i = 0; i < cycles; i++)
    own_ports[bench_harness_life_cycle(h)] = true;
  return (double)cycles * 1e9 / (double)(bench_now_ns() - start);
}

int main(int argc, char **argv) {
  size_t cycles = argc > 1 ? strtoul(argv[1], NULL, 10) : DEFAULT_CYCLES;
  unsigned before = count_all_time_waits();
  double rates[SLICES];
  struct rusage usage;
  double first;
  double last;
  harness_t *h;

  if (argc > 2 || cycles < SLICES) {
    fprintf(stderr, "usage: harness_lifecycles [CYCLES, at least %d]\n", SLICES);
    return 2;
  }
  h = bench_harness_open();
  for (size_t i = 0; i < SLICES; i++)
    rates[i] = run_slice(h, cycles / SLICES);
  first = median_rate(rates);
  last = median_rate(rates + SLICES - TENTH);
  getrusage(RUSAGE_SELF, &usage);
  printf("%zu life cycles: first tenth %.0f/s, last tenth %.0f/s, ratio %.3f (bar: 0.90 to 1.10 or better)\n",
         cycles, first, last, last / first);
  printf("TIME_WAIT: %u on this machine before, %u on the servers' ports after\n", before,
         count_time_waits());
  printf("memory at most: %ld KiB, the whole transcript included\n", usage.ru_maxrss);
  harness_close(h);
  return last >= 0.9 * first ? 0 : 1;
}
