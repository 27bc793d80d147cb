/* SPDX-License-Identifier: MIT */
/*
 * Stacks are carved out of slabs, each one private mapping:
 *
 *     low                                                                       high
 *     | slab | guard | … grows down … slot | guard | … grows down … slot | not begun |
 *
 * A stack of its own mapping would be mapped and unmapped for each coroutine, which costs more than
 * all else about it. A slab goes when none of its stacks is in use and enough others are spare: so a
 * process gives back what a crowd took, and one that has crowds again and again does not map them anew. A
 * spare stack keeps its pages: who takes it finds the slot as it was left.
 *
 * The guard (a page) turns an overflow into a fault instead of silent damage. A page made inaccessible with
 * mprotect splits the mapping in two, and the kernel's limit on mappings then ends everything at
 * about 32,000 coroutines; kernels from 6.13 on have a guard that is kept in the page table and
 * costs no mapping, so that one is tried first and the answer remembered.
 */
#include "run/stack.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/slow.h"

#if defined(HARNESS_HAVE_VALGRIND)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0U
#define VALGRIND_STACK_REGISTER(start, end) 0U
#define VALGRIND_STACK_DEREGISTER(id) ((void)(id))
#endif

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

/* Of the process: all harnesses take from the same slabs. SPARE_MOST of the default size are 512 MiB of
 * addresses, and of memory what was touched: mostly a page each. */
enum { SLAB_STACKS = 64, SPARE_MOST = 2048 };
#define SLAB_BYTES ((size_t)32 * 1024 * 1024)

struct harness__slab {
  harness__slab_t *next; /* among those with room */
  harness__slab_t **link;
  size_t bytes; /* of the mapping */
  size_t size;  /* of each stack */
  size_t room;  /* for what is at its top */
  size_t count; /* of stacks */
  size_t begun; /* of them, the lowest ones: they have guards */
  size_t used;
  harness__slot_t *spare; /* begun and not used */
};

enum { GUARD_UNKNOWN, GUARD_LIGHT, GUARD_MPROTECT };
static atomic_int guard_kind = GUARD_UNKNOWN;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static harness__slab_t *with_room;
static size_t spare_count;

static size_t page_size(void) {
  static atomic_size_t known;
  size_t size = atomic_load_explicit(&known, memory_order_relaxed);

  if (size == 0) {
    size = (size_t)sysconf(_SC_PAGESIZE);
    atomic_store_explicit(&known, size, memory_order_relaxed);
  }
  return size;
}

static size_t round_up(size_t size) {
  size_t page = page_size();

  if (size > SIZE_MAX / 4)
    size = SIZE_MAX / 4;
  return (size + page - 1) / page * page;
}

static bool install_guard(void *low) {
  int kind = atomic_load_explicit(&guard_kind, memory_order_relaxed);
  size_t page = page_size();

  /* valgrind does not know the light guard's number and would warn of it each time. */
  if (kind == GUARD_UNKNOWN && RUNNING_ON_VALGRIND != 0)
    kind = GUARD_MPROTECT;
  if (kind != GUARD_MPROTECT && madvise(low, page, MADV_GUARD_INSTALL) == 0) {
    atomic_store_explicit(&guard_kind, GUARD_LIGHT, memory_order_relaxed);
    return true;
  }
  atomic_store_explicit(&guard_kind, GUARD_MPROTECT, memory_order_relaxed);
  return mprotect(low, page, PROT_NONE) == 0;
}

static void link_slab(harness__slab_t *slab) {
  slab->next = with_room;
  slab->link = &with_room;
  if (slab->next != NULL)
    slab->next->link = &slab->next;
  with_room = slab;
}

static void unlink_slab(harness__slab_t *slab) {
  *slab->link = slab->next;
  if (slab->next != NULL)
    slab->next->link = slab->link;
  slab->link = NULL;
}

static harness__slab_t *map_slab(size_t size, size_t room, size_t count) {
  size_t page = page_size();
  size_t bytes = page + count * (page + size);
  harness__slab_t *slab = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

  if (slab == MAP_FAILED)
    return NULL;
  *slab = (harness__slab_t){.bytes = bytes, .size = size, .room = room, .count = count};
  link_slab(slab);
  return slab;
}

