/* SPDX-License-Identifier: MIT */
/*
 * Taking down events. This is on the path of every byte a test exchanges, so an event is a few stores into a
 * chunk and one copy of its data, none where what is received is what its cause has sent (data.c); names,
 * digests in hexadecimal and order are left to whoever asks for the transcript.
 */
#include "record/recorder.h"

#include <stdlib.h>
#include <string.h>

#include "base/seldom.h"
#include "record/redact.h"
#include "record/store.h"

harness__recorder_t *harness__recorder_new(size_t data_limit) {
  harness__recorder_t *recorder = calloc(1, sizeof *recorder);

  if (recorder == NULL)
    return NULL;
  recorder->data_limit = data_limit != 0 ? data_limit : HARNESS__DATA_LIMIT;
  recorder->short_limit = recorder->data_limit;
  return recorder;
}

void harness__recorder_free(harness__recorder_t *recorder) {
  if (recorder == NULL)
    return;
  free(recorder->chunks);
  free(recorder->times);
  free(recorder->edges);
  free(recorder->joints);
  harness__lanes_free(recorder);
  harness__rules_free(&recorder->redactions);
  harness__rules_free(&recorder->placeholders);
  free(atomic_load(&recorder->trouble));
  harness__arena_free(&recorder->arena);
  free(recorder);
}

HARNESS__SELDOM static bool chunk_add(harness__recorder_t *recorder) {
  size_t count = recorder->count / HARNESS__CHUNK_EVENTS;
  harness__event_t **chunks =
      harness__grow(recorder->chunks, count, &recorder->chunk_capacity, sizeof *chunks);

  if (chunks == NULL || recorder->count > HARNESS__MOST_EVENTS - HARNESS__CHUNK_EVENTS)
    return false;
  recorder->chunks = chunks;
  recorder->next = harness__arena_alloc(&recorder->arena, HARNESS__CHUNK_EVENTS * sizeof **chunks);
  chunks[count] = recorder->next;
  recorder->chunk_end = recorder->next != NULL ? recorder->next + HARNESS__CHUNK_EVENTS : NULL;
  return recorder->next != NULL;
}

HARNESS__SELDOM static bool time_add(harness__recorder_t *recorder, uint64_t at_ms) {
  harness__time_t *times =
      harness__grow(recorder->times, recorder->time_count, &recorder->time_capacity, sizeof *times);

  if (times == NULL)
    return false;
  recorder->times = times;
  times[recorder->time_count++] = (harness__time_t){.from = recorder->count + 1, .at_ms = at_ms};
  recorder->now_ms = at_ms;
  return true;
}

/* Receives from a free-running peer are joined later, which takes their bytes; datagrams, which name their
 * peer, never are. Values are replaced before a digest is made. */
static bool is_cut(const harness__recorder_t *recorder, harness__lane_t lane, const harness__note_t *note) {
  if (note->size <= recorder->data_limit || note->kind == HARNESS__EVENT_LOG ||
      recorder->placeholders.count > 0)
    return false;
  return note->kind != HARNESS__EVENT_RECEIVE || note->peer != 0 ||
         (recorder->lanes[lane - 1].flags & HARNESS__LANE_FREE_PEER) == 0;
}

HARNESS__SELDOM static bool keep_other(harness__recorder_t *recorder, harness__event_t *event,
                                       const harness__note_t *note) {
  if (recorder->redactions.count > 0) {
    if (note->kind == HARNESS__EVENT_SEND || note->kind == HARNESS__EVENT_RECEIVE)
      return harness__redact_take(recorder, recorder->count, note);
    if (!harness__redact_border(recorder, event->lane, note))
      return false;
  }
  event->size = note->size & HARNESS__MOST_SIZE;
  event->is_long = false;
  if (note->kind == HARNESS__EVENT_ERROR) {
    event->data = note->code != NULL ? note->code : "UNKNOWN";
  } else if (note->size == 0) {
    event->data = "";
  } else if (is_cut(recorder, event->lane, note)) {
    event->is_long = true;
    recorder->has_long = true;
    event->data = harness__keep_long(recorder, event, note->data, note->size);
  } else {
    event->data = harness__arena_copy(&recorder->arena, note->data, note->size);
  }
  return event->data != NULL;
}

static bool keep_data(harness__recorder_t *recorder, harness__event_t *event, const harness__note_t *note) {
  if ((note->kind == HARNESS__EVENT_SEND || note->kind == HARNESS__EVENT_RECEIVE) && note->size > 0 &&
      note->size <= recorder->data_limit && recorder->redactions.count == 0) {
    event->size = note->size & HARNESS__MOST_SIZE;
    event->is_long = false;
    event->data = harness__keep_bytes(recorder, event, note);
    return event->data != NULL;
  }
  return keep_other(recorder, event, note);
}

