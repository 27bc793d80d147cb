/* SPDX-License-Identifier: MIT */
/*
 * Assertions from anywhere: {kinds} × {places}. Each test here is a place: it runs the child there, with all
 * kinds, and looks at its exit code and, for each kind, at the message, the file and the line that are
 * printed between its name and the next, at how it ended, and that the test after it passed. docs/failures.md
 * has the table.
 */
#include <harness/cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "kinds.h"
#include "places.h"

enum { OUTPUT_MOST = 1 << 20 };

static char output[OUTPUT_MOST];

static int run_child(const char *place, const char *main_loop) {
  char command[8192];
  size_t length;
  FILE *pipe;
  int status;

  (void)snprintf(command, sizeof command,
                 "unset GITHUB_ACTIONS HARNESS_TEST; HARNESS_FIXTURES=check exec %s '%s' %s %s 2>&1",
                 LAUNCHER, CHILD, place, main_loop);
  pipe = popen(command, "r"); /* NOLINT(bugprone-command-processor,cert-env33-c): the test's own words */
  assert_non_null(pipe);
  length = fread(output, 1, sizeof output - 1, pipe);
  output[length] = '\0';
  status = pclose(pipe);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What is printed from the start of one test to the start of the next, as a text of its own; the caller frees
 * it. NULL where that test did not run. */
static char *part_of(const char *name) {
  char start[128];
  const char *at;
  const char *end;

  (void)snprintf(start, sizeof start, "[ RUN      ] %s\n", name);
  at = strstr(output, start);
  if (at == NULL)
    return NULL;
  end = strstr(at + 1, "[ RUN      ] ");
  if (end == NULL)
    end = strstr(at, "[==========] ");
  return end != NULL ? strndup(at, (size_t)(end - at)) : strdup(at);
}

static size_t times(const char *text, const char *words) {
  size_t count = 0;

  for (const char *at = strstr(text, words); at != NULL; at = strstr(at + 1, words))
    count++;
  return count;
}

/* Whether one test was told as it should be; else says what is missing. */
static bool is_told(const char *name, const char *words, size_t count) {
  char *part = part_of(name);
  bool told = part != NULL && times(part, words) == count;

  if (!told)
    print_error("'%s' is not %zu times in\n%s\n", words, count, part != NULL ? part : name);
  free(part);
  return told;
}

/* Whether its words stand behind the file and the line. */
static bool is_placed(const kind_t *kind) {
  return kind->says != NULL && strncmp(kind->says, "error: ", strlen("error: ")) == 0;
}

static bool is_kind_told(const kind_t *kind) {
  static const char *const endings[] = {"[       OK ] %s\n", "[  FAILED  ] %s\n", "[  SKIPPED ] %s\n"};
  char words[256];
  bool told = true;

  (void)snprintf(words, sizeof words, endings[kind->ending], kind->name);
  told = is_told(kind->name, words, 1);
  if (is_placed(kind))
    (void)snprintf(words, sizeof words, "kinds.c:%d: %s", kind->line, kind->says);
  else
    (void)snprintf(words, sizeof words, "%s", kind->says != NULL ? kind->says : "");
  if (words[0] != '\0')
    told = is_told(kind->name, words, 1) && told;
  (void)snprintf(words, sizeof words, "kinds.c:%d: error: Failure!\n", kind->line);
  if (kind->ending == FAILS && kind->line != 0 && !is_placed(kind))
    told = is_told(kind->name, words, 1) && told;
  told = is_told(kind->name, "teardown failed", 0) && is_told(kind->name, "still open", 0) && told;
  (void)snprintf(words, sizeof words, "after %s", kind->name);
  return is_told(words, "[       OK ] ", 1) && told;
}

static void assert_every_kind_is_told(const char *place, const char *main_loop) {
  int code = run_child(place, main_loop);
  size_t untold = 0;

  if (code != 1)
    print_error("%s\n", output);
  assert_int_equal(code, 1);
  for (size_t i = 0; i < kind_count; i++)
    untold += !is_kind_told(&kinds[i]);
  assert_int_equal(untold, 0);
}

static void every_kind_is_told(void **state) {
  const place_t *place = *state;

  assert_every_kind_is_told(place->name, "");
}

/* A program whose main calls cmocka_run_group_tests itself. Under a launcher, which is slow, one place will
 * do: which place it is makes no difference to what is looked for there. */
static void under_another_main(void **state) {
  static const char *const names[] = {"call", "coroutine", "thread", "thread_joined"};
  size_t count = sizeof LAUNCHER > 1 ? 1 : sizeof names / sizeof names[0];

  (void)state;
  for (size_t i = 0; i < count; i++)
    assert_every_kind_is_told(names[i], "cmocka");
}

/* The table of the page, as the arrays have it: a line a place, a column a group of kinds, how many kinds of
 * it are tested there. */
static char *table(void) {
  static char text[16384];
  size_t length = 0;

#define ADD(...) length += (size_t)snprintf(text + length, sizeof text - length, __VA_ARGS__)
  ADD("| place |");
  for (size_t i = 0; i < kind_count; i++)
    if (i == 0 || strcmp(kinds[i].group, kinds[i - 1].group) != 0)
      ADD(" %s |", kinds[i].group);
  ADD("\n|---|");
  for (size_t i = 0; i < kind_count; i++)
    if (i == 0 || strcmp(kinds[i].group, kinds[i - 1].group) != 0)
      ADD("---|");
  for (size_t p = 0; p < place_count; p++) {
    size_t count = 0;

    ADD("\n| %s |", places[p].what);
    for (size_t i = 0; i < kind_count; i++) {
      count++;
      if (i + 1 == kind_count || strcmp(kinds[i].group, kinds[i + 1].group) != 0) {
        ADD(" %zu |", count);
        count = 0;
      }
    }
  }
  ADD("\n\n");
#undef ADD
  assert_true(length < sizeof text);
  return text;
}

static void the_page_has_the_table(void **state) {
  FILE *file = fopen(PAGE, "r");
  size_t length;

  (void)state;
  assert_non_null(file);
  length = fread(output, 1, sizeof output - 1, file);
  output[length] = '\0';
  (void)fclose(file);
  if (strstr(output, table()) == NULL)
    fail_msg("docs/failures.md lacks this table:\n%s", table());
}

int main(int argc, char **argv) {
  static struct CMUnitTest tests[64] = {
      cmocka_unit_test(the_page_has_the_table),
      cmocka_unit_test(under_another_main),
  };
  size_t count = 2;

  for (size_t i = 0; i < place_count; i++)
    tests[count++] =
        (struct CMUnitTest){places[i].name, every_kind_is_told, NULL, NULL, (void *)(uintptr_t)&places[i]};
  return harness_cmocka_main(argc, argv, "assertions", tests, count);
}
