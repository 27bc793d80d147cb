/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <uv.h>

static int compare(const void *a, const void *b) {
  double x = *(const double *)a;
  double y = *(const double *)b;

  return (x > y) - (x < y);
}

void bench_sort(double *values, size_t count) {
  qsort(values, count, sizeof *values, compare);
}

uint64_t bench_now_ns(void) {
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

void bench_fail(int status, const char *what) {
  fprintf(stderr, "bench: %s: %s\n", what, uv_strerror(status));
  exit(2);
}
