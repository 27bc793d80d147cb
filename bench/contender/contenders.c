/* SPDX-License-Identifier: MIT */
#include "contender.h"

uint64_t bench_harness_connections(size_t count);
uint64_t bench_harness_memory_connections(size_t count);
uint64_t bench_harness_connection_bytes(size_t count);
uint64_t bench_harness_memory_connection_bytes(size_t count);
uint64_t bench_harness_bulk(size_t count);
uint64_t bench_harness_blocking(size_t count);

const bench_workload_t bench_workloads[] = {
    {"life_cycles", bench_harness_life_cycles_kept},
    {"fresh_life_cycles", bench_harness_life_cycles_fresh},
    {"round_trips", bench_harness_round_trips},
    {"connections", bench_harness_connections},
    {"bulk", bench_harness_bulk},
    {"blocking", bench_harness_blocking},
    {"whole_tests", bench_harness_whole_tests},
    {"memory_round_trips", bench_harness_memory_round_trips},
    {"memory_messages", bench_harness_memory_messages},
    {"memory_connections", bench_harness_memory_connections},
    {"connection_bytes", bench_harness_connection_bytes},
    {"memory_connection_bytes", bench_harness_memory_connection_bytes},
    {NULL, NULL},
};
