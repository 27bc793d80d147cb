/* SPDX-License-Identifier: MIT */
#include <harness/cmocka.h>

#include <string.h>

#include "base/fault.h"

static void is_null_until_something_fails(void **state) {
  struct harness h = {.owner = pthread_self()};

  (void)state;
  assert_null(harness_error(&h));
  assert_int_equal(harness_error_code(&h), 0);
  harness__fault_free(&h);
}

static void holds_the_last_sentence(void **state) {
  struct harness h = {.owner = pthread_self()};

  (void)state;
  assert_int_equal(harness__fail(&h, -22, "first %d", 1), -22);
  assert_string_equal(harness_error(&h), "first 1");
  assert_int_equal(harness__fail(&h, -9, "second"), -9);
  assert_string_equal(harness_error(&h), "second");
  assert_int_equal(harness_error_code(&h), -9);
  harness_clear_error(&h);
  assert_null(harness_error(&h));
  assert_int_equal(harness_error_code(&h), 0);
  harness__fault_free(&h);
}

static void keeps_harnesses_apart(void **state) {
  struct harness a = {.owner = pthread_self()};
  struct harness b = {.owner = pthread_self()};

  (void)state;
  (void)harness__fail(&a, -1, "a");
  (void)harness__fail(NULL, -2, "no harness");
  assert_null(harness_error(&b));
  assert_string_equal(harness_error(&a), "a");
  assert_string_equal(harness_error(NULL), "no harness");
  assert_int_equal(harness_error_code(NULL), -2);
  harness_clear_error(NULL);
  assert_null(harness_error(NULL));
  harness__fault_free(&a);
}

static void goes_to_the_thread_when_that_is_foreign(void **state) {
  struct harness h = {.owner = pthread_self()};

  (void)state;
  harness__fault_foreign_thread(true);
  (void)harness__fail(&h, -3, "in the background");
  assert_string_equal(harness_error(&h), "in the background");
  harness__fault_foreign_thread(false);
  assert_null(harness_error(&h));
  assert_null(h.fault);
  harness_clear_error(NULL);
}

static void says_when_memory_was_exhausted(void **state) {
  struct harness h = {.owner = pthread_self()};

  (void)state;
  assert_int_equal(harness__fail_text(&h, -12, NULL), -12);
  assert_string_equal(harness_error(&h), "memory is exhausted");
  harness__fault_free(&h);
}

static void cuts_a_long_sentence_without_a_harness(void **state) {
  char text[2000];

  (void)state;
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  (void)harness__fail(NULL, -1, "%s", text);
  assert_in_range(strlen(harness_error(NULL)), 100, 1999);
  harness_clear_error(NULL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(is_null_until_something_fails),
    cmocka_unit_test(holds_the_last_sentence),
    cmocka_unit_test(keeps_harnesses_apart),
    cmocka_unit_test(goes_to_the_thread_when_that_is_foreign),
    cmocka_unit_test(says_when_memory_was_exhausted),
    cmocka_unit_test(cuts_a_long_sentence_without_a_harness),
};

HARNESS_CMOCKA_MAIN("base/fault", tests)
