/* SPDX-License-Identifier: MIT */
/*
 * Taking down the bytes of connections, which most events are, the short way: where nothing is unusual an
 * event is a few stores and one copy, or none where what is received is what its cause has sent, and where
 * what is sent is what was received just before, as by an echo. All else goes the long way (recorder.c),
 * which takes down the same.
 */
#include <string.h>

#include "base/seldom.h"
#include "base/slow.h"
#include "record/store.h"

/* The lane, where its next event may go the short way; else NULL. That is never the first of its chunk. */
static inline harness__lane_info_t *short_lane(const harness__recorder_t *recorder,
                                               const harness__past_t *past, harness__lane_t lane, size_t size,
                                               uint64_t at_ms) {
  size_t index = (size_t)lane - 1;
  harness__lane_info_t *info;

  if (index >= recorder->lane_count)
    return NULL;
  info = &recorder->lanes[index];
  return past->ref == info->last && info->chain == 0 && size <= recorder->short_limit &&
                 at_ms == recorder->now_ms && recorder->next != recorder->chunk_end
             ? info
             : NULL;
}

/* Counts the event that was just filled in. */
static inline harness__event_ref_t count_event(harness__recorder_t *recorder, harness__past_t *past,
                                               harness__lane_info_t *info) {
  harness__event_ref_t ref = ++recorder->count;

  recorder->next++;
  info->count++;
  info->last = ref;
  past->ref = ref;
  return ref;
}

/* What was received, where it is part of what its cause has sent. Whatever the ledger says of that, the bytes
 * that were read decide. */
static inline const void *find_sent(const harness__recorder_t *recorder, harness__event_ref_t cause,
                                    uint64_t left, const void *data, size_t size) {
  const harness__event_t *sent;
  const char *bytes;

  if (cause - 1 >= recorder->count || harness__is_slow(HARNESS__SLOW_STORE))
    return NULL;
  sent = harness__event_at(recorder, cause);
  if (sent->kind != HARNESS__EVENT_SEND || sent->is_long || sent->size < size || sent->size - size < left)
    return NULL;
  bytes = (const char *)sent->data + (sent->size - size - left);
  return memcmp(bytes, data, size) == 0 ? bytes : NULL;
}

/* What a lane sends as the recorder has it: what was just received there, where that is the same, as it is
 * for an echo. last: an event, or NULL. NULL when memory is exhausted. */
static inline const void *keep_sent(harness__recorder_t *recorder, const harness__event_t *last,
                                    harness__lane_t lane, const void *data, size_t size) {
  void *copy;

  if (last != NULL && last->kind == HARNESS__EVENT_RECEIVE && last->lane == lane && !last->is_long &&
      last->size == size && !harness__is_slow(HARNESS__SLOW_STORE) && memcmp(last->data, data, size) == 0)
    return last->data;
  copy = harness__arena_bytes(&recorder->arena, size);
  return copy != NULL ? memcpy(copy, data, size) : NULL;
}

HARNESS__SELDOM static harness__event_ref_t send_long_way(harness__recorder_t *recorder,
                                                          harness__past_t *past, harness__lane_t lane,
                                                          const void *data, size_t size, uint64_t at_ms) {
  harness__note_t note = {.kind = HARNESS__EVENT_SEND, .data = data, .size = size, .at_ms = at_ms};

  return harness__record_by(recorder, past, lane, &note);
}

harness__event_ref_t harness__record_sent(harness__recorder_t *recorder, harness__past_t *past,
                                          harness__lane_t lane, const void *data, size_t size,
                                          uint64_t at_ms) {
  harness__lane_info_t *info = short_lane(recorder, past, lane, size, at_ms);
  const void *kept = info != NULL ? keep_sent(recorder, recorder->next - 1, lane, data, size) : NULL;

  if (kept == NULL)
    return send_long_way(recorder, past, lane, data, size, at_ms);
  *recorder->next = (harness__event_t){.data = kept,
                                       .size = size & HARNESS__MOST_SIZE,
                                       .kind = HARNESS__EVENT_SEND,
                                       .previous = (uint32_t)info->last,
                                       .lane = lane};
  return count_event(recorder, past, info);
}

const void *harness__keep_bytes(harness__recorder_t *recorder, const harness__event_t *event,
                                const harness__note_t *note) {
  const harness__event_t *last = NULL;
  const void *sent = NULL;

  if (note->kind == HARNESS__EVENT_RECEIVE)
    sent = find_sent(recorder, note->cause, note->left, note->data, note->size);
  else if (event->previous != 0)
    last = harness__event_at(recorder, event->previous);
  return sent != NULL ? sent : keep_sent(recorder, last, event->lane, note->data, note->size);
}

harness__event_ref_t harness__record_received(harness__recorder_t *recorder, harness__past_t *past,
                                              harness__lane_t lane, const void *data, size_t size,
                                              uint64_t at_ms, harness__event_ref_t cause, uint64_t left) {
  harness__lane_info_t *info = short_lane(recorder, past, lane, size, at_ms);
  const void *sent = info != NULL ? find_sent(recorder, cause, left, data, size) : NULL;

  if (sent == NULL)
    return harness__record_by(recorder, past, lane,
                              &(harness__note_t){.kind = HARNESS__EVENT_RECEIVE,
                                                 .data = data,
                                                 .size = size,
                                                 .cause = cause,
                                                 .left = left,
                                                 .at_ms = at_ms});
  *recorder->next = (harness__event_t){.data = sent,
                                       .size = size & HARNESS__MOST_SIZE,
                                       .kind = HARNESS__EVENT_RECEIVE,
                                       .cause = harness__ref_short(cause),
                                       .previous = (uint32_t)info->last,
                                       .lane = lane};
  return count_event(recorder, past, info);
}

/* The same as that event keeps of data of the same size. */
static const harness__long_t *find_long(const harness__recorder_t *recorder, uint32_t ref, size_t size,
                                        const harness__long_t *made) {
  const harness__event_t *other;

  if (ref == 0 || ref > recorder->count || harness__is_slow(HARNESS__SLOW_STORE))
    return NULL;
  other = harness__event_at(recorder, ref);
  return other->is_long && other->size == size && memcmp(other->data, made, sizeof *made) == 0 ? other->data
                                                                                               : NULL;
}

/* What was received is mostly what its cause has sent, and what an echo sends is what it has received: then
 * that is kept once. It is digested each time, since a transcript says what was really sent and received. */
const harness__long_t *harness__keep_long(harness__recorder_t *recorder, const harness__event_t *event,
                                          const void *data, size_t size) {
  harness__long_t made = {.head = {0}};
  const harness__long_t *kept;
  void *copy;

  harness__hash(made.hash, data, size);
  memcpy(made.head, data, size < sizeof made.head ? size : sizeof made.head);
  kept = find_long(recorder, event->cause, size, &made);
  if (kept == NULL)
    kept = find_long(recorder, event->previous, size, &made);
  if (kept != NULL)
    return kept;
  copy = harness__arena_bytes(&recorder->arena, sizeof made);
  return copy != NULL ? memcpy(copy, &made, sizeof made) : NULL;
}
