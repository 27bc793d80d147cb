/* SPDX-License-Identifier: MIT */
#ifndef HARNESS_BENCH_EPOLL_PEER_H
#define HARNESS_BENCH_EPOLL_PEER_H

#include "contender.h"

uint64_t bench_epoll_life_cycles(size_t count);
uint64_t bench_epoll_fresh_life_cycles(size_t count);
uint64_t bench_epoll_round_trips(size_t count);
uint64_t bench_epoll_connections(size_t count);
uint64_t bench_epoll_bulk(size_t count);

#endif
