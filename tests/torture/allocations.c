/* SPDX-License-Identifier: MIT */
/*
 * Every allocation that the harness causes, wrapped. What the static library and the test program call is
 * redirected by the linker (--wrap); libuv and jansson have functions for it, PCRE2 has contexts; of libc's
 * functions that allocate by themselves (realpath, scandir, fopen) the call fails as a whole.
 *
 * An arena asks malloc once in 64 KiB, but each request of it may be the one that does: so these are wrapped,
 * too. So is the start of a coroutine, since stacks are pooled by the process and mapped only once.
 *
 * Each block has an entry in a table, by which a leak is known with the number of its allocation.
 */
#include "allocations.h"

#include <dirent.h>
#include <errno.h>
#include <execinfo.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <jansson.h>
#include <uv.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/arena.h"
#include "run/coroutine.h"
#include "torture.h"

enum { SLOTS = 4096, MOST_FRAMES = 16 };

typedef struct block {
  struct block *next;
  const void *pointer;
  size_t size;
  unsigned long number;
  int frame_count; /* 0 unless TORTURE_TRACE is set */
  void *frames[MOST_FRAMES];
} block_t;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static block_t *blocks[SLOTS];
static size_t block_count;
static unsigned long last_number;
static unsigned long told_number;
static bool is_traced;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *pointer, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *pointer);

static block_t **slot_of(const void *pointer) {
  return &blocks[((uintptr_t)pointer >> 4) * 0x9E3779B1U % SLOTS];
}

static void *keep(void *pointer, size_t size) {
  block_t *block;

  if (pointer == NULL)
    return NULL;
  block = __real_malloc(sizeof *block);
  if (block == NULL)
    abort();
  (void)pthread_mutex_lock(&lock);
  *block = (block_t){.next = *slot_of(pointer), .pointer = pointer, .size = size, .number = ++last_number};
  *slot_of(pointer) = block;
  if (is_traced)
    block->frame_count = backtrace(block->frames, MOST_FRAMES);
  block_count++;
  (void)pthread_mutex_unlock(&lock);
  return pointer;
}

/* What was made before the take-over, or by libc, is not known. Not after it was freed: another thread may
 * have the address by then. */
static void forget(const void *pointer) {
  block_t **at;
  block_t *found;

  (void)pthread_mutex_lock(&lock);
  at = slot_of(pointer);
  while (*at != NULL && (*at)->pointer != pointer)
    at = &(*at)->next;
  found = *at;
  if (found != NULL) {
    *at = found->next;
    block_count--;
  }
  (void)pthread_mutex_unlock(&lock);
  __real_free(found);
}

static bool refuse(void) {
  bool fails = torture_fails();

  if (fails)
    errno = ENOMEM;
  return fails;
}

void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size) {
  return refuse() ? NULL : keep(__real_malloc(size), size);
}

void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size) {
  return refuse() ? NULL : keep(__real_calloc(count, size), count * size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size) {
  return refuse() ? NULL : keep(__real_aligned_alloc(alignment, size), size);
}

void __wrap_free(void *pointer);
void __wrap_free(void *pointer) {
  if (pointer != NULL)
    forget(pointer);
  __real_free(pointer);
}

/* libuv enlarges one thing, a loop's table of descriptors, and where that fails it calls abort() itself:
 * nobody above it can answer that, so this one never fails. */
static void *grow(void *pointer, size_t size) {
  void *grown;

  if (pointer != NULL)
    forget(pointer);
  grown = __real_realloc(pointer, size);
  if (grown == NULL && size != 0)
    abort(); /* there was memory a moment ago, and the block is forgotten */
  return keep(grown, size);
}

void *__wrap_realloc(void *pointer, size_t size);
void *__wrap_realloc(void *pointer, size_t size) {
  return refuse() ? NULL : grow(pointer, size);
}

char *__wrap_strdup(const char *text);
char *__wrap_strdup(const char *text) {
  size_t size = strlen(text) + 1;
  char *copy = __wrap_malloc(size);

  return copy != NULL ? memcpy(copy, text, size) : NULL;
}

char *__wrap_strndup(const char *text, size_t most);
char *__wrap_strndup(const char *text, size_t most) {
  size_t size = strnlen(text, most);
  char *copy = __wrap_malloc(size + 1);

  if (copy == NULL)
    return NULL;
  memcpy(copy, text, size);
  copy[size] = '\0';
  return copy;
}

char *__real_realpath(const char *path, char *resolved);
char *__wrap_realpath(const char *path, char *resolved);
char *__wrap_realpath(const char *path, char *resolved) {
  return refuse() ? NULL : keep(__real_realpath(path, resolved), 0);
}

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode) {
  return refuse() ? NULL : __real_fopen(path, mode);
}

