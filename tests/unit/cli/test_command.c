/* SPDX-License-Identifier: MIT */
/* The command as its users meet it: exit codes, and what stands on which of its two outputs. */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

#define HELLO "cli/hello.json"
#define CHANGED "cli/changed.json"

typedef struct outcome {
  int code;
  char *out;
  char *err;
} outcome_t;

/* Runs `harness <arguments>` in the folder of the golden files. */
static outcome_t run(void **state, const char *arguments) {
  char command[8192];
  const char *out = support_path(*state, "out");
  const char *err = support_path(*state, "err");
  outcome_t outcome;
  int status;

  (void)snprintf(command, sizeof command, "cd '%s' && '%s' >'%s' 2>'%s' %s", TEST_GOLDEN, TEST_COMMAND, out,
                 err, arguments);
  status = system(command); /* NOLINT(bugprone-command-processor,cert-env33-c): the test's own words */
  assert_true(WIFEXITED(status));
  outcome.code = WEXITSTATUS(status);
  outcome.out = support_read(out);
  outcome.err = support_read(err);
  return outcome;
}

/* The output must be the golden file (NULL: nothing), and the error output hold the word (NULL: nothing). */
static void assert_run(void **state, const char *arguments, int code, const char *golden, const char *word) {
  outcome_t outcome = run(state, arguments);

  if (outcome.code != code)
    fail_msg("harness %s: exit code %d instead of %d\n%s%s", arguments, outcome.code, code, outcome.out,
             outcome.err);
  if (golden != NULL)
    support_assert_golden(golden, outcome.out);
  else
    assert_string_equal(outcome.out, "");
  if (word == NULL)
    assert_string_equal(outcome.err, "");
  else if (strstr(outcome.err, word) == NULL)
    fail_msg("harness %s: \"%s\" is not said: %s", arguments, word, outcome.err);
  free(outcome.out);
  free(outcome.err);
}

static void shows_a_transcript(void **state) {
  assert_run(state, "show " HELLO, 0, "cli/show.txt", NULL);
}

static void shows_that_nothing_happened(void **state) {
  char arguments[4200];
  outcome_t outcome;

  support_write(support_path(*state, "empty.json"),
                "{\"format\": \"harness-transcript/1\", \"lanes\": [], \"events\": []}");
  (void)snprintf(arguments, sizeof arguments, "show '%s'", support_path(*state, "empty.json"));
  outcome = run(state, arguments);
  assert_int_equal(outcome.code, 0);
  assert_string_equal(outcome.out, "(no events)\n");
  free(outcome.out);
  free(outcome.err);
}

static void shows_differences(void **state) {
  assert_run(state, "diff " HELLO " " HELLO, 0, NULL, NULL);
  assert_run(state, "diff " HELLO " " CHANGED, 1, "cli/diff.txt", NULL);
}

static void shows_lanes(void **state) {
  assert_run(state, "show --style order " HELLO, 0, "cli/show.txt", NULL);
  assert_run(state, "show --style lanes " HELLO, 0, "cli/show_lanes.txt", NULL);
  assert_run(state, "show --lane server " HELLO, 0, "cli/show_lane.txt", NULL);
  assert_run(state, "show --style lanes --lane server/1 --lane client " HELLO, 0, "cli/show_lanes.txt", NULL);
  assert_run(state, "show --lane serve " HELLO, 2, NULL,
             "cli/hello.json has no lane \"serve\"; it has client, server/1\n");
  assert_run(state, "show --style none " HELLO, 2, NULL, "'none' is no style: order or lanes");
}

static void shows_differences_in_other_ways(void **state) {
  assert_run(state, "diff --unified --color never " HELLO " " CHANGED, 1, "cli/diff.txt", NULL);
  assert_run(state, "diff --side-by-side " HELLO " " CHANGED, 1, "cli/diff_side_by_side.txt", NULL);
  assert_run(state, "diff --unified=0 --width 40 " HELLO " " CHANGED, 1, "cli/diff_narrow.txt", NULL);
  assert_run(state, "diff --color always --side-by-side " HELLO " " CHANGED, 1, "cli/diff_color.txt", NULL);
  assert_run(state, "diff --color always " HELLO " " HELLO, 0, NULL, NULL);
  assert_run(state, "diff --color sometimes " HELLO " " CHANGED, 2, NULL,
             "'sometimes' is no time for colour");
  assert_run(state, "diff --width 39 " HELLO " " CHANGED, 2, NULL, "it takes a number from 40 to 1000");
  assert_run(state, "diff --unified=x " HELLO " " CHANGED, 2, NULL, "the context is 'x'");
}

