/* SPDX-License-Identifier: MIT */
/* Private: the threads of background calls. */
#ifndef HARNESS_RUN_POOL_THREADS_H
#define HARNESS_RUN_POOL_THREADS_H

#include "base/world.h"

/* Sees to it that libuv can make the threads of its pool, as many as there can be. Returns 0 or UV_EAGAIN …,
 * where there can't be one. */
int harness__threads_make_sure(void);

#endif
