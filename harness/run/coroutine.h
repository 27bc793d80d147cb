/* SPDX-License-Identifier: MIT */
/* Private: functions with stacks of their own, behind three calls: new, switch, delete. */
#ifndef HARNESS_RUN_COROUTINE_H
#define HARNESS_RUN_COROUTINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "run/stack.h"
#include "run/switch.h"

typedef struct harness__coroutine harness__coroutine_t;
struct harness__coroutine {
  harness__slot_t slot; /* first; of the thread's own only the stack, as AddressSanitizer has it */
  harness__context_t context;
  void (*entry)(void *arg);
  void *arg;
  harness__coroutine_t *back;
  harness__coroutine_t *resumer; /* who switched here last */
  bool is_main;
  bool entered;     /* its stack has the lowest frame */
  void *fake_stack; /* AddressSanitizer's */
  void *fiber;      /* ThreadSanitizer's */
};

/* The context of a thread's own stack, to switch from and back to. */
harness__coroutine_t *harness__coroutine_new_main(void);

/* A coroutine that, when first switched to, runs entry(arg), and when that returns switches to `back`
 * and waits there to be deleted. Returns NULL when no stack can be had. */
harness__coroutine_t *harness__coroutine_new(size_t stack_size, void (*entry)(void *arg), void *arg,
                                             harness__coroutine_t *back);

/* Goes on with `to`; returns when something switches back to `from`, which must be the running one. */
void harness__coroutine_switch(harness__coroutine_t *from, harness__coroutine_t *to);

/* What a switch back to `main` must also do when the running coroutine was left by a jump that did not
 * go through here (a test framework's longjmp): tells the sanitizers where the thread is. */
void harness__coroutine_left_by_jump(harness__coroutine_t *from, harness__coroutine_t *main);

/* Gives the stack back. finished: the coroutine's entry has returned; otherwise it is thrown away as it
 * stands. Never the running one. */
void harness__coroutine_delete(harness__coroutine_t *coroutine, bool finished);

/* Whether a frame lies on this coroutine's stack. */
static inline bool harness__coroutine_is_here(const harness__coroutine_t *coroutine, const void *frame) {
  return (uintptr_t)frame - (uintptr_t)coroutine->slot.stack.base < coroutine->slot.stack.size;
}

/* Has the processor fetch what a switch to it will touch: it is to go on soon. */
__attribute__((always_inline)) static inline void
harness__coroutine_fetch(const harness__coroutine_t *coroutine) {
  enum { LINE = 64, LINES = 10 };
  const char *top = (const char *)(coroutine + 1); /* the frames lie below it */

  for (ptrdiff_t line = 1; line <= LINES; line++)
    __builtin_prefetch(top - line * LINE, 1);
}

/* How many bytes an address lies below the coroutine's stack, at least 1; SIZE_MAX where it does not. In
 * handlers of signals, too. */
size_t harness__coroutine_below(const harness__coroutine_t *coroutine, uintptr_t address);

#endif
