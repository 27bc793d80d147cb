/* SPDX-License-Identifier: MIT */
/*
 * Redaction: a value is replaced by its name before the recorder keeps it, so that no transcript, difference
 * or report can show it.
 *
 * Reads cut streams anywhere, so a value may come byte by byte. Each direction of a lane therefore holds back
 * what may still become part of a value: the rules are matched partially, and what lies before the first
 * place where something might begin is decided and goes to its events. The rest waits for more bytes, or for
 * the end of the stream (its EOF, the lane's close, or the next connection in the lane), which decides it. So
 * what is found does not depend on the cutting. A value's name stands in the event where the value begins;
 * its other bytes are missing from those that follow.
 *
 *   bytes   [ context | undecided ............ ]    context: what rules may look back at
 *   events            [ e1: 3 left ][ e2: 7 left ]   whose bytes the undecided ones are
 *
 * A transcript that is asked for before the end shows what is held back as if the stream ended there; the
 * bytes stay held back. What is held back lies in memory of its own, which is overwritten before it is freed.
 * It is not looked at again for every byte, but when it has grown by an eighth, so that the cost stays
 * near-linear. More than a megabyte of it is trouble: then it is dropped, and there is no transcript.
 */
#include "record/redact.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_HELD = 1 << 20 };

typedef struct held {
  harness__event_ref_t event; /* 0: no event, what is decided stays in visible */
  size_t left;                /* of its bytes: undecided */
} held_t;

struct harness__hold {
  char *bytes;
  size_t size;
  size_t capacity;
  size_t decided; /* how many of the first ones are context */
  size_t looked;  /* how many there were when they were last looked at */
  held_t *events; /* those from first on have bytes left */
  size_t first;
  size_t count;
  size_t event_capacity;
  harness__buffer_t visible; /* of the first of them: what is decided */
  harness__effort_t effort;  /* of all looks at the stream */
};

static bool reserve(harness__hold_t *hold, size_t more) {
  size_t capacity = hold->capacity != 0 ? hold->capacity : 64;
  char *bytes;

  if (more > SIZE_MAX / 4 - hold->size)
    return false;
  while (capacity < hold->size + more)
    capacity *= 2;
  if (capacity == hold->capacity)
    return true;
  bytes = malloc(capacity);
  if (bytes == NULL)
    return false;
  if (hold->size > 0)
    memcpy(bytes, hold->bytes, hold->size);
  if (hold->capacity > 0)
    explicit_bzero(hold->bytes, hold->capacity);
  free(hold->bytes);
  hold->bytes = bytes;
  hold->capacity = capacity;
  return true;
}

static bool append(harness__hold_t *hold, harness__event_ref_t event, const void *bytes, size_t size) {
  held_t *events;

  if (hold->first == hold->count)
    hold->first = hold->count = 0;
  events = harness__grow(hold->events, hold->count, &hold->event_capacity, sizeof *events);
  if (events == NULL)
    return false;
  hold->events = events;
  if (!reserve(hold, size))
    return false;
  memcpy(hold->bytes + hold->size, bytes, size);
  hold->size += size;
  hold->effort.bytes += size;
  events[hold->count++] = (held_t){event, size};
  return true;
}

static void clear(harness__hold_t *hold) {
  if (hold->capacity > 0)
    explicit_bzero(hold->bytes, hold->capacity);
  free(hold->bytes);
  free(hold->events);
  harness__buffer_free(&hold->visible);
  memset(hold, 0, sizeof *hold);
}

/* The first event is decided. */
static bool finish(harness__recorder_t *recorder, harness__hold_t *hold) {
  harness__event_ref_t ref = hold->events[hold->first++].event;
  const char *text = hold->visible.text != NULL ? hold->visible.text : "";
  harness__event_t *event;
  char *data;

  if (ref == 0)
    return !hold->visible.failed;
  data = hold->visible.failed ? NULL : harness__arena_copy(&recorder->arena, text, hold->visible.length);
  if (data == NULL)
    return false;
  event = harness__event_at(recorder, ref);
  event->data = data;
  event->size = hold->visible.length & HARNESS__MOST_SIZE;
  hold->visible.length = 0;
  return true;
}

