/* SPDX-License-Identifier: MIT */
/* Open addressing with linear probing; never more than half full. */
#include "base/names.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a. */
static size_t hash(const char *name) {
  uint64_t value = 14695981039346656037U;

  for (; *name != '\0'; name++)
    value = (value ^ (unsigned char)*name) * 1099511628211U;
  return (size_t)(value ^ value >> 32);
}

static size_t find(const harness__names_t *names, const char *name) {
  size_t slot = hash(name) & (names->capacity - 1);

  while (names->slots[slot] != NULL && strcmp(names->slots[slot], name) != 0)
    slot = (slot + 1) & (names->capacity - 1);
  return slot;
}

bool harness__names_has(const harness__names_t *names, const char *name) {
  return names->count > 0 && names->slots[find(names, name)] != NULL;
}

static bool grow(harness__names_t *names) {
  harness__names_t larger = {.count = names->count,
                             .capacity = names->capacity != 0 ? names->capacity * 2 : 16};

  larger.slots = calloc(larger.capacity, sizeof *larger.slots);
  if (larger.slots == NULL)
    return false;
  for (size_t i = 0; i < names->capacity; i++) {
    if (names->slots[i] != NULL)
      larger.slots[find(&larger, names->slots[i])] = names->slots[i];
  }
  free(names->slots);
  *names = larger;
  return true;
}

bool harness__names_add(harness__names_t *names, const char *name) {
  if (names->count * 2 >= names->capacity && !grow(names))
    return false;
  names->slots[find(names, name)] = name;
  names->count++;
  return true;
}

void harness__names_free(harness__names_t *names) {
  free(names->slots);
  memset(names, 0, sizeof *names);
}
