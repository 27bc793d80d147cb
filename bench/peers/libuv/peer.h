/* SPDX-License-Identifier: MIT */
#ifndef HARNESS_BENCH_LIBUV_PEER_H
#define HARNESS_BENCH_LIBUV_PEER_H

#include "contender.h"

uint64_t bench_libuv_connections(size_t count);
uint64_t bench_libuv_connection_bytes(size_t count);
uint64_t bench_libuv_bulk(size_t count);

#endif
