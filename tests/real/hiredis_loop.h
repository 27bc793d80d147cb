/* SPDX-License-Identifier: MIT */
/* hiredis on a libuv loop, where its own adapter does not do: that one ignores what libuv says of a socket
 * with an error, and never learns that a connection was refused or reset. */
#ifndef TESTS_REAL_HIREDIS_LOOP_H
#define TESTS_REAL_HIREDIS_LOOP_H

#include <hiredis/async.h>
#include <uv.h>

/* Returns REDIS_OK or REDIS_ERR, as redisLibuvAttach. */
int hiredis_loop_attach(redisAsyncContext *redis, uv_loop_t *loop);

#endif
