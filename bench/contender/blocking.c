/* SPDX-License-Identifier: MIT */
/* Clients that block in background calls, against a server in the harness; recorded. */
#include <harness/harness.h>
#include <stdlib.h>
#include <uv.h>

#include "contender.h"
#include "echo.h"

static void *call(void *arg) {
  bench_call(harness_server_port(arg));
  return arg;
}

uint64_t bench_harness_blocking(size_t count) {
  harness_options_t options = {.timeout_ms = -1};
  harness_task_t **tasks = calloc(count, sizeof(harness_task_t *));
  harness_server_t *server;
  uint64_t start;
  harness_t *h;

  (void)setenv("UV_THREADPOOL_SIZE", "8", 0);
  h = harness_open(&options);
  bench_check(h == NULL || tasks == NULL ? UV_ENOMEM : 0, "harness_open");
  start = bench_now_ns();
  server = harness_start_server(h, bench_echo, NULL, NULL);
  for (size_t i = 0; i < count; i++)
    tasks[i] = harness_call_in_background(h, call, server);
  (void)harness_run_in_foreground(h, harness_wait_all(h, tasks, count));
  harness_server_close(server);
  bench_check(harness_settle(h), "settle");
  start = bench_now_ns() - start;
  for (size_t i = 0; i < count; i++)
    bench_check(harness_task_status(tasks[i]), "a call");
  bench_check(-harness_close(h), "harness_close");
  free(tasks);
  return start;
}
