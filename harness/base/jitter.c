/* SPDX-License-Identifier: MIT */
#include "base/jitter.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

enum { LONGEST_US = 4000 };

static atomic_bool is_set;
static _Atomic uint64_t seed_in_force; /* 0: no jitter */
static _Atomic uint64_t waits;

/* Steele, Lea and Flood's splitmix64: every number becomes another that looks drawn. */
static uint64_t mix(uint64_t value) {
  value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
  return value ^ (value >> 31);
}

long harness__jitter_us(uint64_t seed, uint64_t n) {
  if (seed == 0)
    return 0;
  if (seed % 2 == 0)
    return n < LONGEST_US ? (long)(LONGEST_US / (n + 1)) : 0;
  return (long)(mix(seed + n * UINT64_C(0x9e3779b97f4a7c15)) % (LONGEST_US + 1));
}

void harness__jitter_set(uint64_t seed) {
  atomic_store(&seed_in_force, seed);
  atomic_store(&waits, 0);
  atomic_store(&is_set, true);
}

/* Two threads that come here first both set the same. */
static void set_from_environment(void) {
  const char *text = getenv("HARNESS_JITTER");

  harness__jitter_set(text != NULL ? strtoull(text, NULL, 10) : 0);
}

void harness__jitter(void) {
  struct timespec moment = {0};
  uint64_t seed;

  if (!atomic_load(&is_set))
    set_from_environment();
  seed = atomic_load(&seed_in_force);
  if (seed == 0)
    return;
  moment.tv_nsec = harness__jitter_us(seed, atomic_fetch_add(&waits, 1)) * 1000;
  (void)nanosleep(&moment, NULL);
}
