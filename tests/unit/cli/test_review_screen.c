/* SPDX-License-Identifier: MIT */
/* What `harness review`, and `harness diff`, show in a real terminal: page by page, in its width, in colours.
 */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/buffer.h"
#include "base/columns.h"
#include "reviewing.h"
#include "support.h"

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

  reviewing_begin(state, files);
  assert_in_range(count_lines(pty_await(&reviewing_pty, "more: ")), 20, 23);
  pty_type(&reviewing_pty, "a");
  (void)pty_await(&reviewing_pty, "Not all of it was shown yet.");
  (void)pty_await(&reviewing_pty, "more: ");
  cases_assert(*state, files);
  pty_type(&reviewing_pty, " ");
  assert_in_range(count_lines(pty_await(&reviewing_pty, "more: ")), 20, 24);
  pty_type(&reviewing_pty, "e");
  (void)pty_await(&reviewing_pty, "100 changed");
  reviewing_answer("a");
  reviewing_assert_end(state, 0, (case_file_t[]){{"a.json", new}, {NULL, NULL}});
  free(old);
  free(new);
}

static void quits_between_pages(void **state) {
  char *new = long_case(100, true);
  const case_file_t files[] = {{"a.new.json", new}, {"b.new.json", new}, {NULL, NULL}};

  reviewing_begin(state, files);
  (void)pty_await(&reviewing_pty, "more: ");
  pty_type(&reviewing_pty, "s");
  (void)pty_await(&reviewing_pty, "2 of 2");
  (void)pty_await(&reviewing_pty, "more: ");
  pty_type(&reviewing_pty, "q");
  (void)pty_await(&reviewing_pty, "0 accepted, 0 rejected, 2 left");
  reviewing_assert_end(state, 1, files);
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
  reviewing_begin(state, reviewing_before);
  assert_fits(pty_await(&reviewing_pty, QUESTION), 80);
  pty_resize(&reviewing_pty, 40, 10);
  pty_type(&reviewing_pty, "v");
  assert_in_range(count_lines(pty_await(&reviewing_pty, "more: ")), 5, 10);
  pty_type(&reviewing_pty, " ");
  assert_fits(pty_await(&reviewing_pty, "accept, "), 40);
  pty_resize(&reviewing_pty, 200, 50);
  reviewing_answer("v");
  (void)pty_await(&reviewing_pty, "1 changed");
  reviewing_answer("q");
  reviewing_assert_end(state, 1, reviewing_before);
}

static void shows_side_by_side(void **state) {
  reviewing_begin(state, reviewing_before);
  reviewing_answer("d");
  (void)pty_await(&reviewing_pty, "'Hello World!'   |   1  client  send     'Hello Mars!'");
  reviewing_answer("d");
  (void)pty_await(&reviewing_pty, "+   1  client  send     'Hello Mars!'");
  reviewing_answer("q");
  reviewing_assert_end(state, 1, reviewing_before);
}

/* A line of a difference is cut to the width; what it holds can be seen. */
static void shows_the_whole(void **state) {
  const case_file_t files[] = {{"a.json", OLD},
                               {"a.new.json", CASE("0123456789012345678901234567890123456789"
                                                   "0123456789012345678901234567890123456789 end")},
                               {NULL, NULL}};

  reviewing_begin(state, files);
  assert_null(strstr(pty_await(&reviewing_pty, QUESTION), "89 end'"));
  pty_type(&reviewing_pty, "w");
  (void)pty_await(&reviewing_pty, "89 end'");
  reviewing_answer("v");
  assert_null(strstr(pty_await(&reviewing_pty, QUESTION), "89 end'"));
  pty_type(&reviewing_pty, "q");
  reviewing_assert_end(state, 1, files);
}

/* A transcript without an event is one, too. */
static void shows_that_nothing_happened(void **state) {
  static const char nothing[] = "{\"format\": \"harness-transcript/1\", \"lanes\": [], \"events\": []}";
  const case_file_t files[] = {{"a.new.json", nothing}, {NULL, NULL}};

  reviewing_begin(state, files);
  (void)pty_await(&reviewing_pty, "There is no fixture yet. The whole transcript:");
  (void)pty_await(&reviewing_pty, "(no events)");
  reviewing_answer("s");
  reviewing_assert_end(state, 1, files);
}

