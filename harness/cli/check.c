/* SPDX-License-Identifier: MIT */
/* harness check: files and trees against the loader, as strict as in a test. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/folder.h"
#include "base/text.h"
#include "cli/commands.h"
#include "record/load.h"

static const char usage[] =
    "usage: harness check [--quiet] PATH...\n"
    "\n"
    "Reads fixtures as strictly as a test does, and tells what is wrong with each\n"
    "that is not valid. PATH is a file, or a folder: then all *.json below it, also\n"
    "proposals (*.new.json), but for *.schema.json and what begins with a dot. In a\n"
    "folder two names that differ by case only are wrong, too: not every file system\n"
    "tells them apart.\n"
    "\n"
    "  -q, --quiet  no line that says how many are valid\n"
    "  --help       this text\n"
    "  --version    the version of the library\n"
    "\n"
    "Exit status: 0 all are valid, 1 some are not, 2 trouble.\n";

typedef struct check {
  harness__buffer_t out;
  size_t checked;
  size_t wrong;
} check_t;

static bool ends_in(const char *text, const char *ending) {
  size_t length = strlen(text);
  size_t size = strlen(ending);

  return length >= size && strcmp(text + length - size, ending) == 0;
}

static void check_file(check_t *check, const char *path) {
  char *sentence = NULL;
  harness__transcript_t *transcript = harness__transcript_load(path, NULL, &sentence);

  check->checked++;
  if (transcript == NULL) {
    check->wrong++;
    if (sentence != NULL)
      harness__buffer_printf(&check->out, "%s\n", sentence);
    else
      check->out.failed = true;
  }
  free(sentence);
  harness__transcript_free(transcript);
}

static int by_case(const void *a, const void *b) {
  return strcasecmp(*(char *const *)a, *(char *const *)b);
}

static bool find_twins(check_t *check, const harness__files_t *files) {
  char **sorted = calloc(files->count + 1, sizeof *sorted);

  if (sorted == NULL)
    return false;
  for (size_t i = 0; i < files->count; i++)
    sorted[i] = files->list[i];
  qsort(sorted, files->count, sizeof *sorted, by_case);
  for (size_t i = 1; i < files->count; i++)
    if (ends_in(sorted[i], ".json") && strcasecmp(sorted[i - 1], sorted[i]) == 0) {
      harness__text_escape(&check->out, sorted[i - 1], strlen(sorted[i - 1]), '\0');
      harness__buffer_string(&check->out, " and ");
      harness__text_escape(&check->out, sorted[i], strlen(sorted[i]), '\0');
      harness__buffer_string(&check->out, " differ by case only\n");
      check->wrong++;
    }
  free(sorted);
  return true;
}

/* A path that was given is checked whatever it is called; below it, what has the name of a fixture. */
static bool check_path(check_t *check, const char *path) {
  harness__files_t files = {0};
  char *trouble;
  int error = harness__files_add(&files, path, &trouble);
  bool good = error == 0;

  if (!good)
    harness__cli_complain(trouble != NULL ? trouble : path, strerror(error));
  for (size_t i = 0; good && i < files.count; i++)
    if (strcmp(files.list[i], path) == 0 ||
        (ends_in(files.list[i], ".json") && !ends_in(files.list[i], ".schema.json")))
      check_file(check, files.list[i]);
  if (good && !find_twins(check, &files))
    check->out.failed = true;
  free(trouble);
  harness__files_free(&files);
  return good;
}

static bool take_option(void *arg, int option, char *value) {
  (void)option;
  (void)value;
  *(bool *)arg = true;
  return true;
}

/* -1 to go on, else the exit code. */
static int read_options(int argc, char **argv, bool *quiet) {
  static const struct option names[] = {{"quiet", no_argument, NULL, 'q'},
                                        {"help", no_argument, NULL, 'h'},
                                        {"version", no_argument, NULL, 'V'},
                                        {NULL, 0, NULL, 0}};
  static const harness__cli_options_t options = {"qh", names, usage, take_option};
  int code = harness__cli_options(argc, argv, &options, quiet);

  if (code >= 0 || optind < argc)
    return code;
  (void)fprintf(stderr, "harness check: a file or folder is missing\n%s", usage);
  return HARNESS__CLI_TROUBLE;
}

int harness__cli_check(int argc, char **argv) {
  check_t check = {0};
  bool quiet = false;
  bool good = true;
  int code = read_options(argc, argv, &quiet);

  if (code >= 0)
    return code;
  for (int i = optind; i < argc; i++)
    good = check_path(&check, argv[i]) && good;
  if (check.wrong == 0 && good && !quiet)
    harness__buffer_printf(&check.out, "%zu fixture%s, all valid\n", check.checked,
                           check.checked == 1 ? "" : "s");
  harness__buffer_string(&check.out, "");
  code = harness__cli_print(harness__buffer_take(&check.out),
                            check.wrong > 0 ? HARNESS__CLI_DIFFERENT : HARNESS__CLI_SAME);
  return good ? code : HARNESS__CLI_TROUBLE;
}
