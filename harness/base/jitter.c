/* SPDX-License-Identifier: MIT */
#include "base/jitter.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

enum { LONGEST_US = 2000 };

static atomic_bool is_set;
static _Atomic uint64_t next; /* 0: no jitter */

/* Steele, Lea and Flood's splitmix64: every number of a counter becomes another that looks drawn. */
static uint64_t mix(uint64_t value) {
  value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
  return value ^ (value >> 31);
}

void harness__jitter_set(uint64_t seed) {
  atomic_store(&next, seed != 0 ? mix(seed) | 1 : 0);
  atomic_store(&is_set, true);
}

/* Two threads that come here first both set the same. */
static void set_from_environment(void) {
  const char *text = getenv("HARNESS_JITTER");

  harness__jitter_set(text != NULL ? strtoull(text, NULL, 10) : 0);
}

void harness__jitter(void) {
  struct timespec moment = {0};

  if (!atomic_load(&is_set))
    set_from_environment();
  if (atomic_load(&next) == 0)
    return;
  moment.tv_nsec =
      (long)(mix(atomic_fetch_add(&next, UINT64_C(0x9e3779b97f4a7c15))) % (LONGEST_US + 1)) * 1000;
  (void)nanosleep(&moment, NULL);
}
