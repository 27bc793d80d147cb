/* SPDX-License-Identifier: MIT */
/* A program that runs workloads on demand, as peers/README.md says: its table, the main is contender.c. */
#ifndef HARNESS_BENCH_CONTENDER_H
#define HARNESS_BENCH_CONTENDER_H

#include "bench.h"

enum { BENCH_GROUP = 500, BENCH_TRIPS_EACH = 10, BENCH_THREADS = 8, BENCH_PIECE = 65536 };

typedef struct bench_workload {
  const char *name;
  bench_contender_t run;
} bench_workload_t;

/* Ended by an empty one. */
extern const bench_workload_t bench_workloads[];

/* Bytes that are resident in the process's own memory now. */
uint64_t bench_resident(void);

/* A blocking client in a thread: 12 bytes there and back to a port of 127.0.0.1, with plain sockets. */
void bench_call(uint16_t port);

#endif
