/* SPDX-License-Identifier: MIT */
#include <harness/cmocka.h>

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/sanitizers.h"

#if defined(HARNESS_HAVE_VALGRIND)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0U
#endif

static void aligns_what_is_allocated(void **state) {
  harness__arena_t arena = {0};

  (void)state;
  for (size_t size = 0; size < 200; size++) {
    void *bytes = harness__arena_bytes(&arena, 1);
    void *aligned = harness__arena_alloc(&arena, size);
    assert_non_null(bytes);
    assert_non_null(aligned);
    assert_int_equal((uintptr_t)aligned % alignof(max_align_t), 0);
    memset(aligned, 0x55, size);
  }
  harness__arena_free(&arena);
}

static void keeps_everything_apart(void **state) {
  enum { COUNT = 3000 };
  static char *texts[COUNT];
  harness__arena_t arena = {0};

  (void)state;
  for (size_t i = 0; i < COUNT; i++) {
    /* Every hundredth is larger than a block. */
    size_t size = i % 100 == 0 ? 100000 : i % 150;
    texts[i] = harness__arena_bytes(&arena, size + 1);
    assert_non_null(texts[i]);
    memset(texts[i], (int)(i % 251), size + 1);
  }
  for (size_t i = 0; i < COUNT; i++) {
    size_t size = i % 100 == 0 ? 100000 : i % 150;
    for (size_t j = 0; j <= size; j++)
      if ((unsigned char)texts[i][j] != i % 251)
        fail_msg("byte %zu of %zu was overwritten", j, i);
  }
  harness__arena_free(&arena);
}

static void begins_with_a_large_one(void **state) {
  harness__arena_t arena = {0};
  char *large = harness__arena_bytes(&arena, 1 << 20);
  char *small = harness__arena_string(&arena, "small");

  (void)state;
  assert_non_null(large);
  memset(large, 'x', 1 << 20);
  assert_string_equal(small, "small");
  harness__arena_free(&arena);
  assert_null(arena.block);
  harness__arena_free(&arena);
}

static void copies_with_a_nul(void **state) {
  harness__arena_t arena = {0};
  const char *copy = harness__arena_copy(&arena, "a\0b", 3);

  (void)state;
  assert_memory_equal(copy, "a\0b", 4);
  assert_string_equal(harness__arena_copy(&arena, NULL, 0), "");
  harness__arena_free(&arena);
}

static void refuses_what_no_memory_holds(void **state) {
  harness__arena_t arena = {0};

  (void)state;
  assert_null(harness__arena_alloc(&arena, SIZE_MAX));
  assert_null(harness__arena_bytes(&arena, SIZE_MAX - 64));
  assert_null(harness__arena_copy(&arena, "x", SIZE_MAX));
  assert_string_equal(harness__arena_string(&arena, "still of use"), "still of use");
  harness__arena_free(&arena);
}

static void frees_nothing_that_the_next_one_takes(void **state) {
  harness__arena_t arena = {0};
  void *first;
  void *between;

  (void)state;
#if defined(HARNESS__WITH_ASAN) || defined(HARNESS__WITH_TSAN)
  skip(); /* which are to see what is done with */
#endif
  if (RUNNING_ON_VALGRIND != 0)
    skip();
  first = harness__arena_alloc(&arena, 1);
  assert_non_null(first);
  harness__arena_free(&arena);
  between = malloc((size_t)64 * 1024); /* the C library would give it the same place */
  assert_ptr_equal(harness__arena_alloc(&arena, 1), first);
  harness__arena_free(&arena);
  free(between);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(frees_nothing_that_the_next_one_takes),
    cmocka_unit_test(aligns_what_is_allocated),
    cmocka_unit_test(keeps_everything_apart),
    cmocka_unit_test(begins_with_a_large_one),
    cmocka_unit_test(copies_with_a_nul),
    cmocka_unit_test(refuses_what_no_memory_holds),
};

HARNESS_CMOCKA_MAIN("base/arena", tests)
