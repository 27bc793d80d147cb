/* SPDX-License-Identifier: MIT */
/* What a test framework prints of many tests would be more than what it does. */
#ifndef HARNESS_BENCH_QUIET_H
#define HARNESS_BENCH_QUIET_H

/* Standard output and error go nowhere from here on. Returns what bench_loud takes. */
typedef struct bench_quiet {
  int out;
  int err;
} bench_quiet_t;
bench_quiet_t bench_quiet(void);
void bench_loud(bench_quiet_t quiet);

#endif
