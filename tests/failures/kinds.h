/* SPDX-License-Identifier: MIT */
/* The ways in which a test can be ended, each a function that may be called anywhere. */
#ifndef TESTS_FAILURES_KINDS_H
#define TESTS_FAILURES_KINDS_H

#include <harness/cmocka.h>

typedef enum ending { PASSES, FAILS, SKIPS } ending_t;

typedef struct kind {
  const char *group; /* its column in docs/failures.md */
  const char *name;
  void (*prepare)(void); /* in the test's function, before the place; NULL: nothing */
  void (*act)(harness_t *h);
  ending_t ending;
  int line; /* where it fails */
  /* What is printed, once; NULL: cmocka has no words for it. Where it begins with "error: ", cmocka puts the
   * file and the line before it, and says no more; else there is a line of its own for them. */
  const char *says;
} kind_t;

extern const kind_t kinds[];
extern const size_t kind_count;

#endif
