/* SPDX-License-Identifier: MIT */
/* Private: memory that is freed all at once. */
#ifndef HARNESS_BASE_ARENA_H
#define HARNESS_BASE_ARENA_H

#include <stddef.h>

/* Zeroed, it is an empty arena. */
typedef struct harness__arena {
  struct harness__arena_block *block;
  size_t used;
  size_t first; /* how large the first block is: 0: 64 KiB; less where little is kept, and not for long */
} harness__arena_t;

/* size bytes aligned for any type, valid until harness__arena_free; NULL when memory is exhausted. */
void *harness__arena_alloc(harness__arena_t *arena, size_t size);

/* The same without alignment, for bytes. */
void *harness__arena_bytes(harness__arena_t *arena, size_t size);

/* A copy of size bytes with a NUL behind them. */
char *harness__arena_copy(harness__arena_t *arena, const void *data, size_t size);

/* A copy of a structure, aligned for any. */
void *harness__arena_store(harness__arena_t *arena, const void *data, size_t size);

char *harness__arena_string(harness__arena_t *arena, const char *text);

void harness__arena_free(harness__arena_t *arena);

#endif
