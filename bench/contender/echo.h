/* SPDX-License-Identifier: MIT */
/* The server of every exchange but bulk. */
#ifndef HARNESS_BENCH_ECHO_H
#define HARNESS_BENCH_ECHO_H

#include <harness/harness.h>

/* A handler: sends back what it reads, up to BENCH_TRIP_SIZE bytes at a time. */
void bench_echo(harness_stream_t *stream, void *arg);

#endif
