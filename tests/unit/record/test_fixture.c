/* SPDX-License-Identifier: MIT */
#include <harness/cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record/fixture.h"
#include "record/load.h"
#include "support.h"

static void assert_mode(const char *fixtures, const char *ci, harness__fixture_mode_t expected) {
  harness__fixture_mode_t mode;
  char *sentence;

  (void)unsetenv("HARNESS_FIXTURES");
  (void)unsetenv("CI");
  if (fixtures != NULL)
    (void)setenv("HARNESS_FIXTURES", fixtures, 1);
  if (ci != NULL)
    (void)setenv("CI", ci, 1);
  assert_true(harness__fixture_mode(&mode, &sentence));
  assert_null(sentence);
  assert_int_equal(mode, expected);
}

static void takes_the_mode_from_the_environment(void **state) {
  (void)state;
  assert_mode(NULL, NULL, HARNESS__FIXTURES_NEW);
  assert_mode("", "", HARNESS__FIXTURES_NEW);
  assert_mode("check", NULL, HARNESS__FIXTURES_CHECK);
  assert_mode("new", NULL, HARNESS__FIXTURES_NEW);
  assert_mode("update", NULL, HARNESS__FIXTURES_UPDATE);
  assert_mode("update", "0", HARNESS__FIXTURES_UPDATE);
  assert_mode("update", "false", HARNESS__FIXTURES_UPDATE);
}

static void writes_nothing_in_ci(void **state) {
  (void)state;
  assert_mode(NULL, "true", HARNESS__FIXTURES_CHECK);
  assert_mode("", "true", HARNESS__FIXTURES_CHECK);
  assert_mode("check", "true", HARNESS__FIXTURES_CHECK);
  assert_mode("new", "1", HARNESS__FIXTURES_NEW_IN_CI);
  assert_mode("update", "yes", HARNESS__FIXTURES_UPDATE_IN_CI);
}

static void refuses_an_unknown_mode(void **state) {
  harness__fixture_mode_t mode;
  char *sentence;

  (void)state;
  (void)setenv("HARNESS_FIXTURES", "overwrite\n", 1);
  (void)setenv("CI", "1", 1);
  assert_false(harness__fixture_mode(&mode, &sentence));
  assert_string_equal(sentence, "HARNESS_FIXTURES must be check, new or update, not \"overwrite\\n\"");
  free(sentence);
}

static void finds_the_path(void **state) {
  char *sentence;
  char *path = harness__fixture_path("fixtures", "echo/hello", ".json", &sentence);

  (void)state;
  assert_string_equal(path, "fixtures/echo/hello.json");
  free(path);
  path = harness__fixture_path("fixtures", "hello", ".json", &sentence);
  assert_string_equal(path, "fixtures/hello.json");
  free(path);
  path = harness__fixture_path("/x", "echo/tcp4/grüße 1.5", ".new.json", &sentence);
  assert_string_equal(path, "/x/echo/tcp4/grüße 1.5.new.json");
  free(path);
}

static void refuses_names_that_lead_elsewhere(void **state) {
  static const char *const names[] = {
      "",      "/etc/passwd", "..",      "../x",          "a/../b", "a/..",  ".",      "./a",         "a/.b",
      "a//b",  "a/",          "/",       "a\nb",          "a/\x7f", "a\xff", "\x1b[m", ".git/config", "a\\b",
      "..\\x", "a/b.new",     "a.new/b", "harness.schema"};

  (void)state;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    char *sentence;
    char *path = harness__fixture_path("fixtures", names[i], ".json", &sentence);
    if (path != NULL)
      fail_msg("\"%s\" is taken: %s", names[i], path);
    assert_non_null(strstr(sentence, "must be like \"suite/case\""));
    /* Safe to print. */
    for (const char *p = sentence; *p != '\0'; p++)
      assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
    free(sentence);
  }
}

static void assert_inside(const char *folder, const char *name, bool expected) {
  char *sentence;
  char *path = harness__fixture_path(folder, name, ".json", &sentence);
  bool inside = harness__fixture_is_inside(folder, path, &sentence);

  if (inside != expected)
    fail_msg("%s is %s %s", path, inside ? "inside" : "outside of", folder);
  if (!inside)
    assert_non_null(strstr(sentence, "by a symbolic link"));
  else
    assert_null(sentence);
  free(sentence);
  free(path);
}

