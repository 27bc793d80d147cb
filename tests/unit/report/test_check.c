/* SPDX-License-Identifier: MIT */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/slow.h"
#include "record/json.h"
#include "report/check.h"
#include "support.h"

#define OLD "{'lane': 'a', 'event': 'log', 'text': 'old'}"
#define NEW "{'lane': 'a', 'event': 'log', 'text': 'new'}"

typedef struct place {
  const char *fixture;
  const char *proposal;
} place_t;

static place_t place_of(void **state) {
  return (place_t){support_path(*state, "suite/case.json"), support_path(*state, "suite/case.new.json")};
}

/* Checks the transcript of those events; the sentence must hold each of the words (NULL: none is said). */
static void assert_check(void **state, harness__fixture_mode_t mode, const char *events,
                         harness_check_result_t expected, const char *word) {
  harness__transcript_t *transcript = support_transcript("'a'", events);
  char *sentence = NULL;
  harness_check_result_t result =
      harness__fixture_check(*state, "suite/case", mode, transcript, NULL, &sentence);

  if (result != expected)
    fail_msg("the result is %d instead of %d: %s", (int)result, (int)expected, sentence);
  if (word == NULL)
    assert_null(sentence);
  else if (sentence == NULL || strstr(sentence, word) == NULL)
    fail_msg("\"%s\" is not said: %s", word, sentence);
  free(sentence);
  harness__transcript_free(transcript);
}

static void assert_holds(const char *path, const char *events) {
  harness__transcript_t *transcript = support_transcript("'a'", events);
  char *expected = harness__transcript_json(transcript);
  char *text = support_read(path);

  assert_string_equal(text, expected);
  free(text);
  free(expected);
  harness__transcript_free(transcript);
}

static void check_writes_nothing(void **state) {
  assert_check(state, HARNESS__FIXTURES_CHECK, NEW, HARNESS_CHECK_MISSING, "there is no fixture");
  assert_int_equal(support_count(*state), 0);
  support_write(place_of(state).fixture, "");
  assert_check(state, HARNESS__FIXTURES_CHECK, NEW, HARNESS_CHECK_TROUBLE, "the file is empty");
  assert_check(state, HARNESS__FIXTURES_UPDATE, OLD, HARNESS_CHECK_WRITTEN, NULL);
  assert_check(state, HARNESS__FIXTURES_CHECK, NEW, HARNESS_CHECK_DIFFERENT, "differ at event 1 (a): text");
  assert_check(state, HARNESS__FIXTURES_CHECK, OLD, HARNESS_CHECK_SAME, NULL);
  assert_holds(place_of(state).fixture, OLD);
  assert_int_equal(support_count(support_path(*state, "suite")), 1);
}

static void ci_writes_nothing_and_says_so(void **state) {
  assert_check(state, HARNESS__FIXTURES_UPDATE_IN_CI, NEW, HARNESS_CHECK_MISSING,
               "CI is set, so nothing was written (HARNESS_FIXTURES=update is not followed).");
  assert_int_equal(support_count(*state), 0);
  assert_check(state, HARNESS__FIXTURES_UPDATE, OLD, HARNESS_CHECK_WRITTEN, NULL);
  assert_check(state, HARNESS__FIXTURES_NEW_IN_CI, NEW, HARNESS_CHECK_DIFFERENT,
               "CI is set, so nothing was written (HARNESS_FIXTURES=new is not followed).");
  assert_check(state, HARNESS__FIXTURES_UPDATE_IN_CI, OLD, HARNESS_CHECK_SAME, NULL);
  assert_holds(place_of(state).fixture, OLD);
  assert_int_equal(support_count(support_path(*state, "suite")), 1);
}

static void new_proposes_what_is_missing(void **state) {
  place_t place = place_of(state);

  assert_check(state, HARNESS__FIXTURES_NEW, NEW, HARNESS_CHECK_MISSING, "To review it: harness review ");
  assert_false(support_exists(place.fixture));
  assert_holds(place.proposal, NEW);
}

static void new_proposes_what_differs(void **state) {
  place_t place = place_of(state);

  assert_check(state, HARNESS__FIXTURES_UPDATE, OLD, HARNESS_CHECK_WRITTEN, NULL);
  assert_check(state, HARNESS__FIXTURES_NEW, NEW, HARNESS_CHECK_DIFFERENT, "To review it: harness review ");
  assert_holds(place.fixture, OLD);
  assert_holds(place.proposal, NEW);
}

static void new_removes_a_stale_proposal(void **state) {
  place_t place = place_of(state);

  assert_check(state, HARNESS__FIXTURES_UPDATE, OLD, HARNESS_CHECK_WRITTEN, NULL);
  assert_check(state, HARNESS__FIXTURES_NEW, NEW, HARNESS_CHECK_DIFFERENT, "To review it: harness review ");
  assert_check(state, HARNESS__FIXTURES_CHECK, OLD, HARNESS_CHECK_SAME, NULL);
  assert_true(support_exists(place.proposal));
  assert_check(state, HARNESS__FIXTURES_NEW, OLD, HARNESS_CHECK_SAME, NULL);
  assert_false(support_exists(place.proposal));
}