int __real_scandir(const char *path, struct dirent ***list, int (*select)(const struct dirent *entry),
                   int (*order)(const struct dirent **a, const struct dirent **b));
int __wrap_scandir(const char *path, struct dirent ***list, int (*select)(const struct dirent *entry),
                   int (*order)(const struct dirent **a, const struct dirent **b));
int __wrap_scandir(const char *path, struct dirent ***list, int (*select)(const struct dirent *entry),
                   int (*order)(const struct dirent **a, const struct dirent **b)) {
  return refuse() ? -1 : __real_scandir(path, list, select, order);
}

void *__real_mmap(void *address, size_t size, int access, int flags, int fd, off_t offset);
void *__wrap_mmap(void *address, size_t size, int access, int flags, int fd, off_t offset);
void *__wrap_mmap(void *address, size_t size, int access, int flags, int fd, off_t offset) {
  return refuse() ? MAP_FAILED : __real_mmap(address, size, access, flags, fd, offset);
}

void *__real_harness__arena_alloc(harness__arena_t *arena, size_t size);
void *__wrap_harness__arena_alloc(harness__arena_t *arena, size_t size);
void *__wrap_harness__arena_alloc(harness__arena_t *arena, size_t size) {
  return torture_fails() ? NULL : __real_harness__arena_alloc(arena, size);
}

void *__real_harness__arena_bytes(harness__arena_t *arena, size_t size);
void *__wrap_harness__arena_bytes(harness__arena_t *arena, size_t size);
void *__wrap_harness__arena_bytes(harness__arena_t *arena, size_t size) {
  return torture_fails() ? NULL : __real_harness__arena_bytes(arena, size);
}

char *__real_harness__arena_copy(harness__arena_t *arena, const void *data, size_t size);
char *__wrap_harness__arena_copy(harness__arena_t *arena, const void *data, size_t size);
char *__wrap_harness__arena_copy(harness__arena_t *arena, const void *data, size_t size) {
  return torture_fails() ? NULL : __real_harness__arena_copy(arena, data, size);
}

void *__real_harness__arena_store(harness__arena_t *arena, const void *data, size_t size);
void *__wrap_harness__arena_store(harness__arena_t *arena, const void *data, size_t size);
void *__wrap_harness__arena_store(harness__arena_t *arena, const void *data, size_t size) {
  return torture_fails() ? NULL : __real_harness__arena_store(arena, data, size);
}

char *__real_harness__arena_string(harness__arena_t *arena, const char *text);
char *__wrap_harness__arena_string(harness__arena_t *arena, const char *text);
char *__wrap_harness__arena_string(harness__arena_t *arena, const char *text) {
  return torture_fails() ? NULL : __real_harness__arena_string(arena, text);
}

harness__coroutine_t *__real_harness__coroutine_new(size_t stack_size, void (*entry)(void *arg), void *arg,
                                                    harness__coroutine_t *back);
harness__coroutine_t *__wrap_harness__coroutine_new(size_t stack_size, void (*entry)(void *arg), void *arg,
                                                    harness__coroutine_t *back);
harness__coroutine_t *__wrap_harness__coroutine_new(size_t stack_size, void (*entry)(void *arg), void *arg,
                                                    harness__coroutine_t *back) {
  return torture_fails() ? NULL : __real_harness__coroutine_new(stack_size, entry, arg, back);
}

/*
 * Jansson's scanner does not look whether the text of a token could be enlarged (lex_save in its load.c), and
 * reads and writes past its end where it could not. Nobody above it can answer that either. The call that
 * enlarges is known by where it returns to, which is found out with a token that has to be enlarged twice.
 */
