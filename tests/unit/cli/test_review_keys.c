/* SPDX-License-Identifier: MIT */
/* `harness review` in a real terminal: after whatever was typed or happened, the files are exactly as they
 * must be, and the terminal is as it was before. */
#include <harness/cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/columns.h"
#include "cases.h"
#include "pty.h"
#include "support.h"

#define QUESTION "[a r s q ?] "

static pty_t pty;

/* a is changed, b is new, c is changed. */
static const case_file_t before[] = {{"a.json", OLD}, {"a.new.json", NEW}, {"b.new.json", NEW},
                                     {"c.json", OLD}, {"c.new.json", NEW}, {NULL, NULL}};

static int set_up(void **state) {
  (void)setenv("TERM", "xterm", 1);
  (void)unsetenv("CI");
  (void)setenv("NO_COLOR", "1", 1);
  return support_make_folder(state);
}

static int tear_down(void **state) {
  pty_close(&pty);
  return support_remove_folder(state);
}

static void start(void **state) {
  static const char *const argv[] = {TEST_COMMAND, "review", NULL};
  pty_start(&pty, *state, argv);
}

/* Begins a review of the files in a terminal of 80x24. */
static void begin(void **state, const case_file_t *files) {
  cases_put(*state, files);
  pty_open(&pty, 80, 24);
  start(state);
}

/* Answers the next question. */
static void answer(const char *key) {
  (void)pty_await(&pty, QUESTION);
  pty_type(&pty, key);
}

static void assert_end(void **state, int code, const case_file_t *files) {
  int status = pty_wait(&pty);

  if (!WIFEXITED(status) || WEXITSTATUS(status) != code)
    fail_msg("status %#x instead of exit code %d", (unsigned)status, code);
  assert_true(pty_is_restored(&pty));
  cases_assert(*state, files);
}

static void assert_killed(void **state, int number, const case_file_t *files) {
  int status = pty_wait(&pty);

  assert_true(WIFSIGNALED(status));
  assert_int_equal(WTERMSIG(status), number);
  assert_true(pty_is_restored(&pty));
  cases_assert(*state, files);
}

static void accepts(void **state) {
  begin(state, before);
  answer("a");
  answer("a");
  answer("a");
  (void)pty_await(&pty, "3 accepted, 0 rejected, 0 left");
  assert_end(state, 0, (case_file_t[]){{"a.json", NEW}, {"b.json", NEW}, {"c.json", NEW}, {NULL, NULL}});
}

static void rejects(void **state) {
  begin(state, before);
  answer("r");
  answer("r");
  answer("r");
  (void)pty_await(&pty, "0 accepted, 3 rejected, 0 left");
  assert_end(state, 0, (case_file_t[]){{"a.json", OLD}, {"c.json", OLD}, {NULL, NULL}});
}

static void skips(void **state) {
  begin(state, before);
  answer("s");
  answer("s");
  answer("s");
  (void)pty_await(&pty, "0 accepted, 0 rejected, 3 left");
  assert_end(state, 1, before);
}

static void does_each_its_own(void **state) {
  begin(state, before);
  answer("a");
  answer("s");
  answer("r");
  assert_end(state, 1, (case_file_t[]){{"a.json", NEW}, {"b.new.json", NEW}, {"c.json", OLD}, {NULL, NULL}});
}

static void accepts_all(void **state) {
  begin(state, before);
  answer("A");
  (void)pty_await(&pty, "accept this and the 2 after it, unseen? [y n] ");
  pty_type(&pty, "y");
  assert_end(state, 0, (case_file_t[]){{"a.json", NEW}, {"b.json", NEW}, {"c.json", NEW}, {NULL, NULL}});
}

static void rejects_all(void **state) {
  begin(state, before);
  answer("a");
  answer("R");
  (void)pty_await(&pty, "reject this and the 1 after it, unseen? [y n] ");
  pty_type(&pty, "y");
  assert_end(state, 0, (case_file_t[]){{"a.json", NEW}, {"c.json", OLD}, {NULL, NULL}});
}

static void asks_before_it_accepts_all(void **state) {
  begin(state, before);
  answer("A");
  (void)pty_await(&pty, "[y n] ");
  pty_type(&pty, "A");
  answer("R");
  (void)pty_await(&pty, "[y n] ");
  pty_type(&pty, "\n");
  answer("q");
  assert_end(state, 1, before);
}