/* Where addresses are short, one stack may still be had. */
static harness__slab_t *new_slab(size_t size, size_t room) {
  size_t count = harness__is_slow(HARNESS__SLOW_POOLS) ? 1 : SLAB_BYTES / (size + page_size());
  harness__slab_t *slab;

  if (count > SLAB_STACKS)
    count = SLAB_STACKS;
  slab = count > 1 ? map_slab(size, room, count) : NULL;
  return slab != NULL ? slab : map_slab(size, room, 1);
}

/* The one found goes first: of several sizes, each that is asked for is near the front. */
static harness__slab_t *find_slab(size_t size, size_t room) {
  harness__slab_t *slab = with_room;

  if (harness__is_slow(HARNESS__SLOW_POOLS))
    return NULL;
  while (slab != NULL && (slab->size != size || slab->room != room))
    slab = slab->next;
  if (slab != NULL && slab != with_room) {
    unlink_slab(slab);
    link_slab(slab);
  }
  return slab;
}

static harness__slot_t *begin_next(harness__slab_t *slab) {
  size_t page = page_size();
  unsigned char *low = (unsigned char *)slab + page + slab->begun * (page + slab->size);
  harness__stack_t stack = {.base = low + page, .size = slab->size};
  harness__slot_t *slot = (harness__slot_t *)(void *)(stack.base + stack.size - slab->room);

  if (!install_guard(low))
    return NULL;
  stack.valgrind = VALGRIND_STACK_REGISTER(stack.base, stack.base + stack.size);
  slot->stack = stack;
  slot->slab = slab;
  slab->begun++;
  return slot;
}

static harness__slot_t *take_from(harness__slab_t *slab) {
  harness__slot_t *slot = slab->spare;

  if (slot != NULL) {
    slab->spare = slot->next;
    spare_count--;
  } else {
    slot = begin_next(slab);
  }
  if (slot == NULL)
    return NULL;
  slab->used++;
  if (slab->used == slab->count)
    unlink_slab(slab);
  return slot;
}

harness__slot_t *harness__slot_take(size_t size, size_t room) {
  harness__slot_t *slot = NULL;
  harness__slab_t *slab;

  size = round_up(size);
  (void)pthread_mutex_lock(&lock);
  slab = find_slab(size, room);
  if (slab == NULL)
    slab = new_slab(size, room);
  if (slab != NULL)
    slot = take_from(slab);
  (void)pthread_mutex_unlock(&lock);
  return slot;
}

void harness__slot_clear(harness__slot_t *slot) {
  harness__slot_t kept = *slot;

  (void)madvise(kept.stack.base, kept.stack.size, MADV_DONTNEED);
  memset(slot, 0, kept.slab->room);
  *slot = kept;
}

/* Returns whether its slab is to go; then it is nobody's any more. */
static bool give(harness__slot_t *slot) {
  harness__slab_t *slab = slot->slab;

  slot->next = slab->spare;
  slab->spare = slot;
  spare_count++;
  slab->used--;
  if (slab->link == NULL)
    link_slab(slab);
  if (slab->used > 0 || (spare_count <= SPARE_MOST && !harness__is_slow(HARNESS__SLOW_POOLS)))
    return false;
  spare_count -= slab->begun;
  unlink_slab(slab);
  return true;
}

void harness__slot_give(harness__slot_t *slot, void (*forget)(harness__slot_t *slot)) {
  harness__slab_t *slab = slot->slab;
  bool goes;

  (void)pthread_mutex_lock(&lock);
  goes = give(slot);
  (void)pthread_mutex_unlock(&lock);
  if (!goes)
    return;
  for (slot = slab->spare; slot != NULL; slot = slot->next) {
    forget(slot);
    VALGRIND_STACK_DEREGISTER(slot->stack.valgrind);
  }
  (void)munmap(slab, slab->bytes);
}

const char *harness__stack_explain(void) {
  if (atomic_load_explicit(&guard_kind, memory_order_relaxed) == GUARD_MPROTECT)
    return "no memory for another coroutine's stack; with many coroutines raise the sysctl vm.max_map_count "
           "(each stack takes two mappings on this kernel)";
  return "no memory for another coroutine's stack";
}
