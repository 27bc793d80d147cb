/* SPDX-License-Identifier: MIT */
/*
 * A text in the layout that is written is read line by line, any other as a whole. A space at the end makes
 * the one into the other, so whatever a text is, it must be taken, or refused with the same sentence, with it
 * and without.
 */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/buffer.h"
#include "record/compare.h"
#include "record/json.h"
#include "record/lines.h"
#include "record/load.h"
#include "support.h"

/* What loading makes of a text: the same in the layout that is written, or the sentence. */
static char *outcome(const char *text, size_t size, bool *taken) {
  char *sentence;
  harness__transcript_t *transcript = harness__transcript_parse("text", text, size, &sentence);

  *taken = transcript != NULL;
  if (transcript != NULL)
    sentence = harness__transcript_json(transcript);
  harness__transcript_free(transcript);
  assert_non_null(sentence);
  return sentence;
}

/* Whether the text is taken. */
static bool same_both_ways(const char *text, size_t size) {
  harness__buffer_t other = {0};
  bool taken;
  bool taken_whole;
  char *by_lines;
  char *as_a_whole;

  harness__buffer_add(&other, text, size);
  harness__buffer_char(&other, ' ');
  by_lines = outcome(text, size, &taken);
  as_a_whole = outcome(other.text, other.length, &taken_whole);
  if (taken != taken_whole || strcmp(by_lines, as_a_whole) != 0)
    fail_msg("%.*s\nline by line: %s\nas a whole: %s", (int)size, text, by_lines, as_a_whole);
  free(by_lines);
  free(as_a_whole);
  harness__buffer_free(&other);
  return taken;
}

#define HEAD "{\n  \"format\": \"harness-transcript/1\",\n  \"lanes\": [\"a\"],\n  \"events\": [\n"
#define EVENT "    {\"lane\": \"a\", \"event\": \"close\"}"
#define END "\n  ]\n}\n"

static bool has_lines(const char *text) {
  harness__lines_t lines;
  return harness__lines_find(&lines, text, strlen(text));
}

static void knows_the_layout_that_is_written(void **state) {
  char *every_kind = support_read(TEST_GOLDEN "/record/every_kind.json");

  (void)state;
  assert_true(has_lines(every_kind));
  assert_true(has_lines(HEAD EVENT END));
  assert_false(has_lines(HEAD EVENT END " "));
  assert_false(
      has_lines("{\n  \"format\": \"harness-transcript/1\",\n  \"lanes\": [],\n  \"events\": []\n}\n"));
  assert_false(has_lines(END));
  assert_false(has_lines(""));
  free(every_kind);
}

static void takes_the_same_line_by_line(void **state) {
  static const char *const texts[] = {
      HEAD EVENT END,
      HEAD EVENT ",\n" EVENT END,
      HEAD EVENT ",\n  " EVENT "  ,\n" EVENT " " END,
      HEAD EVENT " ,\n\t" EVENT "\r" END,
      HEAD "{\"lane\":\n\"a\", \"event\": \"close\"}" END,
      HEAD EVENT ", " EVENT END,
      HEAD EVENT "\n,\n" EVENT END,
      "{\n  \"lanes\": [\"a\"], \"format\": \"harness-transcript/1\",\n  \"events\": [\n" EVENT END,
      "{\"format\": \"harness-transcript\\/1\",\n\n\"lanes\"\n:\n[\"a\"]\n,\n  \"events\": [\n" EVENT END,
  };

  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    if (!same_both_ways(texts[i], strlen(texts[i])))
      fail_msg("refused: %s", texts[i]);
}

static void refuses_the_same_line_by_line(void **state) {
  static const char *const texts[] = {
      HEAD EVENT "," END,
      HEAD EVENT "\n" EVENT END,
      HEAD EVENT ",\n,\n" EVENT END,
      HEAD EVENT ",\n\n" EVENT END ",",
      HEAD "\n" END,
      HEAD "," END,
      HEAD "    1" END,
      HEAD "    [" EVENT "]" END,
      HEAD EVENT "]}" END,
      HEAD EVENT "]}, {\"x\": [" END,
      HEAD EVENT "], \"x\": [\n" EVENT END,
      HEAD "{\"lane\": \"a\", \"event\": \"close\", \"event\": \"close\"}" END,
      HEAD "{\"lane\": \"b\", \"event\": \"close\"}" END,
      HEAD "{\"lane\": \"a\", \"event\": \"close\", \"more\": 1}" END,
      HEAD "{\"lane\": \"a\", \"event\": \"log\", \"text\": \"\xff\"}" END,
      HEAD "{\"lane\": \"a\", \"event\": \"log\", \"text\": \"\n" EVENT END,
      "[\n  \"events\": [\n" EVENT END,
      "{\"x\": {\n  \"events\": [\n" EVENT END,
      "{\"x\": {\n  \"events\": [\n" EVENT END "}\n  ]\n}\n",
      "\"\n  \"events\": [\n" EVENT END,
      "  \"events\": [\n" EVENT END,
      "{\n  \"events\": [\n" EVENT END,
      "{\"format\": \"harness-transcript/1\", \"lanes\": [\"a\", \"b\"],\n  \"events\": [\n" EVENT END,
      "{\"format\": \"harness-transcript/1\", \"lanes\": [\"a\"], \"events\": [],\n  \"events\": [\n" EVENT
          END,
      "{\"format\": \"harness-transcript/2\", \"lanes\": [\"a\"],\n  \"events\": [\n" EVENT END,
  };

  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    if (same_both_ways(texts[i], strlen(texts[i])))
      fail_msg("taken: %s", texts[i]);
}

