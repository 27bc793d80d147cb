/* SPDX-License-Identifier: MIT */
#include <harness/cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static void assert_escaped(const char *bytes, size_t size, char quote, const char *expected) {
  harness__buffer_t out = {0};

  harness__text_escape(&out, bytes, size, quote);
  assert_string_equal(out.text, expected);
  harness__buffer_free(&out);
}

static void escapes_what_is_not_printable(void **state) {
  (void)state;
  assert_escaped("Hello", 5, '\'', "'Hello'");
  assert_escaped("", 0, '\'', "''");
  assert_escaped("a\nb\rc\td\\e'f\"g", 13, '\'', "'a\\nb\\rc\\td\\\\e\\'f\"g'");
  assert_escaped("a'b", 3, '"', "\"a'b\"");
  assert_escaped("-\0a'\\", 5, '\0', "-\\x00a'\\\\");
  assert_escaped("\x1b[31m\x7f", 6, '\0', "\\x1b[31m\\x7f");
  assert_escaped("grüße €😀", strlen("grüße €😀"), '\0', "grüße €😀");
}

static void escapes_what_is_not_utf8(void **state) {
  (void)state;
  assert_escaped("\xff", 1, '\0', "\\xff");
  assert_escaped("\xc3", 1, '\0', "\\xc3");                            /* cut short */
  assert_escaped("\xc0\xaf", 2, '\0', "\\xc0\\xaf");                   /* longer than needed */
  assert_escaped("\xe0\x80\xaf", 3, '\0', "\\xe0\\x80\\xaf");          /* longer than needed */
  assert_escaped("\xed\xa0\x80", 3, '\0', "\\xed\\xa0\\x80");          /* half a pair of surrogates */
  assert_escaped("\xf4\x90\x80\x80", 4, '\0', "\\xf4\\x90\\x80\\x80"); /* beyond Unicode */
  assert_escaped("\xc3(", 2, '\0', "\\xc3(");
}

static void escapes_what_hides_or_turns_text(void **state) {
  (void)state;
  assert_escaped("\u202e", 3, '\0', "\\xe2\\x80\\xae"); /* right to left from here */
  assert_escaped("\u200b", 3, '\0', "\\xe2\\x80\\x8b"); /* no width */
  assert_escaped("\u00ad", 2, '\0', "\\xc2\\xad");      /* soft hyphen */
  assert_escaped("\u061c", 2, '\0', "\\xd8\\x9c");      /* Arabic letter mark */
  assert_escaped("\ufeff", 3, '\0', "\\xef\\xbb\\xbf"); /* byte order mark */
  assert_escaped("\xc2\x85", 2, '\0', "\\xc2\\x85");    /* next line, a control */
}

