/* SPDX-License-Identifier: MIT */
/*
 * Placeholders: values that vary between runs stand in the transcript by name, the same value of one
 * placeholder by the same name throughout, two values never by one.
 *
 * They are looked for when a transcript is made, since their numbers follow from its order. What is searched
 * is not events but streams: all that a lane sent, and all that it received, between connections, so that a
 * value that was cut over several reads is found. (A datagram and a line of a log are searched by
 * themselves.) The name stands in the event where the value begins; the rest of it is missing from the events
 * that follow.
 *
 * Order and names depend on each other: which of two racing clients is server/1 is decided by content, and
 * content would be random as long as values are in it, but values can't have numbers before there is an
 * order. So a transcript is made in three steps. Lanes are named by content with values blank, $token for
 * all of them. What tells the values apart then is not what they are but where else they occur, so an
 * occurrence is tied to the others of its value as an event to its cause (values.c). Numbers are given last,
 * in order of appearance. Where lanes are still alike then, they are symmetrical, and any order of them gives
 * the same text.
 */
#include "record/normal.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/text.h"

/* A value, or the part of one that lies in an event. */
typedef struct spot {
  size_t offset;
  size_t size;
  size_t value;
  bool begins; /* the name stands here */
  bool braces;
} spot_t;

typedef struct value {
  const harness__rule_t *rule;
  const char *bytes;
  size_t size;
  uint32_t number;
} value_t;

struct harness__normal {
  harness__recorder_t *recorder;
  harness__arena_t arena; /* the values' bytes */
  spot_t *spots;          /* those of one event stand together */
  size_t count;
  size_t capacity;
  size_t *first; /* of each event: its first spot, and how many it has */
  size_t *counts;
  size_t newest; /* the spot where the last value begins */
  value_t *values;
  size_t value_count;
  size_t value_capacity;
  size_t *table; /* of value + 1, by hash; a power of two, at most half full */
  size_t table_size;
  uint32_t *numbers; /* of each rule: the last one given */
};

/* Bytes that are searched as one, and the events they belong to. */
typedef struct subject {
  harness__buffer_t bytes;
  size_t *events;
  size_t count;
  size_t capacity;
} subject_t;

static size_t hash_of(const harness__rule_t *rule, const char *bytes, size_t size) {
  return (size_t)XXH3_64bits_withSeed(bytes, size, (XXH64_hash_t)(uintptr_t)rule);
}

static size_t slot_of(const harness__normal_t *normal, const harness__rule_t *rule, const char *bytes,
                      size_t size) {
  size_t mask = normal->table_size - 1;
  size_t slot = hash_of(rule, bytes, size) & mask;

  while (normal->table[slot] != 0) {
    const value_t *value = &normal->values[normal->table[slot] - 1];
    if (value->rule == rule && value->size == size && memcmp(value->bytes, bytes, size) == 0)
      break;
    slot = (slot + 1) & mask;
  }
  return slot;
}

static bool table_grow(harness__normal_t *normal) {
  size_t size = normal->table_size != 0 ? normal->table_size * 2 : 32;
  size_t *table = calloc(size, sizeof *table);

  if (table == NULL)
    return false;
  free(normal->table);
  normal->table = table;
  normal->table_size = size;
  for (size_t i = 0; i < normal->value_count; i++) {
    const value_t *value = &normal->values[i];
    table[slot_of(normal, value->rule, value->bytes, value->size)] = i + 1;
  }
  return true;
}

/* Sets *index to that of the value, which is added where it is new. */
static bool value_of(harness__normal_t *normal, const harness__rule_t *rule, const char *bytes, size_t size,
                     size_t *index) {
  value_t *values;
  size_t slot;

  if (normal->value_count * 2 >= normal->table_size && !table_grow(normal))
    return false;
  slot = slot_of(normal, rule, bytes, size);
  if (normal->table[slot] == 0) {
    values = harness__grow(normal->values, normal->value_count, &normal->value_capacity, sizeof *values);
    if (values == NULL)
      return false;
    normal->values = values;
    bytes = harness__arena_copy(&normal->arena, bytes, size);
    if (bytes == NULL)
      return false;
    values[normal->value_count++] = (value_t){.rule = rule, .bytes = bytes, .size = size};
    normal->table[slot] = normal->value_count;
  }
  *index = normal->table[slot] - 1;
  return true;
}

static bool add_spot(harness__normal_t *normal, size_t event, const spot_t *spot) {
  spot_t *spots = harness__grow(normal->spots, normal->count, &normal->capacity, sizeof *spots);

  if (spots == NULL)
    return false;
  normal->spots = spots;
  if (normal->counts[event]++ == 0)
    normal->first[event] = normal->count;
  spots[normal->count++] = *spot;
  return true;
}

static size_t size_of(const harness__normal_t *normal, size_t event) {
  return (size_t)harness__event_at(normal->recorder, event + 1)->size;
}

