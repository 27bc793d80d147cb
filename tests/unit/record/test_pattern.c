/* SPDX-License-Identifier: MIT */
#include <harness/cmocka.h>

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "record/pattern.h"

static harness__pattern_t *made(const char *regex) {
  char *reason;
  harness__pattern_t *pattern = harness__pattern_new(regex, &reason);

  if (pattern == NULL)
    fail_msg("%s: %s", regex, reason);
  assert_string_equal(harness__pattern_text(pattern), regex);
  assert_ptr_equal(harness__pattern_of(harness__pattern_text(pattern)), pattern);
  return pattern;
}

static bool matches(const char *regex, const char *bytes, size_t size) {
  harness__pattern_t *pattern = made(regex);
  const char *trouble;
  bool result = harness__pattern_matches(pattern, bytes, size, &trouble);

  assert_null(trouble);
  harness__pattern_free(pattern);
  return result;
}

static void matches_all_of_the_bytes(void **state) {
  (void)state;
  assert_true(matches("b+", "bb", 2));
  assert_false(matches("b+", "abb", 3));
  assert_false(matches("b+", "bba", 3));
  assert_true(matches("a|ab", "ab", 2));
  assert_true(matches("^a$", "a", 1));
  assert_false(matches("^a$", "a\n", 2));
  assert_true(matches("", "", 0));
  assert_true(matches("a*", NULL, 0));
}

static void matches_bytes_not_characters(void **state) {
  (void)state;
  assert_true(matches("\\xff\\x00.", "\xff\0\xfe", 3));
  assert_true(matches("..", "\xc3\xa9", 2));
  assert_true(matches("\xc3\xa9+", "\xc3\xa9\xa9", 3));
  assert_false(matches(".", "\r", 1));
  assert_false(matches(".", "\n", 1));
  assert_true(matches("(?s).", "\n", 1));
  assert_true(matches("a\\Rb", "a\r\nb", 4));
  assert_false(matches("a\\Rb",
                       "a\x85"
                       "b",
                       3));
}

static void asks_no_locale(void **state) {
  (void)state;
  (void)setlocale(LC_ALL, "C.UTF-8");
  assert_false(matches("\\w", "\xe9", 1));
  assert_false(matches("(?i)\xe9", "\xc9", 1));
  (void)setlocale(LC_ALL, "C");
}

static void says_what_is_malformed(void **state) {
  static const char *const cases[][2] = {
      {"a(b", "missing closing parenthesis, at byte 3 of \"a(b\""},
      {"(*UTF)a", "using UTF is disabled by the application, at byte 6 of \"(*UTF)a\""},
      {"(*UCP)a", "using UCP is disabled by the application, at byte 6 of \"(*UCP)a\""},
      {"\"\n\\", "\\ at end of pattern, at byte 3 of \"\\\"\\n\\\\\""},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char *reason;
    assert_null(harness__pattern_new(cases[i][0], &reason));
    assert_string_equal(reason, cases[i][1]);
    free(reason);
  }
}

static void refuses_what_is_too_long(void **state) {
  char *regex = malloc(20001);
  char *reason;

  (void)state;
  assert_non_null(regex);
  memset(regex, 'a', 20000);
  regex[20000] = '\0';
  assert_null(harness__pattern_new(regex, &reason));
  assert_non_null(strstr(reason, "pattern string is longer than the limit"));
  assert_in_range(strlen(reason), 1, 400);
  free(reason);
  free(regex);
}

/* Exponential for what it does not match: it gives up, says so, and is not tried again. */
static void gives_up_in_time(void **state) {
  enum { SIZE = 4000 };
  harness__pattern_t *pattern = made("(a+)+b");
  char bytes[SIZE];
  const char *trouble;
  harness__found_t found;

  (void)state;
  memset(bytes, 'a', SIZE);
  assert_true(harness__pattern_matches(pattern, "aab", 3, NULL));
  assert_int_equal(harness__pattern_find(pattern, bytes, SIZE, 0, false, &(harness__effort_t){0}, &found),
                   HARNESS__MATCH_NONE);
  assert_false(harness__pattern_matches(pattern, bytes, SIZE - 1, &trouble) && trouble == NULL);
  harness__pattern_free(pattern);
  pattern = made("(a|aa|b)+[^a]$");
  assert_false(harness__pattern_matches(pattern, bytes, SIZE, &trouble));
  assert_string_equal(trouble, "it takes more than 1,000,000 steps at one place");
  assert_false(harness__pattern_matches(pattern, "ab!", 3, &trouble));
  assert_string_equal(trouble, "it takes more than 1,000,000 steps at one place");
  assert_int_equal(harness__pattern_find(pattern, bytes, SIZE, 0, false, &(harness__effort_t){0}, &found),
                   HARNESS__MATCH_GAVE_UP);
  assert_string_equal(found.trouble, "it takes more than 1,000,000 steps at one place");
  harness__pattern_free(pattern);
}

