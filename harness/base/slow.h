/* SPDX-License-Identifier: MIT */
/* Private: slow ways taken in place of fast ones, as HARNESS_SLOW asks. A fast way changes no transcript, and
 * tests show it by comparing what both give. */
#ifndef HARNESS_BASE_SLOW_H
#define HARNESS_BASE_SLOW_H

#include <stdatomic.h>
#include <stdbool.h>

typedef enum harness__slow {
  HARNESS__SLOW_RECEIVE = 1,   /* the kernel is asked whether bytes are there before they are taken */
  HARNESS__SLOW_SEND = 2,      /* what is written waits for its reader, one of this harness, before the kernel
                                * gets it */
  HARNESS__SLOW_POOLS = 4,     /* nothing that is done with is used again: stacks, tasks, parcels */
  HARNESS__SLOW_STORE = 8,     /* each event has a copy of its bytes, though another's are the same */
  HARNESS__SLOW_TURNS = 16,    /* whoever waits gives the turn away, though what comes next is for him */
  HARNESS__SLOW_FIXTURES = 32, /* a fixture is read as JSON, though it is the text that is expected */
  HARNESS__SLOW_POLLS = 64     /* a descriptor is taken out of what is polled before it is closed */
} harness__slow_t;

/* Reads HARNESS_SLOW: names as above in lower case, between commas, or "all". Returns false, with a sentence
 * for the caller to free (or NULL: memory is exhausted), where it says anything else. Applies to the process.
 */
bool harness__slow_choose(char **sentence);

/* Whether the slow way is to be taken. Any thread. */
extern atomic_uint harness__slow_ways;
static inline bool harness__is_slow(harness__slow_t way) {
  return (atomic_load_explicit(&harness__slow_ways, memory_order_relaxed) & way) != 0;
}

#endif
