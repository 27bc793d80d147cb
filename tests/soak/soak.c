/* SPDX-License-Identifier: MIT */
/*
 * Repeats every scenario, each time in a fresh harness, and compares each transcript byte for byte with its
 * fixture. Counts what differs and what fails; neither may ever happen, under whatever load.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios.h"

enum { DEFAULT_RUNS = 100, SHOWN_DIFFERENCES = 3 };

typedef struct counts {
  unsigned long runs;
  unsigned long different;
  unsigned long failed; /* hangs, deadlocks, wrong replies, what was left open */
} counts_t;

typedef struct soak {
  const char *fixtures;
  unsigned long runs;
} soak_t;

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

static const char *sentence(const harness_t *h) {
  const char *text = harness_error(h);

  return text != NULL ? text : "the programs did not get the reply they expect";
}

static void say(const counts_t *counts, const char *name, const char *what, const char *text) {
  if (counts->different + counts->failed <= SHOWN_DIFFERENCES)
    fprintf(stderr, "soak: %s, run %lu: %s: %s\n", name, counts->runs, what, text);
}

/* Both comparisons: the bytes of the file, and the check that tests use. */
static void compare(harness_t *h, const harness_echo_scenario_t *scenario, const char *expected,
                    counts_t *counts) {
  char *json = harness_transcript_json(h);
  harness_check_result_t result;

  if (json == NULL) {
    counts->failed++;
    say(counts, scenario->name, "no transcript", sentence(h));
    return;
  }
  result = harness_check_transcript(h, scenario->fixture);
  if (strcmp(json, expected) != 0 || result != HARNESS_CHECK_SAME) {
    counts->different++;
    say(counts, scenario->name, "differs", result != HARNESS_CHECK_SAME ? sentence(h) : json);
  }
  free(json);
}

static void run_once(const soak_t *soak, const harness_echo_scenario_t *scenario, const char *expected,
                     counts_t *counts) {
  harness_echo_scenario_state_t state = {0};
  harness_options_t options = {.delivery = scenario->delivery, .fixtures = soak->fixtures};
  harness_t *h = harness_open(&options);
  int left;

  counts->runs++;
  if (h == NULL || scenario->run(h, &state) != 0) {
    counts->failed++;
    say(counts, scenario->name, "failed", sentence(h));
    harness_close(h);
    return;
  }
  compare(h, scenario, expected, counts);
  left = harness_close(h);
  if (left != 0) {
    counts->failed++;
    say(counts, scenario->name, "not tidy", "something was left open");
  }
}

/* Returns whether every run was as the fixture says. */
static int repeat(const soak_t *soak, const harness_echo_scenario_t *scenario) {
  counts_t counts = {0};
  char *expected = read_fixture(soak->fixtures, scenario->fixture);

  if (expected == NULL)
    return 0;
  while (counts.runs < soak->runs)
    run_once(soak, scenario, expected, &counts);
  free(expected);
  printf("%-4s %8lu runs %8lu differing %8lu hangs or errors\n", scenario->name, counts.runs,
         counts.different, counts.failed);
  fflush(stdout);
  return counts.different == 0 && counts.failed == 0;
}

static int usage(void) {
  fprintf(stderr,
          "usage: harness_soak [--fixtures DIR] [RUNS]\n"
          "Runs every scenario RUNS times (%d) and compares each transcript with its fixture.\n",
          DEFAULT_RUNS);
  return 2;
}

/* Returns whether the arguments make sense. */
static int read_arguments(soak_t *soak, int argc, char **argv) {
  static const struct option options[] = {{"fixtures", required_argument, NULL, 'f'}, {NULL, 0, NULL, 0}};
  int option;
  char *end;

  while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
    if (option != 'f')
      return 0;
    soak->fixtures = optarg;
  }
  if (optind < argc) {
    soak->runs = strtoul(argv[optind], &end, 10);
    if (*end != '\0' || soak->runs == 0)
      return 0;
  }
  return argc - optind <= 1;
}

int main(int argc, char **argv) {
  size_t count;
  const harness_echo_scenario_t *scenarios = harness_echo_scenarios(&count);
  soak_t soak = {.fixtures = getenv("HARNESS_FIXTURES_DIR"), .runs = DEFAULT_RUNS};
  int same = 1;

  if (soak.fixtures == NULL || *soak.fixtures == '\0')
    soak.fixtures = HARNESS_SOAK_FIXTURES;
  if (!read_arguments(&soak, argc, argv))
    return usage();
  setenv("HARNESS_FIXTURES", "check", 1);
  for (size_t i = 0; i < count; i++)
    same &= repeat(&soak, &scenarios[i]);
  return same ? 0 : 1;
}
