/* SPDX-License-Identifier: MIT */
#include "record/compare.h"

#include <string.h>

#include <xxhash.h>

#include "record/digest.h"
#include "record/pattern.h"

const char *harness__field_name(harness__field_t field) {
  static const char *const names[] = {"nothing", "lane", "event", "to",    "from",
                                      "data",    "text", "code",  "at_ms", "end"};
  return names[field];
}

static bool same_name(const char *a, const char *b) {
  return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Where the bytes first differ: at most the length of the shorter. */
static size_t first_difference(const char *a, size_t size_a, const char *b, size_t size_b) {
  size_t common = size_a < size_b ? size_a : size_b;
  size_t at = 0;

  while (at < common && a[at] == b[at])
    at++;
  return at;
}

static const char *digest_of(const harness__data_t *data, char digest[HARNESS__DIGEST_SIZE]) {
  if (data->digest[0] != '\0')
    return data->digest;
  harness__digest(digest, data->head, data->head_size);
  return digest;
}

/* One of them is a pattern. Bytes that are not kept match none. */
static bool same_pattern(const char *a, const char *b, const char *bytes, size_t size, bool whole) {
  if (a != NULL && b != NULL)
    return strcmp(a, b) == 0;
  return whole && harness__pattern_matches(harness__pattern_of(a != NULL ? a : b), bytes, size, NULL);
}

/* As far as both sides keep it. */
static bool same_head(const harness__data_t *a, const harness__data_t *b) {
  size_t common = a->head_size < b->head_size ? a->head_size : b->head_size;

  return common == 0 || memcmp(a->head, b->head, common) == 0;
}

bool harness__data_equal(const harness__data_t *a, const harness__data_t *b) {
  const harness__data_t *bytes = a->pattern != NULL ? b : a;
  char digest_a[HARNESS__DIGEST_SIZE];
  char digest_b[HARNESS__DIGEST_SIZE];

  if (a->pattern != NULL || b->pattern != NULL)
    return same_pattern(a->pattern, b->pattern, bytes->head, bytes->head_size, bytes->digest[0] == '\0');
  if (a->bytes != b->bytes)
    return false;
  if (a->digest[0] == '\0' && b->digest[0] == '\0')
    return same_head(a, b);
  return same_head(a, b) && strcmp(digest_of(a, digest_a), digest_of(b, digest_b)) == 0;
}

/* Beyond what both sides keep the place of a difference is not known, unless it is their end. */
static void place_data(const harness__data_t *a, const harness__data_t *b,
                       harness__divergence_t *divergence) {
  size_t at = first_difference(a->head, a->head_size, b->head, b->head_size);
  bool within = at < a->head_size && at < b->head_size;
  bool at_end = (at == a->bytes || at == b->bytes) && a->bytes != b->bytes;

  divergence->offset = at;
  divergence->has_offset = (within || at_end) && a->pattern == NULL && b->pattern == NULL;
}

static harness__field_t compare_names(const harness__entry_t *a, const harness__entry_t *b) {
  if (a->kind != b->kind)
    return HARNESS__FIELD_EVENT;
  if (!same_name(a->to, b->to))
    return HARNESS__FIELD_TO;
  if (!same_name(a->from, b->from))
    return HARNESS__FIELD_FROM;
  return HARNESS__FIELD_NONE;
}

static bool same_text(const harness__entry_t *a, const harness__entry_t *b) {
  const harness__entry_t *bytes = a->text_pattern != NULL ? b : a;

  if (a->text_pattern != NULL || b->text_pattern != NULL)
    return same_pattern(a->text_pattern, b->text_pattern, bytes->text, bytes->text_size, true);
  return a->text_size == b->text_size && (a->text_size == 0 || memcmp(a->text, b->text, a->text_size) == 0);
}

harness__field_t harness__entry_compare(const harness__transcript_t *a, const harness__entry_t *entry_a,
                                        const harness__transcript_t *b, const harness__entry_t *entry_b,
                                        harness__divergence_t *divergence) {
  harness__divergence_t unused;
  harness__field_t field;

  if (divergence == NULL)
    divergence = &unused;
  divergence->has_offset = false;
  divergence->offset = 0;
  if (strcmp(a->lanes[entry_a->lane], b->lanes[entry_b->lane]) != 0)
    return HARNESS__FIELD_LANE;
  field = compare_names(entry_a, entry_b);
  if (field != HARNESS__FIELD_NONE)
    return field;
  if (!harness__data_equal(&entry_a->data, &entry_b->data)) {
    place_data(&entry_a->data, &entry_b->data, divergence);
    return HARNESS__FIELD_DATA;
  }
  if (!same_text(entry_a, entry_b)) {
    divergence->offset =
        first_difference(entry_a->text, entry_a->text_size, entry_b->text, entry_b->text_size);
    divergence->has_offset = entry_a->text_pattern == NULL && entry_b->text_pattern == NULL;
    return HARNESS__FIELD_TEXT;
  }
  if (!same_name(entry_a->code, entry_b->code))
    return HARNESS__FIELD_CODE;
  return entry_a->at_ms != entry_b->at_ms ? HARNESS__FIELD_AT_MS : HARNESS__FIELD_NONE;
}

static uint64_t add_bytes(uint64_t hash, const void *bytes, size_t size) {
  return XXH3_64bits_withSeed(bytes, size, hash);
}

static uint64_t add_name(uint64_t hash, const char *name) {
  return name != NULL ? add_bytes(hash, name, strlen(name)) : ~hash;
}

uint64_t harness__entry_hash(const harness__transcript_t *transcript, const harness__entry_t *entry) {
  uint64_t hash =
      add_name(entry->at_ms * HARNESS__EVENT_KINDS + (uint64_t)entry->kind, transcript->lanes[entry->lane]);
  char digest[HARNESS__DIGEST_SIZE];

  if (entry->data.pattern != NULL || entry->text_pattern != NULL)
    return HARNESS__NO_HASH;
  hash = add_name(add_name(hash, entry->to), entry->from);
  if (entry->data.bytes > 0) {
    hash = add_name(hash, digest_of(&entry->data, digest));
    hash = add_bytes(hash, entry->data.head,
                     entry->data.head_size < HARNESS__HEAD_SIZE ? entry->data.head_size : HARNESS__HEAD_SIZE);
  }
  if (entry->text_size > 0)
    hash = add_bytes(hash, entry->text, entry->text_size);
  /* Should this ever be HARNESS__NO_HASH, the event is compared with all. */
  return add_name(hash, entry->code);
}

bool harness__transcript_equal(const harness__transcript_t *a, const harness__transcript_t *b,
                               harness__divergence_t *divergence) {
  harness__divergence_t unused;
  size_t common = a->count < b->count ? a->count : b->count;

  if (divergence == NULL)
    divergence = &unused;
  memset(divergence, 0, sizeof *divergence);
  for (; divergence->index < common; divergence->index++) {
    divergence->field = harness__entry_compare(a, &a->entries[divergence->index], b,
                                               &b->entries[divergence->index], divergence);
    if (divergence->field != HARNESS__FIELD_NONE)
      return false;
  }
  if (a->count == b->count)
    return true;
  divergence->field = HARNESS__FIELD_END;
  return false;
}
