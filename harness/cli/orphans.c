/* SPDX-License-Identifier: MIT */
/*
 * harness orphans: what exists less what any test touched. The answer is right only for a whole run, so the
 * tests that ctest knows are held against the records that processes left; a test that was left out, skipped,
 * failed or crashed might have needed anything.
 *
 * ctest prints its tests with their properties. One that keeps records is known by HARNESS_TEST in its
 * environment, where harness_discover_tests puts it; others can't be expected to report.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/folder.h"
#include "base/names.h"
#include "base/text.h"
#include "cli/commands.h"
#include "record/touched.h"

static const char usage[] =
    "usage: harness orphans --tests FILE [--touched FOLDER] [--except PATH]...\n"
    "                       FOLDER...\n"
    "\n"
    "Prints the fixtures below each FOLDER that no test checked in a whole run, one a\n"
    "line; also what a process that was killed while it wrote one has left\n"
    "(CASE.json.XXXXXX). Proposals (*.new.json), *.schema.json and what begins with a\n"
    "dot are no fixtures. Before:\n"
    "\n"
    "  export HARNESS_TOUCHED=$(mktemp -d)\n"
    "  ctest --test-dir build\n"
    "  ctest --test-dir build --show-only=json-v1 >tests.json\n"
    "  harness orphans --tests tests.json fixtures\n"
    "\n"
    "Where a test was left out, skipped, has failed or crashed, nothing is called\n"
    "unused.\n"
    "\n"
    "  -t, --tests FILE      the tests of the run, as ctest --show-only=json-v1\n"
    "                        prints them; - for standard input\n"
    "  -f, --touched FOLDER  where the tests left their records; default:\n"
    "                        HARNESS_TOUCHED\n"
    "  -x, --except PATH     a file or folder that is none of the fixtures\n"
    "  --help                this text\n"
    "  --version             the version of the library\n"
    "\n"
    "Exit status: 0 every fixture is used, 1 some are not, 2 trouble, or the run was\n"
    "not a whole one.\n";

enum { MOST_NAMED = 5 };

typedef struct search {
  const char *tests;
  const char *touched;
  const char **except;
  size_t except_count;
  harness__record_t *records;
  size_t record_count;
  harness__names_t used; /* paths */
  harness__buffer_t out;
  size_t unused;
} search_t;

static bool no_memory(void) {
  (void)fputs("harness: memory is exhausted\n", stderr);
  return false;
}

/* Whether a test of ctest's list keeps records. */
static bool keeps_records(json_t *test) {
  json_t *properties = json_object_get(test, "properties");
  json_t *property;
  json_t *value;
  size_t i;
  size_t j;

  json_array_foreach(properties, i, property) {
    const char *name = json_string_value(json_object_get(property, "name"));

    if (name == NULL || strcmp(name, "ENVIRONMENT") != 0)
      continue;
    json_array_foreach(json_object_get(property, "value"), j, value) {
      const char *text = json_string_value(value);

      if (text != NULL && strncmp(text, "HARNESS_TEST=", strlen("HARNESS_TEST=")) == 0)
        return true;
    }
  }
  return false;
}

static const harness__record_t *find_record(const search_t *search, const char *test) {
  for (size_t i = 0; i < search->record_count; i++)
    if (strcmp(search->records[i].test, test) == 0)
      return &search->records[i];
  return NULL;
}

/* Of the tests that can't tell what they need, the first few by name. */
typedef struct absent {
  harness__buffer_t names;
  size_t count;
} absent_t;

static void note_absent(absent_t *absent, const char *test, const harness__record_t *record) {
  static const char *const how[] = {"", "was skipped", "failed", "did not come to its end"};

  if (absent->count++ < MOST_NAMED) {
    harness__buffer_string(&absent->names, "  ");
    harness__text_escape(&absent->names, test, strlen(test), '\0');
    harness__buffer_printf(&absent->names, " %s\n", record != NULL ? how[record->ending] : "did not run");
  }
}

