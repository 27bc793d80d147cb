/* SPDX-License-Identifier: MIT */
/* Private: a set of names. */
#ifndef HARNESS_BASE_NAMES_H
#define HARNESS_BASE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed, it is empty. The names themselves belong to whoever adds them and must outlive the set. */
typedef struct harness__names {
  const char **slots;
  size_t count;
  size_t capacity; /* a power of two, or 0 */
} harness__names_t;

bool harness__names_has(const harness__names_t *names, const char *name);

/* Adds a name that is not in it. Returns false when memory is exhausted. */
bool harness__names_add(harness__names_t *names, const char *name);

void harness__names_free(harness__names_t *names);

#endif
