/* SPDX-License-Identifier: MIT */
/* The corpus is data: fixtures/invalid/<case>.json, and beside it in <case>.txt the sentence it is refused
 * with. */
#include <harness/cmocka.h>

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "base/buffer.h"
#include "record/json.h"
#include "record/load.h"
#include "support.h"

/* The sentence behind "path: "; the test fails where the file is loaded. */
static char *refusal(const char *path) {
  char *sentence;
  harness__transcript_t *transcript = harness__transcript_load(path, NULL, &sentence);
  size_t length = strlen(path);
  char *rest;

  if (transcript != NULL)
    fail_msg("%s was loaded", path);
  assert_non_null(sentence);
  if (strncmp(sentence, path, length) != 0 || strncmp(sentence + length, ": ", 2) != 0)
    fail_msg("\"%s\" does not begin with the file's name", sentence);
  rest = strdup(sentence + length + 2);
  free(sentence);
  return rest;
}

static void check_case(const char *json) {
  char *sentence = refusal(json);
  char text[4096];
  char *expected;

  (void)snprintf(text, sizeof text, "%.*s.txt", (int)(strlen(json) - strlen(".json")), json);
  expected = support_read(text);
  expected[strcspn(expected, "\n")] = '\0';
  if (strcmp(sentence, expected) != 0)
    fail_msg("%s:\n  expected  %s\n  actual    %s", json, expected, sentence);
  free(expected);
  free(sentence);
}

static int is_case(const struct dirent *entry) {
  const char *suffix = strrchr(entry->d_name, '.');
  return suffix != NULL && strcmp(suffix, ".json") == 0;
}

static void refuses_the_corpus(void **state) {
  struct dirent **entries;
  int count = scandir(TEST_FIXTURES "/invalid", &entries, is_case, alphasort);

  (void)state;
  /* So that a moved folder is not a pass. */
  assert_in_range(count, 60, 1000);
  for (int i = 0; i < count; i++) {
    check_case(support_path(TEST_FIXTURES "/invalid", entries[i]->d_name));
    free(entries[i]);
  }
  free(entries);
}

/* A prefix of a fixture is no fixture, wherever it was cut; only the newline at the end can go. */
static void refuses_every_truncation(void **state) {
  char *text = support_read(TEST_GOLDEN "/record/every_kind.json");
  size_t length = strlen(text);

  (void)state;
  for (size_t size = 0; size <= length; size++) {
    char *sentence;
    harness__transcript_t *transcript = harness__transcript_parse("text", text, size, &sentence);
    if ((transcript != NULL) != (size + 1 >= length))
      fail_msg("the first %zu of %zu bytes: %s", size, length, transcript != NULL ? "loaded" : sentence);
    assert_true(transcript != NULL || sentence != NULL);
    harness__transcript_free(transcript);
    free(sentence);
  }
  free(text);
}

/* No byte can be overwritten so that the loader does worse than refuse; what it takes, it can write. */
static void survives_every_changed_byte(void **state) {
  char *text = support_read(TEST_GOLDEN "/record/every_kind.json");
  size_t length = strlen(text);

  (void)state;
  for (size_t i = 0; i < length; i++) {
    static const char replacements[] = {'\0', '"', '{', ']', '9', '\\', '\xff'};
    char old = text[i];
    for (size_t j = 0; j < sizeof replacements; j++) {
      char *sentence;
      harness__transcript_t *transcript;
      text[i] = replacements[j];
      transcript = harness__transcript_parse("text", text, length, &sentence);
      if (transcript != NULL)
        free(harness__transcript_json(transcript));
      else
        assert_non_null(sentence);
      harness__transcript_free(transcript);
      free(sentence);
    }
    text[i] = old;
  }
  free(text);
}

static void tells_what_is_no_file(void **state) {
  char *sentence = refusal(*state);
  bool missing = false;

  assert_string_equal(sentence, "Is a directory");
  free(sentence);
  sentence = refusal("/dev/null");
  assert_string_equal(sentence, "not a regular file");
  free(sentence);
  assert_null(harness__transcript_load(support_path(*state, "none.json"), &missing, &sentence));
  assert_true(missing);
  assert_non_null(strstr(sentence, "No such file"));
  free(sentence);
  assert_null(harness__transcript_load(*state, &missing, &sentence));
  assert_false(missing);
  free(sentence);
}

