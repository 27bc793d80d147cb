/* SPDX-License-Identifier: MIT */
/* `harness review` in a real terminal: after whatever was typed or happened, the files are exactly as they
 * must be, and the terminal is as it was before. */
#include <harness/cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reviewing.h"
#include "support.h"

static void accepts(void **state) {
  reviewing_begin(state, reviewing_before);
  reviewing_answer("a");
  reviewing_answer("a");
  reviewing_answer("a");
  (void)pty_await(&reviewing_pty, "3 accepted, 0 rejected, 0 left");
  reviewing_assert_end(state, 0,
                       (case_file_t[]){{"a.json", NEW}, {"b.json", NEW}, {"c.json", NEW}, {NULL, NULL}});
}

static void rejects(void **state) {
  reviewing_begin(state, reviewing_before);
  reviewing_answer("r");
  reviewing_answer("r");
  reviewing_answer("r");
  (void)pty_await(&reviewing_pty, "0 accepted, 3 rejected, 0 left");
  reviewing_assert_end(state, 0, (case_file_t[]){{"a.json", OLD}, {"c.json", OLD}, {NULL, NULL}});
}

static void skips(void **state) {
  reviewing_begin(state, reviewing_before);
  reviewing_answer("s");
  reviewing_answer("s");
  reviewing_answer("s");
  (void)pty_await(&reviewing_pty, "0 accepted, 0 rejected, 3 left");
  reviewing_assert_end(state, 1, reviewing_before);
}

static void does_each_its_own(void **state) {
  reviewing_begin(state, reviewing_before);
  reviewing_answer("a");
  reviewing_answer("s");
  reviewing_answer("r");
  reviewing_assert_end(state, 1,
                       (case_file_t[]){{"a.json", NEW}, {"b.new.json", NEW}, {"c.json", OLD}, {NULL, NULL}});
}

static void accepts_all(void **state) {
  reviewing_begin(state, reviewing_before);
  reviewing_answer("A");
  (void)pty_await(&reviewing_pty, "accept this and the 2 after it, unseen? [y n] ");
  pty_type(&reviewing_pty, "y");
  reviewing_assert_end(state, 0,
                       (case_file_t[]){{"a.json", NEW}, {"b.json", NEW}, {"c.json", NEW}, {NULL, NULL}});
}

static void rejects_all(void **state) {
  reviewing_begin(state, reviewing_before);
  reviewing_answer("a");
  reviewing_answer("R");
  (void)pty_await(&reviewing_pty, "reject this and the 1 after it, unseen? [y n] ");
  pty_type(&reviewing_pty, "y");
  reviewing_assert_end(state, 0, (case_file_t[]){{"a.json", NEW}, {"c.json", OLD}, {NULL, NULL}});
}

static void asks_before_it_accepts_all(void **state) {
  reviewing_begin(state, reviewing_before);
  reviewing_answer("A");
  (void)pty_await(&reviewing_pty, "[y n] ");
  pty_type(&reviewing_pty, "A");
  reviewing_answer("R");
  (void)pty_await(&reviewing_pty, "[y n] ");
  pty_type(&reviewing_pty, "\n");
  reviewing_answer("q");
  reviewing_assert_end(state, 1, reviewing_before);
}

static void quits(void **state) {
  reviewing_begin(state, reviewing_before);
  reviewing_answer("a");
  reviewing_answer("q");
  (void)pty_await(&reviewing_pty, "1 accepted, 0 rejected, 2 left");
  reviewing_assert_end(
      state, 1,
      (case_file_t[]){
          {"a.json", NEW}, {"b.new.json", NEW}, {"c.json", OLD}, {"c.new.json", NEW}, {NULL, NULL}});
}

static void is_interrupted(void **state) {
  reviewing_begin(state, reviewing_before);
  reviewing_answer("a");
  reviewing_answer("\003");
  reviewing_assert_killed(state, SIGINT, reviewing_half_way);
}

static void end_by(void **state, int number) {
  reviewing_begin(state, reviewing_before);
  reviewing_answer("a");
  (void)pty_await(&reviewing_pty, QUESTION);
  assert_int_equal(kill(reviewing_pty.pid, number), 0);
  reviewing_assert_killed(state, number, reviewing_half_way);
}

static void is_terminated(void **state) {
  end_by(state, SIGTERM);
}

static void is_hung_up(void **state) {
  end_by(state, SIGHUP);
}

/* Nothing can give the terminal back then, but the files are whole. */
static void is_killed(void **state) {
  int status;

  reviewing_begin(state, reviewing_before);
  reviewing_answer("a");
  (void)pty_await(&reviewing_pty, QUESTION);
  assert_int_equal(kill(reviewing_pty.pid, SIGKILL), 0);
  status = pty_wait(&reviewing_pty);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  cases_assert(*state, reviewing_half_way);
}

/* It is given back while the program is stopped, and taken again when it goes on. */
static void is_stopped_and_goes_on(void **state) {
  int status;

  reviewing_begin(state, reviewing_before);
  (void)pty_await(&reviewing_pty, QUESTION);
  assert_false(pty_is_restored(&reviewing_pty));
  pty_type(&reviewing_pty, "\032");
  status = pty_wait(&reviewing_pty);
  assert_true(WIFSTOPPED(status));
  assert_int_equal(WSTOPSIG(status), SIGTSTP);
  assert_true(pty_is_restored(&reviewing_pty));
  pty_continue(&reviewing_pty);
  reviewing_answer("a");
  (void)pty_await(&reviewing_pty, QUESTION);
  assert_false(pty_is_restored(&reviewing_pty));
  pty_type(&reviewing_pty, "q");
  reviewing_assert_end(state, 1, reviewing_half_way);
}

