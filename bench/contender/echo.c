/* SPDX-License-Identifier: MIT */
#include "echo.h"

#include "bench.h"

void bench_echo(harness_stream_t *stream, void *arg) {
  char data[BENCH_TRIP_SIZE];
  ptrdiff_t size;

  (void)arg;
  while ((size = harness_read(stream, data, sizeof data)) > 0)
    harness_write(stream, data, (size_t)size);
}