static void new_overwrites_nothing_corrupt(void **state) {
  place_t place = place_of(state);
  char *text;

  support_write(place.fixture, "<<<<<<< ours\n");
  assert_check(state, HARNESS__FIXTURES_NEW, NEW, HARNESS_CHECK_TROUBLE, "line 1");
  text = support_read(place.fixture);
  assert_string_equal(text, "<<<<<<< ours\n");
  free(text);
  assert_false(support_exists(place.proposal));
}

static void new_says_when_it_cannot_write(void **state) {
  support_write(support_path(*state, "suite"), "a file where the folder should be");
  assert_check(state, HARNESS__FIXTURES_NEW, NEW, HARNESS_CHECK_TROUBLE, "Not a directory");
  assert_int_equal(support_count(*state), 1);
}

/* A folder where the proposal should be is neither written over nor removed. */
static void new_says_what_is_in_its_way(void **state) {
  place_t place = place_of(state);

  assert_check(state, HARNESS__FIXTURES_UPDATE, OLD, HARNESS_CHECK_WRITTEN, NULL);
  assert_int_equal(mkdir(place.proposal, 0700), 0);
  assert_check(state, HARNESS__FIXTURES_NEW, OLD, HARNESS_CHECK_TROUBLE, "can't be removed: Is a directory");
  assert_check(state, HARNESS__FIXTURES_NEW, NEW, HARNESS_CHECK_DIFFERENT,
               "can't be written: Is a directory");
  assert_true(support_exists(place.proposal));
  assert_holds(place.fixture, OLD);
}

/* A link may lead anywhere inside the folder of fixtures, and nowhere else. */
static void leaves_its_folder_alone(void **state) {
  assert_int_equal(symlink("/", support_path(*state, "suite")), 0);
  assert_check(state, HARNESS__FIXTURES_UPDATE, NEW, HARNESS_CHECK_TROUBLE, "by a symbolic link");
}

/* What can be copied into a shell. */
static void arguments_are_quoted(void **state) {
  static const char *const arguments[][2] = {
      {"a/b-1.json", "a/b-1.json"}, {"", "''"},         {"two words", "'two words'"},
      {"it's", "'it'\\''s'"},       {"$(x)", "'$(x)'"}, {"\033[31m\n'\xff", "$'\\x1b[31m\\n\\'\\xff'"}};

  (void)state;
  for (size_t i = 0; i < sizeof arguments / sizeof arguments[0]; i++) {
    harness__buffer_t out = {0};

    harness__report_argument(&out, arguments[i][0]);
    assert_string_equal(out.text, arguments[i][1]);
    harness__buffer_free(&out);
  }
}

static void update_writes_what_is_missing_different_or_corrupt(void **state) {
  place_t place = place_of(state);

  assert_check(state, HARNESS__FIXTURES_UPDATE, OLD, HARNESS_CHECK_WRITTEN, NULL);
  assert_holds(place.fixture, OLD);
  assert_check(state, HARNESS__FIXTURES_UPDATE, NEW, HARNESS_CHECK_WRITTEN, NULL);
  assert_holds(place.fixture, NEW);
  support_write(place.fixture, "corrupt");
  support_write(place.proposal, "stale");
  assert_check(state, HARNESS__FIXTURES_UPDATE, OLD, HARNESS_CHECK_WRITTEN, NULL);
  assert_holds(place.fixture, OLD);
  assert_false(support_exists(place.proposal));
}

static void update_leaves_alone_what_is_the_same(void **state) {
  place_t place = place_of(state);
  struct stat before;
  struct stat after;

  assert_check(state, HARNESS__FIXTURES_UPDATE, OLD, HARNESS_CHECK_WRITTEN, NULL);
  assert_int_equal(stat(place.fixture, &before), 0);
  assert_check(state, HARNESS__FIXTURES_UPDATE, OLD, HARNESS_CHECK_SAME, NULL);
  assert_int_equal(stat(place.fixture, &after), 0);
  assert_int_equal(before.st_ino, after.st_ino);
}

static void update_says_when_it_cannot_write(void **state) {
  assert_int_equal(mkdir(support_path(*state, "suite"), 0700), 0);
  assert_int_equal(mkdir(place_of(state).fixture, 0700), 0);
  assert_check(state, HARNESS__FIXTURES_UPDATE, NEW, HARNESS_CHECK_TROUBLE,
               "can't be written: Is a directory");
  assert_int_equal(support_count(support_path(*state, "suite")), 1);
}

static void refuses_a_bad_name(void **state) {
  harness__transcript_t *transcript = support_transcript("'a'", NEW);
  char *sentence;

  assert_int_equal(
      harness__fixture_check(*state, "../case", HARNESS__FIXTURES_UPDATE, transcript, NULL, &sentence),
      HARNESS_CHECK_TROUBLE);
  assert_non_null(strstr(sentence, "begins with a dot"));
  free(sentence);
  harness__transcript_free(transcript);
}

