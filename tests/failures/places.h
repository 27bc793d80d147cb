/* SPDX-License-Identifier: MIT */
/* Where code of a test can run, each a function that has it run there. */
#ifndef TESTS_FAILURES_PLACES_H
#define TESTS_FAILURES_PLACES_H

#include <harness/cmocka.h>

typedef struct place {
  const char *name;
  const char *what; /* as docs/failures.md has it */
  void (*go)(harness_t *h);
} place_t;

extern const place_t places[];
extern const size_t place_count;

/* The rest of the program sets it: what is to happen at the place. */
extern void (*act_here)(harness_t *h);

#endif
