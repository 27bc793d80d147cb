/* SPDX-License-Identifier: MIT */
/* `harness review` for scripts: --list, --accept, --reject, exit codes, and what it finds. */
#include <harness/cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cases.h"
#include "process.h"
#include "support.h"

static const case_file_t before[] = {{"a.json", OLD}, {"a.new.json", NEW}, {"b.new.json", NEW},
                                     {"c.json", OLD}, {"c.new.json", NEW}, {NULL, NULL}};
static const case_file_t accepted[] = {{"a.json", NEW}, {"b.json", NEW}, {"c.json", NEW}, {NULL, NULL}};
static const case_file_t rejected[] = {{"a.json", OLD}, {"c.json", OLD}, {NULL, NULL}};

static int set_up(void **state) {
  (void)unsetenv("CI");
  return support_make_folder(state);
}

static int tear_down(void **state) {
  process_kill_left();
  return support_remove_folder(state);
}

/* Runs `harness review <arguments>` in the test's folder; its outputs are what is expected (NULL: nothing),
 * the standard one whole, the other in part. */
static void assert_review(void **state, const char *arguments, int code, const char *out, const char *err) {
  char *command = NULL;
  process_t process;
  int status;

  assert_true(asprintf(&command, "cd '%s' && exec '%s' review %s </dev/null", (const char *)*state,
                       TEST_COMMAND, arguments) > 0);
  process_start(&process, (const char *const[]){"/bin/sh", "-c", command, NULL});
  status = process_wait(&process);
  if (status != code)
    fail_msg("review %s: exit code %d instead of %d\n%s%s", arguments, status, code, process.out.text,
             process.err.text);
  assert_string_equal(process.out.text, out != NULL ? out : "");
  if (err == NULL)
    assert_string_equal(process.err.text, "");
  else if (strstr(process.err.text, err) == NULL)
    fail_msg("review %s: \"%s\" is not said: %s", arguments, err, process.err.text);
  process_free(&process);
  free(command);
}

static void finds_nothing(void **state) {
  assert_review(state, "", 0, "nothing to review\n", NULL);
  assert_review(state, "--accept", 0, "nothing to review\n", NULL);
  assert_review(state, "--list", 0, NULL, NULL);
  support_write(support_path(*state, "a.json"), OLD);
  assert_review(state, "a.json .", 0, "nothing to review\n", NULL);
}

static void lists(void **state) {
  cases_put(*state, before);
  support_write(support_path(*state, "suite/case10.new.json"), NEW);
  support_write(support_path(*state, "suite/case9.new.json"), NEW);
  support_write(support_path(*state, ".hidden/x.new.json"), NEW);
  assert_review(state, "--list", 1,
                "./a.new.json\n./b.new.json\n./c.new.json\n./suite/case9.new.json\n./suite/case10.new.json\n",
                NULL);
  assert_review(state, "--list suite", 1, "suite/case9.new.json\nsuite/case10.new.json\n", NULL);
  /* A fixture stands for its pending file, which is named once. */
  assert_review(state, "--list c.json c.new.json ./suite suite/", 1,
                "./suite/case9.new.json\n./suite/case10.new.json\nc.new.json\n", NULL);
  assert_review(state, "--list b.json", 1, "b.new.json\n", NULL);
}

static void accepts_all(void **state) {
  cases_put(*state, before);
  assert_review(state, "--accept", 0, "accepted ./a.json\naccepted ./b.json\naccepted ./c.json\n", NULL);
  cases_assert(*state, accepted);
}

static void rejects_all(void **state) {
  cases_put(*state, before);
  assert_review(state, "--reject", 0, "rejected ./a.new.json\nrejected ./b.new.json\nrejected ./c.new.json\n",
                NULL);
  cases_assert(*state, rejected);
}

static void accepts_what_is_named(void **state) {
  cases_put(*state, before);
  assert_review(state, "--accept a.json", 0, "accepted a.json\n", NULL);
  cases_assert(*state,
               (case_file_t[]){
                   {"a.json", NEW}, {"b.new.json", NEW}, {"c.json", OLD}, {"c.new.json", NEW}, {NULL, NULL}});
}

