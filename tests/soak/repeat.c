/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repeat.h"

enum { DEFAULT_RUNS = 100, SHOWN_DIFFERENCES = 3 };

typedef struct counts {
  unsigned long runs;
  unsigned long different;
  unsigned long failed; /* hangs, deadlocks, wrong replies, what was left open */
} counts_t;

/* The whole file, NUL-terminated, or NULL after saying why. The caller frees it. */
static char *read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  char *text = NULL;
  size_t size = 0;

  if (file != NULL && getdelim(&text, &size, '\0', file) < 0) {
    free(text);
    text = NULL;
  }
  if (text == NULL)
    fprintf(stderr, "soak: %s: %s\n", path, strerror(errno));
  if (file != NULL)
    fclose(file);
  return text;
}

static char *read_fixture(const char *folder, const char *name) {
  char path[4096];
  int length = snprintf(path, sizeof path, "%s/%s.json", folder, name);

  if (length < 0 || (size_t)length >= sizeof path) {
    fprintf(stderr, "soak: the path of %s is too long\n", name);
    return NULL;
  }
  return read_file(path);
}

static void say(const counts_t *counts, const char *name, const char *what, const char *text) {
  if (counts->different + counts->failed <= SHOWN_DIFFERENCES)
    fprintf(stderr, "soak: %s, run %lu: %s: %s\n", name, counts->runs, what, text);
}

/* Both comparisons: the bytes of the file, and the check that tests use. */
static void compare(harness_t *h, const repeat_case_t *what, const char *expected, counts_t *counts) {
  char *json = harness_transcript_json(h);
  harness_check_result_t result;

  if (json == NULL) {
    counts->failed++;
    say(counts, what->name, "no transcript", harness_error(h));
    return;
  }
  result = harness_check_transcript(h, what->fixture);
  if (strcmp(json, expected) != 0 || result != HARNESS_CHECK_SAME) {
    counts->different++;
    say(counts, what->name, "differs", result != HARNESS_CHECK_SAME ? harness_error(h) : json);
  }
  free(json);
}

static void run_once(const repeat_t *repeat, const repeat_case_t *what, const char *expected,
                     counts_t *counts) {
  harness_options_t options = {.delivery = what->delivery, .fixtures = repeat->fixtures};
  harness_t *h = harness_open(&options);
  const char *wrong = h != NULL ? what->run(h, what->what) : harness_error(NULL);

  counts->runs++;
  if (wrong != NULL) {
    counts->failed++;
    say(counts, what->name, "failed", wrong);
    harness_close(h);
    return;
  }
  compare(h, what, expected, counts);
  if (harness_close(h) != 0) {
    counts->failed++;
    say(counts, what->name, "not tidy", "something was left open");
  }
}

int repeat_run(const repeat_t *repeat, const repeat_case_t *what) {
  counts_t counts = {0};
  char *expected;

  if (repeat->only != NULL && strstr(what->name, repeat->only) == NULL)
    return 1;
  expected = read_fixture(repeat->fixtures, what->fixture);
  if (expected == NULL)
    return 0;
  while (counts.runs < repeat->runs)
    run_once(repeat, what, expected, &counts);
  free(expected);
  printf("%-28s %8lu runs %8lu differing %8lu hangs or errors\n", what->name, counts.runs, counts.different,
         counts.failed);
  fflush(stdout);
  return counts.different == 0 && counts.failed == 0;
}

static int usage(const char *program) {
  fprintf(stderr,
          "usage: %s [--fixtures DIR] [--only TEXT] [RUNS]\n"
          "Runs every conversation (or those with TEXT in their names) RUNS times (%d) and compares each\n"
          "transcript with its fixture.\n",
          program, DEFAULT_RUNS);
  return 0;
}

int repeat_begin(repeat_t *repeat, int argc, char **argv) {
  static const struct option options[] = {
      {"fixtures", required_argument, NULL, 'f'}, {"only", required_argument, NULL, 'o'}, {NULL, 0, NULL, 0}};
  int option;
  char *end;

  *repeat = (repeat_t){.fixtures = getenv("HARNESS_FIXTURES_DIR"), .runs = DEFAULT_RUNS};
  if (repeat->fixtures == NULL || *repeat->fixtures == '\0')
    repeat->fixtures = HARNESS_SOAK_FIXTURES;
  while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
    if (option == 'f')
      repeat->fixtures = optarg;
    else if (option == 'o')
      repeat->only = optarg;
    else
      return usage(argv[0]);
  }
  if (optind < argc) {
    repeat->runs = strtoul(argv[optind], &end, 10);
    if (*end != '\0' || repeat->runs == 0)
      return usage(argv[0]);
  }
  setenv("HARNESS_FIXTURES", "check", 1);
  return argc - optind <= 1 || usage(argv[0]);
}
