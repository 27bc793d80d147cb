/* SPDX-License-Identifier: MIT */
/* Private: the wait graph, as data: whom each task waits for, and what for. */
#ifndef HARNESS_RUN_GRAPH_H
#define HARNESS_RUN_GRAPH_H

#include <stdbool.h>

#include "base/buffer.h"
#include "run/task.h"

typedef enum harness__wait_kind {
  HARNESS__WAIT_NONE,    /* for nothing: it runs, or will */
  HARNESS__WAIT_TASK,    /* for party to end */
  HARNESS__WAIT_READ,    /* for party to send, or to end what it sends */
  HARNESS__WAIT_ROOM,    /* for party to read */
  HARNESS__WAIT_TURN,    /* for what party has and others want: a connection of a pool, a thread */
  HARNESS__WAIT_RESUME,  /* for the test to resume what it has paused */
  HARNESS__WAIT_RESOLVE, /* for somebody to resolve it */
  HARNESS__WAIT_TIME,
  HARNESS__WAIT_OUTSIDE /* for somebody who is not of the harness */
} harness__wait_kind_t;

/* What one task waits for. */
typedef struct harness__wait {
  harness__wait_kind_t kind;
  harness_task_t *party; /* NULL: nobody, or nobody in particular */
  bool partly;           /* READ: it has the beginning of what it waits for */
  bool asked;            /* READ: it has said something since party last did */
  bool told;             /* READ: party has said something since it last did */
} harness__wait_t;

/* A combination waits for several: see harness__combination_member. */
harness__wait_t harness__task_wait(const harness_task_t *task);

/* The task's name and what it does or waits for: "client waits to read from server/1 (0 bytes in flight)". */
void harness__task_clause(const harness_task_t *task, harness__buffer_t *out);

/* Adds who is to blame that `task` does not end, and how it hangs together, as clauses of one line. */
void harness__culprit_describe(harness_t *h, harness_task_t *task, harness__buffer_t *out);

/* Adds a line for each unfinished task, with its place and what it waits for; what each did last; foreign
 * handles on the loop. */
void harness__run_describe(harness_t *h, harness__buffer_t *out);

/* What that thread of the process does in the kernel: adds ", blocked in recv", or nothing where it runs. */
void harness__thread_describe(long thread, harness__buffer_t *out);

#endif