/* Several names for one fixture stay several names. */
/* Whatever is said of it, a folder's name may have any bytes. */
static void a_folder_gives_a_terminal_no_orders(void **state) {
  static const harness__fixture_mode_t modes[] = {HARNESS__FIXTURES_CHECK, HARNESS__FIXTURES_NEW,
                                                  HARNESS__FIXTURES_UPDATE, HARNESS__FIXTURES_CHECK};
  static const char *const folders[] = {"\033[31m\n", "file\033[31m\n", "link\033[31m\n"};
  harness__transcript_t *transcript = support_transcript("'a'", NEW);
  size_t said = 0;

  support_write(support_path(*state, folders[1]), "a file where the folder should be");
  assert_int_equal(mkdir(support_path(*state, folders[2]), 0700), 0);
  assert_int_equal(symlink("/", support_path(*state, "link\033[31m\n/suite")), 0);
  for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
    for (size_t j = 0; j < sizeof modes / sizeof modes[0]; j++) {
      char *sentence = NULL;

      (void)harness__fixture_check(support_path(*state, folders[i]), "suite/case", modes[j], transcript, NULL,
                                   &sentence);
      said += sentence != NULL;
      if (sentence != NULL && (strchr(sentence, '\033') != NULL || strstr(sentence, "\\x1b[31m\\n") == NULL))
        fail_msg("%zu, %zu: %s", i, j, sentence);
      free(sentence);
    }
  assert_int_equal(said, 10);
  harness__transcript_free(transcript);
}

static void update_writes_where_a_link_leads_to(void **state) {
  const char *real = support_path(*state, "suite/real.json");
  struct stat status;

  support_write(real, "old");
  assert_int_equal(symlink("real.json", place_of(state).fixture), 0);
  assert_check(state, HARNESS__FIXTURES_UPDATE, NEW, HARNESS_CHECK_WRITTEN, NULL);
  assert_int_equal(lstat(place_of(state).fixture, &status), 0);
  assert_true(S_ISLNK(status.st_mode));
  assert_holds(support_path(*state, "suite/real.json"), NEW);
  assert_int_equal(support_count(support_path(*state, "suite")), 2);
}

/* The result and, behind it, what is said; the caller frees it. */
static char *outcome(void **state, const harness__transcript_t *transcript, const char *ways) {
  harness__buffer_t out = {0};
  char *sentence = NULL;
  char *trouble;

  assert_int_equal(setenv("HARNESS_SLOW", ways, 1), 0);
  assert_true(harness__slow_choose(&trouble));
  harness__buffer_printf(&out, "%d ",
                         (int)harness__fixture_check(*state, "suite/case", HARNESS__FIXTURES_CHECK,
                                                     transcript, NULL, &sentence));
  harness__buffer_string(&out, sentence != NULL ? sentence : "");
  free(sentence);
  assert_int_equal(setenv("HARNESS_SLOW", "", 1), 0);
  assert_true(harness__slow_choose(&trouble));
  return harness__buffer_take(&out);
}

/* A fixture that is the very text is not read as JSON. With each byte of it changed or cut away, and where it
 * is laid out otherwise, all comes to the same as where it always is. */
static void text_and_json_come_to_the_same(void **state) {
  harness__transcript_t *transcript = support_transcript("'a'", OLD "," NEW);
  char *json = harness__transcript_json(transcript);
  const char *fixture = place_of(state).fixture;
  size_t size = strlen(json);

  for (size_t i = 0; i <= 3 * size; i++) {
    size_t at = i % size;
    char *edited = strdup(json);
    char *fast;
    char *slow;

    assert_non_null(edited);
    if (i < size)
      edited[at] ^= 1;
    else if (i < 2 * size)
      memmove(edited + at, edited + at + 1, size - at);
    else if (i < 3 * size && edited[at] == ' ')
      edited[at] = '\t';
    support_write(fixture, edited);
    fast = outcome(state, transcript, "");
    slow = outcome(state, transcript, "fixtures");
    assert_string_equal(fast, slow);
    if (i == 3 * size)
      assert_string_equal(fast, "0 ");
    free(fast);
    free(slow);
    free(edited);
  }
  free(json);
  harness__transcript_free(transcript);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, support_make_folder, support_remove_folder)

static const struct CMUnitTest tests[] = {
    in_folder(check_writes_nothing),
    in_folder(ci_writes_nothing_and_says_so),
    in_folder(new_proposes_what_is_missing),
    in_folder(new_proposes_what_differs),
    in_folder(new_removes_a_stale_proposal),
    in_folder(new_overwrites_nothing_corrupt),
    in_folder(new_says_when_it_cannot_write),
    in_folder(new_says_what_is_in_its_way),
    in_folder(leaves_its_folder_alone),
    cmocka_unit_test(arguments_are_quoted),
    in_folder(update_writes_what_is_missing_different_or_corrupt),
    in_folder(update_leaves_alone_what_is_the_same),
    in_folder(update_says_when_it_cannot_write),
    in_folder(update_writes_where_a_link_leads_to),
    in_folder(refuses_a_bad_name),
    in_folder(text_and_json_come_to_the_same),
    in_folder(a_folder_gives_a_terminal_no_orders),
};

HARNESS_CMOCKA_MAIN("report/check", tests)
