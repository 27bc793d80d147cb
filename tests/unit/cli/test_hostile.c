/* SPDX-License-Identifier: MIT */
/* Whatever stands in fixtures and in the names of their files, no command prints what a terminal would obey.
 */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "process.h"
#include "pty.h"
#include "record/touched.h"
#include "support.h"
#include "xml.h"

/* A title and a colour as C0 and as C1 have them, a line that overwrites itself, text that runs backwards,
 * what is not seen at all, and bytes that are no text. */
#define HOSTILE                                                                                              \
  "\033]0;t\007\033[31m\302\23331m\r\b\x7f\t\342\200\256\342\201\246\342\200\213\357\273\277\342\200\250"
/* The same in JSON, with what means something to a browser. */
#define IN_JSON                                                                                              \
  "\\u001b]0;t\\u0007\\u001b[31m\\u009b31m\\r\\b\\u007f\\t\\u202e\\u2066\\u200b\\ufeff\\u2028"               \
  "</title></svg><script>alert(1)</script>\\\" onload='x' ]]> --> &#27; javascript:x"

#define QUOTED "\"" IN_JSON "\""
#define HEAD(lane) "{\"format\": \"harness-transcript/1\", \"lanes\": [\"" lane "\"], \"events\": ["
#define EVENT(what) "{\"lane\": " QUOTED ", \"event\": " what "}"

/* One event of each kind with such text wherever it may stand. */
#define ENDS EVENT("\"eof\", \"to\": " QUOTED) ", " EVENT("\"reset\", \"from\": " QUOTED)
#define PEERS EVENT("\"connect\", \"to\": " QUOTED) ", " EVENT("\"accept\", \"from\": " QUOTED)
#define BYTES EVENT("\"receive\", \"from\": " QUOTED ", \"data\": {\"hex\": \"1b5b33316d9b\"}")
#define PATTERN EVENT("\"send\", \"data\": {\"regex\": " QUOTED "}")
#define TEXTS(more)                                                                                          \
  EVENT("\"send\", \"data\": \"" IN_JSON more "\"") ", " EVENT("\"log\", \"text\": \"" IN_JSON more "\"")
#define TRANSCRIPT(more)                                                                                     \
  HEAD(IN_JSON)                                                                                              \
  PEERS ", " TEXTS(more) ", " BYTES ", " PATTERN ", " ENDS ", " EVENT("\"error\", \"code\": " QUOTED) "]}"

/* What ctest prints of one test that keeps records. */
#define TESTS(name)                                                                                          \
  "{\"tests\": [{\"name\": \"" name                                                                          \
  "\", \"properties\": [{\"name\": \"ENVIRONMENT\", \"value\": [\"HARNESS_TEST=a\"]}]}]}"

static const char file[] = "a" HOSTILE "\xff.json";
static const char other[] = "b" HOSTILE "\xff.json";
static const char pending[] = "a" HOSTILE "\xff.new.json";
static const char below[] = "a" HOSTILE "\xff.json/x"; /* a file, as if it were a folder */

static pty_t pty;

static int set_up(void **state) {
  int failed = support_make_folder(state);

  (void)unsetenv("CI");
  support_write(support_path(*state, file), TRANSCRIPT(""));
  support_write(support_path(*state, other), TRANSCRIPT("!"));
  support_write(support_path(*state, pending), TRANSCRIPT("?"));
  return failed != 0 || chdir(*state) != 0;
}

static int tear_down(void **state) {
  process_kill_left();
  pty_close(&pty);
  return chdir("/") != 0 || support_remove_folder(state) != 0;
}

static void assert_harmless(const char *const *argv, const char *text) {
  for (const char *line = text; *line != '\0';) {
    size_t size = strcspn(line, "\n");

    if (!harness__text_is_readable(line, size) || memchr(line, '\t', size) != NULL ||
        memchr(line, '\r', size) != NULL)
      fail_msg("harness %s %s: %.*s", argv[1], argv[2], (int)size, line);
    line += size + (line[size] == '\n');
  }
}

/* Runs the command, to whose arguments NULL is an end; what it prints must be harmless. Returns its standard
 * output, which the caller frees. */
static char *run(int code, const char *const *arguments) {
  const char *argv[12] = {TEST_COMMAND};
  process_t process;
  char *out;
  int got;

  for (size_t i = 0; arguments[i] != NULL; i++) {
    assert_in_range(i, 0, 9);
    argv[i + 1] = arguments[i];
  }
  process_start(&process, argv);
  got = process_wait(&process);
  assert_harmless(argv, process.out.text != NULL ? process.out.text : "");
  assert_harmless(argv, process.err.text != NULL ? process.err.text : "");
  if (got != code)
    fail_msg("harness %s %s: %d, %s", argv[1], argv[2], got,
             process.err.text != NULL ? process.err.text : "");
  out = strdup(process.out.text != NULL ? process.out.text : "");
  process_free(&process);
  assert_non_null(out);
  return out;
}

#define RUN(code, ...) run(code, (const char *const[]){__VA_ARGS__, NULL})

static void shows_and_compares(void **state) {
  (void)state;
  free(RUN(0, "show", file));
  free(RUN(0, "show", "--style", "lanes", file));
  free(RUN(2, "show", "--lane", HOSTILE, file));
  free(RUN(1, "diff", "--color", "never", file, other));
  free(RUN(1, "diff", "--side-by-side", "--width", "40", file, other));
  free(RUN(0, "check", "."));
  free(RUN(2, "check", HOSTILE));
  free(RUN(2, "show", HOSTILE));
  free(RUN(2, "show", "."));
}