static void tells_trouble_with_files(void **state) {
  assert_run(state, "show none.json", 2, NULL, "harness: none.json: No such file or directory\n");
  assert_run(state, "show .", 2, NULL, "harness: .: Is a directory\n");
  assert_run(state, "show cli/diff.txt", 2, NULL, "harness: cli/diff.txt: line 1: ");
  assert_run(state, "diff " HELLO " none.json", 2, NULL, "none.json: No such file");
  assert_run(state, "diff none.json " HELLO, 2, NULL, "none.json: No such file");
  assert_run(state, "diff none.json neither.json", 2, NULL, "neither.json: No such file");
}

static void tells_wrong_usage(void **state) {
  assert_run(state, "", 2, NULL, "usage: harness COMMAND");
  assert_run(state, "shwo", 2, NULL, "there is no command \"shwo\"");
  assert_run(state, "--verbose", 2, NULL, "usage: harness COMMAND");
  assert_run(state, "show", 2, NULL, "a file is missing");
  assert_run(state, "show a b", 2, NULL, "too many arguments");
  assert_run(state, "diff a", 2, NULL, "a file is missing");
  assert_run(state, "diff a b c", 2, NULL, "too many arguments");
  assert_run(state, "show --verbose a", 2, NULL, "usage: harness show ");
}

static void helps(void **state) {
  static const char *const commands[] = {"",        "demo",   "show",   "diff",  "review", "check",
                                         "orphans", "render", "export", "serve", "call"};

  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
    char arguments[64];
    outcome_t outcome;
    (void)snprintf(arguments, sizeof arguments, "%s --help", commands[i]);
    outcome = run(state, arguments);
    assert_int_equal(outcome.code, 0);
    assert_memory_equal(outcome.out, "usage: harness ", 15);
    assert_string_equal(outcome.err, "");
    free(outcome.out);
    free(outcome.err);
    (void)snprintf(arguments, sizeof arguments, "%s --help >/dev/full", commands[i]);
    assert_run(state, arguments, 2, NULL, "standard output: No space left on device");
    (void)snprintf(arguments, sizeof arguments, "%s --version", commands[i]);
    outcome = run(state, arguments);
    assert_int_equal(outcome.code, 0);
    assert_memory_equal(outcome.out, "harness 0.", 10);
    free(outcome.out);
    free(outcome.err);
  }
}

static void draws_pictures(void **state) {
  assert_run(state, "render --format mermaid " HELLO, 0, "cli/render.mmd", NULL);
  assert_run(state, "render --format=mermaid " HELLO " " CHANGED, 0, "cli/render_two.mmd", NULL);
  assert_run(state, "render " HELLO " --format svg", 0, "cli/render.svg", NULL);
  assert_run(state, "render --format html " HELLO " " CHANGED, 0, "cli/render_two.html", NULL);
}

/* Mermaid refuses a text beyond its limit, which can be raised where it is drawn. */
static void says_what_mermaid_will_not_draw(void **state) {
  enum { EVENTS = 2000 };
  char *text = calloc(EVENTS, 100);
  char arguments[4200];
  outcome_t outcome;
  size_t length;

  assert_non_null(text);
  length = (size_t)sprintf(text, "{\"format\": \"harness-transcript/1\", \"lanes\": [\"a\"], \"events\": [");
  for (int i = 0; i < EVENTS; i++)
    length += (size_t)sprintf(text + length,
                              "%s{\"lane\": \"a\", \"event\": \"log\", \"text\": \"line %d of many\"}",
                              i > 0 ? "," : "", i);
  (void)sprintf(text + length, "]}");
  support_write(support_path(*state, "long.json"), text);
  free(text);
  (void)snprintf(arguments, sizeof arguments, "render --format mermaid '%s'",
                 support_path(*state, "long.json"));
  outcome = run(state, arguments);
  assert_int_equal(outcome.code, 0);
  assert_non_null(strstr(outcome.out, "line 1999 of many"));
  assert_non_null(
      strstr(outcome.err, "Mermaid draws no more than 50000 characters unless maxTextSize is raised\n"));
  free(outcome.out);
  free(outcome.err);
}