/* Decides the next bytes: they are shown, or left out. */
static bool pass(harness__recorder_t *recorder, harness__hold_t *hold, size_t from, size_t to, bool shown) {
  bool done = true;

  while (from < to) {
    held_t *held = &hold->events[hold->first];
    size_t part = to - from < held->left ? to - from : held->left;
    if (shown)
      harness__buffer_add(&hold->visible, hold->bytes + from, part);
    held->left -= part;
    from += part;
    if (held->left == 0 && !finish(recorder, hold))
      done = false;
  }
  return done;
}

/* Decides what can be decided, where it is the end everything. Sets *decided to where that ends. What is
 * trouble is left out. */
static bool decide(harness__recorder_t *recorder, harness__hold_t *hold, bool is_end, size_t *decided) {
  size_t at = hold->decided;
  size_t from = at;
  bool done = true;
  harness__scan_t scan;
  harness__hit_t hit;

  if (!harness__scan_begin(&scan, &recorder->redactions, NULL, hold->bytes, hold->size, !is_end))
    return false;
  scan.effort = hold->effort;
  for (;;) {
    harness__scan_next(&scan, from, &hit);
    if (hit.match != HARNESS__MATCH_FOUND)
      break;
    if (hit.kind == HARNESS__HIT_VALUE) {
      done = pass(recorder, hold, at, hit.found.from, true) && done;
      harness__rule_write(&hold->visible, hit.rule, 0, true);
      at = hit.found.to;
      done = pass(recorder, hold, hit.found.from, at, false) && done;
    } else {
      harness__recorder_set_trouble(recorder, harness__hit_trouble(&scan, &hit));
    }
    from = harness__hit_next(&hit);
  }
  if (hit.match == HARNESS__MATCH_GAVE_UP)
    harness__recorder_set_trouble(recorder, harness__hit_trouble(&scan, &hit));
  *decided = hit.match == HARNESS__MATCH_PARTIAL ? hit.found.start : hold->size;
  done = pass(recorder, hold, at, *decided, hit.match != HARNESS__MATCH_GAVE_UP) && done;
  hold->effort = scan.effort;
  harness__scan_end(&scan);
  return done;
}

/* Drops what no rule can look back at any more. One byte more is kept, so that no place but the true
 * beginning of the stream looks like it. */
static void trim(harness__recorder_t *recorder, harness__hold_t *hold, size_t decided) {
  size_t context = recorder->redactions.lookbehind + 1;
  size_t drop = decided > context ? decided - context : 0;

  if (drop > 0) {
    memmove(hold->bytes, hold->bytes + drop, hold->size - drop);
    explicit_bzero(hold->bytes + hold->size - drop, drop);
  }
  hold->size -= drop;
  hold->decided = decided - drop;
  hold->looked = hold->size;
}

static bool look(harness__recorder_t *recorder, harness__hold_t *hold) {
  harness__buffer_t sentence = {0};
  size_t decided;

  if (hold->size - hold->looked <= (hold->looked - hold->decided) / 8)
    return true;
  if (!decide(recorder, hold, false, &decided))
    return false;
  trim(recorder, hold, decided);
  if (hold->size - hold->decided <= MOST_HELD)
    return true;
  harness__buffer_printf(&sentence,
                         "more than %d bytes in a row may be the beginning of what is to be redacted: the "
                         "expression must say where it ends",
                         MOST_HELD);
  harness__recorder_set_trouble(recorder, harness__buffer_take(&sentence));
  clear(hold);
  return true;
}

static harness__hold_t *hold_of(harness__recorder_t *recorder, harness__lane_t lane,
                                harness__event_kind_t kind) {
  harness__lane_info_t *info = harness__lane_at(recorder, lane);

  if (info->holds == NULL)
    info->holds = calloc(2, sizeof *info->holds);
  return info->holds != NULL ? &info->holds[kind == HARNESS__EVENT_SEND] : NULL;
}