static void draws(void **state) {
  char *mermaid = RUN(0, "render", "--format", "mermaid", file, other);
  char *svg = RUN(0, "render", "--format", "svg", file, other);
  char *html = RUN(0, "render", "--format", "html", file, other);

  (void)state;
  assert_null(mermaid_fault(mermaid));
  assert_null(xml_fault(svg));
  assert_null(xml_fault(html));
  assert_null(strstr(html, "<script"));
  assert_non_null(strstr(html, "&lt;script&gt;"));
  assert_null(strstr(svg, "<script"));
  free(mermaid);
  free(svg);
  free(html);
}

static void exports(void **state) {
  (void)state;
  /* A pattern can't be captured, which is said of the file. */
  free(RUN(2, "export", "-o", "out", file));
  free(RUN(2, "render", "--format", "svg", "-o", below, file));
}

static void reviews(void **state) {
  (void)state;
  free(RUN(1, "review", "--list"));
  free(RUN(0, "review", "--accept"));
  support_write(support_path(*state, pending), "\033[31m");
  free(RUN(2, "review", "--accept"));
  free(RUN(0, "review", "--reject"));
}

/* The sentences of `harness check`, for what quotes a fixture in each way that there is. */
static void refuses(void **state) {
  static const char *const texts[] = {
      "\033[31m",
      HOSTILE,
      "{\"\033[31m",
      "{\"format\": \"" IN_JSON "\"}",
      "{\"format\": \"harness-transcript/1\", \"" IN_JSON "\": 1}",
      "{\"format\": \"harness-transcript/1\", \"lanes\": [\"" IN_JSON "\", \"" IN_JSON "\"], \"events\": []}",
      HEAD(IN_JSON) "]}",
      HEAD("a") EVENT("\"close\"") "]}",
      HEAD(IN_JSON) EVENT("\"" IN_JSON "\"") "]}",
      HEAD(IN_JSON) EVENT("\"close\", \"" IN_JSON "\": 1") "]}",
      HEAD(IN_JSON) EVENT("\"send\", \"data\": {\"" IN_JSON "\": 1}") "]}",
      HEAD(IN_JSON) EVENT("\"send\", \"data\": {\"hex\": \"" IN_JSON "\"}") "]}",
      HEAD(IN_JSON) EVENT("\"send\", \"data\": {\"regex\": \"(" IN_JSON "\"}") "]}",
      HEAD(IN_JSON) EVENT("\"send\", \"data\": {\"bytes\": 1, \"digest\": \"" IN_JSON "\"}") "]}",
  };

  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    char *out;
    support_write(support_path(*state, other), texts[i]);
    out = RUN(1, "check", other);
    assert_non_null(strstr(out, "b\\x1b]0;t\\x07"));
    free(out);
    free(RUN(2, "show", other));
  }
}

static void tells_trouble_with_lists_of_tests(void **state) {
  static const char tests_path[] = HOSTILE ".json";

  support_write(support_path(*state, "touched/.keep"), "");
  support_write(support_path(*state, tests_path), "[]");
  free(RUN(2, "orphans", "--touched", "touched", "--tests", tests_path, "."));
  support_write(support_path(*state, tests_path), "{\"tests\": []}");
  free(RUN(2, "orphans", "--touched", "touched", "--tests", tests_path, "."));
}

static void tells_trouble_with_records(void **state) {
  support_write(support_path(*state, "touched/.keep"), "");
  support_write(support_path(*state, "tests.json"), TESTS(IN_JSON));
  free(RUN(2, "orphans", "--touched", "touched", "--tests", "tests.json", "."));
  support_write(support_path(*state, "tests.json"), "{\"\033[31m");
  free(RUN(2, "orphans", "--touched", "touched", "--tests", "tests.json", "."));
  support_write(support_path(*state, "touched/" HOSTILE ".json"), "{");
  free(RUN(2, "orphans", "--touched", "touched", "--tests", "tests.json", "."));
  free(RUN(2, "orphans", "--touched", HOSTILE, "--tests", "tests.json", "."));
}

/* To other programs a path is what it is, to a person it is shown. */
static void lists_orphans_for_people(void **state) {
  const char *const argv[] = {TEST_COMMAND, "orphans",    "--touched", "touched",
                              "--tests",    "tests.json", ".",         NULL};
  harness__record_t record = {.test = strdup("a"), .ending = HARNESS__ENDING_PASSED};
  process_t process;

  support_write(support_path(*state, "touched/.keep"), "");
  support_write(support_path(*state, "tests.json"), TESTS("a"));
  assert_int_equal(harness__record_save(support_path(*state, "touched"), &record), 0);
  harness__record_clear(&record);
  process_start(&process, argv);
  assert_int_equal(process_wait(&process), 1);
  assert_non_null(strstr(process.out.text, file));
  process_free(&process);
  pty_open(&pty, 80, 24);
  pty_start(&pty, *state, argv);
  assert_null(strchr(pty_await(&pty, "b\\x1b]0;t\\x07"), '\033'));
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static const struct CMUnitTest tests[] = {
    in_folder(shows_and_compares),
    in_folder(draws),
    in_folder(exports),
    in_folder(reviews),
    in_folder(refuses),
    in_folder(tells_trouble_with_lists_of_tests),
    in_folder(tells_trouble_with_records),
    in_folder(lists_orphans_for_people),
};

HARNESS_CMOCKA_MAIN("cli/hostile", tests)