static const char *name_of_tests(const search_t *search) {
  return strcmp(search->tests, "-") == 0 ? "standard input" : search->tests;
}

static bool is_complete(const search_t *search, json_t *tests) {
  absent_t absent = {0};
  size_t expected = 0;
  json_t *test;
  size_t i;

  json_array_foreach(tests, i, test) {
    const char *name = json_string_value(json_object_get(test, "name"));
    const harness__record_t *record;

    if (name == NULL || !keeps_records(test))
      continue;
    expected++;
    record = find_record(search, name);
    if (record == NULL || record->ending != HARNESS__ENDING_PASSED)
      note_absent(&absent, name, record);
  }
  if (expected == 0)
    harness__cli_complain(name_of_tests(search), "there is no test of harness_discover_tests in it");
  if (absent.count > 0)
    (void)fprintf(
        stderr,
        "harness orphans: nothing can be called unused, since %zu of %zu tests did not tell what they "
        "need\n%s%s",
        absent.count, expected, absent.names.text != NULL ? absent.names.text : "",
        absent.count > MOST_NAMED ? "  …\n" : "");
  harness__buffer_free(&absent.names);
  return expected > 0 && absent.count == 0;
}

/* Jansson quotes what it reads. */
static void complain(const char *path, const char *what) {
  harness__buffer_t text = {0};

  harness__text_escape(&text, what, strlen(what), '\0');
  harness__cli_complain(path, text.text != NULL ? text.text : "?");
  harness__buffer_free(&text);
}

static bool load_tests(search_t *search) {
  json_error_t error;
  bool is_standard = strcmp(search->tests, "-") == 0;
  json_t *root = is_standard ? json_loadf(stdin, 0, &error) : json_load_file(search->tests, 0, &error);
  json_t *tests = json_object_get(root, "tests");
  bool complete = false;

  if (root == NULL)
    complain(name_of_tests(search), error.text);
  else if (!json_is_array(tests))
    harness__cli_complain(name_of_tests(search), "this is not what ctest --show-only=json-v1 prints");
  else
    complete = is_complete(search, tests);
  json_decref(root);
  return complete;
}

static bool load_records(search_t *search) {
  char *sentence;

  search->records = harness__records_load(search->touched, &search->record_count, &sentence);
  if (search->records == NULL) {
    (void)fprintf(stderr, "harness: %s\n", sentence != NULL ? sentence : "memory is exhausted");
    free(sentence);
    return false;
  }
  for (size_t i = 0; i < search->record_count; i++)
    for (size_t j = 0; j < search->records[i].count; j++) {
      const char *path = search->records[i].touches[j].path;

      if (!harness__names_has(&search->used, path) && !harness__names_add(&search->used, path))
        return no_memory();
    }
  return true;
}

static bool has_ending(const char *name, size_t length, const char *ending) {
  size_t size = strlen(ending);

  return length > size && memcmp(name + length - size, ending, size) == 0;
}

static bool is_fixture(const char *path) {
  size_t length = strlen(path);

  return has_ending(path, length, ".json") && !has_ending(path, length, ".new.json") &&
         !has_ending(path, length, ".schema.json");
}

/* CASE.json.XXXXXX, as mkstemp makes names. */
static bool is_temporary(const char *path) {
  size_t length = strlen(path);

  return length > 7 && path[length - 7] == '.' && has_ending(path, length - 7, ".json");
}

