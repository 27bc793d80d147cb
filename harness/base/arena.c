/* SPDX-License-Identifier: MIT */
/*
 * Blocks in a chain, filled from the front; a request larger than a block gets one of its own, put
 * behind the current one so that the room left there is still used.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 64 * 1024 - 64 };

struct harness__arena_block {
  struct harness__arena_block *next;
  alignas(max_align_t) unsigned char bytes[];
};

static struct harness__arena_block *block_new(size_t size) {
  if (size > SIZE_MAX - sizeof(struct harness__arena_block))
    return NULL;
  return malloc(sizeof(struct harness__arena_block) + size);
}

static void *alloc_large(harness__arena_t *arena, size_t size) {
  struct harness__arena_block *block = block_new(size);

  if (block == NULL)
    return NULL;
  if (arena->block == NULL) {
    block->next = NULL;
    arena->block = block;
    arena->used = BLOCK_SIZE;
  } else {
    block->next = arena->block->next;
    arena->block->next = block;
  }
  return block->bytes;
}

static void *alloc_at(harness__arena_t *arena, size_t start, size_t size) {
  if (size > BLOCK_SIZE / 4)
    return alloc_large(arena, size);
  if (arena->block == NULL || start + size > BLOCK_SIZE) {
    struct harness__arena_block *block = block_new(BLOCK_SIZE);
    if (block == NULL)
      return NULL;
    block->next = arena->block;
    arena->block = block;
    start = 0;
  }
  arena->used = start + size;
  return arena->block->bytes + start;
}

void *harness__arena_alloc(harness__arena_t *arena, size_t size) {
  size_t align = alignof(max_align_t);
  return alloc_at(arena, (arena->used + align - 1) / align * align, size);
}

void *harness__arena_bytes(harness__arena_t *arena, size_t size) {
  return alloc_at(arena, arena->used, size);
}

char *harness__arena_copy(harness__arena_t *arena, const void *data, size_t size) {
  char *copy = size == SIZE_MAX ? NULL : harness__arena_bytes(arena, size + 1);

  if (copy == NULL)
    return NULL;
  if (size > 0)
    memcpy(copy, data, size);
  copy[size] = '\0';
  return copy;
}

char *harness__arena_string(harness__arena_t *arena, const char *text) {
  return harness__arena_copy(arena, text, strlen(text));
}

void harness__arena_free(harness__arena_t *arena) {
  struct harness__arena_block *block = arena->block;

  while (block != NULL) {
    struct harness__arena_block *next = block->next;
    free(block);
    block = next;
  }
  arena->block = NULL;
  arena->used = 0;
}
