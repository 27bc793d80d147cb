/* SPDX-License-Identifier: MIT */
/* The workloads that ci/count counts: those of the contender, and a transcript's way to its text. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <uv.h>

#include "contender.h"
#include "record/json.h"
#include "record/recorder.h"
#include "record/transcript.h"
#include "transcript_cases.h"

uint64_t bench_harness_connections(size_t count);
uint64_t bench_harness_bulk(size_t count);

/* Fixtures are parsed by jansson, whose tables have an order of chance, and with it malloc's work. */
static uint64_t whole_tests(size_t count) {
  json_object_seed(1);
  return bench_harness_whole_tests(count);
}

/* About that many events, recorded and brought into their order; and written, where the text is wanted. */
static uint64_t events_of(const bench_recording_t *recording, size_t count, bool text) {
  harness__recorder_t *recorder = harness__recorder_new(0);
  uint64_t start = bench_now_ns();
  harness__transcript_t *transcript;
  char *json = NULL;

  json_object_seed(1);
  bench_check(recorder != NULL ? 0 : UV_ENOMEM, "a recorder");
  recording->record(recorder, count);
  transcript = harness__recorder_transcript(recorder);
  bench_check(transcript != NULL ? 0 : UV_ENOMEM, "a transcript");
  if (text)
    json = harness__transcript_json(transcript);
  bench_check(json != NULL || !text ? 0 : UV_ENOMEM, "its text");
  start = bench_now_ns() - start;
  free(json);
  harness__transcript_free(transcript);
  harness__recorder_free(recorder);
  return start;
}

static const bench_recording_t *find(const char *name) {
  const bench_recording_t *recording = bench_recordings;

  while (recording->name != NULL && strcmp(recording->name, name) != 0)
    recording++;
  bench_check(recording->name != NULL ? 0 : UV_ENOENT, name);
  return recording;
}

static uint64_t ordered_events(size_t count) {
  return events_of(find("echo"), count, false);
}

static uint64_t caused_events(size_t count) {
  return events_of(find("woven"), count, false);
}

static uint64_t event_texts(size_t count) {
  return events_of(find("echo"), count, true);
}

const bench_workload_t bench_workloads[] = {
    {"round_trips", bench_harness_round_trips},
    {"memory_round_trips", bench_harness_memory_round_trips},
    {"memory_messages", bench_harness_memory_messages},
    {"life_cycles", bench_harness_life_cycles_kept},
    {"fresh_life_cycles", bench_harness_life_cycles_fresh},
    {"connections", bench_harness_connections},
    {"bulk", bench_harness_bulk},
    {"whole_tests", whole_tests},
    {"ordered_events", ordered_events},
    {"caused_events", caused_events},
    {"event_texts", event_texts},
    {NULL, NULL},
};
