/* SPDX-License-Identifier: MIT */
/* Private: a signal that ends a program says first what ran (run/crash.c). */
#ifndef HARNESS_RUN_CRASH_H
#define HARNESS_RUN_CRASH_H

#include <harness/task.h>

#include "run/coroutine.h"

/* harness_watch_crashes, in front of the first foreground run or background call of a harness. */
void harness__crash_watch(harness_t *h);

/* A background call begins on the calling thread; NULL: it has ended. */
void harness__crash_call(const harness_task_t *task);

/* In a handler of that signal: says which task runs on the calling thread, where one does. */
void harness__crash_say_task(const char *signal, const void *context);

/* The calling thread turns the loop on that stack; NULL: no longer. */
void harness__crash_loop(const harness__coroutine_t *stack);

#endif