static void keeps_the_mode_of_a_fixture(void **state) {
  struct stat status;

  cases_put(*state, before);
  assert_int_equal(chmod(support_path(*state, "a.json"), 0664), 0);
  assert_review(state, "--accept a.json", 0, "accepted a.json\n", NULL);
  assert_int_equal(stat(support_path(*state, "a.json"), &status), 0);
  assert_int_equal(status.st_mode & 0777, 0664);
}

/* Without a terminal nothing is asked, and nothing done. */
static void needs_a_terminal(void **state) {
  cases_put(*state, before);
  assert_review(state, "", 2, NULL, "use --list, --accept or --reject");
  cases_assert(*state, before);
}

static void accepts_nothing_in_ci(void **state) {
  cases_put(*state, before);
  (void)setenv("CI", "true", 1);
  assert_review(state, "--accept", 2, NULL, "CI is set");
  cases_assert(*state, before);
  assert_review(state, "--list a.json", 1, "a.new.json\n", NULL);
  assert_review(state, "--reject", 0, "rejected ./a.new.json\nrejected ./b.new.json\nrejected ./c.new.json\n",
                NULL);
}

static void does_not_accept_what_is_corrupt(void **state) {
  const case_file_t files[] = {
      {"a.json", OLD}, {"a.new.json", CORRUPT}, {"b.json", OLD}, {"b.new.json", NEW}, {NULL, NULL}};

  cases_put(*state, files);
  assert_review(state, "--accept", 2, "accepted ./b.json\n", "harness review: ./a.new.json: line 1");
  cases_assert(*state,
               (case_file_t[]){{"a.json", OLD}, {"a.new.json", CORRUPT}, {"b.json", NEW}, {NULL, NULL}});
  assert_review(state, "--reject", 0, "rejected ./a.new.json\n", NULL);
  cases_assert(*state, (case_file_t[]){{"a.json", OLD}, {"b.json", NEW}, {NULL, NULL}});
}

static void removes_what_is_the_same(void **state) {
  cases_put(*state, (case_file_t[]){{"a.json", NEW}, {"a.new.json", NEW}, {NULL, NULL}});
  assert_review(state, "--accept", 0, "accepted ./a.json\n", NULL);
  cases_assert(*state, (case_file_t[]){{"a.json", NEW}, {NULL, NULL}});
}

/* A fixture that changed after the transcript was recorded may have been changed for good reason. */
static void tells_of_a_newer_fixture(void **state) {
  const struct timespec early[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};

  cases_put(*state, (case_file_t[]){{"a.json", OLD}, {"a.new.json", NEW}, {NULL, NULL}});
  assert_int_equal(utimensat(AT_FDCWD, support_path(*state, "a.new.json"), early, 0), 0);
  assert_review(
      state, "--accept", 0,
      "accepted ./a.json\nnote: ./a.json had been changed after the accepted transcript was recorded\n",
      NULL);
}

static void leaves_links_alone(void **state) {
  cases_put(*state, (case_file_t[]){{"a.new.json", NEW}, {"target.json", OLD}, {NULL, NULL}});
  assert_int_equal(symlink("target.json", support_path(*state, "a.json")), 0);
  assert_review(state, "--accept", 2, NULL, "./a.json is a symbolic link, which would be replaced");
  cases_assert(*state,
               (case_file_t[]){{"a.json", OLD}, {"a.new.json", NEW}, {"target.json", OLD}, {NULL, NULL}});
  assert_int_equal(unlink(support_path(*state, "a.json")), 0);
  assert_int_equal(unlink(support_path(*state, "a.new.json")), 0);
  assert_int_equal(symlink("target.json", support_path(*state, "a.new.json")), 0);
  assert_review(state, "--accept", 2, NULL, "./a.new.json: a symbolic link");
  assert_review(state, "--reject", 0, "rejected ./a.new.json\n", NULL);
  cases_assert(*state, (case_file_t[]){{"target.json", OLD}, {NULL, NULL}});
  /* A folder that leads back is not gone into; one that is named is. */
  assert_int_equal(symlink(".", support_path(*state, "loop")), 0);
  support_write(support_path(*state, "b.new.json"), NEW);
  assert_review(state, "--list", 1, "./b.new.json\n", NULL);
  assert_review(state, "--list loop", 1, "loop/b.new.json\n", NULL);
}