static void refuses_links_that_lead_elsewhere(void **state) {
  char *folder = strdup(support_path(*state, "fixtures"));

  assert_inside(folder, "suite/case", true); /* nothing is there yet */
  support_write(support_path(*state, "fixtures/suite/case.json"), "");
  support_write(support_path(*state, "outside/case.json"), "");
  support_write(support_path(*state, "fixtures2/case.json"), "");
  assert_int_equal(symlink("../outside", support_path(folder, "out")), 0);
  assert_int_equal(symlink("../fixtures2", support_path(folder, "sibling")), 0);
  assert_int_equal(symlink("suite", support_path(folder, "within")), 0);
  assert_int_equal(symlink("../outside/case.json", support_path(folder, "file.json")), 0);
  assert_int_equal(symlink("nowhere", support_path(folder, "broken")), 0);
  assert_inside(folder, "suite/case", true);
  assert_inside(folder, "suite/new/deep", true);
  assert_inside(folder, "within/case", true);
  assert_inside(folder, "within/not_yet", true);
  assert_inside(folder, "out/case", false);
  assert_inside(folder, "out/not_yet/case", false);
  assert_inside(folder, "sibling/case", false);
  assert_inside(folder, "file", false);
  assert_inside(folder, "broken/case", false);
  assert_int_equal(symlink("fixtures", support_path(*state, "link")), 0);
  assert_inside(support_path(*state, "link"), "suite/case", true);
  free(folder);
}

#define ONE_EVENT "{'lane': 'a', 'event': 'log', 'text': 'one'}"

static void saves_and_makes_the_folder(void **state) {
  harness__transcript_t *transcript = support_transcript("'a'", ONE_EVENT);
  const char *path = support_path(*state, "suite/deep/case.json");
  harness__transcript_t *loaded;
  char *sentence;
  int error = -1;

  assert_true(harness__transcript_save(transcript, path, &error, &sentence));
  assert_int_equal(error, 0);
  assert_null(sentence);
  loaded = harness__transcript_load(path, NULL, &sentence);
  assert_non_null(loaded);
  assert_int_equal(support_count(support_path(*state, "suite/deep")), 1);
  harness__transcript_free(loaded);
  harness__transcript_free(transcript);
}

static void tells_why_it_cannot_save(void **state) {
  harness__transcript_t *transcript = support_transcript("'a'", ONE_EVENT);
  const char *path = support_path(*state, "file/case.json");
  char expected[5000];
  char *sentence;
  int error = 0;

  support_write(support_path(*state, "file"), "no folder");
  assert_false(harness__transcript_save(transcript, path, &error, &sentence));
  assert_int_equal(error, ENOTDIR);
  (void)snprintf(expected, sizeof expected, "%s can't be written: Not a directory", path);
  assert_string_equal(sentence, expected);
  free(sentence);
  harness__transcript_free(transcript);
}

/* Many processes write one fixture while another reads it: what it reads is always whole. */
static void is_whole_at_any_moment(void **state) {
  enum { WRITERS = 4, TIMES = 50 };
  const char *path = support_path(*state, "suite/case.json");
  harness__transcript_t *transcript = support_transcript("'a'", ONE_EVENT ", " ONE_EVENT);
  char *sentence;
  int running = WRITERS;

  assert_true(harness__transcript_save(transcript, path, NULL, &sentence));
  for (int i = 0; i < WRITERS; i++) {
    pid_t child = fork();
    assert_int_not_equal(child, -1);
    if (child == 0) {
      bool saved = true;
      for (int j = 0; j < TIMES; j++)
        saved = saved && harness__transcript_save(transcript, path, NULL, &sentence);
      _exit(saved ? 0 : 1);
    }
  }
  while (running > 0) {
    int status;
    harness__transcript_t *loaded = harness__transcript_load(path, NULL, &sentence);
    if (loaded == NULL)
      fail_msg("%s", sentence);
    harness__transcript_free(loaded);
    if (waitpid(-1, &status, WNOHANG) > 0) {
      assert_int_equal(status, 0);
      running--;
    }
  }
  assert_int_equal(support_count(support_path(*state, "suite")), 1);
  harness__transcript_free(transcript);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, support_make_folder, support_remove_folder)

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(takes_the_mode_from_the_environment),
    cmocka_unit_test(writes_nothing_in_ci),
    cmocka_unit_test(refuses_an_unknown_mode),
    cmocka_unit_test(finds_the_path),
    cmocka_unit_test(refuses_names_that_lead_elsewhere),
    in_folder(refuses_links_that_lead_elsewhere),
    in_folder(saves_and_makes_the_folder),
    in_folder(tells_why_it_cannot_save),
    in_folder(is_whole_at_any_moment),
};

HARNESS_CMOCKA_MAIN("record/fixture", tests)
