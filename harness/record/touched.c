/* SPDX-License-Identifier: MIT */
#include "record/touched.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/text.h"

#define FORMAT "harness-touched/1"

static const char *const ending_names[] = {"passed", "skipped", "failed", "running"};

enum { ENDINGS = sizeof ending_names / sizeof ending_names[0] };

const char *harness__ending_name(harness__ending_t ending) {
  return ending_names[ending];
}

static harness__touch_t *add_touch(harness__record_t *record, char *path) {
  if (path != NULL && record->count == record->capacity) {
    size_t capacity = record->capacity > 0 ? 2 * record->capacity : 4;
    harness__touch_t *touches = realloc(record->touches, capacity * sizeof *touches);

    if (touches == NULL) {
      free(path);
      return NULL;
    }
    record->touches = touches;
    record->capacity = capacity;
  }
  if (path == NULL)
    return NULL;
  record->touches[record->count] = (harness__touch_t){.path = path};
  return &record->touches[record->count++];
}

bool harness__record_touch(harness__record_t *record, const char *path, const char *json, bool *is_other) {
  char digest[HARNESS__DIGEST_SIZE];
  harness__touch_t *touch;

  *is_other = false;
  harness__digest(digest, json, strlen(json));
  for (size_t i = 0; i < record->count; i++)
    if (strcmp(record->touches[i].path, path) == 0) {
      *is_other = strcmp(record->touches[i].digest, digest) != 0;
      return true;
    }
  touch = add_touch(record, strdup(path));
  if (touch == NULL)
    return false;
  memcpy(touch->digest, digest, sizeof digest);
  return true;
}

void harness__record_clear(harness__record_t *record) {
  for (size_t i = 0; i < record->count; i++)
    free(record->touches[i].path);
  free(record->touches);
  free(record->test);
  memset(record, 0, sizeof *record);
}

void harness__records_free(harness__record_t *records, size_t count) {
  for (size_t i = 0; i < count; i++)
    harness__record_clear(&records[i]);
  free(records);
}

/* NULL where a name is no UTF-8, or memory is exhausted. */
static json_t *make_json(const harness__record_t *record) {
  json_t *fixtures = json_array();

  for (size_t i = 0; i < record->count; i++)
    (void)json_array_append_new(fixtures, json_pack("{s:s, s:s}", "path", record->touches[i].path, "digest",
                                                    record->touches[i].digest));
  return json_pack("{s:s, s:s, s:s, s:o}", "format", FORMAT, "test", record->test, "ending",
                   ending_names[record->ending], "fixtures", fixtures);
}

int harness__record_save(const char *folder, const harness__record_t *record) {
  json_t *root = make_json(record);
  char *text = root != NULL ? json_dumps(root, JSON_INDENT(1)) : NULL;
  char digest[HARNESS__DIGEST_SIZE];
  harness__buffer_t path = {0};
  int error = text != NULL ? 0 : ENOMEM;

  harness__digest(digest, record->test, strlen(record->test));
  harness__buffer_printf(&path, "%s/%s.json", folder, strchr(digest, ':') + 1);
  if (path.failed)
    error = ENOMEM;
  if (error == 0)
    error = harness__file_put(path.text, text, strlen(text));
  harness__buffer_free(&path);
  free(text);
  json_decref(root);
  return error;
}

static bool take_fixtures(harness__record_t *record, json_t *fixtures) {
  size_t index;
  json_t *fixture;

  json_array_foreach(fixtures, index, fixture) {
    const char *path;
    const char *digest;
    harness__touch_t *touch;

    if (json_unpack(fixture, "{s:s, s:s !}", "path", &path, "digest", &digest) != 0 ||
        !harness__digest_is_valid(digest))
      return false;
    touch = add_touch(record, strdup(path));
    if (touch == NULL)
      return false;
    memcpy(touch->digest, digest, strlen(digest) + 1);
  }
  return json_is_array(fixtures);
}

