/* SPDX-License-Identifier: MIT */
/*
 * Torture: a scenario is run again and again in this process, and each time one more operation of some kind
 * (an allocation, a system call) fails: the 1st, the 2nd, … until a run passes in which none had to. The
 * operations are wrapped by the test program, which asks here whether one has to fail.
 *
 * After each run
 *  - nothing has crashed, and nothing took longer than the alarm;
 *  - the harness is closed, and as many things of the kind are held as before, and as many descriptors;
 *  - the scenario has succeeded, and then its transcript is the one of an untouched run; or it has failed,
 * and then there is a sentence that says why. That a check calls another transcript the same is the one thing
 *    that must never be;
 *  - a harness that was opened still works, once memory (or what it was) is there again;
 *  - what the scenarios have redacted stands nowhere.
 */
#ifndef TORTURE_H
#define TORTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "scenario.h"

typedef enum torture_mode {
  TORTURE_ONE,  /* only the n-th operation fails */
  TORTURE_REST, /* the n-th and all that follow, until the transcript is checked */
  TORTURE_END   /* the same, until the harness is closed */
} torture_mode_t;

typedef struct torture {
  const char *what; /* "allocations", for what is printed */
  torture_mode_t mode;
  /* A run must not notice: it is good, and its transcript the same. */
  bool is_harmless;
  /* How many things that the operations made are held; NULL: nobody counts. */
  size_t (*held)(void);
  /* Called after each run in which something is held that was not before; NULL: nothing more is told. */
  void (*tell_held)(void);
} torture_t;

/* Whether the operation that the caller is about to do has to fail. Any thread. Outside of a scenario none
 * has to. */
bool torture_fails(void);

/*
 * In the environment of a test program: TORTURE_STEP, that only each so-many-th operation fails (a default
 * for each build is in CMakeLists.txt); TORTURE_ONLY, the number of one operation; TORTURE_TRACE, not empty,
 * that what goes wrong is told with where the operation was called, and what leaks with where it was made.
 */

/* Runs the scenario until nothing had to fail, prints how many operations failed and all that went wrong, and
 * returns in how many ways it did. A folder for its fixtures is made and removed. */
unsigned long torture_run(const torture_t *torture, const scenario_t *scenario);

#endif
