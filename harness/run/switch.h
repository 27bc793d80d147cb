/* SPDX-License-Identifier: MIT */
/* Private: leaving one stack for another. */
#ifndef HARNESS_RUN_SWITCH_H
#define HARNESS_RUN_SWITCH_H

#include <stddef.h>

#if defined(__x86_64__) && defined(__LP64__) && !defined(HARNESS_PORTABLE_SWITCH)
#if !defined(__CET__) || (__CET__ & 2) == 0 /* a shadow stack would have to be switched, too */
#define HARNESS__SWITCH_X86_64
#endif
#endif

#ifdef HARNESS__SWITCH_X86_64
/* Where a stack that is not running goes on: its stack pointer, below which lie the registers. */
typedef struct harness__context {
  void *sp;
} harness__context_t;
#else
#include <setjmp.h>

typedef struct harness__context {
  jmp_buf jump;
  void *low; /* of a stack that was never entered; NULL afterwards */
  size_t size;
  void (*begin)(void *arg);
  void *arg;
} harness__context_t;
#endif

/* Readies a stack of size bytes from low for its first switch, which calls begin(arg) on it; that never
 * returns. */
void harness__context_make(harness__context_t *context, void *low, size_t size, void (*begin)(void *arg),
                           void *arg);

/* Leaves the running stack, whose place is kept in `from`, for another; returns when something switches back.
 * The mask of signals stays as it is. */
void harness__context_switch(harness__context_t *from, harness__context_t *to);

#endif