/* What was typed before the question stood there answers nothing. */
static void drops_what_was_typed_ahead(void **state) {
  cases_put(*state, reviewing_before);
  pty_open(&reviewing_pty, 80, 24);
  pty_type(&reviewing_pty, "aaa\nAy\n");
  reviewing_start(state);
  reviewing_answer("q");
  reviewing_assert_end(state, 1, reviewing_before);
}

/* Arrows end in letters; Ctrl-D ends a line, not a review; words are no keys. */
static void takes_nothing_else_for_a_key(void **state) {
  static const char *const others[] = {"\033[A", "\033OA", "\033",   "x",  "1",        "\004", "\n",
                                       " ",      "y",      "accept", "Ay", "\xc3\xa4", "\t",   "\177"};

  reviewing_begin(state, reviewing_before);
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
    reviewing_answer(others[i]);
    (void)pty_await(&reviewing_pty, "q  quit");
  }
  reviewing_answer("?");
  (void)pty_await(&reviewing_pty, "q  quit");
  reviewing_answer("q");
  reviewing_assert_end(state, 1, reviewing_before);
}

/* What is accepted is what was shown. */
static void shows_anew_what_has_changed(void **state) {
  reviewing_begin(state, reviewing_before);
  (void)pty_await(&reviewing_pty, QUESTION);
  support_write(support_path(*state, "a.new.json"), NEWER);
  pty_type(&reviewing_pty, "a");
  (void)pty_await(&reviewing_pty, "a.new.json was changed in the meantime");
  (void)pty_await(&reviewing_pty, "Hello Venus!");
  (void)pty_await(&reviewing_pty, QUESTION);
  support_write(support_path(*state, "a.json"), NEW);
  pty_type(&reviewing_pty, "a");
  (void)pty_await(&reviewing_pty, "a.json was changed in the meantime");
  (void)pty_await(&reviewing_pty, "Hello Mars!");
  reviewing_answer("a");
  reviewing_answer("q");
  reviewing_assert_end(
      state, 1,
      (case_file_t[]){
          {"a.json", NEWER}, {"b.new.json", NEW}, {"c.json", OLD}, {"c.new.json", NEW}, {NULL, NULL}});
}

static void goes_on_where_a_file_is_gone(void **state) {
  reviewing_begin(state, reviewing_before);
  (void)pty_await(&reviewing_pty, QUESTION);
  assert_int_equal(unlink(support_path(*state, "a.new.json")), 0);
  assert_int_equal(unlink(support_path(*state, "b.new.json")), 0);
  pty_type(&reviewing_pty, "a");
  (void)pty_await(&reviewing_pty, "gone ./a.new.json");
  (void)pty_await(&reviewing_pty, "gone ./b.new.json");
  reviewing_answer("a");
  reviewing_assert_end(state, 0, (case_file_t[]){{"a.json", OLD}, {"c.json", NEW}, {NULL, NULL}});
}

static void refuses_what_is_corrupt(void **state) {
  reviewing_begin(state, (case_file_t[]){{"a.json", OLD}, {"a.new.json", CORRUPT}, {NULL, NULL}});
  (void)pty_await(&reviewing_pty, "It can be rejected, not accepted.");
  reviewing_answer("a");
  (void)pty_await(&reviewing_pty, "harness review: ./a.new.json: line 1");
  reviewing_answer("A");
  (void)pty_await(&reviewing_pty, "harness review: ./a.new.json: line 1");
  (void)pty_await(&reviewing_pty, QUESTION);
  cases_assert(*state, (case_file_t[]){{"a.json", OLD}, {"a.new.json", CORRUPT}, {NULL, NULL}});
  pty_type(&reviewing_pty, "r");
  reviewing_assert_end(state, 2, (case_file_t[]){{"a.json", OLD}, {NULL, NULL}});
}

static void tells_what_a_fixture_is(void **state) {
  reviewing_begin(state, (case_file_t[]){{"a.json", CORRUPT},
                                         {"a.new.json", NEW},
                                         {"b.json", NEW},
                                         {"b.new.json", NEW},
                                         {"c.new.json", NEW},
                                         {NULL, NULL}});
  (void)pty_await(&reviewing_pty, "It would be replaced by this transcript");
  reviewing_answer("a");
  (void)pty_await(&reviewing_pty, "It says the same as the fixture");
  reviewing_answer("a");
  (void)pty_await(&reviewing_pty, "There is no fixture yet");
  reviewing_answer("a");
  reviewing_assert_end(state, 0,
                       (case_file_t[]){{"a.json", NEW}, {"b.json", NEW}, {"c.json", NEW}, {NULL, NULL}});
}

#define in_terminal(test) cmocka_unit_test_setup_teardown(test, reviewing_set_up, reviewing_tear_down)

static const struct CMUnitTest tests[] = {
    in_terminal(accepts),
    in_terminal(rejects),
    in_terminal(skips),
    in_terminal(does_each_its_own),
    in_terminal(accepts_all),
    in_terminal(rejects_all),
    in_terminal(asks_before_it_accepts_all),
    in_terminal(quits),
    in_terminal(is_interrupted),
    in_terminal(is_terminated),
    in_terminal(is_hung_up),
    in_terminal(is_killed),
    in_terminal(is_stopped_and_goes_on),
    in_terminal(drops_what_was_typed_ahead),
    in_terminal(takes_nothing_else_for_a_key),
    in_terminal(shows_anew_what_has_changed),
    in_terminal(goes_on_where_a_file_is_gone),
    in_terminal(refuses_what_is_corrupt),
    in_terminal(tells_what_a_fixture_is),
};

HARNESS_CMOCKA_MAIN("cli/review_keys", tests)
