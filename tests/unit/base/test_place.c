/* SPDX-License-Identifier: MIT */
#include <harness/cmocka.h>

#include <setjmp.h>

#include "base/place.h"

static void assert_taken(const char *file, int line) {
  harness__place_t place = harness__place_take();

  if (file == NULL)
    assert_null(place.file);
  else
    assert_string_equal(place.file, file);
  assert_int_equal(place.line, line);
}

static void a_place_is_taken_once(void **state) {
  (void)state;
  harness__place_forget();
  assert_taken(NULL, 0);
  harness_at("a.c", 7);
  assert_taken("a.c", 7);
  assert_taken(NULL, 0);
}

/* Whether a compiler says the outer place before the inner ones or after them. */
static void calls_in_arguments_have_their_own(void **state) {
  (void)state;
  harness__place_forget();
  harness_at("outer.c", 1);
  harness_at("inner.c", 2);
  assert_taken("inner.c", 2);
  harness_at("inner.c", 3);
  assert_taken("inner.c", 3);
  assert_taken("outer.c", 1);
  harness_at("inner.c", 2);
  assert_taken("inner.c", 2);
  harness_at("outer.c", 1);
  assert_taken("outer.c", 1);
}

/* However many calls a jump keeps from being made. */
static void what_was_never_taken_harms_nobody(void **state) {
  (void)state;
  for (int i = 0; i < 1000; i++) {
    harness_at("left.c", i);
    harness_at("made.c", i);
    assert_taken("made.c", i);
  }
  harness__place_forget();
  assert_taken(NULL, 0);
}

static void text(void **state) {
  harness__buffer_t out = {0};

  (void)state;
  harness__place_add(&out, "at ", (harness__place_t){.file = "a.c", .line = 12}, ";");
  harness__place_add(&out, "at ", (harness__place_t){0}, ";");
  assert_string_equal(out.text, "at a.c:12;");
  harness__buffer_free(&out);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_place_is_taken_once),
    cmocka_unit_test(calls_in_arguments_have_their_own),
    cmocka_unit_test(what_was_never_taken_harms_nobody),
    cmocka_unit_test(text),
};

HARNESS_CMOCKA_MAIN("place", tests)