static bool take_record(harness__record_t *record, json_t *root) {
  const char *format;
  const char *test;
  const char *ending;
  json_t *fixtures;

  if (json_unpack(root, "{s:s, s:s, s:s, s:o !}", "format", &format, "test", &test, "ending", &ending,
                  "fixtures", &fixtures) != 0 ||
      strcmp(format, FORMAT) != 0)
    return false;
  record->ending = HARNESS__ENDING_PASSED;
  while (strcmp(ending_names[record->ending], ending) != 0)
    if (++record->ending == (harness__ending_t)ENDINGS)
      return false;
  record->test = strdup(test);
  return record->test != NULL && take_fixtures(record, fixtures);
}

static bool load_record(harness__record_t *record, const char *path, harness__buffer_t *sentence) {
  harness__buffer_t file = {0};
  int error = harness__file_read(path, &file);
  json_t *root = error == 0 && file.text != NULL ? json_loadb(file.text, file.length, 0, NULL) : NULL;
  bool taken = root != NULL && take_record(record, root);

  if (error != 0 || !taken)
    harness__text_escape(sentence, path, strlen(path), '\0');
  if (error != 0)
    harness__buffer_printf(sentence, ": %s", strerror(error));
  else if (!taken)
    harness__buffer_string(sentence, " is no record of touched fixtures");
  harness__buffer_free(&file);
  json_decref(root);
  return taken;
}

static int is_record(const struct dirent *entry) {
  size_t length = strlen(entry->d_name);

  return length > 5 && strcmp(entry->d_name + length - 5, ".json") == 0;
}

harness__record_t *harness__records_load(const char *folder, size_t *count, char **sentence) {
  struct dirent **entries = NULL;
  int found = scandir(folder, &entries, is_record, alphasort);
  harness__record_t *records = found >= 0 ? calloc((size_t)found + 1, sizeof *records) : NULL;
  harness__buffer_t text = {0};
  bool good = records != NULL;

  if (found < 0) {
    int error = errno;
    harness__text_escape(&text, folder, strlen(folder), '\0');
    harness__buffer_printf(&text, ": %s", strerror(error));
  }
  for (int i = 0; i < found; i++) {
    harness__buffer_t path = {0};

    harness__buffer_printf(&path, "%s/%s", folder, entries[i]->d_name);
    good = good && !path.failed && load_record(&records[i], path.text, &text);
    harness__buffer_free(&path);
    free(entries[i]);
  }
  free(entries);
  *count = found > 0 ? (size_t)found : 0;
  if (!good && records != NULL) {
    harness__records_free(records, *count);
    records = NULL;
  }
  if (!good)
    *count = 0;
  *sentence = good ? NULL : harness__buffer_take(&text);
  if (good)
    harness__buffer_free(&text);
  return records;
}

/* A folder that is not there yet has no real path: the working directory makes it absolute. */
static void add_folder(harness__buffer_t *out, const char *folder) {
  char *real = realpath(folder, NULL);
  char *here = real == NULL && folder[0] != '/' ? realpath(".", NULL) : NULL;

  if (here != NULL) {
    harness__buffer_string(out, here);
    harness__buffer_char(out, '/');
  }
  harness__buffer_string(out, real != NULL ? real : folder);
  free(here);
  free(real);
}

/* JSON has no bytes that are no UTF-8. */
char *harness__touched_path(const char *path) {
  const char *slash = strrchr(path, '/');
  char *folder = slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
  harness__buffer_t whole = {0};
  harness__buffer_t escaped = {0};

  if (folder == NULL)
    return NULL;
  add_folder(&whole, folder);
  harness__buffer_char(&whole, '/');
  harness__buffer_string(&whole, slash == NULL ? path : slash + 1);
  free(folder);
  if (whole.failed || harness__text_is_readable(whole.text, whole.length))
    return harness__buffer_take(&whole);
  harness__buffer_string(&escaped, "bytes:");
  harness__text_escape(&escaped, whole.text, whole.length, '"');
  harness__buffer_free(&whole);
  return harness__buffer_take(&escaped);
}
