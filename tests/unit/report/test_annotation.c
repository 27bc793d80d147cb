/* SPDX-License-Identifier: MIT */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "report/annotation.h"
#include "support.h"

static void assert_annotation(const char *root, const char *file, const char *title, const char *text,
                              const char *expected) {
  char *line = harness__annotation(root, file, 7, title, text);

  assert_string_equal(line, expected);
  free(line);
}

/* A line stays a line, and a property ends where it does, whatever stands in it. */
static void escapes_what_ends_a_command(void **state) {
  (void)state;
  assert_annotation(NULL, "test.c", "a/b", "one\ntwo\n", "::error file=test.c,line=7,title=a/b::one%0Atwo\n");
  assert_annotation(NULL, "100%,a:b\r.c", "x::y,z", "50 %, a::b\r\n\x1b[m\x7f\t.",
                    "::error file=100%25%2Ca%3Ab%0D.c,line=7,title=x%3A%3Ay%2Cz::"
                    "50 %25, a::b%0D%0A\\x1b[m\\x7f\t.\n");
  assert_annotation(NULL, "\033.c", "t", "\xc2\x9b\xe2\x80\xae\xff\xc3\xa4",
                    "::error file=\\x1b.c,line=7,title=t::\\xc2\\x9b\\xe2\\x80\\xae\\xff\xc3\xa4\n");
  assert_annotation(NULL, "a.c", "t", "", "::error file=a.c,line=7,title=t::\n");
  assert_annotation(NULL, "a.c", "t", "\n\n", "::error file=a.c,line=7,title=t::\n");
}

static void tells_files_from_the_root_of_the_repository(void **state) {
  (void)state;
  assert_annotation("/r/repo", "/r/repo/tests/a.c", "t", "x", "::error file=tests/a.c,line=7,title=t::x\n");
  assert_annotation("/r/repo/", "/r/repo/tests/a.c", "t", "x", "::error file=tests/a.c,line=7,title=t::x\n");
  assert_annotation("/r/repo", "/r/repository/a.c", "t", "x",
                    "::error file=/r/repository/a.c,line=7,title=t::x\n");
  assert_annotation("", "/r/a.c", "t", "x", "::error file=/r/a.c,line=7,title=t::x\n");
}

static void is_for_github_only(void **state) {
  char *line;

  (void)state;
  (void)unsetenv("GITHUB_ACTIONS");
  assert_null(harness_annotation("a.c", 1, "t", "x"));
  (void)setenv("GITHUB_ACTIONS", "false", 1);
  assert_null(harness_annotation("a.c", 1, "t", "x"));
  (void)setenv("GITHUB_ACTIONS", "true", 1);
  (void)setenv("GITHUB_WORKSPACE", "/r", 1);
  assert_null(harness_annotation(NULL, 1, "t", "x"));
  assert_null(harness_annotation("a.c", 1, NULL, "x"));
  assert_null(harness_annotation("a.c", 1, "t", NULL));
  line = harness_annotation("/r/a.c", 1, "t", "x");
  assert_string_equal(line, "::error file=a.c,line=1,title=t::x\n");
  free(line);
  (void)unsetenv("GITHUB_ACTIONS");
  (void)unsetenv("GITHUB_WORKSPACE");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(escapes_what_ends_a_command),
    cmocka_unit_test(tells_files_from_the_root_of_the_repository),
    cmocka_unit_test(is_for_github_only),
};

HARNESS_CMOCKA_MAIN("report/annotation", tests)
