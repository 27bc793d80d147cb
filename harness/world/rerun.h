/* SPDX-License-Identifier: MIT */
/* Private: a test as a process, once more. */
#ifndef HARNESS_WORLD_RERUN_H
#define HARNESS_WORLD_RERUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

typedef struct harness__rerun {
  const char *const *argv;
  const char *folder_of_start;    /* where it starts */
  const char *const *environment; /* and with what */
  unsigned number;                /* from 1 on */
  bool is_perturbed;
  int64_t limit_ms;
  int interrupt; /* can be read when the process shall end; negative: there is none */
  /* What came of it: */
  char *name;   /* "run 2" */
  char *folder; /* with its take */
  int status;   /* as waitpid has it */
  bool timed_out;
  bool is_lost; /* somebody else has asked for its end: status says nothing */
  harness__buffer_t output;
} harness__rerun_t;

/* Runs it to its end. False with a sentence in out where that can't be done. harness__rerun_free comes after
 * it in either case. */
bool harness__rerun(harness__rerun_t *rerun, harness__buffer_t *out);
void harness__rerun_free(harness__rerun_t *rerun);

bool harness__rerun_passed(const harness__rerun_t *rerun);

/* Adds how it ended and what it printed. */
void harness__rerun_explain(const harness__rerun_t *rerun, harness__buffer_t *out);

/* A thread that uses a processor until it is stopped. With a processor (not negative) it stays there. NULL
 * where there can't be one, which is no harm. */
typedef struct harness__load harness__load_t;
harness__load_t *harness__load_start(int processor);
void harness__load_stop(harness__load_t *load);

#endif
