/* SPDX-License-Identifier: MIT */
/*
 * A jump from a coroutine's stack to the thread's own, as cmocka's assertions make it. ThreadSanitizer looks
 * for where a longjmp goes among the places of the current stack only, and ends the process where it finds
 * none. The one of fortified programs, which cmocka's packages call, it leaves alone.
 */
#ifndef TESTS_JUMP_H
#define TESTS_JUMP_H

#include <setjmp.h>

#include "base/sanitizers.h"

#ifdef HARNESS__WITH_TSAN
void __longjmp_chk(jmp_buf place, int value) __attribute__((noreturn));
#define jump_to(place) __longjmp_chk((place), 1)
#else
#define jump_to(place) longjmp((place), 1)
#endif

#endif
