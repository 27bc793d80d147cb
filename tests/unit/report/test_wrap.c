/* SPDX-License-Identifier: MIT */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/columns.h"
#include "report/picture/wrap.h"

/* The lines of a text, with | between them. */
static void assert_lines(const char *text, size_t width, const char *expected) {
  harness__buffer_t out = {0};
  size_t size = strlen(text);

  for (size_t at = 0; at < size;) {
    size_t columns;
    size_t length = harness__wrap_next(text + at, size - at, width, &columns);
    assert_in_range(length, 1, size - at);
    assert_int_equal(columns, harness__columns(text + at, length));
    if (at > 0)
      harness__buffer_char(&out, '|');
    harness__buffer_add(&out, text + at, length);
    at += length;
  }
  assert_string_equal(out.text, expected);
  harness__buffer_free(&out);
}

static void cuts_where_there_is_no_more_room(void **state) {
  (void)state;
  assert_lines("abcdefgh", 3, "abc|def|gh");
  assert_lines("abc", 3, "abc");
  assert_lines("abc", 0, "a|b|c");
}

static void cuts_behind_words(void **state) {
  (void)state;
  assert_lines("in several parts", 8, "in sever|al parts");
}

static void cuts_behind_newlines(void **state) {
  (void)state;
  assert_lines("a\\nb\\r\\nc", 20, "a\\n|b\\r\\n|c");
  assert_lines("'a\\r\\n\\r\\n'", 20, "'a\\r\\n\\r\\n'");
  /* An escaped backslash before an n is no newline. */
  assert_lines("a\\\\nb", 20, "a\\\\nb");
}

static void keeps_escapes_and_characters_whole(void **state) {
  (void)state;
  assert_lines("\\x00\\xff", 5, "\\x00|\\xff");
  assert_lines("ab\\nc", 3, "ab|\\n|c");
  assert_lines("äöü", 2, "äö|ü");
  assert_lines("日本語", 4, "日本|語");
  assert_lines("\\", 4, "\\");
}

static size_t left_out(const char *a, const char *b, size_t width) {
  return harness__wrap_skip(a, strlen(a), b, strlen(b), width);
}

static void leaves_out_what_is_the_same(void **state) {
  (void)state;
  assert_int_equal(left_out("abc", "abd", 8), 0);
  assert_int_equal(left_out("abcdefghijkl", "abcdefghijkx", 8), 9);
  assert_int_equal(left_out("abcdefgh", "abcdefghij", 8), 6);
  /* An escape is left out whole: the last one that both have stands. */
  assert_int_equal(left_out("\\x01\\x02\\x03\\x04", "\\x01\\x02\\x03\\x05", 8), 12);
  assert_int_equal(left_out("a\\nb\\ncdefghij", "a\\nb\\ncdefghix", 40), 3);
  assert_int_equal(left_out("", "", 8), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(cuts_where_there_is_no_more_room),
    cmocka_unit_test(cuts_behind_words),
    cmocka_unit_test(cuts_behind_newlines),
    cmocka_unit_test(keeps_escapes_and_characters_whole),
    cmocka_unit_test(leaves_out_what_is_the_same),
};

HARNESS_CMOCKA_MAIN("report/wrap", tests)
