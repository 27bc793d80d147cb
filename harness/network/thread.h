/* SPDX-License-Identifier: MIT */
/* Private: what threads outside of the harness log. */
#ifndef HARNESS_NETWORK_THREAD_H
#define HARNESS_NETWORK_THREAD_H

#include "network/network.h"

/* Hands a line over, for the future's lane, or with NULL for that of the calling thread. Any thread. */
void harness__thread_post_line(harness_t *h, harness_task_t *future, const char *text, size_t size);

/* Hands over what a background call has taken down so far, on its thread. */
void harness__thread_post_notes(harness_task_t *call);

/* Frees the lines at which the log sink was left by a jump. */
void harness__thread_free_shown(struct harness__network *network);

/* The lane of that thread, 0 where it has logged nothing. */
harness__lane_t harness__thread_lane(const harness_t *h, uint64_t thread);

#endif