static void quits(void **state) {
  begin(state, before);
  answer("a");
  answer("q");
  (void)pty_await(&pty, "1 accepted, 0 rejected, 2 left");
  assert_end(state, 1,
             (case_file_t[]){
                 {"a.json", NEW}, {"b.new.json", NEW}, {"c.json", OLD}, {"c.new.json", NEW}, {NULL, NULL}});
}

static const case_file_t half_way[] = {
    {"a.json", NEW}, {"b.new.json", NEW}, {"c.json", OLD}, {"c.new.json", NEW}, {NULL, NULL}};

static void is_interrupted(void **state) {
  begin(state, before);
  answer("a");
  answer("\003");
  assert_killed(state, SIGINT, half_way);
}

static void end_by(void **state, int number) {
  begin(state, before);
  answer("a");
  (void)pty_await(&pty, QUESTION);
  assert_int_equal(kill(pty.pid, number), 0);
  assert_killed(state, number, half_way);
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

  begin(state, before);
  answer("a");
  (void)pty_await(&pty, QUESTION);
  assert_int_equal(kill(pty.pid, SIGKILL), 0);
  status = pty_wait(&pty);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  cases_assert(*state, half_way);
}

/* It is given back while the program is stopped, and taken again when it goes on. */
static void is_stopped_and_goes_on(void **state) {
  int status;

  begin(state, before);
  (void)pty_await(&pty, QUESTION);
  assert_false(pty_is_restored(&pty));
  pty_type(&pty, "\032");
  status = pty_wait(&pty);
  assert_true(WIFSTOPPED(status));
  assert_int_equal(WSTOPSIG(status), SIGTSTP);
  assert_true(pty_is_restored(&pty));
  pty_continue(&pty);
  answer("a");
  (void)pty_await(&pty, QUESTION);
  assert_false(pty_is_restored(&pty));
  pty_type(&pty, "q");
  assert_end(state, 1, half_way);
}

/* What was typed before the question stood there answers nothing. */
static void drops_what_was_typed_ahead(void **state) {
  cases_put(*state, before);
  pty_open(&pty, 80, 24);
  pty_type(&pty, "aaa\nAy\n");
  start(state);
  answer("q");
  assert_end(state, 1, before);
}

/* Arrows end in letters; Ctrl-D ends a line, not a review; words are no keys. */
static void takes_nothing_else_for_a_key(void **state) {
  static const char *const others[] = {"\033[A", "\033OA", "\033",   "x",  "1",        "\004", "\n",
                                       " ",      "y",      "accept", "Ay", "\xc3\xa4", "\t",   "\177"};

  begin(state, before);
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
    answer(others[i]);
    (void)pty_await(&pty, "q  quit");
  }
  answer("?");
  (void)pty_await(&pty, "q  quit");
  answer("q");
  assert_end(state, 1, before);
}

/* What is accepted is what was shown. */
static void shows_anew_what_has_changed(void **state) {
  begin(state, before);
  (void)pty_await(&pty, QUESTION);
  support_write(support_path(*state, "a.new.json"), NEWER);
  pty_type(&pty, "a");
  (void)pty_await(&pty, "a.new.json was changed in the meantime");
  (void)pty_await(&pty, "Hello Venus!");
  (void)pty_await(&pty, QUESTION);
  support_write(support_path(*state, "a.json"), NEW);
  pty_type(&pty, "a");
  (void)pty_await(&pty, "a.json was changed in the meantime");
  (void)pty_await(&pty, "Hello Mars!");
  answer("a");
  answer("q");
  assert_end(state, 1,
             (case_file_t[]){
                 {"a.json", NEWER}, {"b.new.json", NEW}, {"c.json", OLD}, {"c.new.json", NEW}, {NULL, NULL}});
}

static void goes_on_where_a_file_is_gone(void **state) {
  begin(state, before);
  (void)pty_await(&pty, QUESTION);
  assert_int_equal(unlink(support_path(*state, "a.new.json")), 0);
  assert_int_equal(unlink(support_path(*state, "b.new.json")), 0);
  pty_type(&pty, "a");
  (void)pty_await(&pty, "gone ./a.new.json");
  (void)pty_await(&pty, "gone ./b.new.json");
  answer("a");
  assert_end(state, 0, (case_file_t[]){{"a.json", OLD}, {"c.json", NEW}, {NULL, NULL}});
}

