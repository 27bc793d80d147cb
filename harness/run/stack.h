/* SPDX-License-Identifier: MIT */
/* Private: stacks for coroutines, with a guard below each. Any thread. */
#ifndef HARNESS_RUN_STACK_H
#define HARNESS_RUN_STACK_H

#include <stddef.h>

typedef struct harness__stack {
  unsigned char *base; /* lowest usable byte; the guard lies below */
  size_t size;         /* usable bytes */
  unsigned valgrind;   /* valgrind's number for it */
} harness__stack_t;

typedef struct harness__slab harness__slab_t;

/* What lies at the top of a stack begins with this. */
typedef struct harness__slot {
  harness__stack_t stack;
  harness__slab_t *slab;
  struct harness__slot *next; /* while nobody has it */
} harness__slot_t;

/* A stack of at least size bytes with room bytes at its top, where the slot is. Those behind the slot are as
 * they were given back, or 0. Returns NULL where there is none, also where the process has no mappings left
 * (vm.max_map_count), which harness__stack_explain says in words. */
harness__slot_t *harness__slot_take(size_t size, size_t room);

/* Gives it back. forget: called for each stack that is about to be unmapped, this one and those that lie
 * beside it. */
void harness__slot_give(harness__slot_t *slot, void (*forget)(harness__slot_t *slot));

/* Makes all of it 0 again, but for the slot, and gives its memory back. */
void harness__slot_clear(harness__slot_t *slot);

/* Why a stack can't be had, for a sentence. */
const char *harness__stack_explain(void);

#endif
