/* SPDX-License-Identifier: MIT */
#include "reviewing.h"

#include <harness/cmocka.h>

#include <stdlib.h>
#include <sys/wait.h>

#include "support.h"

pty_t reviewing_pty;

const case_file_t reviewing_before[6] = {{"a.json", OLD}, {"a.new.json", NEW}, {"b.new.json", NEW},
                                         {"c.json", OLD}, {"c.new.json", NEW}, {NULL, NULL}};
const case_file_t reviewing_half_way[5] = {
    {"a.json", NEW}, {"b.new.json", NEW}, {"c.json", OLD}, {"c.new.json", NEW}, {NULL, NULL}};

int reviewing_set_up(void **state) {
  (void)setenv("TERM", "xterm", 1);
  (void)unsetenv("CI");
  (void)setenv("NO_COLOR", "1", 1);
  return support_make_folder(state);
}

int reviewing_tear_down(void **state) {
  pty_close(&reviewing_pty);
  return support_remove_folder(state);
}

void reviewing_start(void **state) {
  static const char *const argv[] = {TEST_COMMAND, "review", NULL};
  pty_start(&reviewing_pty, *state, argv);
}

void reviewing_begin(void **state, const case_file_t *files) {
  cases_put(*state, files);
  pty_open(&reviewing_pty, 80, 24);
  reviewing_start(state);
}

void reviewing_answer(const char *key) {
  (void)pty_await(&reviewing_pty, QUESTION);
  pty_type(&reviewing_pty, key);
}

void reviewing_assert_end(void **state, int code, const case_file_t *files) {
  int status = pty_wait(&reviewing_pty);

  if (!WIFEXITED(status) || WEXITSTATUS(status) != code)
    fail_msg("status %#x instead of exit code %d", (unsigned)status, code);
  assert_true(pty_is_restored(&reviewing_pty));
  cases_assert(*state, files);
}

void reviewing_assert_killed(void **state, int number, const case_file_t *files) {
  int status = pty_wait(&reviewing_pty);

  assert_true(WIFSIGNALED(status));
  assert_int_equal(WTERMSIG(status), number);
  assert_true(pty_is_restored(&reviewing_pty));
  cases_assert(*state, files);
}