static struct {
  bool is_looked_for;
  const void *first;   /* who asked for anything */
  const void *of_32;   /* who asked for 32 bytes last, */
  const void *growing; /* and then for 64 */
} scanner;

static void *json_allocate(size_t size) {
  const void *caller = __builtin_return_address(0);

  if (!scanner.is_looked_for)
    return caller == scanner.growing ? keep(__real_malloc(size), size) : __wrap_malloc(size);
  if (scanner.first == NULL)
    scanner.first = caller;
  if (size == 32)
    scanner.of_32 = caller;
  if (size == 64 && caller == scanner.of_32)
    scanner.growing = caller;
  return keep(__real_malloc(size), size);
}

static void find_scanner(void) {
  json_t *value;

  json_set_alloc_funcs(json_allocate, __wrap_free);
  scanner.is_looked_for = true;
  value = json_loads("\"a text that is longer than thirty-two bytes by some\"", JSON_DECODE_ANY, NULL);
  scanner.is_looked_for = false;
  if (value == NULL || scanner.growing == NULL || scanner.growing == scanner.first) {
    fprintf(stderr, "torture: this jansson does not show where its scanner allocates\n");
    abort();
  }
  json_decref(value);
}

static void *pcre2_allocate(size_t size, void *arg) {
  (void)arg;
  return __wrap_malloc(size);
}

static void pcre2_release(void *pointer, void *arg) {
  (void)arg;
  __wrap_free(pointer);
}

/* The program's, never freed. The library asks for contexts of the default kind. */
static pcre2_general_context *general;

pcre2_compile_context *__real_pcre2_compile_context_create_8(pcre2_general_context *context);
pcre2_compile_context *__wrap_pcre2_compile_context_create_8(pcre2_general_context *context);
pcre2_compile_context *__wrap_pcre2_compile_context_create_8(pcre2_general_context *context) {
  return __real_pcre2_compile_context_create_8(context != NULL ? context : general);
}

pcre2_match_context *__real_pcre2_match_context_create_8(pcre2_general_context *context);
pcre2_match_context *__wrap_pcre2_match_context_create_8(pcre2_general_context *context);
pcre2_match_context *__wrap_pcre2_match_context_create_8(pcre2_general_context *context) {
  return __real_pcre2_match_context_create_8(context != NULL ? context : general);
}

pcre2_match_data *__real_pcre2_match_data_create_from_pattern_8(const pcre2_code *code,
                                                                pcre2_general_context *context);
pcre2_match_data *__wrap_pcre2_match_data_create_from_pattern_8(const pcre2_code *code,
                                                                pcre2_general_context *context);
pcre2_match_data *__wrap_pcre2_match_data_create_from_pattern_8(const pcre2_code *code,
                                                                pcre2_general_context *context) {
  return __real_pcre2_match_data_create_from_pattern_8(code, context != NULL ? context : general);
}

void allocations_take_over(void) {
  is_traced = getenv("TORTURE_TRACE") != NULL;
  find_scanner();
  if (uv_replace_allocator(__wrap_malloc, grow, __wrap_calloc, __wrap_free) != 0)
    abort();
  general = pcre2_general_context_create(pcre2_allocate, pcre2_release, NULL);
  if (general == NULL)
    abort();
}

size_t allocations_held(void) {
  size_t count;

  (void)pthread_mutex_lock(&lock);
  count = block_count;
  (void)pthread_mutex_unlock(&lock);
  return count;
}

static void tell(const block_t *block) {
  fprintf(stderr, "  %zu bytes at %p\n", block->size, block->pointer);
  fflush(stderr);
  if (block->frame_count > 0)
    backtrace_symbols_fd((void *const *)block->frames, block->frame_count, STDERR_FILENO);
}

void allocations_tell_new(void) {
  (void)pthread_mutex_lock(&lock);
  for (size_t i = 0; i < SLOTS; i++)
    for (const block_t *block = blocks[i]; block != NULL; block = block->next)
      if (block->number > told_number)
        tell(block);
  told_number = last_number;
  (void)pthread_mutex_unlock(&lock);
}
