/* SPDX-License-Identifier: MIT */
/*
 * Lanes and their names. A server's connections share its name, so a lane is a family and a number,
 * and "server/1" is spelled out only for those who ask: a life cycle costs no formatting.
 */
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/text.h"
#include "record/redact.h"
#include "record/store.h"

/* The slot of the table where that name is or belongs. */
static size_t slot_of(const harness__recorder_t *recorder, const char *name, size_t length) {
  size_t mask = recorder->table_size - 1;
  size_t slot = (size_t)XXH3_64bits(name, length) & mask;

  while (recorder->table[slot] != 0) {
    const harness__family_t *family = &recorder->families[recorder->table[slot] - 1];
    if (family->length == length && memcmp(family->name, name, length) == 0)
      break;
    slot = (slot + 1) & mask;
  }
  return slot;
}

static harness__family_t *family_find(const harness__recorder_t *recorder, const char *name, size_t length) {
  uint32_t index = recorder->table_size != 0 ? recorder->table[slot_of(recorder, name, length)] : 0;
  return index != 0 ? &recorder->families[index - 1] : NULL;
}

static bool table_grow(harness__recorder_t *recorder) {
  size_t size = recorder->table_size != 0 ? recorder->table_size * 2 : 32;
  uint32_t *table = calloc(size, sizeof *table);

  if (table == NULL)
    return false;
  free(recorder->table);
  recorder->table = table;
  recorder->table_size = size;
  for (size_t i = 0; recorder->families != NULL && i < recorder->family_count; i++)
    table[slot_of(recorder, recorder->families[i].name, recorder->families[i].length)] = (uint32_t)i + 1;
  return true;
}

static harness__family_t *family_new(harness__recorder_t *recorder, const char *name, size_t length) {
  harness__family_t *families;
  harness__family_t *family;

  if (recorder->family_count * 2 >= recorder->table_size && !table_grow(recorder))
    return NULL;
  families =
      harness__grow(recorder->families, recorder->family_count, &recorder->family_capacity, sizeof *families);
  if (families == NULL)
    return NULL;
  recorder->families = families;
  family = &families[recorder->family_count];
  memset(family, 0, sizeof *family);
  family->name = harness__arena_copy(&recorder->arena, name, length);
  if (family->name == NULL)
    return NULL;
  family->length = length;
  recorder->table[slot_of(recorder, name, length)] = (uint32_t)++recorder->family_count;
  return family;
}

/* Numbers are given in ascending order, so that only a repeated one is looked for. */
static harness__lane_t lane_find(const harness__recorder_t *recorder, const harness__family_t *family,
                                 uint32_t number) {
  harness__lane_t lane = family->lanes;

  if (number == 0)
    return family->plain;
  if (number > family->highest)
    return 0;
  while (lane != 0 && recorder->lanes[lane - 1].number != number)
    lane = recorder->lanes[lane - 1].sibling;
  return lane;
}

static harness__lane_t lane_new(harness__recorder_t *recorder, harness__family_t *family, uint32_t number) {
  harness__lane_info_t *lanes =
      recorder->lane_count < UINT32_MAX - 1
          ? harness__grow(recorder->lanes, recorder->lane_count, &recorder->lane_capacity, sizeof *lanes)
          : NULL;
  harness__lane_info_t *lane;

  if (lanes == NULL)
    return 0;
  recorder->lanes = lanes;
  lane = &lanes[recorder->lane_count++];
  memset(lane, 0, sizeof *lane);
  lane->family = (uint32_t)(family - recorder->families);
  lane->number = number;
  lane->sibling = family->lanes;
  family->lanes = (harness__lane_t)recorder->lane_count;
  if (number == 0)
    family->plain = family->lanes;
  else if (number > family->highest)
    family->highest = number;
  return family->lanes;
}

void harness__recorder_set_flags(harness__recorder_t *recorder, harness__lane_t lane, unsigned flags) {
  harness__lane_info_t *info = harness__lane_at(recorder, lane);

  if (info == NULL)
    return;
  if ((flags & HARNESS__LANE_BY_CONTENT) != 0)
    flags |= HARNESS__LANE_FREE_PEER;
  info->flags |= flags;
}