static void refuses_what_is_corrupt(void **state) {
  begin(state, (case_file_t[]){{"a.json", OLD}, {"a.new.json", CORRUPT}, {NULL, NULL}});
  (void)pty_await(&pty, "It can be rejected, not accepted.");
  answer("a");
  (void)pty_await(&pty, "harness review: ./a.new.json: line 1");
  answer("A");
  (void)pty_await(&pty, "harness review: ./a.new.json: line 1");
  (void)pty_await(&pty, QUESTION);
  cases_assert(*state, (case_file_t[]){{"a.json", OLD}, {"a.new.json", CORRUPT}, {NULL, NULL}});
  pty_type(&pty, "r");
  assert_end(state, 2, (case_file_t[]){{"a.json", OLD}, {NULL, NULL}});
}

static void tells_what_a_fixture_is(void **state) {
  begin(state, (case_file_t[]){{"a.json", CORRUPT},
                               {"a.new.json", NEW},
                               {"b.json", NEW},
                               {"b.new.json", NEW},
                               {"c.new.json", NEW},
                               {NULL, NULL}});
  (void)pty_await(&pty, "It would be replaced by this transcript");
  answer("a");
  (void)pty_await(&pty, "It says the same as the fixture");
  answer("a");
  (void)pty_await(&pty, "There is no fixture yet");
  answer("a");
  assert_end(state, 0, (case_file_t[]){{"a.json", NEW}, {"b.json", NEW}, {"c.json", NEW}, {NULL, NULL}});
}

/* count logs, of which other changes every one. */
static char *long_case(int count, bool other) {
  harness__buffer_t text = {0};

  harness__buffer_string(&text, "{\"format\": \"harness-transcript/1\", \"lanes\": [\"a\"], \"events\": [\n");
  for (int i = 0; i < count; i++)
    harness__buffer_printf(&text, "{\"lane\": \"a\", \"event\": \"log\", \"text\": \"%s%d\"}%s\n",
                           other ? "now " : "", i, i + 1 < count ? "," : "");
  harness__buffer_string(&text, "]}\n");
  return harness__buffer_take(&text);
}

static size_t count_lines(const char *text) {
  size_t count = 0;

  for (; *text != '\0'; text++)
    count += *text == '\n';
  return count;
}

/* A page leaves room for the question below it; the end must be seen before the file can be accepted. */
static void shows_page_by_page(void **state) {
  char *old = long_case(100, false);
  char *new = long_case(100, true);
  const case_file_t files[] = {{"a.json", old}, {"a.new.json", new}, {NULL, NULL}};

  begin(state, files);
  assert_in_range(count_lines(pty_await(&pty, "more: ")), 20, 23);
  pty_type(&pty, "a");
  (void)pty_await(&pty, "Not all of it was shown yet.");
  (void)pty_await(&pty, "more: ");
  cases_assert(*state, files);
  pty_type(&pty, " ");
  assert_in_range(count_lines(pty_await(&pty, "more: ")), 20, 24);
  pty_type(&pty, "e");
  (void)pty_await(&pty, "100 changed");
  answer("a");
  assert_end(state, 0, (case_file_t[]){{"a.json", new}, {NULL, NULL}});
  free(old);
  free(new);
}

static void quits_between_pages(void **state) {
  char *new = long_case(100, true);
  const case_file_t files[] = {{"a.new.json", new}, {"b.new.json", new}, {NULL, NULL}};

  begin(state, files);
  (void)pty_await(&pty, "more: ");
  pty_type(&pty, "s");
  (void)pty_await(&pty, "2 of 2");
  (void)pty_await(&pty, "more: ");
  pty_type(&pty, "q");
  (void)pty_await(&pty, "0 accepted, 0 rejected, 2 left");
  assert_end(state, 1, files);
  free(new);
}

static void assert_fits(const char *text, size_t width) {
  while (*text != '\0') {
    size_t size = strcspn(text, "\r\n");
    if (harness__columns(text, size) > width)
      fail_msg("wider than %zu: %.*s", width, (int)size, text);
    text += size + strspn(text + size, "\r\n");
  }
}