/* Bytes that are whole by themselves. visible (may be NULL): where they go if they are no event's. */
static bool take_whole(harness__recorder_t *recorder, harness__event_ref_t event, const void *bytes,
                       size_t size, harness__buffer_t *visible) {
  harness__hold_t *hold = calloc(1, sizeof *hold);
  size_t decided;
  bool done = hold != NULL && append(hold, event, bytes, size) && decide(recorder, hold, true, &decided);

  if (hold != NULL && visible != NULL) {
    *visible = hold->visible;
    hold->visible = (harness__buffer_t){0};
  }
  if (hold != NULL)
    clear(hold);
  free(hold);
  return done;
}

bool harness__redact_take(harness__recorder_t *recorder, harness__event_ref_t event,
                          const harness__note_t *note) {
  harness__event_t *kept = harness__event_at(recorder, event);
  harness__hold_t *hold;

  kept->data = "";
  kept->size = 0;
  kept->is_long = false;
  /* Where there is trouble there is no transcript, and what gave up once need not do so for every read. */
  if (note->size == 0 || harness__recorder_trouble(recorder) != NULL)
    return true;
  if (note->peer != 0)
    return take_whole(recorder, event, note->data, note->size, NULL);
  hold = hold_of(recorder, kept->lane, note->kind);
  return hold != NULL && append(hold, event, note->data, note->size) && look(recorder, hold);
}

static bool end(harness__recorder_t *recorder, harness__hold_t *hold) {
  size_t decided;
  bool done = hold->size == hold->decided || decide(recorder, hold, true, &decided);

  clear(hold);
  return done;
}

bool harness__redact_border(harness__recorder_t *recorder, harness__lane_t lane,
                            const harness__note_t *note) {
  harness__hold_t *holds = harness__lane_at(recorder, lane)->holds;
  unsigned ends = harness__note_ends(note->kind, note->from);
  bool done = true;

  if (holds == NULL)
    return true;
  if ((ends & HARNESS__ENDS_RECEIVES) != 0)
    done = end(recorder, &holds[0]);
  if ((ends & HARNESS__ENDS_SENDS) != 0)
    done = end(recorder, &holds[1]) && done;
  return done;
}

/* Decides a copy: all of it but the bytes, which are only read. */
static bool show(harness__recorder_t *recorder, const harness__hold_t *hold) {
  harness__hold_t copy = *hold;
  size_t count = hold->count - hold->first;
  size_t decided;
  bool done = false;

  if (hold->size == hold->decided)
    return true;
  copy.events = calloc(count + 1, sizeof *copy.events);
  copy.first = 0;
  copy.count = count;
  copy.visible = (harness__buffer_t){0};
  if (hold->visible.length > 0)
    harness__buffer_add(&copy.visible, hold->visible.text, hold->visible.length);
  if (copy.events != NULL) {
    memcpy(copy.events, hold->events + hold->first, count * sizeof *copy.events);
    done = decide(recorder, &copy, true, &decided);
  }
  free(copy.events);
  harness__buffer_free(&copy.visible);
  return done;
}

bool harness__redact_show(harness__recorder_t *recorder) {
  for (size_t i = 0; i < recorder->lane_count; i++) {
    const harness__hold_t *holds = recorder->lanes[i].holds;
    if (holds != NULL && (!show(recorder, &holds[0]) || !show(recorder, &holds[1])))
      return false;
  }
  return true;
}

void harness__redact_free(harness__hold_t *holds) {
  if (holds == NULL)
    return;
  clear(&holds[0]);
  clear(&holds[1]);
  free(holds);
}

char *harness__recorder_redact(harness__recorder_t *recorder, const char *text, size_t *size) {
  harness__buffer_t visible = {0};

  /* Without bytes there is no event to be finished. */
  if (*size == 0)
    return strdup("");
  if (!take_whole(recorder, 0, text, *size, &visible)) {
    harness__buffer_free(&visible);
    return NULL;
  }
  *size = visible.length;
  return harness__buffer_take(&visible);
}

bool harness__recorder_redacts(const harness__recorder_t *recorder) {
  return recorder->redactions.count > 0;
}
