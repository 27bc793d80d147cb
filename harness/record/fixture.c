/* SPDX-License-Identifier: MIT */
#include "record/fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/text.h"
#include "record/json.h"

/* CI systems set CI to "true" or "1"; people switch it off with "0", "false" or nothing. */
bool harness__fixture_in_ci(void) {
  const char *value = getenv("CI");
  return value != NULL && *value != '\0' && strcmp(value, "0") != 0 && strcmp(value, "false") != 0;
}

bool harness__fixture_mode(harness__fixture_mode_t *mode, char **sentence) {
  static const char *const names[] = {"check", "new", "update"};
  static const harness__fixture_mode_t in_ci_for[] = {HARNESS__FIXTURES_CHECK, HARNESS__FIXTURES_NEW_IN_CI,
                                                      HARNESS__FIXTURES_UPDATE_IN_CI};
  const char *value = getenv("HARNESS_FIXTURES");
  harness__buffer_t text = {0};
  size_t i = 0;

  *sentence = NULL;
  *mode = HARNESS__FIXTURES_NEW;
  if (value != NULL && *value != '\0') {
    while (i < sizeof names / sizeof names[0] && strcmp(names[i], value) != 0)
      i++;
    if (i == sizeof names / sizeof names[0]) {
      harness__buffer_string(&text, "HARNESS_FIXTURES must be check, new or update, not ");
      harness__text_escape(&text, value, strlen(value), '"');
      *sentence = harness__buffer_take(&text);
      return false;
    }
    *mode = (harness__fixture_mode_t)i;
  }
  if (harness__fixture_in_ci())
    *mode = value == NULL || *value == '\0' ? HARNESS__FIXTURES_CHECK : in_ci_for[*mode];
  return true;
}

static bool ends_in(const char *text, size_t length, const char *ending) {
  size_t size = strlen(ending);

  return length >= size && memcmp(text + length - size, ending, size) == 0;
}

/* What is wrong with a part of a name, or NULL. A backslash is a separator elsewhere; case.new.json is a
 * proposal beside case.json, and what ends in .schema.json describes fixtures. */
static const char *part_trouble(const char *part, size_t length) {
  if (length == 0)
    return "has an empty part";
  if (part[0] == '.')
    return "has a part that begins with a dot";
  for (size_t i = 0; i < length; i++)
    if ((unsigned char)part[i] < 0x20 || part[i] == 0x7f)
      return "has a control character";
  if (memchr(part, '\\', length) != NULL)
    return "has a backslash";
  if (ends_in(part, length, ".new") || ends_in(part, length, ".schema"))
    return "has a part that ends in .new or .schema";
  return harness__text_is_readable(part, length) ? NULL : "is not printable UTF-8";
}

static const char *name_trouble(const char *name) {
  const char *part = name;

  if (*name == '\0')
    return "is empty";
  if (*name == '/')
    return "is an absolute path";
  for (;;) {
    size_t length = strcspn(part, "/");
    const char *trouble = part_trouble(part, length);
    if (trouble != NULL || part[length] == '\0')
      return trouble;
    part += length + 1;
  }
}

char *harness__fixture_path(const char *folder, const char *name, const char *suffix, char **sentence) {
  const char *trouble = name_trouble(name);
  harness__buffer_t path = {0};
  harness__buffer_t text = {0};

  *sentence = NULL;
  if (trouble == NULL) {
    harness__buffer_string(&path, folder);
    harness__buffer_char(&path, '/');
    harness__buffer_string(&path, name);
    harness__buffer_string(&path, suffix);
    return harness__buffer_take(&path);
  }
  harness__buffer_string(&text, "the fixture's name ");
  harness__text_escape(&text, name, strlen(name), '"');
  harness__buffer_printf(&text, " %s; it must be like \"suite/case\" or \"case\"", trouble);
  *sentence = harness__buffer_take(&text);
  return NULL;
}

/* How much of a path exists: the length of its longest part that does. A link that leads nowhere exists. */
static size_t existing_length(char *path) {
  size_t length = strlen(path);
  struct stat status;

  while (length > 0) {
    char kept = path[length];
    bool exists;

    path[length] = '\0';
    exists = lstat(path, &status) == 0;
    path[length] = kept;
    if (exists)
      break;
    while (length > 0 && path[--length] != '/')
      ;
  }
  return length;
}

/* Whether a path, which is that of the folder and more, goes on below it without a link. False, also, where
 * that is not known. */
static bool has_no_links(const char *folder, const char *path) {
  size_t length = strlen(folder);
  char *part = strstr(path, folder) == path ? strdup(path) : NULL;
  struct stat status;
  bool plain = part != NULL;

  while (plain && part[length] != '\0') {
    length += 1 + strcspn(part + length + 1, "/");
    part[length] = '\0';
    plain = lstat(part, &status) == 0 && !S_ISLNK(status.st_mode);
    part[length] = path[length];
  }
  free(part);
  return plain;
}

/* Whether a path without ".." stays below a folder when links are followed. */
static bool stays_below(const char *folder, const char *path) {
  char *top = realpath(folder, NULL);
  char *part = strdup(path);
  char *real = NULL;
  bool stays = true;

  if (top != NULL && part != NULL) {
    size_t length = strlen(top);

    part[existing_length(part)] = '\0';
    real = realpath(part, NULL);
    stays = real != NULL && strncmp(real, top, length) == 0 &&
            (real[length] == '\0' || real[length] == '/' || strcmp(top, "/") == 0);
  }
  free(real);
  free(part);
  free(top);
  return stays;
}

bool harness__fixture_is_inside(const char *folder, const char *path, char **sentence) {
  harness__buffer_t text = {0};

  *sentence = NULL;
  if (has_no_links(folder, path) || stays_below(folder, path))
    return true;
  harness__text_path(&text, path);
  harness__buffer_string(&text, " leads out of ");
  harness__text_path(&text, folder);
  harness__buffer_string(&text, " by a symbolic link");
  *sentence = harness__buffer_take(&text);
  return false;
}

char *harness__fixture_place(const char *path, char **sentence) {
  struct stat status;
  harness__buffer_t text = {0};
  bool is_link = lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
  char *place = is_link ? realpath(path, NULL) : strdup(path);

  *sentence = NULL;
  if (place == NULL && is_link && errno != ENOMEM) {
    int error = errno;

    harness__text_path(&text, path);
    harness__buffer_printf(&text, " can't be written: where the symbolic link leads to: %s", strerror(error));
    *sentence = harness__buffer_take(&text);
  }
  return place;
}

bool harness__fixture_write(const char *path, const char *json, int *error, char **sentence) {
  int result = json != NULL ? harness__file_write(path, json, strlen(json)) : ENOMEM;
  harness__buffer_t text = {0};

  *sentence = NULL;
  if (error != NULL)
    *error = result;
  if (result == 0)
    return true;
  harness__text_path(&text, path);
  harness__buffer_printf(&text, " can't be written: %s", strerror(result));
  *sentence = harness__buffer_take(&text);
  return false;
}

bool harness__transcript_save(const harness__transcript_t *transcript, const char *path, int *error,
                              char **sentence) {
  char *json = harness__transcript_json(transcript);
  bool saved = harness__fixture_write(path, json, error, sentence);

  free(json);
  return saved;
}
