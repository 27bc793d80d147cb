/* SPDX-License-Identifier: MIT */
/* Private to the torture: allocations that can be made to fail, and are counted. */
#ifndef TORTURE_ALLOCATIONS_H
#define TORTURE_ALLOCATIONS_H

#include <stddef.h>

/* libuv, jansson and PCRE2 allocate here from now on; the harness does by the linker's --wrap. */
void allocations_take_over(void);

/* How many blocks there are. */
size_t allocations_held(void);

/* Prints those that were not there before the last call. */
void allocations_tell_new(void);

#endif