void harness__recorder_set_chain(harness__recorder_t *recorder, harness__lane_t lane, harness__lane_t chain) {
  harness__lane_info_t *info = harness__lane_at(recorder, lane);

  if (info != NULL && harness__lane_at(recorder, chain) != NULL)
    info->chain = chain;
}

bool harness__recorder_is_unnamed(const harness__recorder_t *recorder, harness__lane_t lane) {
  const harness__lane_info_t *info = harness__lane_at(recorder, lane);

  while (info != NULL && (info->flags & (HARNESS__LANE_BY_CONTENT | HARNESS__LANE_FROM_UNNAMED)) == 0)
    info = harness__lane_at(recorder, info->parent);
  return info != NULL;
}

static harness__lane_t lane_of(harness__recorder_t *recorder, harness__family_t *family, uint32_t number,
                               unsigned flags) {
  harness__lane_t lane = lane_find(recorder, family, number);

  if (lane == 0)
    lane = lane_new(recorder, family, number);
  if (lane == 0) {
    harness__recorder_fail(recorder);
    return 0;
  }
  harness__recorder_set_flags(recorder, lane, flags);
  return lane;
}

harness__lane_t harness__recorder_lane(harness__recorder_t *recorder, const char *family, uint32_t number,
                                       unsigned flags) {
  size_t length = strlen(family);
  harness__family_t *found = family_find(recorder, family, length);

  if (found == NULL)
    found = family_new(recorder, family, length);
  if (found == NULL) {
    harness__recorder_fail(recorder);
    return 0;
  }
  return lane_of(recorder, found, number, flags);
}

harness__lane_t harness__recorder_sublane(harness__recorder_t *recorder, harness__lane_t family,
                                          uint32_t number, unsigned flags) {
  const harness__lane_info_t *info = harness__lane_at(recorder, family);
  return info != NULL ? lane_of(recorder, &recorder->families[info->family], number, flags) : 0;
}

harness__lane_t harness__recorder_child(harness__recorder_t *recorder, harness__lane_t parent,
                                        uint32_t number) {
  harness__lane_info_t *info = harness__lane_at(recorder, parent);
  harness__lane_t lane;

  if (info == NULL)
    return 0;
  if (info->number == 0)
    return harness__recorder_sublane(recorder, parent, number, 0);
  lane = harness__recorder_lane(recorder, harness__recorder_lane_name(recorder, parent), number, 0);
  info = harness__lane_at(recorder, lane);
  if (info != NULL)
    info->parent = parent;
  return lane;
}

const char *harness__recorder_spell_lane(harness__recorder_t *recorder, harness__lane_t lane) {
  harness__lane_info_t *info = harness__lane_at(recorder, lane);
  const harness__family_t *family;
  char *name;

  if (info == NULL)
    return "?";
  family = &recorder->families[info->family];
  if (info->number == 0)
    return family->name;
  if (info->name == NULL) {
    name = harness__arena_bytes(&recorder->arena, family->length + 1 + HARNESS__NUMBER_SIZE);
    if (name == NULL)
      return NULL;
    memcpy(name, family->name, family->length);
    name[family->length] = '/';
    (void)harness__text_number(name + family->length + 1, info->number);
    info->name = name;
  }
  return info->name;
}

const char *harness__recorder_lane_family(const harness__recorder_t *recorder, harness__lane_t lane,
                                          uint32_t *number) {
  const harness__lane_info_t *info = harness__lane_at(recorder, lane);

  *number = info != NULL ? info->number : 0;
  return info != NULL ? recorder->families[info->family].name : NULL;
}

const char *harness__recorder_lane_name(harness__recorder_t *recorder, harness__lane_t lane) {
  const char *name = harness__recorder_spell_lane(recorder, lane);

  if (name != NULL)
    return name;
  harness__recorder_fail(recorder); /* a line may say it */
  return "?";
}

void harness__lanes_free(harness__recorder_t *recorder) {
  for (size_t i = 0; i < recorder->lane_count; i++)
    harness__redact_free(recorder->lanes[i].holds);
  free(recorder->table);
  free(recorder->families);
  free(recorder->lanes);
}
