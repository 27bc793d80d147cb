/* SPDX-License-Identifier: MIT */
/*
 * Coroutines: stacks that are used again, and what the tools that watch a program must be told of them.
 *
 * A stack outlives its coroutine: its lowest frame is a loop that runs one entry after another (`live`), so
 * that a pooled stack is started by a switch as well.
 *
 *     base                                              top of the mapping
 *     | guard | … stack, growing down … | struct coroutine |
 *
 * The struct lies in the stack's highest bytes: one page is touched for both, and no allocation made.
 *
 * What can go wrong, and what answers it:
 *  - AddressSanitizer and ThreadSanitizer follow a stack and a history per thread: they are told of
 *    every switch;
 *  - a jump past us (a failed assertion of cmocka jumps straight to the main stack) leaves the
 *    sanitizers believing in the old stack: harness__coroutine_left_by_jump mends that. What the runner does
 *    before the next call of ours stands on red zones of frames that were jumped over, so these go as soon as
 *    the main stack is left;
 *  - ThreadSanitizer keeps a signal back until the fiber that it came to makes a call that it knows: a fiber
 *    that is left before takes it along, and the loop is never woken: switch_fiber answers that;
 *  - a thread-local address cached across a switch would be another thread's: a pooled stack may be
 *    started by another thread than before, but `live` itself uses nothing thread-local, and what
 *    an entry cached died with it.
 */
#include "run/coroutine.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/sanitizers.h"
#include "run/stack.h"

#ifdef HARNESS__WITH_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef HARNESS__WITH_TSAN
#include <poll.h>
#include <sanitizer/tsan_interface.h>
#include <signal.h>
#endif

#ifdef HARNESS__WITH_TSAN
/* Blocking all signals has those handled that came to the old fiber; those that come from then on are the new
 * one's. The call that might block has the runtime make the new fiber's place for pending signals while none
 * can come: one that comes in the middle of that is lost. Inline, since each fiber has its own account of who
 * called whom. */
__attribute__((always_inline)) static inline void switch_fiber(void *fiber) {
  sigset_t all;
  sigset_t before;

  (void)sigfillset(&all);
  (void)pthread_sigmask(SIG_BLOCK, &all, &before);
  __tsan_switch_to_fiber(fiber, 0);
  (void)poll(NULL, 0, 0);
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}
#endif

/* Tells the sanitizers that `from` is left for `to`; the jump must follow at once. */
static inline void leave(harness__coroutine_t *from, harness__coroutine_t *to) {
  to->resumer = from;
#ifdef HARNESS__WITH_ASAN
  if (from->is_main) /* its frames may be jumped over from here on: no red zone of theirs may stay */
    __asan_handle_no_return();
  __sanitizer_start_switch_fiber(&from->fake_stack, to->slot.stack.base, to->slot.stack.size);
#endif
#ifdef HARNESS__WITH_TSAN
  if (from->is_main)
    from->fiber = __tsan_get_current_fiber();
  switch_fiber(to->fiber);
#endif
}

/* Tells them that `here` runs now; learns the bounds of the thread's own stack on the way. */
static inline void arrive(harness__coroutine_t *here) {
#ifdef HARNESS__WITH_ASAN
  const void *base = NULL;
  size_t size = 0;
  __sanitizer_finish_switch_fiber(here->fake_stack, &base, &size);
  if (here->resumer->is_main) {
    here->resumer->slot.stack.base = (unsigned char *)(uintptr_t)base;
    here->resumer->slot.stack.size = size;
  }
#endif
  (void)here;
}

/* The lowest frame of every stack: one entry after another. */
static void live(void *arg) {
  harness__coroutine_t *self = arg;

  arrive(self);
  self->entered = true;
  for (;;) {
    self->entry(self->arg);
    harness__coroutine_switch(self, self->back);
  }
}

void harness__coroutine_switch(harness__coroutine_t *from, harness__coroutine_t *to) {
  leave(from, to);
  harness__context_switch(&from->context, &to->context);
  arrive(from);
}

void harness__coroutine_left_by_jump(harness__coroutine_t *from, harness__coroutine_t *main) {
  main->resumer = from;
#ifdef HARNESS__WITH_ASAN
  /* The frames that were jumped over took their red zones with them only where the jump began. */
  if (main->slot.stack.base != NULL)
    ASAN_UNPOISON_MEMORY_REGION(
        main->slot.stack.base, (size_t)((unsigned char *)__builtin_frame_address(0) - main->slot.stack.base));
  __sanitizer_start_switch_fiber(&from->fake_stack, main->slot.stack.base, main->slot.stack.size);
  __sanitizer_finish_switch_fiber(main->fake_stack, NULL, NULL);
#endif
#ifdef HARNESS__WITH_TSAN
  switch_fiber(main->fiber);
#endif
}

harness__coroutine_t *harness__coroutine_new_main(void) {
  harness__coroutine_t *main = calloc(1, sizeof *main);

  if (main != NULL)
    main->is_main = true;
  return main;
}

/* What knows of a stack is told that it will not be entered again. */
static void forget(harness__slot_t *slot) {
#ifdef HARNESS__WITH_TSAN
  harness__coroutine_t *coroutine = (harness__coroutine_t *)slot;

  if (coroutine->fiber != NULL)
    __tsan_destroy_fiber(coroutine->fiber);
#endif
#ifdef HARNESS__WITH_ASAN
  ASAN_UNPOISON_MEMORY_REGION(slot->stack.base, slot->stack.size);
#endif
  (void)slot;
}

harness__coroutine_t *harness__coroutine_new(size_t stack_size, void (*entry)(void *arg), void *arg,
                                             harness__coroutine_t *back) {
  size_t room = (sizeof(harness__coroutine_t) + 63) / 64 * 64;
  harness__coroutine_t *coroutine = (harness__coroutine_t *)harness__slot_take(stack_size, room);

  if (coroutine == NULL)
    return NULL;
  if (!coroutine->entered)
    harness__context_make(&coroutine->context, coroutine->slot.stack.base, coroutine->slot.stack.size - room,
                          live, coroutine);
#ifdef HARNESS__WITH_TSAN
  if (coroutine->fiber == NULL)
    coroutine->fiber = __tsan_create_fiber(0);
#endif
  coroutine->entry = entry;
  coroutine->arg = arg;
  coroutine->back = back;
  return coroutine;
}

void harness__coroutine_delete(harness__coroutine_t *coroutine, bool finished) {
  if (coroutine == NULL)
    return;
  if (coroutine->is_main) {
    free(coroutine);
    return;
  }
  if (!finished && coroutine->entered) { /* its frames are nobody's */
    forget(&coroutine->slot);
    harness__slot_clear(&coroutine->slot);
  }
  harness__slot_give(&coroutine->slot, forget);
}

size_t harness__coroutine_below(const harness__coroutine_t *coroutine, uintptr_t address) {
  uintptr_t low = (uintptr_t)coroutine->slot.stack.base;

  return address < low ? low - address : SIZE_MAX;
}
