/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <dirent.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/file.h"
#include "record/load.h"

int support_make_folder(void **state) {
  const char *parent = getenv("TMPDIR");
  char path[4096];

  (void)snprintf(path, sizeof path, "%s/harness-test-XXXXXX", parent != NULL ? parent : "/tmp");
  if (mkdtemp(path) == NULL)
    return -1;
  *state = strdup(path);
  return *state != NULL ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place) {
  (void)status;
  (void)kind;
  (void)place;
  return remove(path);
}

int support_remove_folder(void **state) {
  int result = nftw(*state, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  free(*state);
  return result;
}

const char *support_path(const char *folder, const char *name) {
  static char places[4][4096];
  static size_t next;
  char *place = places[next++ % 4];

  (void)snprintf(place, sizeof places[0], "%s/%s", folder, name);
  return place;
}

char *support_read(const char *path) {
  harness__buffer_t out = {0};
  int error = harness__file_read(path, &out);

  if (error != 0)
    fail_msg("%s: %s", path, strerror(error));
  return harness__buffer_take(&out);
}

void support_write(const char *path, const char *text) {
  int error = harness__file_write(path, text, strlen(text));

  if (error != 0)
    fail_msg("%s: %s", path, strerror(error));
}

int support_exists(const char *path) {
  return access(path, F_OK) == 0;
}

static int is_listed(const struct dirent *entry) {
  return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

size_t support_count(const char *folder) {
  struct dirent **entries;
  int count = scandir(folder, &entries, is_listed, alphasort);

  assert_in_range(count, 0, 100000);
  for (int i = 0; i < count; i++)
    free(entries[i]);
  free(entries);
  return (size_t)count;
}

harness__transcript_t *support_transcript(const char *lanes, const char *events) {
  harness__buffer_t json = {0};
  harness__transcript_t *transcript;
  char *sentence;

  harness__buffer_printf(&json, "{'format': 'harness-transcript/1', 'lanes': [%s], 'events': [%s]}", lanes,
                         events);
  assert_non_null(json.text);
  for (char *p = json.text; *p != '\0'; p++)
    if (*p == '\'')
      *p = '"';
  transcript = harness__transcript_parse("test", json.text, json.length, &sentence);
  if (transcript == NULL)
    fail_msg("%s", sentence);
  harness__buffer_free(&json);
  return transcript;
}

void support_assert_golden(const char *name, const char *text) {
  const char *path = support_path(TEST_GOLDEN, name);
  char *expected;

  assert_non_null(text);
  if (getenv("SUPPORT_UPDATE_GOLDEN") != NULL)
    support_write(path, text);
  expected = support_read(path);
  if (strcmp(expected, text) != 0)
    fail_msg("%s is\n%s\nbut there is\n%s", path, expected, text);
  free(expected);
}
