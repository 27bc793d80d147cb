/* SPDX-License-Identifier: MIT */
/* Planted deadlocks and hangs: for tests of what is reported, and to measure how soon. */
#ifndef TESTS_HANGS_HANGS_H
#define TESTS_HANGS_HANGS_H

#include <stddef.h>

#include <harness/harness.h>

typedef struct hang {
  const char *name;
  /* Plants it: returns the task whose run runs into it, NULL where that is impossible here. */
  harness_task_t *(*plant)(harness_t *h);
  /* Lets go what would keep the harness from being closed, or NULL. */
  void (*release)(void);
  int at_limit; /* it is no deadlock, and found at the run's time limit */
} hang_t;

/* Before any other thing: the pool of threads is made small. */
void hangs_begin(void);

extern const hang_t hangs[];
extern const size_t hangs_count;

enum { HANGS_TIMEOUT_MS = 100 };

#endif