/* Where in the subject the walk over its events stands. */
typedef struct cursor {
  size_t index; /* of the event in the subject */
  size_t start; /* where its bytes begin */
} cursor_t;

/* A spot in each event that the value lies in. */
static bool add_value(harness__normal_t *normal, const subject_t *subject, cursor_t *cursor,
                      const harness__hit_t *hit) {
  size_t at = hit->found.from;
  size_t end = hit->found.to;
  spot_t spot = {.begins = true};

  if (!value_of(normal, hit->rule, subject->bytes.text + at, end - at, &spot.value))
    return false;
  spot.braces = end < subject->bytes.length && harness__rule_reads_on(subject->bytes.text[end]);
  while (at < end) {
    size_t size = size_of(normal, subject->events[cursor->index]);
    if (at >= cursor->start + size) {
      cursor->start += size;
      cursor->index++;
      continue;
    }
    spot.offset = at - cursor->start;
    spot.size = end - at < size - spot.offset ? end - at : size - spot.offset;
    if (!add_spot(normal, subject->events[cursor->index], &spot))
      return false;
    if (spot.begins)
      normal->newest = normal->count - 1;
    spot.begins = false;
    at += spot.size;
  }
  return true;
}

/* Looks for values. What begins before a value ends is no value of its own. */
static bool search(harness__normal_t *normal, subject_t *subject) {
  harness__recorder_t *recorder = normal->recorder;
  cursor_t cursor = {0};
  bool done = true;
  size_t from = 0;
  size_t end = 0; /* of the last value */
  harness__scan_t scan;
  harness__hit_t hit = {0};

  if (subject->bytes.length == 0 && !subject->bytes.failed) {
    subject->count = 0;
    return true;
  }
  if (subject->bytes.failed || !harness__scan_begin(&scan, &recorder->placeholders, &recorder->redactions,
                                                    subject->bytes.text, subject->bytes.length, false))
    return false;
  while (done) {
    harness__scan_next(&scan, from, &hit);
    if (hit.match == HARNESS__MATCH_NONE)
      break;
    done = hit.match == HARNESS__MATCH_FOUND && hit.kind != HARNESS__HIT_LITERAL;
    if (!done) {
      harness__recorder_set_trouble(recorder, harness__hit_trouble(&scan, &hit));
    } else if (hit.kind == HARNESS__HIT_VALUE) {
      /* A name goes on with a dollar sign, whatever its value begins with. */
      if (end > 0 && hit.found.from == end)
        normal->spots[normal->newest].braces = false;
      done = add_value(normal, subject, &cursor, &hit);
      end = hit.found.to;
    }
    from = harness__hit_next(&hit);
  }
  harness__scan_end(&scan);
  subject->bytes.length = 0;
  subject->count = 0;
  return done;
}

static bool append(subject_t *subject, size_t index, const harness__event_t *event) {
  size_t *events = harness__grow(subject->events, subject->count, &subject->capacity, sizeof *events);

  if (events == NULL)
    return false;
  subject->events = events;
  events[subject->count++] = index;
  harness__buffer_add(&subject->bytes, event->data, (size_t)event->size);
  return true;
}

/* streams: what was received, what was sent, and what stands alone. */
static bool take_event(harness__normal_t *normal, subject_t streams[3], size_t index) {
  const harness__event_t *event = harness__event_at(normal->recorder, index + 1);
  harness__event_kind_t kind = (harness__event_kind_t)event->kind;
  bool has_bytes = kind == HARNESS__EVENT_SEND || kind == HARNESS__EVENT_RECEIVE;
  unsigned ends = harness__note_ends(kind, event->from);

  if (kind == HARNESS__EVENT_LOG || (has_bytes && event->peer != 0))
    return append(&streams[2], index, event) && search(normal, &streams[2]);
  if (has_bytes)
    return append(&streams[kind == HARNESS__EVENT_SEND], index, event);
  return ((ends & HARNESS__ENDS_RECEIVES) == 0 || search(normal, &streams[0])) &&
         ((ends & HARNESS__ENDS_SENDS) == 0 || search(normal, &streams[1]));
}

/* order has room for the lane's events. */
static bool take_lane(harness__normal_t *normal, const harness__lane_info_t *lane, subject_t streams[3],
                      size_t *order) {
  size_t at = lane->count;

  for (harness__event_ref_t ref = lane->last; ref != 0;
       ref = harness__event_at(normal->recorder, ref)->previous)
    order[--at] = (size_t)ref - 1;
  for (size_t i = 0; i < lane->count; i++)
    if (!take_event(normal, streams, order[i]))
      return false;
  return search(normal, &streams[0]) && search(normal, &streams[1]);
}

