/* SPDX-License-Identifier: MIT */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/columns.h"

static size_t columns(const char *text) {
  return harness__columns(text, strlen(text));
}

static void counts_columns(void **state) {
  (void)state;
  assert_int_equal(columns(""), 0);
  assert_int_equal(columns("abc"), 3);
  assert_int_equal(columns("grüße"), 5);
  assert_int_equal(columns("漢字"), 4);
  assert_int_equal(columns("한국어"), 6);
  assert_int_equal(columns("🙂"), 2);
  assert_int_equal(columns("e\u0301"), 1);
  assert_int_equal(columns("\1x\2"), 1);
}

/* What is no UTF-8 never reads beyond its end. */
static void counts_what_is_no_text(void **state) {
  (void)state;
  assert_int_equal(harness__columns("\xff\xfe", 2), 2);
  assert_int_equal(harness__columns("\xe6\xbc\xa2", 2), 2);
  assert_int_equal(harness__columns_fit("\xe6\xbc", 2, 1), 1);
}

static void fits_whole_characters(void **state) {
  (void)state;
  assert_int_equal(harness__columns_fit("abc", 3, 2), 2);
  assert_int_equal(harness__columns_fit("abc", 3, 3), 3);
  assert_int_equal(harness__columns_fit("漢字", 6, 3), 3);
  assert_int_equal(harness__columns_fit("e\u0301x", 4, 1), 3);
  assert_int_equal(harness__columns_fit("abc", 3, 0), 0);
}

static void assert_cut(const char *text, size_t width, const char *expected) {
  harness__buffer_t out = {0};

  harness__columns_cut(&out, text, strlen(text), width);
  assert_string_equal(out.text != NULL ? out.text : "", expected);
  harness__buffer_free(&out);
}

static void cuts_with_an_ellipsis(void **state) {
  (void)state;
  assert_cut("abcd", 4, "abcd");
  assert_cut("abcde", 4, "abc…");
  assert_cut("漢字漢", 4, "漢…");
  assert_cut("abc", 1, "…");
  assert_cut("abc", 0, "");
}

static void pads(void **state) {
  harness__buffer_t out = {0};

  (void)state;
  harness__columns_pad(&out, 1, 3);
  harness__columns_pad(&out, 5, 3);
  assert_string_equal(out.text, "  ");
  harness__buffer_free(&out);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(counts_columns),
    cmocka_unit_test(counts_what_is_no_text),
    cmocka_unit_test(fits_whole_characters),
    cmocka_unit_test(cuts_with_an_ellipsis),
    cmocka_unit_test(pads),
};

HARNESS_CMOCKA_MAIN("base/columns", tests)