/* Each would take years, or all of the stack or the memory, of a matcher that does not count. */
static void bounds_every_expression(void **state) {
  enum { STEPS, OTHER, NONE };
  static const struct {
    const char *regex;
    int trouble;
  } cases[] = {{"(a+)+b", STEPS},
               {"(\\w+\\s?)*:", STEPS},
               {"^(?:(a+)+)+!", STEPS},
               {"(?:(?:(?:(?:a+)+)+)+)+b", STEPS},
               {"(?:.*?.*?.*?.*?.*?)!", STEPS},
               {"(a?){30}a{30}b", STEPS},
               {"((a*)*)*b", STEPS},
               {"(a*)*\\1b", STEPS},
               {"(((a{1,1000}){1,1000}))", STEPS},
               {"(?:a{1,65535}b?){1,20}", STEPS},
               {"[[:alpha:]]{1,5000}(?:[a-z]{1,5000}){1,10}!", STEPS},
               {"(?:(?=a)a|(?!b)a)*b", STEPS},
               {"(?R)?a", OTHER},
               {"(?:(?1))(a|(?1))b", OTHER},
               {"(a|(?R))*b", OTHER},
               {"(?:a?+){200}b", NONE},
               {"(?:[^x]*+y|.)*!", NONE},
               {"(?:(?=.*+a|.*+)){1000}.*b", NONE},
               {"(?(DEFINE)(?<n>a(?&n)?))(?&n)b", NONE}};
  static const char ending[12] = {'a', 'b', '!', 'c', ':', ' ', 'y', 'x', '!', 'b', ':', '~'};
  char bytes[4096];

  (void)state;
  memset(bytes, 'a', sizeof bytes);
  /* What an expression needs is there, so that it is not refused at a glance. */
  memcpy(bytes + sizeof bytes - sizeof ending, ending, sizeof ending);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    harness__pattern_t *pattern = made(cases[i].regex);
    const char *trouble;

    if (harness__pattern_matches(pattern, bytes, sizeof bytes, &trouble))
      fail_msg("%s matches", cases[i].regex);
    if (cases[i].trouble == NONE)
      assert_null(trouble);
    else
      assert_string_equal(trouble, cases[i].trouble == STEPS
                                       ? "it takes more than 1,000,000 steps at one place"
                                       : "it can't be matched");
    harness__pattern_free(pattern);
  }
}

/* At each place they take less than one place may, and finish there: after some of these places they give up.
 */
static void bounds_a_search_of_many_places(void **state) {
  static const char *const cases[] = {"(?:a|b)*?(?:a|b){20}c", "(?:(a)|b)*?\\1{1000}c", "(?:(a)|b)*?a{1000}c",
                                      "(?:[^x]*+y|.)*!c"};
  static const char ending[6] = {'.', '!', '.', 'c', '.', '\r'};
  char bytes[4096];

  (void)state;
  memset(bytes, 'a', sizeof bytes);
  memcpy(bytes + sizeof bytes - sizeof ending, ending, sizeof ending);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    harness__pattern_t *pattern = made(cases[i]);
    harness__effort_t effort = {.bytes = sizeof bytes};
    harness__found_t found;

    if (harness__pattern_find(pattern, bytes, sizeof bytes, 0, false, &effort, &found) !=
        HARNESS__MATCH_GAVE_UP)
      fail_msg("%s does not give up", cases[i]);
    assert_string_equal(found.trouble, "it takes too many steps at too many places");
    harness__pattern_free(pattern);
  }
}

/* Each of these places needs many steps, and finds something by them; so does what stands between them. */
static void finds_what_takes_many_steps(void **state) {
  enum { TEXTS = 40, SIZE = 5000 };
  harness__pattern_t *pattern = made("<((?:.|\\n)*?)>");
  harness__effort_t effort = {.bytes = (size_t)TEXTS * SIZE};
  char *bytes = malloc((size_t)TEXTS * SIZE);
  harness__found_t found = {0};

  (void)state;
  assert_non_null(bytes);
  memset(bytes, '.', (size_t)TEXTS * SIZE);
  for (size_t i = 0; i < TEXTS; i++) {
    bytes[i * SIZE + 7 * i] = '<';
    bytes[i * SIZE + SIZE - 1] = '>';
  }
  for (size_t i = 0; i < TEXTS; i++) {
    assert_int_equal(
        harness__pattern_find(pattern, bytes, (size_t)TEXTS * SIZE, found.end, false, &effort, &found),
        HARNESS__MATCH_FOUND);
    assert_int_equal(found.start, i * SIZE + 7 * i);
    assert_int_equal(found.end, i * SIZE + SIZE);
  }
  assert_int_equal(
      harness__pattern_find(pattern, bytes, (size_t)TEXTS * SIZE, found.end, false, &effort, &found),
      HARNESS__MATCH_NONE);
  assert_int_not_equal(effort.steps, 0);
  free(bytes);
  harness__pattern_free(pattern);
}

