/* SPDX-License-Identifier: MIT */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "report/compared/rows.h"
#include "support.h"

/* One log of the lane "a" for each letter. */
static harness__transcript_t *logs(const char *letters) {
  harness__buffer_t events = {0};
  harness__transcript_t *transcript;

  for (const char *p = letters; *p != '\0'; p++)
    harness__buffer_printf(&events, "%s{'lane': '%s', 'event': 'log', 'text': '%c'}", p > letters ? ", " : "",
                           *p < 'a' ? "B" : "a", *p);
  transcript = support_transcript(strpbrk(letters, "ABC") == NULL ? "'a'" : "'a', 'B'",
                                  events.text != NULL ? events.text : "");
  harness__buffer_free(&events);
  return transcript;
}

static harness__rows_t rows_of(const char *left, const char *right) {
  harness__transcript_t *a = logs(left);
  harness__transcript_t *b = logs(right);
  harness__rows_t rows;

  assert_true(harness__rows_make(&rows, a, b));
  harness__transcript_free(a);
  harness__transcript_free(b);
  return rows;
}

/* The kinds of the rows, one a character; each side's events come once, in their order. */
static void assert_rows(const char *left, const char *right, const char *kinds) {
  harness__rows_t rows = rows_of(left, right);
  size_t next[2] = {0, 0};
  size_t changed = 0;

  assert_int_equal(rows.count, strlen(kinds));
  for (size_t i = 0; i < rows.count; i++) {
    if (rows.rows[i].kind != kinds[i])
      fail_msg("%s, %s: row %zu is '%c' instead of '%c'", left, right, i, rows.rows[i].kind, kinds[i]);
    if (kinds[i] != '>')
      assert_int_equal(rows.rows[i].events[0], next[0]++);
    if (kinds[i] != '<')
      assert_int_equal(rows.rows[i].events[1], next[1]++);
    changed += kinds[i] == '|';
  }
  assert_int_equal(next[0], strlen(left));
  assert_int_equal(next[1], strlen(right));
  assert_int_equal(rows.changed, changed);
  harness__rows_free(&rows);
}

static void pairs_what_changed(void **state) {
  (void)state;
  assert_rows("xyz", "xyz", "   ");
  assert_rows("xyz", "xqz", " | ");
  assert_rows("xyz", "xz", " < ");
  assert_rows("xz", "xyz", " > ");
  assert_rows("xyz", "xpqz", " |> ");
  assert_rows("xpqz", "xyz", " |< ");
}

/* Another lane's event is not what it has become; those that are new come before what they stand before. */
static void pairs_within_a_lane(void **state) {
  (void)state;
  assert_rows("xAyz", "xABqz", "  >| ");
  assert_rows("xyAz", "xqBAz", " |>  ");
  assert_rows("xAz", "xqz", " <> ");
}

/* Beyond a short look ahead it is rather another event. */
static void looks_near(void **state) {
  (void)state;
  assert_rows("xAy", "xaaaay", " <>>>> ");
}

/* Too many to be aligned: what differs at both ends, and one that is missing between. */
static void keeps_up_in_long_transcripts(void **state) {
  enum { COUNT = 1200 };
  char left[COUNT + 1];
  char right[COUNT + 1];
  char kinds[COUNT + 1];

  (void)state;
  for (size_t i = 0; i < COUNT; i++)
    left[i] = (char)('a' + i * i % 23);
  left[COUNT] = '\0';
  memset(kinds, ' ', COUNT);
  kinds[COUNT] = '\0';
  memcpy(right, left, sizeof left);
  left[0] = left[COUNT - 1] = 'x';
  right[0] = right[COUNT - 1] = 'z';
  left[600] = 'y';
  memmove(right + 600, right + 601, COUNT - 600);
  kinds[0] = kinds[COUNT - 1] = '|';
  kinds[600] = '<';
  assert_rows(left, right, kinds);
}

/* Hunks from the kinds of the rows: "begin-end " each, the end being behind the last. */
static void assert_hunks(const char *left, const char *right, size_t context, const char *expected) {
  harness__rows_t rows = rows_of(left, right);
  harness__buffer_t hunks = {0};
  size_t begin;
  size_t end;

  for (size_t at = 0; harness__rows_hunk(&rows, at, context, &begin, &end); at = end)
    harness__buffer_printf(&hunks, "%zu-%zu ", begin, end);
  assert_string_equal(hunks.text != NULL ? hunks.text : "", expected);
  harness__buffer_free(&hunks);
  harness__rows_free(&rows);
}

static void finds_hunks(void **state) {
  (void)state;
  assert_hunks("abcdefgh", "abcdefgh", 3, "");
  assert_hunks("abcdefgh", "xbcdefgh", 0, "0-1 ");
  assert_hunks("abcdefgh", "xbcdefgx", 0, "0-1 7-8 ");
  assert_hunks("abcdefgh", "xbcdefgx", 2, "0-3 5-8 ");
  assert_hunks("abcdefgh", "xbcdefgx", 3, "0-8 ");
  assert_hunks("abcdefgh", "abcxefgh", 1, "2-5 ");
  assert_hunks("abcdefgh", "abcxefgh", (size_t)-1, "0-8 ");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(pairs_what_changed), cmocka_unit_test(pairs_within_a_lane),
    cmocka_unit_test(looks_near),         cmocka_unit_test(keeps_up_in_long_transcripts),
    cmocka_unit_test(finds_hunks),
};

HARNESS_CMOCKA_MAIN("report/rows", tests)