static bool take_lanes(harness__normal_t *normal) {
  harness__recorder_t *recorder = normal->recorder;
  subject_t streams[3] = {0};
  size_t *order = calloc(recorder->count + 1, sizeof *order);
  bool done = order != NULL;

  for (size_t i = 0; done && i < recorder->lane_count; i++)
    done = take_lane(normal, &recorder->lanes[i], streams, order);
  for (size_t i = 0; i < 3; i++) {
    harness__buffer_free(&streams[i].bytes);
    free(streams[i].events);
  }
  free(order);
  return done;
}

static int compare_values(const value_t *a, const value_t *b) {
  size_t common = a->size < b->size ? a->size : b->size;
  int order = memcmp(a->bytes, b->bytes, common);

  return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

/* Of one value only: the least and the greatest are named, since which was first may be chance. */
static bool check_single(harness__normal_t *normal, const harness__rule_t *rule) {
  const value_t *least = NULL;
  const value_t *greatest = NULL;
  harness__buffer_t out = {0};

  for (size_t i = 0; i < normal->value_count; i++) {
    const value_t *value = &normal->values[i];
    if (value->rule != rule)
      continue;
    if (least == NULL || compare_values(value, least) < 0)
      least = value;
    if (greatest == NULL || compare_values(value, greatest) > 0)
      greatest = value;
  }
  if (least == greatest)
    return true;
  harness__buffer_printf(&out,
                         "the placeholder \"%s\" stands for one value, but there are two: ", rule->name);
  harness__text_escape(&out, least->bytes, least->size < 64 ? least->size : 64, '\'');
  harness__buffer_string(&out, " and ");
  harness__text_escape(&out, greatest->bytes, greatest->size < 64 ? greatest->size : 64, '\'');
  harness__recorder_set_trouble(normal->recorder, harness__buffer_take(&out));
  return false;
}

static bool check_singles(harness__normal_t *normal) {
  const harness__rules_t *rules = &normal->recorder->placeholders;

  for (size_t i = 0; i < rules->count; i++)
    if (rules->list[i].kind == HARNESS__RULE_SINGLE && !check_single(normal, &rules->list[i]))
      return false;
  return true;
}

harness__normal_t *harness__normal_new(harness__recorder_t *recorder) {
  harness__normal_t *normal = calloc(1, sizeof *normal);

  if (normal == NULL)
    return NULL;
  normal->recorder = recorder;
  normal->first = calloc(recorder->count + 1, sizeof *normal->first);
  normal->counts = calloc(recorder->count + 1, sizeof *normal->counts);
  normal->numbers = calloc(recorder->placeholders.count + 1, sizeof *normal->numbers);
  if (normal->first != NULL && normal->counts != NULL && normal->numbers != NULL && take_lanes(normal) &&
      check_singles(normal))
    return normal;
  harness__normal_free(normal);
  return NULL;
}

void harness__normal_free(harness__normal_t *normal) {
  if (normal == NULL)
    return;
  harness__arena_free(&normal->arena);
  free(normal->spots);
  free(normal->first);
  free(normal->counts);
  free(normal->values);
  free(normal->table);
  free(normal->numbers);
  free(normal);
}

size_t harness__normal_count(const harness__normal_t *normal, size_t event) {
  return normal->counts[event];
}

static uint32_t number_of(harness__normal_t *normal, size_t index) {
  value_t *value = &normal->values[index];

  if (value->number == 0)
    value->number = ++normal->numbers[value->rule - normal->recorder->placeholders.list];
  return value->number;
}

void harness__normal_write(harness__normal_t *normal, size_t event, bool blank, harness__buffer_t *out) {
  const harness__event_t *source = harness__event_at(normal->recorder, event + 1);
  const char *bytes = source->data;
  size_t at = 0;

  for (size_t i = 0; i < normal->counts[event]; i++) {
    const spot_t *spot = &normal->spots[normal->first[event] + i];
    harness__buffer_add(out, bytes + at, spot->offset - at);
    if (spot->begins)
      harness__rule_write(out, normal->values[spot->value].rule, blank ? 0 : number_of(normal, spot->value),
                          spot->braces);
    at = spot->offset + spot->size;
  }
  harness__buffer_add(out, bytes + at, (size_t)source->size - at);
}

void harness__normal_number(harness__normal_t *normal, size_t event) {
  for (size_t i = 0; i < normal->counts[event]; i++)
    (void)number_of(normal, normal->spots[normal->first[event] + i].value);
}

void harness__normal_each(const harness__normal_t *normal, size_t event,
                          void (*visit)(void *arg, size_t value), void *arg) {
  for (size_t i = 0; i < normal->counts[event]; i++) {
    const spot_t *spot = &normal->spots[normal->first[event] + i];
    if (spot->begins)
      visit(arg, spot->value);
  }
}

size_t harness__normal_values(const harness__normal_t *normal) {
  return normal->value_count;
}
