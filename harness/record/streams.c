/* SPDX-License-Identifier: MIT */
/*
 * Transcripts apart from the cutting of reads. A lane is two things here: the list of what it did, without
 * its receives, and the bytes that it received, as one stream. Both must be the same.
 */
#include <stdlib.h>
#include <string.h>

#include "record/compare.h"

/* One lane of a transcript: indexes of its entries, in order. */
typedef struct part {
  const harness__transcript_t *transcript;
  const size_t *entries;
  size_t count;
} part_t;

/* The entries of a transcript by lane: those of lane i are entries[first[i]] … entries[first[i + 1] - 1]. */
typedef struct parts {
  size_t *first;
  size_t *entries;
} parts_t;

static void free_parts(parts_t *parts) {
  free(parts->first);
  free(parts->entries);
}

static bool sort_parts(const harness__transcript_t *transcript, parts_t *parts) {
  size_t lanes = transcript->lane_count;

  parts->first = calloc(lanes + 2, sizeof *parts->first);
  parts->entries = calloc(transcript->count + 1, sizeof *parts->entries);
  if (parts->first == NULL || parts->entries == NULL)
    return false;
  for (size_t i = 0; i < transcript->count; i++)
    parts->first[transcript->entries[i].lane + 2]++;
  for (size_t i = 2; i < lanes + 2; i++)
    parts->first[i] += parts->first[i - 1];
  /* Each start moves to its lane's end as it is filled, that is, to where the next lane's start belongs. */
  for (size_t i = 0; i < transcript->count; i++)
    parts->entries[parts->first[transcript->entries[i].lane + 1]++] = i;
  return true;
}

static part_t part_of(const harness__transcript_t *transcript, const parts_t *parts, size_t lane) {
  return (part_t){transcript, parts->entries + parts->first[lane],
                  parts->first[lane + 1] - parts->first[lane]};
}

static const harness__entry_t *entry_at(const part_t *part, size_t at) {
  return &part->transcript->entries[part->entries[at]];
}

/* Datagrams, which say to whom or from whom, and patterns, which match a whole event, are events as they are.
 */
static bool is_stream(const harness__entry_t *entry, harness__event_kind_t kind) {
  return entry->kind == kind && entry->data.digest[0] == '\0' && entry->data.pattern == NULL &&
         entry->to == NULL && entry->from == NULL;
}

static size_t skip_streams(const part_t *part, size_t at, bool with_writes) {
  while (at < part->count && (is_stream(entry_at(part, at), HARNESS__EVENT_RECEIVE) ||
                              (with_writes && is_stream(entry_at(part, at), HARNESS__EVENT_SEND))))
    at++;
  return at;
}

static bool same_events(const part_t *a, const part_t *b, bool with_writes) {
  for (size_t i = 0, j = 0;; i++, j++) {
    i = skip_streams(a, i, with_writes);
    j = skip_streams(b, j, with_writes);
    if (i == a->count || j == b->count)
      return i == a->count && j == b->count;
    if (harness__entry_compare(a->transcript, entry_at(a, i), b->transcript, entry_at(b, j), NULL) !=
        HARNESS__FIELD_NONE)
      return false;
  }
}

/* A place in the bytes that a lane sent or received. */
typedef struct place {
  const part_t *part;
  harness__event_kind_t kind;
  size_t at;
  size_t offset;
} place_t;

/* What lies there without a break; NULL at the end. */
static const char *bytes_at(place_t *place, size_t *size) {
  for (; place->at < place->part->count; place->at++, place->offset = 0) {
    const harness__entry_t *entry = entry_at(place->part, place->at);

    if (is_stream(entry, place->kind) && place->offset < entry->data.head_size) {
      *size = entry->data.head_size - place->offset;
      return entry->data.head + place->offset;
    }
  }
  return NULL;
}

static bool same_bytes(const part_t *a, const part_t *b, harness__event_kind_t kind) {
  place_t place_a = {a, kind, 0, 0};
  place_t place_b = {b, kind, 0, 0};

  for (;;) {
    size_t size_a = 0;
    size_t size_b = 0;
    const char *bytes_a = bytes_at(&place_a, &size_a);
    const char *bytes_b = bytes_at(&place_b, &size_b);
    size_t common = size_a < size_b ? size_a : size_b;

    if (bytes_a == NULL || bytes_b == NULL)
      return bytes_a == bytes_b;
    if (memcmp(bytes_a, bytes_b, common) != 0)
      return false;
    place_a.offset += common;
    place_b.offset += common;
  }
}

static bool same_part(const part_t *a, const part_t *b, bool with_writes) {
  return same_events(a, b, with_writes) && same_bytes(a, b, HARNESS__EVENT_RECEIVE) &&
         (!with_writes || same_bytes(a, b, HARNESS__EVENT_SEND));
}

/* The joined form lists lanes by name, so that those that both have are mostly found at once. */
static size_t find_lane(const harness__transcript_t *transcript, const char *name, size_t near) {
  for (size_t i = 0; i < transcript->lane_count; i++) {
    size_t lane = (near + i) % transcript->lane_count;

    if (strcmp(transcript->lanes[lane], name) == 0)
      return lane;
  }
  return transcript->lane_count;
}

static size_t count_used(const parts_t *parts, size_t lanes) {
  size_t count = 0;

  for (size_t i = 0; i < lanes; i++)
    count += parts->first[i + 1] > parts->first[i];
  return count;
}

static bool same_lanes(const harness__transcript_t *a, const parts_t *parts_a, const harness__transcript_t *b,
                       const parts_t *parts_b, bool with_writes) {
  if (count_used(parts_a, a->lane_count) != count_used(parts_b, b->lane_count))
    return false;
  for (size_t i = 0; i < a->lane_count; i++) {
    part_t part_a = part_of(a, parts_a, i);

    if (part_a.count == 0)
      continue;
    size_t other = find_lane(b, a->lanes[i], i);
    if (other == b->lane_count)
      return false;
    part_t part_b = part_of(b, parts_b, other);
    if (!same_part(&part_a, &part_b, with_writes))
      return false;
  }
  return true;
}

bool harness__transcript_same_streams(const harness__transcript_t *a, const harness__transcript_t *b,
                                      bool with_writes, bool *failed) {
  parts_t parts_a = {0};
  parts_t parts_b = {0};
  bool same = false;

  if (sort_parts(a, &parts_a) && sort_parts(b, &parts_b))
    same = same_lanes(a, &parts_a, b, &parts_b, with_writes);
  else
    *failed = true;
  free_parts(&parts_a);
  free_parts(&parts_b);
  return same;
}

bool harness__lane_is_named(const char *lane, const char *name) {
  size_t length = strlen(name);

  return strncmp(lane, name, length) == 0 && (lane[length] == '\0' || lane[length] == '/');
}

void harness__transcript_keep_lanes(harness__transcript_t *transcript, const char *const *names) {
  size_t kept = 0;

  for (size_t i = 0; i < transcript->count; i++) {
    const char *lane = transcript->lanes[transcript->entries[i].lane];
    const char *const *name = names;

    while (*name != NULL && !harness__lane_is_named(lane, *name))
      name++;
    if (*name != NULL)
      transcript->entries[kept++] = transcript->entries[i];
  }
  transcript->count = kept;
}