/* The event that is about to be recorded comes after the last one in any lane of the chain. */
HARNESS__SELDOM static void follow_chain(harness__recorder_t *recorder, harness__lane_t lane,
                                         harness__lane_info_t *chain) {
  if (chain->chained != 0 && harness__event_at(recorder, chain->chained)->lane != lane)
    harness__recorder_after(recorder, lane, chain->chained);
  chain->chained = recorder->count;
}

/* The event stays counted, so that its chunk is freed; what failed is never read again. */
HARNESS__SELDOM static void lose(harness__recorder_t *recorder, harness__event_t *event) {
  harness__recorder_fail(recorder);
  event->data = "";
  event->size = 0;
  event->is_long = false;
}

/* Room for an event of a lane there is, at that time. */
static inline harness__event_t *event_new(harness__recorder_t *recorder, uint64_t at_ms) {
  if (recorder->failed || (recorder->count % HARNESS__CHUNK_EVENTS == 0 && !chunk_add(recorder)) ||
      (at_ms != recorder->now_ms && !time_add(recorder, at_ms)))
    return NULL;
  recorder->count++;
  return recorder->next++;
}

static harness__event_ref_t fail(harness__recorder_t *recorder) {
  if (!recorder->off)
    harness__recorder_fail(recorder);
  return 0;
}

harness__event_ref_t harness__record_by(harness__recorder_t *recorder, harness__past_t *past,
                                        harness__lane_t lane, const harness__note_t *note) {
  harness__lane_info_t *info = harness__lane_at(recorder, lane);
  harness__event_t *event = NULL;

  /* Mostly it is the lane's last event: then program order says it. */
  if (info != NULL && past->ref != info->last)
    harness__past_put_behind(recorder, past, lane);
  past->ref = 0;
  if (info != NULL && !recorder->off && (unsigned)note->kind < HARNESS__EVENT_KINDS)
    event = event_new(recorder, note->at_ms);
  if (event == NULL)
    return fail(recorder);
  if (info->chain != 0)
    follow_chain(recorder, lane, &recorder->lanes[info->chain - 1]);
  event->cause = harness__ref_short(note->cause);
  event->previous = (uint32_t)info->last;
  event->lane = lane;
  event->peer = note->peer;
  event->kind = (uint8_t)note->kind;
  event->from = note->from;
  info->last = recorder->count;
  info->count++;
  if (!keep_data(recorder, event, note)) {
    lose(recorder, event);
    return 0;
  }
  past->ref = info->last;
  return past->ref;
}

harness__event_ref_t harness__record(harness__recorder_t *recorder, harness__lane_t lane,
                                     const harness__note_t *note) {
  harness__past_t past = {.ref = harness__recorder_last(recorder, lane)};

  return harness__record_by(recorder, &past, lane, note);
}

harness__event_ref_t harness__recorder_last(const harness__recorder_t *recorder, harness__lane_t lane) {
  const harness__lane_info_t *info = harness__lane_at(recorder, lane);
  return info != NULL ? info->last : 0;
}

void harness__recorder_set_free_running(harness__recorder_t *recorder) {
  recorder->free_running = true;
}

bool harness__recorder_is_free_running(const harness__recorder_t *recorder) {
  return recorder->free_running;
}

void harness__recorder_set_off(harness__recorder_t *recorder) {
  recorder->off = true;
  recorder->short_limit = 0;
}

bool harness__recorder_is_off(const harness__recorder_t *recorder) {
  return recorder->off;
}

void harness__recorder_set_failed(harness__recorder_t *recorder) {
  harness__recorder_fail(recorder);
}

bool harness__recorder_failed(const harness__recorder_t *recorder) {
  return recorder->failed;
}

void harness__recorder_set_trouble(harness__recorder_t *recorder, char *sentence) {
  char *none = NULL;

  if (sentence == NULL)
    sentence = strdup("no memory to say what is wrong with the transcript");
  if (!atomic_compare_exchange_strong(&recorder->trouble, &none, sentence))
    free(sentence);
}

const char *harness__recorder_trouble(const harness__recorder_t *recorder) {
  return atomic_load(&recorder->trouble);
}

bool harness__recorder_add_redaction(harness__recorder_t *recorder, const char *name, const char *regex,
                                     char **sentence) {
  if (recorder->count > 0) {
    *sentence = strdup("a redaction must be made before anything is recorded");
    return false;
  }
  recorder->short_limit = 0;
  return harness__rules_add(&recorder->redactions, &recorder->placeholders, HARNESS__RULE_REDACTION, name,
                            regex, sentence);
}

bool harness__recorder_add_placeholder(harness__recorder_t *recorder, const char *name, const char *regex,
                                       bool single, char **sentence) {
  if (recorder->has_long) {
    *sentence = strdup("a placeholder must be made before data longer than data_limit is recorded, which is "
                       "kept as a digest only");
    return false;
  }
  return harness__rules_add(&recorder->placeholders, &recorder->redactions,
                            single ? HARNESS__RULE_SINGLE : HARNESS__RULE_NUMBERED, name, regex, sentence);
}

