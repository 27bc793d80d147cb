/* SPDX-License-Identifier: MIT */
/* The planted slowdown: each write costs $BENCH_PLANTED instructions more. */
#include <stdlib.h>

#include <harness/stream.h>

ptrdiff_t __real_harness_write(harness_stream_t *stream, const void *data, size_t size);
ptrdiff_t __wrap_harness_write(harness_stream_t *stream, const void *data, size_t size);

/* A turn of the loop is three instructions: the step, the comparison, the jump. */
static void spend(long instructions) {
  for (long i = 0; i < instructions; i += 3)
    __asm__ volatile("");
}

ptrdiff_t __wrap_harness_write(harness_stream_t *stream, const void *data, size_t size) {
  static long planted = -1;

  if (planted < 0) {
    const char *text = getenv("BENCH_PLANTED");

    planted = text != NULL ? strtol(text, NULL, 10) : 0;
  }
  spend(planted);
  return __real_harness_write(stream, data, size);
}
