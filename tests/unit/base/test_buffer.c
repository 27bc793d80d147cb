/* SPDX-License-Identifier: MIT */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

static void grows(void **state) {
  harness__buffer_t buffer = {0};
  char *text;

  (void)state;
  for (int i = 0; i < 10000; i++)
    harness__buffer_printf(&buffer, "%04d", i);
  assert_int_equal(buffer.length, 40000);
  assert_int_equal(strlen(buffer.text), 40000);
  text = harness__buffer_take(&buffer);
  assert_memory_equal(text + 4936, "1234", 4);
  assert_null(buffer.text);
  free(text);
}

static void gives_an_empty_text_when_nothing_was_added(void **state) {
  harness__buffer_t buffer = {0};
  char *text = harness__buffer_take(&buffer);

  (void)state;
  assert_string_equal(text, "");
  free(text);
}

static void holds_any_bytes(void **state) {
  harness__buffer_t buffer = {0};

  (void)state;
  harness__buffer_add(&buffer, "a\0b", 3);
  harness__buffer_add(&buffer, NULL, 0);
  harness__buffer_char(&buffer, '\0');
  harness__buffer_string(&buffer, "c");
  assert_int_equal(buffer.length, 5);
  assert_memory_equal(buffer.text, "a\0b\0c", 6);
  harness__buffer_free(&buffer);
  assert_null(buffer.text);
}

static void stays_failed(void **state) {
  harness__buffer_t buffer = {0};

  (void)state;
  harness__buffer_string(&buffer, "before");
  harness__buffer_add(&buffer, "x", SIZE_MAX / 2);
  assert_true(buffer.failed);
  harness__buffer_string(&buffer, "after");
  assert_int_equal(buffer.length, 6);
  assert_null(harness__buffer_take(&buffer));
  assert_false(buffer.failed);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(grows),
    cmocka_unit_test(gives_an_empty_text_when_nothing_was_added),
    cmocka_unit_test(holds_any_bytes),
    cmocka_unit_test(stays_failed),
};

HARNESS_CMOCKA_MAIN("base/buffer", tests)