unsigned harness__note_ends(harness__event_kind_t kind, bool from) {
  switch (kind) {
  case HARNESS__EVENT_CONNECT:
  case HARNESS__EVENT_ACCEPT:
  case HARNESS__EVENT_CLOSE:
    return HARNESS__ENDS_RECEIVES | HARNESS__ENDS_SENDS;
  case HARNESS__EVENT_EOF:
    return from ? HARNESS__ENDS_RECEIVES : HARNESS__ENDS_SENDS;
  default: /* after a reset what came before it can still be received */
    return 0;
  }
}

void harness__data_make(harness__data_t *data, const char *bytes, size_t size, size_t limit) {
  data->head = bytes;
  data->head_size = size;
  data->bytes = size;
  data->digest[0] = '\0';
  if (size > limit) {
    harness__digest(data->digest, bytes, size);
    if (size > HARNESS__HEAD_SIZE)
      data->head_size = HARNESS__HEAD_SIZE;
  }
}

static void long_entry(const harness__event_t *event, harness__data_t *data) {
  const harness__long_t *kept = event->data;

  data->head = kept->head;
  data->head_size = event->size < HARNESS__HEAD_SIZE ? (size_t)event->size : HARNESS__HEAD_SIZE;
  data->bytes = event->size;
  harness__digest_text(data->digest, kept->hash);
}

uint64_t harness__event_at_ms(const harness__recorder_t *recorder, harness__event_ref_t ref) {
  size_t first = 0;
  size_t end = recorder->time_count;

  while (first < end) {
    size_t middle = first + (end - first) / 2;

    if (recorder->times[middle].from <= ref)
      first = middle + 1;
    else
      end = middle;
  }
  return first > 0 ? recorder->times[first - 1].at_ms : 0;
}

void harness__event_entry(const harness__recorder_t *recorder, harness__event_ref_t ref,
                          harness__entry_t *entry) {
  const harness__event_t *event = harness__event_at(recorder, ref);

  memset(entry, 0, sizeof *entry);
  entry->kind = (harness__event_kind_t)event->kind;
  entry->at_ms = harness__event_at_ms(recorder, ref);
  switch (entry->kind) {
  case HARNESS__EVENT_SEND:
  case HARNESS__EVENT_RECEIVE:
    if (event->is_long)
      long_entry(event, &entry->data);
    else
      harness__data_make(&entry->data, event->data, (size_t)event->size, recorder->data_limit);
    break;
  case HARNESS__EVENT_LOG:
    entry->text = event->data;
    entry->text_size = (size_t)event->size;
    break;
  case HARNESS__EVENT_ERROR:
    entry->code = event->data;
    break;
  default:
    break;
  }
}

const char **harness__entry_peer(harness__entry_t *entry, harness__lane_t peer, bool from) {
  switch (entry->kind) {
  case HARNESS__EVENT_CONNECT:
    return &entry->to;
  case HARNESS__EVENT_ACCEPT:
    return &entry->from;
  case HARNESS__EVENT_SEND: /* bytes of a connection have one way to go, datagrams say theirs */
    return peer != 0 ? &entry->to : NULL;
  case HARNESS__EVENT_RECEIVE:
    return peer != 0 ? &entry->from : NULL;
  case HARNESS__EVENT_EOF:
  case HARNESS__EVENT_RESET:
    return from ? &entry->from : &entry->to;
  default:
    return NULL;
  }
}

static void visit_entry(harness__recorder_t *recorder, harness__event_ref_t ref,
                        void (*visit)(const harness__entry_t *entry, void *arg), void *arg) {
  const harness__event_t *event = harness__event_at(recorder, ref);
  harness__entry_t entry;
  const char **peer;

  harness__event_entry(recorder, ref, &entry);
  entry.lane = event->lane;
  peer = harness__entry_peer(&entry, event->peer, event->from);
  if (peer != NULL)
    *peer = harness__recorder_lane_name(recorder, event->peer);
  visit(&entry, arg);
}

void harness__recorder_recent(harness__recorder_t *recorder, harness__lane_t lane, size_t count,
                              void (*visit)(const harness__entry_t *entry, void *arg), void *arg) {
  enum { MOST = 64 };
  harness__event_ref_t refs[MOST];
  harness__event_ref_t ref = harness__recorder_last(recorder, lane);
  size_t found = 0;

  if (count > MOST)
    count = MOST;
  for (; found < count && ref != 0; ref = harness__event_at(recorder, ref)->previous)
    refs[found++] = ref;
  while (found > 0)
    visit_entry(recorder, refs[--found], visit, arg);
}
