/* SPDX-License-Identifier: MIT */
/* One life cycle in a harness, for the benchmark and for the long row of them. */
#ifndef HARNESS_BENCH_LIFE_CYCLE_H
#define HARNESS_BENCH_LIFE_CYCLE_H

#include <harness/harness.h>

/* Opens a harness without a time limit; ends the program where that fails. */
harness_t *bench_harness_open(void);

/* Server, client, 12 bytes there and back, all closed. Returns the server's port. */
uint16_t bench_harness_life_cycle(harness_t *h);

#endif
