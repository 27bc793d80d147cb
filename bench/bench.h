/* SPDX-License-Identifier: MIT */
/*
 * The exchanges that are measured, each written once for the harness and once by hand. A contender runs an
 * exchange count times and returns the nanoseconds from its first call to its last, without the making of
 * what is kept (loop or harness). What fails ends the program: a benchmark that lost an exchange says
 * nothing.
 */
#ifndef HARNESS_BENCH_BENCH_H
#define HARNESS_BENCH_BENCH_H

#include <stddef.h>
#include <stdint.h>

enum { BENCH_TRIP_SIZE = 64, BENCH_ECHO_SIZE = 12 };

typedef uint64_t (*bench_contender_t)(size_t count);

/* One connection; a message of 64 bytes there and back, count times. */
uint64_t bench_libuv_round_trips(size_t count);
uint64_t bench_harness_round_trips(size_t count);
uint64_t bench_harness_memory_round_trips(size_t count);

/* A message of 64 bytes one way in memory, count times. */
uint64_t bench_harness_memory_messages(size_t count);

/* Listen on port 0, connect, an echo of 12 bytes, the client closes, the server closes all; count times.
 * Kept: one loop or harness for all; fresh: one made and destroyed each time. */
uint64_t bench_libuv_life_cycles_kept(size_t count);
uint64_t bench_libuv_life_cycles_fresh(size_t count);
uint64_t bench_harness_life_cycles_kept(size_t count);
uint64_t bench_harness_life_cycles_fresh(size_t count);

/* A test of cmocka's around a fresh life cycle, count times; in the harness, with the check of its fixture.
 */
uint64_t bench_libuv_whole_tests(size_t count);
uint64_t bench_harness_whole_tests(size_t count);

/* Sorts in ascending order. */
void bench_sort(double *values, size_t count);

/* Monotonic time. */
uint64_t bench_now_ns(void);

/* Ends the program with a sentence. */
_Noreturn void bench_fail(int status, const char *what);

/* The same where status is negative. */
static inline void bench_check(int status, const char *what) {
  if (status < 0)
    bench_fail(status, what);
}

#endif