/* A terminal that changes its size has the next thing shown in its new size; nothing is done by it. */
static void follows_the_size(void **state) {
  begin(state, before);
  assert_fits(pty_await(&pty, QUESTION), 80);
  pty_resize(&pty, 40, 10);
  pty_type(&pty, "v");
  assert_in_range(count_lines(pty_await(&pty, "more: ")), 5, 10);
  pty_type(&pty, " ");
  assert_fits(pty_await(&pty, "accept, "), 40);
  pty_resize(&pty, 200, 50);
  answer("v");
  (void)pty_await(&pty, "1 changed");
  answer("q");
  assert_end(state, 1, before);
}

static void shows_side_by_side(void **state) {
  begin(state, before);
  answer("d");
  (void)pty_await(&pty, "'Hello World!'   |   1  client  send     'Hello Mars!'");
  answer("d");
  (void)pty_await(&pty, "+   1  client  send     'Hello Mars!'");
  answer("q");
  assert_end(state, 1, before);
}

/* A line of a difference is cut to the width; what it holds can be seen. */
static void shows_the_whole(void **state) {
  const case_file_t files[] = {{"a.json", OLD},
                               {"a.new.json", CASE("0123456789012345678901234567890123456789"
                                                   "0123456789012345678901234567890123456789 end")},
                               {NULL, NULL}};

  begin(state, files);
  assert_null(strstr(pty_await(&pty, QUESTION), "89 end'"));
  pty_type(&pty, "w");
  (void)pty_await(&pty, "89 end'");
  answer("v");
  assert_null(strstr(pty_await(&pty, QUESTION), "89 end'"));
  pty_type(&pty, "q");
  assert_end(state, 1, files);
}

static void accepts_nothing_in_ci(void **state) {
  (void)setenv("CI", "1", 1);
  begin(state, before);
  answer("a");
  (void)pty_await(&pty, "CI is set");
  answer("A");
  (void)pty_await(&pty, "CI is set");
  answer("q");
  assert_end(state, 1, before);
}

static void shows_colors(void **state) {
  (void)unsetenv("NO_COLOR");
  begin(state, before);
  (void)pty_await(&pty, "\033[32m+   1  client  send     'Hello \033[7mMars\033[27m!'\033[0m");
  answer("q");
  assert_end(state, 1, before);
  pty_close(&pty);
  (void)setenv("TERM", "dumb", 1);
  begin(state, before);
  assert_null(strchr(pty_await(&pty, QUESTION), '\033'));
  pty_type(&pty, "q");
  assert_end(state, 1, before);
}

/* What the program prints in a terminal of 50 columns, until it ends with 1. */
static const char *diff_in_terminal(void **state, const char *option, const char *end) {
  const char *argv[] = {TEST_COMMAND, "diff", "a.json", "a.new.json", option, NULL};
  const char *text;
  int status;

  pty_open(&pty, 50, 24);
  pty_start(&pty, *state, argv);
  text = pty_await(&pty, end);
  status = pty_wait(&pty);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
  return text;
}

/* `harness diff`: as wide as the terminal, and in colour where nothing speaks against it. */
static void compares_in_a_terminal(void **state) {
  cases_put(*state, before);
  assert_non_null(strchr(diff_in_terminal(state, "--side-by-side", "1 changed"), '|'));
  assert_fits(pty.output.text, 50);
  assert_null(strchr(pty.output.text, '\033'));
  pty_close(&pty);
  (void)unsetenv("NO_COLOR");
  assert_non_null(strstr(diff_in_terminal(state, NULL, "1 changed"), "\033[7m"));
  pty_close(&pty);
  (void)setenv("NO_COLOR", "", 1);
  assert_non_null(strstr(diff_in_terminal(state, NULL, "1 changed"), "\033[7m"));
  pty_close(&pty);
  assert_null(strchr(diff_in_terminal(state, "--color=never", "1 changed"), '\033'));
}

#define in_terminal(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

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
    in_terminal(shows_page_by_page),
    in_terminal(quits_between_pages),
    in_terminal(follows_the_size),
    in_terminal(shows_side_by_side),
    in_terminal(shows_the_whole),
    in_terminal(accepts_nothing_in_ci),
    in_terminal(shows_colors),
    in_terminal(compares_in_a_terminal),
};

HARNESS_CMOCKA_MAIN("cli/review_keys", tests)