static bool is_below(const char *path, const char *top) {
  size_t length = strlen(top);

  if (length == 0)
    return false;
  while (length > 0 && top[length - 1] == '/')
    length--;
  return strncmp(path, top, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

/* As it is written, or where it leads: "fixtures/a" is "./fixtures/a", too. */
static bool is_excepted(const search_t *search, const char *path) {
  char *real = realpath(path, NULL);
  bool found = false;

  for (size_t i = 0; i < search->except_count && !found; i++) {
    char *top = realpath(search->except[i], NULL);

    found = is_below(path, search->except[i]) || (real != NULL && top != NULL && is_below(real, top));
    free(top);
  }
  free(real);
  return found;
}

/* Other programs get the path as it is, whatever its bytes; a person at a terminal sees what they are. */
static void add_path(harness__buffer_t *out, const char *path) {
  if (isatty(STDOUT_FILENO) != 0)
    harness__text_escape(out, path, strlen(path), '\0');
  else
    harness__buffer_string(out, path);
  harness__buffer_char(out, '\n');
}

static bool look_at(search_t *search, const char *path) {
  char *known;

  if (is_excepted(search, path) || !(is_fixture(path) || is_temporary(path)))
    return true;
  known = harness__touched_path(path);
  if (known == NULL)
    return no_memory();
  if (!harness__names_has(&search->used, known)) {
    add_path(&search->out, path);
    search->unused++;
  }
  free(known);
  return true;
}

static bool search_folder(search_t *search, const char *folder) {
  harness__files_t files = {0};
  char *trouble;
  int error = harness__files_add(&files, folder, &trouble);
  bool good = error == 0;

  if (!good)
    harness__cli_complain(trouble != NULL ? trouble : folder, strerror(error));
  for (size_t i = 0; good && i < files.count; i++)
    good = look_at(search, files.list[i]);
  free(trouble);
  harness__files_free(&files);
  return good;
}

static bool take_option(void *arg, int option, char *value) {
  search_t *search = arg;

  if (option == 't')
    search->tests = value;
  else if (option == 'f')
    search->touched = value;
  else
    search->except[search->except_count++] = value;
  return true;
}

/* -1 to go on, else the exit code. */
static int read_options(int argc, char **argv, search_t *search) {
  static const struct option names[] = {
      {"tests", required_argument, NULL, 't'},  {"touched", required_argument, NULL, 'f'},
      {"except", required_argument, NULL, 'x'}, {"help", no_argument, NULL, 'h'},
      {"version", no_argument, NULL, 'V'},      {NULL, 0, NULL, 0}};
  static const harness__cli_options_t options = {"t:f:x:h", names, usage, take_option};
  int code = harness__cli_options(argc, argv, &options, search);

  if (code >= 0)
    return code;
  if (search->tests != NULL && search->touched != NULL && search->touched[0] != '\0' && optind < argc)
    return -1;
  (void)fprintf(stderr, "harness orphans: %s\n%s",
                search->tests == NULL ? "--tests is missing"
                : optind == argc      ? "a folder is missing"
                                      : "--touched is missing, and HARNESS_TOUCHED is not set",
                usage);
  return HARNESS__CLI_TROUBLE;
}

static int find_orphans(search_t *search, char **folders) {
  if (!load_records(search) || !load_tests(search))
    return HARNESS__CLI_TROUBLE;
  for (char **folder = folders; *folder != NULL; folder++)
    if (!search_folder(search, *folder))
      return HARNESS__CLI_TROUBLE;
  harness__buffer_string(&search->out, "");
  return harness__cli_print(harness__buffer_take(&search->out),
                            search->unused > 0 ? HARNESS__CLI_DIFFERENT : HARNESS__CLI_SAME);
}

int harness__cli_orphans(int argc, char **argv) {
  search_t search = {.touched = getenv("HARNESS_TOUCHED")};
  int code;

  search.except = calloc((size_t)argc + 1, sizeof *search.except);
  if (search.except == NULL) {
    (void)no_memory();
    return HARNESS__CLI_TROUBLE;
  }
  code = read_options(argc, argv, &search);
  if (code < 0)
    code = find_orphans(&search, argv + optind);
  harness__buffer_free(&search.out);
  harness__names_free(&search.used);
  harness__records_free(search.records, search.record_count);
  free(search.except);
  return code;
}
