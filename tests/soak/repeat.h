/* SPDX-License-Identifier: MIT */
/*
 * Repeats a conversation, each time in a fresh harness, and compares each transcript byte for byte with its
 * fixture. Counts what differs and what fails; neither may ever happen, under whatever load.
 */
#ifndef TESTS_SOAK_REPEAT_H
#define TESTS_SOAK_REPEAT_H

#include <harness/harness.h>

typedef struct repeat {
  const char *fixtures;
  const char *only; /* cases whose name has this in it; NULL: all */
  unsigned long runs;
} repeat_t;

typedef struct repeat_case {
  const char *name;
  const char *fixture;
  harness_delivery_t delivery;
  /* Returns NULL, or a sentence that says what went wrong. What it works on must live until the harness is
   * closed. */
  const char *(*run)(harness_t *h, const void *what);
  const void *what;
} repeat_case_t;

/* Takes [--fixtures DIR] [--only TEXT] [RUNS]. Returns whether the arguments make sense; else usage has been
 * said. */
int repeat_begin(repeat_t *repeat, int argc, char **argv);

/* Prints a line, unless it is none of those that were asked for. Returns whether every run was as the fixture
 * says. */
int repeat_run(const repeat_t *repeat, const repeat_case_t *what);

#endif
