/* SPDX-License-Identifier: MIT */
/* Each entry function over its part of the corpus: what was found once is not to come back. */
#include <harness/cmocka.h>

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "fuzz.h"

static char under_way[512];

void fuzz_fail(const char *file, int line, const char *format, ...) {
  char text[4096];
  va_list values;

  va_start(values, format);
  (void)vsnprintf(text, sizeof text, format, values);
  va_end(values);
  fail_msg("%s: %s:%d: %s", under_way, file, line, text);
  abort();
}

static int is_input(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

/* In memory of just that size, so that what reads behind it is seen. */
static void run_file(void (*entry)(const unsigned char *data, size_t size), const char *path) {
  harness__buffer_t file = {0};
  unsigned char *bytes;

  assert_int_equal(harness__file_read(path, &file), 0);
  bytes = malloc(file.length > 0 ? file.length : 1);
  assert_non_null(bytes);
  if (file.length > 0)
    memcpy(bytes, file.text, file.length);
  entry(bytes, file.length);
  free(bytes);
  harness__buffer_free(&file);
}

static void run_all(const char *name, void (*entry)(const unsigned char *data, size_t size)) {
  struct dirent **entries;
  char folder[256];
  int count;

  (void)snprintf(folder, sizeof folder, "%s/%s", FUZZ_CORPUS, name);
  count = scandir(folder, &entries, is_input, alphasort);
  /* So that a moved folder is not a pass. */
  assert_in_range(count, 5, 200);
  for (int i = 0; i < count; i++) {
    (void)snprintf(under_way, sizeof under_way, "%s/%.200s", folder, entries[i]->d_name);
    run_file(entry, under_way);
    free(entries[i]);
  }
  free(entries);
  entry(NULL, 0);
}

static void fixtures(void **state) {
  (void)state;
  run_all("fixture", fuzz_fixture);
}

static void patterns(void **state) {
  (void)state;
  run_all("pattern", fuzz_pattern);
}

static void framers(void **state) {
  (void)state;
  run_all("framer", fuzz_framer);
}

static void chains(void **state) {
  (void)state;
  run_all("chain", fuzz_chain);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(fixtures),
    cmocka_unit_test(patterns),
    cmocka_unit_test(framers),
    cmocka_unit_test(chains),
};

HARNESS_CMOCKA_MAIN("fuzz/corpus", tests)
