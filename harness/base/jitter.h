/* SPDX-License-Identifier: MIT */
/* Private: chance on purpose. Where the order of threads is not the harness's to decide, a moment more or
 * less must make no difference; a run with jitter tries whether it does. */
#ifndef HARNESS_BASE_JITTER_H
#define HARNESS_BASE_JITTER_H

#include <stdint.h>

/* From now on harness__jitter waits, as this seed says; 0: it doesn't. Without this call HARNESS_JITTER is
 * the seed. Any thread. */
void harness__jitter_set(uint64_t seed);

/* Waits up to four milliseconds, or doesn't. Any thread. */
void harness__jitter(void);

/* How many microseconds the n-th wait takes, from 0 on. An even seed makes each shorter than the one before,
 * so that what was begun first comes last; an odd one draws them. */
long harness__jitter_us(uint64_t seed, uint64_t n);

#endif
