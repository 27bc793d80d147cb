/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/slow.h"

static bool choose(const char *text, char **sentence) {
  *sentence = NULL;
  if (text == NULL)
    assert_int_equal(unsetenv("HARNESS_SLOW"), 0);
  else
    assert_int_equal(setenv("HARNESS_SLOW", text, 1), 0);
  return harness__slow_choose(sentence);
}

static void nothing_is_slow_unless_asked(void **state) {
  char *sentence;

  (void)state;
  assert_true(choose("all", &sentence));
  assert_true(choose(NULL, &sentence));
  assert_false(harness__is_slow(HARNESS__SLOW_RECEIVE));
  assert_true(choose("all", &sentence));
  assert_true(choose("", &sentence));
  assert_false(harness__is_slow(HARNESS__SLOW_STORE));
}

static void those_named_are_slow(void **state) {
  char *sentence;

  (void)state;
  assert_true(choose("send,pools", &sentence));
  assert_false(harness__is_slow(HARNESS__SLOW_RECEIVE));
  assert_true(harness__is_slow(HARNESS__SLOW_SEND));
  assert_true(harness__is_slow(HARNESS__SLOW_POOLS));
  assert_false(harness__is_slow(HARNESS__SLOW_STORE));
  assert_false(harness__is_slow(HARNESS__SLOW_TURNS));
  assert_true(choose("fixtures", &sentence));
  assert_true(harness__is_slow(HARNESS__SLOW_FIXTURES));
  assert_false(harness__is_slow(HARNESS__SLOW_POOLS));
  assert_true(choose("polls", &sentence));
  assert_true(harness__is_slow(HARNESS__SLOW_POLLS));
  assert_false(harness__is_slow(HARNESS__SLOW_FIXTURES));
  assert_true(choose("all", &sentence));
  assert_true(harness__is_slow(HARNESS__SLOW_POLLS));
  assert_true(harness__is_slow(HARNESS__SLOW_STORE));
  assert_true(harness__is_slow(HARNESS__SLOW_TURNS));
  assert_true(harness__is_slow(HARNESS__SLOW_FIXTURES));
}

static void other_words_are_refused(void **state) {
  static const char *const texts[] = {"sends", ",send", "send,,pools", "ALL", " all"};
  char *sentence;

  (void)state;
  assert_true(choose(NULL, &sentence));
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    assert_false(choose(texts[i], &sentence));
    assert_non_null(sentence);
    free(sentence);
    assert_false(harness__is_slow(HARNESS__SLOW_SEND));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_slow_unless_asked),
      cmocka_unit_test(those_named_are_slow),
      cmocka_unit_test(other_words_are_refused),
  };

  return cmocka_run_group_tests_name("base_slow", tests, NULL, NULL);
}
