/* SPDX-License-Identifier: MIT */
/* Recordings of any length, as tests leave them and as they are worst for what is made of them. */
#ifndef HARNESS_BENCH_TRANSCRIPT_CASES_H
#define HARNESS_BENCH_TRANSCRIPT_CASES_H

#include "record/recorder.h"
#include "record/transcript.h"

typedef struct bench_recording {
  const char *name;
  const char *about;
  /* Records about that many events. */
  void (*record)(harness__recorder_t *recorder, size_t events);
  bool changed; /* differences to it are measured, too */
} bench_recording_t;

/* Ends with one without a name; the first is what most tests leave. */
extern const bench_recording_t bench_recordings[];

typedef struct bench_change {
  const char *name;
  /* Changes a transcript. */
  void (*change)(harness__transcript_t *transcript);
} bench_change_t;

/* Ends with one without a name. */
extern const bench_change_t bench_changes[];

#endif