static void draws_into_a_file(void **state) {
  char arguments[4200];
  char *text;

  (void)snprintf(arguments, sizeof arguments, "render --format svg -o '%s' " HELLO,
                 support_path(*state, "x.svg"));
  assert_run(state, arguments, 0, NULL, NULL);
  text = support_read(support_path(*state, "x.svg"));
  support_assert_golden("cli/render.svg", text);
  free(text);
  /* A picture that can't be drawn leaves the old one. */
  (void)snprintf(arguments, sizeof arguments, "render --format svg -o '%s' none.json",
                 support_path(*state, "x.svg"));
  assert_run(state, arguments, 2, NULL, "none.json: No such file");
  text = support_read(support_path(*state, "x.svg"));
  support_assert_golden("cli/render.svg", text);
  free(text);
  assert_run(state, "render --format svg -o . " HELLO, 2, NULL, "harness: .: Is a directory");
}

static void tells_what_it_does_not_draw(void **state) {
  assert_run(state, "render " HELLO, 2, NULL, "harness render: --format is missing\nusage: harness render");
  assert_run(state, "render --format png " HELLO, 2, NULL, "--format must be mermaid, svg or html");
  assert_run(state, "render --format svg", 2, NULL, "a file is missing");
  assert_run(state, "render --format svg a b c", 2, NULL, "too many arguments");
  assert_run(state, "render --form", 2, NULL, "usage: harness render");
  assert_run(state, "render --format svg none.json " HELLO, 2, NULL, "none.json: No such file");
  assert_run(state, "render --format svg " HELLO " none.json", 2, NULL, "none.json: No such file");
  assert_run(state, "render --format html " HELLO " >/dev/full", 2, NULL,
             "standard output: No space left on device");
}

static void tells_when_its_output_is_lost(void **state) {
  assert_run(state, "show " HELLO " >/dev/full", 2, NULL, "standard output: No space left on device");
  assert_run(state, "diff " HELLO " " CHANGED " >/dev/full", 2, NULL,
             "standard output: No space left on device");
  assert_run(state, "--help >/dev/full", 2, NULL, "standard output: No space left on device");
}

#ifdef TEST_DEMO
#define DEMO "demo --fixtures '" TEST_FIXTURES "' "

static void assert_demo(void **state, const char *arguments, const char *word, const char *absent) {
  outcome_t outcome = run(state, arguments);

  if (outcome.code != 0 || strstr(outcome.out, word) == NULL || strstr(outcome.out, absent) != NULL)
    fail_msg("harness %s: %d, %s%s", arguments, outcome.code, outcome.out, outcome.err);
  free(outcome.out);
  free(outcome.err);
}

/* A fixture holds for the policy that it was made with. */
static void demonstrates_under_another_policy(void **state) {
  (void)unsetenv("HARNESS_DELIVERY");
  assert_demo(state, DEMO "A1", "A1: equal to its fixture", "not compared");
  assert_demo(state, DEMO "--delivery as_written A1", "A1: equal to its fixture", "not compared");
  assert_demo(state, DEMO "--delivery bytewise A1", "A1: delivered bytewise: not compared", "equal to");
  assert_demo(state, DEMO "--delivery bytewise A1", "A1: the programs did not get the reply", "equal to");
  (void)setenv("HARNESS_DELIVERY", "bytewise", 1);
  assert_demo(state, DEMO "A1", "A1: delivered bytewise: not compared", "equal to");
  assert_demo(state, DEMO "--delivery as_written A1", "A1: equal to its fixture", "not compared");
  (void)unsetenv("HARNESS_DELIVERY");
  assert_run(state, DEMO "--delivery wordwise A1", 2, NULL, "'wordwise' is no delivery policy");
  assert_demo(state, DEMO "--help", "--delivery POLICY", "trouble with");
}
#endif

#define in_folder(test) cmocka_unit_test_setup_teardown(test, support_make_folder, support_remove_folder)

static const struct CMUnitTest tests[] = {
    in_folder(shows_a_transcript),
    in_folder(shows_that_nothing_happened),
    in_folder(shows_differences),
    in_folder(shows_lanes),
    in_folder(shows_differences_in_other_ways),
    in_folder(tells_trouble_with_files),
    in_folder(tells_wrong_usage),
    in_folder(helps),
    in_folder(draws_pictures),
    in_folder(says_what_mermaid_will_not_draw),
    in_folder(draws_into_a_file),
    in_folder(tells_what_it_does_not_draw),
    in_folder(tells_when_its_output_is_lost),
#ifdef TEST_DEMO
    in_folder(demonstrates_under_another_policy),
#endif
};

HARNESS_CMOCKA_MAIN("cli/command", tests)