/* Compiled, a repeat of repeats is as large as all of them. */
static void refuses_what_grows_too_large(void **state) {
  static const char *const cases[] = {"(((a{1,1000}){1,1000}){1,1000})", "((((a{1,50}){1,50}){1,50}){1,50})",
                                      "(?:(?:xy){255}){255}", "(?:(?:(?:xy){100}){100}){100}",
                                      "(?:(?:(?:(?:[a-z]{1,99}){9}){9}){9}){99}"};
  char nested[2 * 300 + 1] = "";
  char *reason;

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    assert_null(harness__pattern_new(cases[i], &reason));
    assert_non_null(strstr(reason, "regular expression is too large, at byte "));
    free(reason);
  }
  memset(nested, '(', 300);
  memset(nested + 300, ')', 300);
  assert_null(harness__pattern_new(nested, &reason));
  assert_non_null(strstr(reason, "parentheses are too deeply nested, at byte "));
  free(reason);
}

static void assert_found(const char *regex, const char *bytes, size_t from, const char *value, size_t at) {
  harness__pattern_t *pattern = made(regex);
  harness__found_t found;
  harness__match_t match =
      harness__pattern_find(pattern, bytes, strlen(bytes), from, false, &(harness__effort_t){0}, &found);

  assert_int_equal(match, value != NULL ? HARNESS__MATCH_FOUND : HARNESS__MATCH_NONE);
  if (value != NULL) {
    assert_int_equal(found.from, at);
    assert_int_equal(found.to - found.from, strlen(value));
    assert_memory_equal(bytes + at, value, strlen(value));
  }
  harness__pattern_free(pattern);
}

static void finds_values(void **state) {
  (void)state;
  assert_found("\\d+", "ab 12 34", 0, "12", 3);
  assert_found("\\d+", "ab 12 34", 4, "2", 4);
  assert_found("\\d+", "ab 12 34", 5, "34", 6);
  assert_found("id=(\\d+)", "id=x id=7", 0, "7", 8);
  assert_found("\\d*", "ab7", 0, "7", 2);
  assert_found("x(\\d*)", "x x7", 0, "7", 3);
  assert_found("a|(b)", "aab", 0, "b", 2);
  /* A match without a value hides none that begins in it. */
  assert_found("abc|b(c)", "abc", 0, "c", 2);
  assert_found("a.*x|(b)c", "abc x", 0, "b", 1);
  assert_found("id=\\K\\d+", "id=42", 0, "42", 3);
  assert_found("(?<=id=)\\d+", "7 id=42", 0, "42", 5);
  assert_found("x(?=(\\d+))", "x12", 0, "12", 1);
  assert_found("nothing", "some", 0, NULL, 0);
  assert_found("", "some", 0, NULL, 0);
}

static void tells_what_more_bytes_decide(void **state) {
  harness__pattern_t *pattern = made("id=(\\d+);");
  harness__found_t found;

  (void)state;
  assert_int_equal(harness__pattern_find(pattern, "no id=4", 7, 0, true, &(harness__effort_t){0}, &found),
                   HARNESS__MATCH_PARTIAL);
  assert_int_equal(found.start, 3);
  assert_int_equal(harness__pattern_find(pattern, "no id=4", 7, 0, false, &(harness__effort_t){0}, &found),
                   HARNESS__MATCH_NONE);
  assert_int_equal(harness__pattern_find(pattern, "no id=4;", 8, 0, true, &(harness__effort_t){0}, &found),
                   HARNESS__MATCH_FOUND);
  assert_int_equal(harness__pattern_find(pattern, "no id=4x", 8, 0, true, &(harness__effort_t){0}, &found),
                   HARNESS__MATCH_NONE);
  harness__pattern_free(pattern);
}

static void refuses_a_value_that_was_passed(void **state) {
  harness__pattern_t *pattern = made("(?<=(ab))!");
  harness__found_t found;

  (void)state;
  assert_int_equal(harness__pattern_find(pattern, "xab!", 4, 0, false, &(harness__effort_t){0}, &found),
                   HARNESS__MATCH_GAVE_UP);
  assert_string_equal(found.trouble, "its group stands where it looks behind");
  harness__pattern_free(pattern);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(matches_all_of_the_bytes),
    cmocka_unit_test(matches_bytes_not_characters),
    cmocka_unit_test(asks_no_locale),
    cmocka_unit_test(says_what_is_malformed),
    cmocka_unit_test(refuses_what_is_too_long),
    cmocka_unit_test(gives_up_in_time),
    cmocka_unit_test(bounds_every_expression),
    cmocka_unit_test(bounds_a_search_of_many_places),
    cmocka_unit_test(finds_what_takes_many_steps),
    cmocka_unit_test(refuses_what_grows_too_large),
    cmocka_unit_test(finds_values),
    cmocka_unit_test(tells_what_more_bytes_decide),
    cmocka_unit_test(refuses_a_value_that_was_passed),
};

HARNESS_CMOCKA_MAIN("record/pattern", tests)