static void accepts_nothing_in_ci(void **state) {
  (void)setenv("CI", "1", 1);
  reviewing_begin(state, reviewing_before);
  reviewing_answer("a");
  (void)pty_await(&reviewing_pty, "CI is set");
  reviewing_answer("A");
  (void)pty_await(&reviewing_pty, "CI is set");
  reviewing_answer("q");
  reviewing_assert_end(state, 1, reviewing_before);
}

static void shows_colors(void **state) {
  (void)unsetenv("NO_COLOR");
  reviewing_begin(state, reviewing_before);
  (void)pty_await(&reviewing_pty, "\033[32m+   1  client  send     'Hello \033[7mMars\033[27m!'\033[0m");
  reviewing_answer("q");
  reviewing_assert_end(state, 1, reviewing_before);
  pty_close(&reviewing_pty);
  (void)setenv("TERM", "dumb", 1);
  reviewing_begin(state, reviewing_before);
  assert_null(strchr(pty_await(&reviewing_pty, QUESTION), '\033'));
  pty_type(&reviewing_pty, "q");
  reviewing_assert_end(state, 1, reviewing_before);
}

/* What the program prints in a terminal of that width, until it ends with 1. */
static const char *diff_in_width(void **state, unsigned short width, const char *option, const char *end) {
  const char *argv[] = {TEST_COMMAND, "diff", "a.json", "a.new.json", option, NULL};
  const char *text;
  int status;

  pty_open(&reviewing_pty, width, 24);
  pty_start(&reviewing_pty, *state, argv);
  text = pty_await(&reviewing_pty, end);
  status = pty_wait(&reviewing_pty);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
  return text;
}

static const char *diff_in_terminal(void **state, const char *option, const char *end) {
  return diff_in_width(state, 50, option, end);
}

/* `harness diff`: as wide as the terminal, and in colour where nothing speaks against it. */
static void compares_in_a_terminal(void **state) {
  cases_put(*state, reviewing_before);
  assert_non_null(strchr(diff_in_terminal(state, "--side-by-side", "1 changed"), '|'));
  assert_fits(reviewing_pty.output.text, 50);
  assert_null(strchr(reviewing_pty.output.text, '\033'));
  pty_close(&reviewing_pty);
  (void)unsetenv("NO_COLOR");
  assert_non_null(strstr(diff_in_terminal(state, NULL, "1 changed"), "\033[7m"));
  pty_close(&reviewing_pty);
  (void)setenv("NO_COLOR", "", 1);
  assert_non_null(strstr(diff_in_terminal(state, NULL, "1 changed"), "\033[7m"));
  pty_close(&reviewing_pty);
  assert_null(strchr(diff_in_terminal(state, "--color=never", "1 changed"), '\033'));
  pty_close(&reviewing_pty);
  (void)setenv("TERM", "", 1);
  assert_null(strchr(diff_in_terminal(state, NULL, "1 changed"), '\033'));
  pty_close(&reviewing_pty);
  (void)unsetenv("TERM");
  assert_null(strchr(diff_in_terminal(state, NULL, "1 changed"), '\033'));
}

/* A terminal that does not know its width, or is wider or narrower than anyone reads, changes nothing else.
 */
static void compares_in_any_width(void **state) {
  static const struct {
    unsigned short width;
    size_t shown;
  } cases[] = {{0, 80}, {10, 40}, {2000, 1000}};

  cases_put(*state, reviewing_before);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    assert_fits(diff_in_width(state, cases[i].width, "--side-by-side", "1 changed"), cases[i].shown);
    assert_non_null(strchr(reviewing_pty.output.text, '|'));
    pty_close(&reviewing_pty);
  }
}

#define in_terminal(test) cmocka_unit_test_setup_teardown(test, reviewing_set_up, reviewing_tear_down)

static const struct CMUnitTest tests[] = {
    in_terminal(shows_page_by_page),
    in_terminal(quits_between_pages),
    in_terminal(follows_the_size),
    in_terminal(shows_side_by_side),
    in_terminal(shows_the_whole),
    in_terminal(accepts_nothing_in_ci),
    in_terminal(shows_colors),
    in_terminal(compares_in_a_terminal),
    in_terminal(shows_that_nothing_happened),
    in_terminal(compares_in_any_width),
};

HARNESS_CMOCKA_MAIN("cli/review_screen", tests)
