/* SPDX-License-Identifier: MIT */
/* Private: what the reading half of a stream shares with the writing half. */
#ifndef HARNESS_NETWORK_STREAM_H
#define HARNESS_NETWORK_STREAM_H

#include "network/network.h"

/* Records and returns why the connection is broken; the first call that meets it does. */
int harness__stream_tell_break(harness_stream_t *s);

/* Gives the kernel more of what was written and it had not taken yet. Returns whether it took any. */
bool harness__stream_push_unsent(harness_stream_t *s);

/* Refuses what no parking call can work with. Returns 0 or the code. */
int harness__stream_check_parking(harness_stream_t *s);

#endif
