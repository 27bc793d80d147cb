/* SPDX-License-Identifier: MIT */
/* harness_record_stable, where the runs of a recording check other fixtures, or something is in the way. */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.h"

/* What the first run checks and logs, and what the later ones do: fixtures by letter; a capital logs a line
 * more before it. */
typedef struct script {
  const char *folder;
  const char *first;
  const char *later;
  int later_status;
  int runs;
} script_t;

static int records(void *arg) {
  script_t *script = arg;
  harness_options_t options = {.fixtures = script->folder};

  for (const char *p = script->runs == 0 ? script->first : script->later; *p != '\0'; p++) {
    char name[] = {(char)(*p | 0x20), '\0'};
    harness_t *h = harness_open(&options);

    assert_non_null(h);
    harness_log(h, "%s", name);
    if (name[0] != *p)
      harness_log(h, "more");
    (void)harness_check_transcript(h, name);
    assert_int_equal(harness_close(h), 0);
  }
  return script->runs++ == 0 ? 0 : script->later_status;
}

static void assert_record(script_t *script, const char *mode, const harness_recording_options_t *options,
                          harness_check_result_t expected, const char *words) {
  char *report;
  harness_check_result_t result;

  (void)unsetenv("CI");
  (void)setenv("HARNESS_FIXTURES", mode, 1);
  (void)setenv("HARNESS_GATE_RUNS", "2", 1);
  script->runs = 0;
  result = harness_record_stable(records, script, options, &report);
  if (result != expected || report == NULL || strstr(report, words) == NULL)
    fail_msg("the result is %d instead of %d, or \"%s\" is not said: %s", (int)result, (int)expected, words,
             report);
  free(report);
}

static void each_run_has_to_check_the_same(void **state) {
  script_t script = {.folder = *state, .first = "ab", .later = "a"};

  assert_record(&script, "update", NULL, HARNESS_CHECK_DIFFERENT, "run 2 did not come to check ");
  script.later = "abB";
  assert_record(&script, "update", NULL, HARNESS_CHECK_DIFFERENT,
                "run 2 checked it twice, with different transcripts\n");
  assert_int_equal(support_count(*state), 0);
}

/* Of what is to be written nothing may vary; the rest is not looked at. */
static void what_is_the_same_need_not_come_again(void **state) {
  script_t script = {.folder = *state, .first = "ab", .later = "b"};
  harness_t *h = harness_open(NULL);

  assert_non_null(h);
  harness_log(h, "a");
  assert_int_equal(harness_save_transcript(h, support_path(*state, "a.json")), 0);
  assert_int_equal(harness_close(h), 0);
  assert_record(&script, "update", NULL, HARNESS_CHECK_WRITTEN, "b.json was written");
}

static void a_later_run_says_why_it_failed(void **state) {
  script_t script = {.folder = *state, .first = "a", .later = "a", .later_status = 5};

  assert_record(&script, "new", NULL, HARNESS_CHECK_DIFFERENT,
                "run 2 returned 5, the first 0\nthere is no fixture ");
  assert_int_equal(support_count(*state), 0);
}

static void what_is_in_the_way_is_told(void **state) {
  script_t script = {.folder = *state, .first = "ab", .later = "ab"};

  assert_int_equal(mkdir(support_path(*state, "b.json"), 0700), 0);
  assert_record(&script, "update", NULL, HARNESS_CHECK_TROUBLE, "b.json can't be written: Is a directory\n");
  assert_true(support_exists(support_path(*state, "a.json")));
  assert_int_equal(rmdir(support_path(*state, "b.json")), 0);
}

/* Whoever asks for one policy gets no other. */
static void a_policy_of_the_environment_is_kept(void **state) {
  static const harness_recording_options_t any = {.any_delivery = 1};
  script_t script = {.folder = *state, .first = "a", .later = "a"};

  (void)setenv("HARNESS_DELIVERY", "bytewise", 1);
  assert_record(&script, "update", &any, HARNESS_CHECK_WRITTEN, "a.json was written");
  assert_int_equal(script.runs, 3);
  assert_string_equal(getenv("HARNESS_DELIVERY"), "bytewise");
  (void)unsetenv("HARNESS_DELIVERY");
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, support_make_folder, support_remove_folder)

static const struct CMUnitTest tests[] = {
    in_folder(each_run_has_to_check_the_same),      in_folder(what_is_the_same_need_not_come_again),
    in_folder(a_later_run_says_why_it_failed),      in_folder(what_is_in_the_way_is_told),
    in_folder(a_policy_of_the_environment_is_kept),
};

HARNESS_CMOCKA_MAIN("world/stable", tests)