static void prints_no_name_raw(void **state) {
  support_write(support_path(*state, "a\033[31m\n b.new.json"), NEW);
  support_write(support_path(*state, "-n 'x'.new.json"), NEW);
  support_write(support_path(*state, "gr\xc3\xbc\xc3\x9f"
                                     "e.new.json"),
                CORRUPT);
  assert_review(state, "--list", 1, "./-n 'x'.new.json\n./a\\x1b[31m\\n b.new.json\n./grüße.new.json\n",
                NULL);
  assert_review(state, "--accept", 2, "accepted ./-n 'x'.json\naccepted ./a\\x1b[31m\\n b.json\n",
                "./grüße.new.json: line 1");
}

static void tells_trouble_with_paths(void **state) {
  assert_review(state, "none", 2, NULL, "harness review: none: No such file or directory");
  assert_review(state, "--list none.new.json", 2, NULL, "none.new.json: No such file or directory");
  assert_review(state, "--accept none.json", 2, NULL, "none.json: No such file or directory");
  support_write(support_path(*state, "a.txt"), NEW);
  assert_review(state, "a.txt", 2, NULL, "a.txt: neither a folder nor a fixture");
  support_write(support_path(*state, "b.new.json"), NEW);
  assert_review(state, "--accept none .", 2, "accepted ./b.json\n", "none: No such file or directory");
}

static void tells_why_a_fixture_cannot_be_replaced(void **state) {
  cases_put(*state, (case_file_t[]){{"a.new.json", NEW}, {"a.json/x", "x"}, {NULL, NULL}});
  assert_review(state, "--accept a.new.json", 2, NULL, "a.json can't be replaced: Is a directory");
  assert_true(support_exists(support_path(*state, "a.new.json")));
}

static void tells_wrong_usage(void **state) {
  assert_review(state, "--list --accept", 2, NULL, "only one of --list, --accept and --reject");
  assert_review(state, "--lust", 2, NULL, "usage: harness review");
  assert_review(state, "--color x", 2, NULL, "'x' is no time for colour");
}

enum { MANY = 300 };

static const char *name_of(int number, const char *suffix) {
  static char name[64];
  (void)snprintf(name, sizeof name, "case%d%s", number, suffix);
  return name;
}

/* Every case is either still pending or accepted, whole, and there is no other file. */
static void assert_whole(void **state) {
  size_t files = 0;

  for (int i = 0; i < MANY; i++) {
    bool pending = support_exists(support_path(*state, name_of(i, ".new.json")));
    char *fixture = support_read(support_path(*state, name_of(i, ".json")));
    assert_string_equal(fixture, pending ? OLD : NEW);
    free(fixture);
    files += pending ? 2 : 1;
    if (pending) {
      char *text = support_read(support_path(*state, name_of(i, ".new.json")));
      assert_string_equal(text, NEW);
      free(text);
    }
  }
  assert_int_equal(support_count(*state), files);
}

static void write_many(void **state) {
  for (int i = 0; i < MANY; i++) {
    support_write(support_path(*state, name_of(i, ".json")), OLD);
    support_write(support_path(*state, name_of(i, ".new.json")), NEW);
  }
}

/* Killed at different points, it leaves nothing lost and nothing half-written; the next one goes on from
 * there. */
static void survives_being_killed(void **state) {
  static const size_t points[] = {1, 2, 7, 40};

  write_many(state);
  for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
    process_t process;
    process_start(&process, (const char *const[]){TEST_COMMAND, "review", "--accept", *state, NULL});
    process_await(&process, "accepted ", points[i]);
    (void)kill(process.pid, SIGKILL);
    (void)process_wait(&process);
    process_free(&process);
    assert_whole(state);
  }
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static const struct CMUnitTest tests[] = {
    in_folder(finds_nothing),
    in_folder(lists),
    in_folder(accepts_all),
    in_folder(rejects_all),
    in_folder(accepts_what_is_named),
    in_folder(keeps_the_mode_of_a_fixture),
    in_folder(needs_a_terminal),
    in_folder(accepts_nothing_in_ci),
    in_folder(does_not_accept_what_is_corrupt),
    in_folder(removes_what_is_the_same),
    in_folder(tells_of_a_newer_fixture),
    in_folder(leaves_links_alone),
    in_folder(prints_no_name_raw),
    in_folder(tells_trouble_with_paths),
    in_folder(tells_why_a_fixture_cannot_be_replaced),
    in_folder(tells_wrong_usage),
    in_folder(survives_being_killed),
};

HARNESS_CMOCKA_MAIN("cli/review", tests)