/* Each range to its borders, and what stands beside it. */
static void escapes_whole_ranges_of_it(void **state) {
  static const struct {
    const char *first;
    const char *last;
    const char *before; /* these are shown as they are */
    const char *behind;
  } ranges[] = {
      {"\u180e", "\u180e", "\u180d", "\u180f"},
      {"\u200b", "\u200f", "\u200a", "\u2010"},
      {"\u2028", "\u202e", "\u2027", "\u202f"},
      {"\u2060", "\u206f", "\u205f", "\u2070"},
      {"\ufff9", "\ufffb", "\ufff8", "\ufffc"},
      {"\xee\x80\x80", "\xef\xa3\xbf", "\xed\x9f\xbf", "\uf900"},
      {"\ufffe", "\uffff", "\ufffd", "\U00010000"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
    assert_false(harness__text_is_readable(ranges[i].first, strlen(ranges[i].first)));
    assert_false(harness__text_is_readable(ranges[i].last, strlen(ranges[i].last)));
    assert_true(harness__text_is_readable(ranges[i].before, strlen(ranges[i].before)));
    assert_true(harness__text_is_readable(ranges[i].behind, strlen(ranges[i].behind)));
  }
}

static void tells_what_is_readable(void **state) {
  (void)state;
  assert_true(harness__text_is_readable("", 0));
  assert_true(harness__text_is_readable("GET / HTTP/1.1\r\n\t€", 20));
  assert_false(harness__text_is_readable("a\0b", 3));
  assert_false(harness__text_is_readable("\x1b", 1));
  assert_false(harness__text_is_readable("\xff", 1));
  assert_false(harness__text_is_readable("€", 2));
}

static void compares_numbers_by_value(void **state) {
  static const char *const ascending[] = {"",          "client",    "client/2", "client/10", "client2",
                                          "client10",  "server",    "server/1", "server/1a", "server/2",
                                          "server/10", "server/11", "z0",       "z00",       "z1"};
  enum { COUNT = sizeof ascending / sizeof ascending[0] };

  (void)state;
  for (int i = 0; i < COUNT; i++) {
    for (int j = 0; j < COUNT; j++) {
      int order = harness__text_compare_natural(ascending[i], ascending[j]);
      if ((order > 0) - (order < 0) != (i > j) - (i < j))
        fail_msg("\"%s\" and \"%s\": %d", ascending[i], ascending[j], order);
    }
  }
}

static void quotes_into_a_place(void **state) {
  char out[64];

  (void)state;
  assert_ptr_equal(harness_quote(out, sizeof out, "Hello", 5), out);
  assert_string_equal(out, "'Hello'");
  assert_string_equal(harness_quote(out, sizeof out, "it's\n\\\x01", 7), "'it\\'s\\n\\\\\\x01'");
  assert_string_equal(harness_quote(out, sizeof out, NULL, 0), "''");
  assert_string_equal(harness_quote(out, 8, "Hello", 5), "'Hello'");
}

static void ends_in_an_ellipsis_what_does_not_fit(void **state) {
  char out[64];

  (void)state;
  assert_string_equal(harness_quote(out, 8, "Hello!", 6), "'He…'");
  assert_string_equal(harness_quote(out, 8, "a\x01\x01", 3), "'a…'");
  assert_string_equal(harness_quote(out, 9, "aaa€€", 9), "'aaa…'");
  assert_string_equal(harness_quote(out, 6, "Hello!", 6), "'…'");
  assert_string_equal(harness_quote(out, 3, "", 0), "''");
  assert_null(harness_quote(NULL, 8, "Hello", 5));
}

/* Whatever the size, nothing is written beyond it and the text ends. */
static void never_leaves_its_place(void **state) {
  static const char data[] = "a€\x01'\\ü😀\xff-long enough";

  (void)state;
  for (size_t size = 0; size < 60; size++) {
    char out[64];
    memset(out, '#', sizeof out);
    (void)harness_quote(out, size, data, sizeof data - 1);
    for (size_t i = size; i < sizeof out; i++)
      assert_int_equal(out[i], '#');
    if (size > 0) {
      assert_non_null(memchr(out, '\0', size));
      assert_true(harness__text_is_readable(out, strlen(out)));
    }
  }
}

static void writes_numbers(void **state) {
  static const uint32_t numbers[] = {0, 1, 9, 10, 99, 100, 1234567890, UINT32_MAX - 1, UINT32_MAX};
  char out[HARNESS__NUMBER_SIZE];
  char expected[32];

  (void)state;
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
    int length = snprintf(expected, sizeof expected, "%u", numbers[i]);

    assert_ptr_equal(harness__text_number(out, numbers[i]), out + length);
    assert_string_equal(out, expected);
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(escapes_what_is_not_printable),
    cmocka_unit_test(escapes_what_is_not_utf8),
    cmocka_unit_test(escapes_what_hides_or_turns_text),
    cmocka_unit_test(escapes_whole_ranges_of_it),
    cmocka_unit_test(tells_what_is_readable),
    cmocka_unit_test(compares_numbers_by_value),
    cmocka_unit_test(writes_numbers),
    cmocka_unit_test(quotes_into_a_place),
    cmocka_unit_test(ends_in_an_ellipsis_what_does_not_fit),
    cmocka_unit_test(never_leaves_its_place),
};

HARNESS_CMOCKA_MAIN("base/text", tests)