/* The last two characters stand where the two ways part, so that jansson says where it is in two ways, too.
 */
static void makes_the_same_of_every_changed_byte(void **state) {
  char text[] = HEAD EVENT ",\n" EVENT END;
  size_t length = strlen(text);

  (void)state;
  for (size_t i = 0; i + 2 < length; i++) {
    static const char replacements[] = {'\0', '"', '{', ']', '9', ',', '\n', '\xff'};
    char old = text[i];
    for (size_t j = 0; j < sizeof replacements; j++) {
      text[i] = replacements[j];
      (void)same_both_ways(text, length);
    }
    text[i] = old;
  }
}

/* jansson's memory, counted. */
static size_t allocated;  /* in all */
static size_t live;       /* now */
static size_t most;       /* live at most */
static size_t first_lost; /* which allocation is the first to fail, from 1; 0: none */

static void *counted_malloc(size_t size) {
  void *memory = first_lost == 0 || allocated + 1 < first_lost ? malloc(size) : NULL;

  allocated++;
  live += memory != NULL;
  most = live > most ? live : most;
  return memory;
}

static void counted_free(void *memory) {
  live -= memory != NULL;
  free(memory);
}

static int count_memory(void **state) {
  (void)state;
  allocated = live = most = first_lost = 0;
  json_set_alloc_funcs(counted_malloc, counted_free);
  return 0;
}

static int end_counting(void **state) {
  (void)state;
  json_set_alloc_funcs(malloc, free);
  return live == 0 ? 0 : -1;
}

static char *text_of(size_t events) {
  harness__buffer_t text = {0};

  harness__buffer_string(&text, HEAD EVENT);
  for (size_t i = 1; i < events; i++)
    harness__buffer_string(&text, ",\n" EVENT);
  harness__buffer_string(&text, END);
  return harness__buffer_take(&text);
}

static size_t most_for(size_t events) {
  char *text = text_of(events);
  char *sentence;
  harness__transcript_t *transcript;

  most = 0;
  transcript = harness__transcript_parse("text", text, strlen(text), &sentence);
  assert_non_null(transcript);
  assert_int_equal(transcript->count, events);
  harness__transcript_free(transcript);
  free(text);
  return most;
}

static void holds_one_event_at_a_time(void **state) {
  (void)state;
  assert_int_equal(most_for(10), most_for(1));
  assert_int_equal(most_for(1000), most_for(1));
}

/* Without memory there is no transcript, and no false one. */
static void survives_the_end_of_memory(void **state) {
  char *text = text_of(3);
  harness__transcript_t *transcript = NULL;

  (void)state;
  while (transcript == NULL) {
    char *sentence = NULL;

    first_lost++;
    allocated = 0;
    transcript = harness__transcript_parse("text", text, strlen(text), &sentence);
    if (sentence != NULL)
      fail_msg("allocation %zu: %s", first_lost, sentence);
    assert_in_range(first_lost, 1, 1000);
  }
  assert_in_range(first_lost, 20, 1000);
  assert_int_equal(transcript->count, 3);
  first_lost = 0;
  harness__transcript_free(transcript);
  free(text);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(knows_the_layout_that_is_written),
    cmocka_unit_test(takes_the_same_line_by_line),
    cmocka_unit_test(refuses_the_same_line_by_line),
    cmocka_unit_test(makes_the_same_of_every_changed_byte),
    cmocka_unit_test_setup_teardown(holds_one_event_at_a_time, count_memory, end_counting),
    cmocka_unit_test_setup_teardown(survives_the_end_of_memory, count_memory, end_counting),
};

HARNESS_CMOCKA_MAIN("record/lines", tests)
