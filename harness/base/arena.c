/* SPDX-License-Identifier: MIT */
/*
 * Blocks in a chain, filled from the front, each eight times as large as the one before up to a limit; a
 * request larger than a quarter of a block gets one of its own, put behind the current one so that
 * the room left there is still used.
 *
 * The largest blocks are aligned for, and asked to consist of, huge pages: a long test touches fresh
 * memory all the time, and one fault for 2 MiB costs a fraction of 512 faults.
 */
#include "base/arena.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/sanitizers.h"
#include "base/slow.h"

#if defined(HARNESS_HAVE_VALGRIND)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0U
#endif

#include "base/seldom.h"

#define FIRST_SIZE ((size_t)64 * 1024)
#define HUGE_SIZE ((size_t)2 * 1024 * 1024)

struct harness__arena_block {
  struct harness__arena_block *next;
  size_t size; /* of bytes */
  alignas(max_align_t) unsigned char bytes[];
};

/* Blocks that are done with, for the next harness of the process: fresh memory costs more than all else about
 * an arena. Tools that watch memory see each block made and freed. */
#if defined(HARNESS__WITH_ASAN) || defined(HARNESS__WITH_TSAN)
enum { SPARE_MOST = 0 };
#else
enum { SPARE_MOST = 16 * 1024 * 1024 };
#endif
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct harness__arena_block *spare;
static size_t spare_bytes;

/* size: of all of it. */
static struct harness__arena_block *take_spare(size_t size) {
  struct harness__arena_block **link = &spare;
  struct harness__arena_block *block;

  (void)pthread_mutex_lock(&lock);
  while (*link != NULL && (*link)->size + sizeof **link != size)
    link = &(*link)->next;
  block = *link;
  if (block != NULL) {
    *link = block->next;
    spare_bytes -= size;
  }
  (void)pthread_mutex_unlock(&lock);
  return block;
}

static bool keep_spare(struct harness__arena_block *block) {
  size_t size = sizeof *block + block->size;
  bool kept = false;

  if (size < FIRST_SIZE || size > HUGE_SIZE || harness__is_slow(HARNESS__SLOW_POOLS) ||
      RUNNING_ON_VALGRIND != 0)
    return false;
  (void)pthread_mutex_lock(&lock);
  if (spare_bytes + size <= SPARE_MOST) {
    block->next = spare;
    spare = block;
    spare_bytes += size;
    kept = true;
  }
  (void)pthread_mutex_unlock(&lock);
  return kept;
}

static struct harness__arena_block *block_new(size_t size) {
  size_t whole = sizeof(struct harness__arena_block) + size;
  struct harness__arena_block *block;

  if (size > SIZE_MAX / 2)
    return NULL;
  block = take_spare(whole);
  if (block != NULL)
    return block;
  block = whole == HUGE_SIZE ? aligned_alloc(HUGE_SIZE, HUGE_SIZE) : malloc(whole);
  if (block == NULL)
    return NULL;
  if (whole == HUGE_SIZE)
    (void)madvise(block, HUGE_SIZE, MADV_HUGEPAGE);
  block->size = size;
  return block;
}

/* How many bytes the block after the current one holds. */
static size_t next_size(const harness__arena_t *arena) {
  size_t header = sizeof(struct harness__arena_block);
  size_t first = arena->first != 0 ? arena->first : FIRST_SIZE;
  size_t whole = arena->block != NULL ? (arena->block->size + header) * 8 : first;

  return (whole < HUGE_SIZE ? whole : HUGE_SIZE) - header;
}

static void *alloc_large(harness__arena_t *arena, size_t size) {
  struct harness__arena_block *block = block_new(size);

  if (block == NULL)
    return NULL;
  block->next = arena->block->next;
  arena->block->next = block;
  return block->bytes;
}

HARNESS__SELDOM static void *alloc_in_new_block(harness__arena_t *arena, size_t size) {
  struct harness__arena_block *block;

  if (arena->block != NULL && size > next_size(arena) / 4)
    return alloc_large(arena, size);
  block = block_new(size > next_size(arena) ? size : next_size(arena));
  if (block == NULL)
    return NULL;
  block->next = arena->block;
  arena->block = block;
  arena->used = size;
  return block->bytes;
}

static inline void *alloc_at(harness__arena_t *arena, size_t start, size_t size) {
  struct harness__arena_block *block = arena->block;

  if (block == NULL || start > block->size || size > block->size - start)
    return alloc_in_new_block(arena, size);
  arena->used = start + size;
  return block->bytes + start;
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

void *harness__arena_store(harness__arena_t *arena, const void *data, size_t size) {
  void *copy = harness__arena_alloc(arena, size);
  return copy != NULL ? memcpy(copy, data, size) : NULL;
}

char *harness__arena_string(harness__arena_t *arena, const char *text) {
  return harness__arena_copy(arena, text, strlen(text));
}

void harness__arena_free(harness__arena_t *arena) {
  struct harness__arena_block *block = arena->block;

  while (block != NULL) {
    struct harness__arena_block *next = block->next;
    if (!keep_spare(block))
      free(block);
    block = next;
  }
  arena->block = NULL;
  arena->used = 0;
}
