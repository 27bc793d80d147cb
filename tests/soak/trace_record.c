/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include <string.h>

/* Makes the lanes, those numbered by content among the others as chance has it. */
static void make_lanes(const trace_t *trace, harness__recorder_t *recorder, harness__lane_t *lanes,
                       uint64_t *random) {
  uint32_t numbers[2] = {0};
  int left = trace->lane_count;

  memset(lanes, 0, TRACE_LANES * sizeof *lanes);
  while (left > 0) {
    int i = (int)trace_draw(random, (unsigned)trace->lane_count);
    const lane_t *lane = &trace->lanes[i];
    uint32_t *number = &numbers[lane->family[0] == 's'];
    bool ready = lanes[i] == 0 && (lane->kind != LANE_CHILD || lanes[lane->parent] != 0);

    /* Those that keep their order come in it. */
    for (int j = 0; j < i && lane->kind == LANE_NUMBERED; j++)
      ready = ready && (trace->lanes[j].kind != LANE_NUMBERED || lanes[j] != 0);
    if (!ready)
      continue;
    if (lane->kind == LANE_NAMED)
      lanes[i] = harness__recorder_lane(recorder, lane->family, 0, 0);
    else if (lane->kind == LANE_CHILD)
      lanes[i] = harness__recorder_child(recorder, lanes[lane->parent], lane->number);
    else
      lanes[i] = harness__recorder_lane(recorder, lane->family, ++*number,
                                        lane->kind != LANE_UNNAMED ? 0
                                        : lane->accepted           ? HARNESS__LANE_ACCEPTED
                                                                   : HARNESS__LANE_BY_CONTENT);
    if (lane->free_peer)
      harness__recorder_set_flags(recorder, lanes[i], HARNESS__LANE_FREE_PEER);
    left--;
  }
}

/* What is recorded so far. */
typedef struct recording {
  const trace_t *trace;
  harness__recorder_t *recorder;
  harness__lane_t lanes[TRACE_LANES];
  harness__event_ref_t refs[TRACE_NODES];
  bool done[TRACE_NODES];
  int next[TRACE_LANES]; /* the node that the lane comes to next; the trace's count: none */
  uint64_t *random;
} recording_t;

static int next_in_lane(const trace_t *trace, int lane, int from) {
  while (from < trace->count && trace->nodes[from].lane != lane)
    from++;
  return from;
}

static bool is_ready(const recording_t *recording, int at) {
  const node_t *node = &recording->trace->nodes[at];

  if (recording->done[at] || (node->lane != SILENT && recording->next[node->lane] != at))
    return false;
  for (int i = 0; i < node->cause_count; i++)
    if (!recording->done[node->causes[i]])
      return false;
  return true;
}

static harness__event_ref_t record_event(recording_t *recording, const node_t *node, harness__past_t *past) {
  harness__recorder_t *recorder = recording->recorder;
  harness__lane_t lane = recording->lanes[node->lane];
  harness__note_t note = {.kind = node->kind, .from = node->from, .at_ms = trace_draw(recording->random, 3)};
  harness__event_ref_t cause = 0;

  note.peer = node->peer != NO_PEER ? recording->lanes[node->peer] : 0;
  if (node->kind == HARNESS__EVENT_ERROR)
    note.code = node->text;
  else
    note.data = node->text;
  note.size = node->kind == HARNESS__EVENT_ERROR ? 0 : strlen(node->text);
  for (int i = 0; i < node->cause_count && past == NULL; i++) {
    if (i == 0 && !trace_is_joined(recording->trace, node))
      cause = recording->refs[node->causes[i]];
    else
      harness__recorder_after(recorder, lane, recording->refs[node->causes[i]]);
  }
  note.cause = cause;
  if (trace_is_joined(recording->trace, node) && note.size > 1 && trace_draw(recording->random, 2) == 0) {
    size_t rest = note.size - 1;
    harness__event_ref_t first;

    note.size = 1;
    first = past != NULL ? harness__record_by(recorder, past, lane, &note)
                         : harness__record(recorder, lane, &note);
    note.data = node->text + 1;
    note.size = rest;
    return harness__record(recorder, lane, &note) != 0 && trace_draw(recording->random, 2) == 0
               ? first
               : harness__recorder_last(recorder, lane);
  }
  return past != NULL ? harness__record_by(recorder, past, lane, &note)
                      : harness__record(recorder, lane, &note);
}

static void record_node(recording_t *recording, int at) {
  const node_t *node = &recording->trace->nodes[at];
  harness__past_t past = {0};

  for (int i = 0; i < node->cause_count; i++)
    if (node->lane == SILENT || node->by_party)
      harness__past_add(recording->recorder, &past, recording->refs[node->causes[i]]);
  if (node->lane == SILENT)
    recording->refs[at] = harness__past_share(&past);
  else
    recording->refs[at] = record_event(recording, node, node->by_party ? &past : NULL);
  recording->done[at] = true;
  if (node->lane != SILENT)
    recording->next[node->lane] = next_in_lane(recording->trace, node->lane, at + 1);
}

harness__transcript_t *trace_record(const trace_t *trace, uint64_t *random) {
  recording_t recording = {.trace = trace, .recorder = harness__recorder_new(0), .random = random};
  harness__transcript_t *transcript = NULL;

  if (recording.recorder == NULL)
    return NULL;
  harness__recorder_set_free_running(recording.recorder);
  make_lanes(trace, recording.recorder, recording.lanes, random);
  for (int i = 0; i < trace->lane_count; i++)
    recording.next[i] = next_in_lane(trace, i, 0);
  for (int left = trace->count; left > 0; left--) {
    int ready[TRACE_NODES];
    unsigned count = 0;

    for (int i = 0; i < trace->count; i++)
      if (is_ready(&recording, i))
        ready[count++] = i;
    record_node(&recording, ready[trace_draw(random, count)]);
  }
  transcript = harness__recorder_transcript(recording.recorder);
  harness__recorder_free(recording.recorder);
  return transcript;
}