static void takes_keys_in_any_order(void **state) {
  harness__transcript_t *transcript = support_transcript(
      "'a'",
      "{'at_ms': 3, 'data': {'hex': ''}, 'event': 'send', 'lane': 'a'}, {'event': 'close', 'lane': 'a'}");

  (void)state;
  assert_int_equal(transcript->count, 2);
  assert_int_equal(transcript->entries[0].at_ms, 3);
  assert_int_equal(transcript->entries[0].data.bytes, 0);
  harness__transcript_free(transcript);
}

/* What jansson holds, and the most it held. */
static size_t held;
static size_t most_held;

static void *counted_malloc(size_t size) {
  void *memory = malloc(size);

  held += memory != NULL ? malloc_usable_size(memory) : 0;
  most_held = held > most_held ? held : most_held;
  return memory;
}

static void counted_free(void *memory) {
  held -= memory != NULL ? malloc_usable_size(memory) : 0;
  free(memory);
}

/* A string is doubled as it grows, and copied when it is whole. */
static void takes_a_few_times_the_memory_of_the_text(void **state) {
  enum { SIZE = 4 << 20 };
  harness__buffer_t json = {0};
  harness__transcript_t *transcript;
  char *sentence;

  (void)state;
  harness__buffer_string(&json, "{\"format\": \"harness-transcript/1\", \"lanes\": [\"a\"], \"events\": ["
                                "{\"lane\": \"a\", \"event\": \"log\", \"text\": \"");
  for (size_t i = 0; i < SIZE / 16; i++)
    harness__buffer_string(&json, "0123456789abcdef");
  harness__buffer_string(&json, "\"}]}");
  assert_false(json.failed);
  held = most_held = 0;
  json_set_alloc_funcs(counted_malloc, counted_free);
  transcript = harness__transcript_parse("text", json.text, json.length, &sentence);
  json_set_alloc_funcs(malloc, free);
  assert_non_null(transcript);
  assert_int_equal(transcript->entries[0].text_size, SIZE);
  assert_in_range(most_held, SIZE, 4 * SIZE);
  assert_int_equal(held, 0);
  harness__transcript_free(transcript);
  harness__buffer_free(&json);
}

static double seconds_for(size_t count) {
  harness__buffer_t json = {0};
  harness__transcript_t *transcript;
  char *sentence;
  clock_t start;

  harness__buffer_string(&json, "{\"format\": \"harness-transcript/1\", \"lanes\": [\"0\"");
  for (size_t i = 1; i < count; i++)
    harness__buffer_printf(&json, ", \"%zu\"", i);
  harness__buffer_string(&json, "], \"events\": [{\"lane\": \"0\", \"event\": \"close\"}");
  for (size_t i = 1; i < count; i++)
    harness__buffer_printf(&json, ", {\"lane\": \"%zu\", \"event\": \"close\"}", i);
  harness__buffer_string(&json, "]}");
  start = clock();
  transcript = harness__transcript_parse("text", json.text, json.length, &sentence);
  assert_non_null(transcript);
  assert_int_equal(transcript->count, count);
  harness__transcript_free(transcript);
  harness__buffer_free(&json);
  return (double)(clock() - start) / CLOCKS_PER_SEC;
}

static void loads_large_files_in_linear_time(void **state) {
  double small = seconds_for(2000);
  double large = seconds_for(40000);

  (void)state;
  if (large > 100 * small + 1)
    fail_msg("2,000 events took %.3f s, 40,000 took %.3f s", small, large);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(refuses_the_corpus),
    cmocka_unit_test(refuses_every_truncation),
    cmocka_unit_test(survives_every_changed_byte),
    cmocka_unit_test_setup_teardown(tells_what_is_no_file, support_make_folder, support_remove_folder),
    cmocka_unit_test(takes_keys_in_any_order),
    cmocka_unit_test(loads_large_files_in_linear_time),
    cmocka_unit_test(takes_a_few_times_the_memory_of_the_text),
};

HARNESS_CMOCKA_MAIN("record/load", tests)
