/* SPDX-License-Identifier: MIT */
/* Private: stacks for coroutines, with a guard below each. */
#ifndef HARNESS_RUN_STACK_H
#define HARNESS_RUN_STACK_H

#include <stddef.h>

typedef struct harness__stack {
  unsigned char *base; /* lowest usable byte; the guard lies below */
  size_t size;         /* usable bytes */
  unsigned valgrind;   /* valgrind's number for it */
} harness__stack_t;

/* Maps a stack of at least size bytes. Returns 0, or a negative libuv code: UV_ENOMEM also where the
 * process has no mappings left (vm.max_map_count), which harness__stack_explain says in words. */
int harness__stack_map(harness__stack_t *stack, size_t size);
void harness__stack_unmap(harness__stack_t *stack);

/* size rounded up to what harness__stack_map makes of it. */
size_t harness__stack_round(size_t size);

/* Why a stack can't be had, for a sentence. */
const char *harness__stack_explain(void);

#endif
