/* SPDX-License-Identifier: MIT */
/*
 * A stack is one private mapping:
 *
 *     low                                          high
 *     | guard (a page) | unused … grows down … used |
 *
 * The guard turns an overflow into a fault instead of silent damage. A page made inaccessible with
 * mprotect splits the mapping in two, and the kernel's limit on mappings then ends everything at
 * about 32,000 coroutines; kernels from 6.13 on have a guard that is kept in the page table and
 * costs no mapping, so that one is tried first and the answer remembered.
 */
#include "run/stack.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>
#include <uv.h>

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

enum { GUARD_UNKNOWN, GUARD_LIGHT, GUARD_MPROTECT };
static atomic_int guard_kind = GUARD_UNKNOWN;

static size_t page_size(void) {
  static atomic_size_t known;
  size_t size = atomic_load_explicit(&known, memory_order_relaxed);

  if (size == 0) {
    size = (size_t)sysconf(_SC_PAGESIZE);
    atomic_store_explicit(&known, size, memory_order_relaxed);
  }
  return size;
}

size_t harness__stack_round(size_t size) {
  size_t page = page_size();

  if (size > SIZE_MAX / 4)
    size = SIZE_MAX / 4;
  return (size + page - 1) / page * page;
}

static int install_guard(void *low, size_t page) {
  int kind = atomic_load_explicit(&guard_kind, memory_order_relaxed);

  /* valgrind does not know the light guard's number and would warn of it each time. */
  if (kind == GUARD_UNKNOWN && RUNNING_ON_VALGRIND != 0)
    kind = GUARD_MPROTECT;
  if (kind != GUARD_MPROTECT && madvise(low, page, MADV_GUARD_INSTALL) == 0) {
    atomic_store_explicit(&guard_kind, GUARD_LIGHT, memory_order_relaxed);
    return 0;
  }
  atomic_store_explicit(&guard_kind, GUARD_MPROTECT, memory_order_relaxed);
  return mprotect(low, page, PROT_NONE) == 0 ? 0 : uv_translate_sys_error(errno);
}

int harness__stack_map(harness__stack_t *stack, size_t size) {
  size_t page = page_size();
  size_t usable = harness__stack_round(size);
  unsigned char *low = mmap(NULL, usable + page, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  int status;

  if (low == MAP_FAILED)
    return uv_translate_sys_error(errno);
  status = install_guard(low, page);
  if (status != 0) {
    (void)munmap(low, usable + page);
    return status;
  }
  stack->base = low + page;
  stack->size = usable;
  stack->valgrind = VALGRIND_STACK_REGISTER(stack->base, stack->base + usable);
  return 0;
}

void harness__stack_unmap(harness__stack_t *stack) {
  VALGRIND_STACK_DEREGISTER(stack->valgrind);
  (void)munmap(stack->base - page_size(), stack->size + page_size());
  stack->base = NULL;
}

const char *harness__stack_explain(void) {
  if (atomic_load_explicit(&guard_kind, memory_order_relaxed) == GUARD_MPROTECT)
    return "no memory for another coroutine's stack; with many coroutines raise the sysctl vm.max_map_count "
           "(each stack takes two mappings on this kernel)";
  return "no memory for another coroutine's stack";
}
