/* SPDX-License-Identifier: MIT */
/* Private: a report of who waits for what, whenever somebody asks for it by SIGUSR1. */
#ifndef HARNESS_RUN_ASK_H
#define HARNESS_RUN_ASK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <uv.h>

#include <harness/task.h>

struct harness__run;

/* The harness answers from now on, or no longer. The first that does takes the signal where nobody has it;
 * the last that ends gives it back. */
void harness__ask_begin(struct harness__run *run);
void harness__ask_end(struct harness__run *run);

/* What ends a wait on the loop when somebody asks; NULL: there is none (any more). */
void harness__ask_set_bell(struct harness__run *run, uv_async_t *bell);

/* Reports, where somebody has asked: between two steps. task: what main waits for, or NULL. */
void harness__ask_answer(harness_t *h, harness_task_t *task);

#endif
