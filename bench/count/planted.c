/* SPDX-License-Identifier: MIT */
/* The planted slowdown: each event costs $BENCH_PLANTED instructions more before it is recorded. */
#include <stdlib.h>

#include "record/recorder.h"

harness__event_ref_t __real_harness__record(harness__recorder_t *recorder, harness__lane_t lane,
                                            const harness__note_t *note);
harness__event_ref_t __wrap_harness__record(harness__recorder_t *recorder, harness__lane_t lane,
                                            const harness__note_t *note);

/* A turn of the loop is three instructions: the step, the comparison, the jump. */
static void spend(long instructions) {
  for (long i = 0; i < instructions; i += 3)
    __asm__ volatile("");
}

harness__event_ref_t __wrap_harness__record(harness__recorder_t *recorder, harness__lane_t lane,
                                            const harness__note_t *note) {
  static long planted = -1;

  if (planted < 0) {
    const char *text = getenv("BENCH_PLANTED");

    planted = text != NULL ? strtol(text, NULL, 10) : 0;
  }
  spend(planted);
  return __real_harness__record(recorder, lane, note);
}
