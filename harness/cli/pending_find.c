/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/text.h"
#include "cli/pending.h"

static void tell(harness__pending_list_t *list, const char *path, const char *why) {
  harness__buffer_t text = {0};

  list->trouble = true;
  harness__text_escape(&text, path, strlen(path), '\0');
  (void)fprintf(stderr, "harness review: %s: %s\n", text.text != NULL ? text.text : "a path", why);
  harness__buffer_free(&text);
}

static bool ends_with(const char *name, const char *end) {
  size_t length = strlen(name);
  size_t size = strlen(end);
  return length > size && strcmp(name + length - size, end) == 0;
}

static const char *last_part(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash != NULL ? slash + 1 : path;
}

static bool make_room(harness__pending_list_t *list) {
  harness__pending_place_t *grown = harness__grow(list->places, list->count, &list->capacity, sizeof *grown);

  if (grown != NULL)
    list->places = grown;
  return grown != NULL;
}

/* Two paths may lead to one file: "." and "./suite". */
static bool is_listed(const harness__pending_list_t *list, const char *path, const struct stat *status) {
  for (size_t i = 0; i < list->count; i++) {
    const harness__pending_place_t *place = &list->places[i];
    if (place->inode == status->st_ino && place->device == status->st_dev &&
        strcmp(last_part(place->path), last_part(path)) == 0)
      return true;
  }
  return false;
}

static void add(harness__pending_list_t *list, const char *path, const struct stat *status) {
  char *copy;

  if (is_listed(list, path, status))
    return;
  copy = make_room(list) ? strdup(path) : NULL;
  if (copy == NULL) {
    tell(list, path, strerror(ENOMEM));
    return;
  }
  list->places[list->count++] = (harness__pending_place_t){copy, status->st_dev, status->st_ino};
}

static void find_in(harness__pending_list_t *list, const char *folder);

static void find_entry(harness__pending_list_t *list, const char *folder, const char *name) {
  harness__buffer_t path = {0};
  struct stat status;

  harness__buffer_printf(&path, "%s%s%s", folder,
                         ends_with(folder, "/") || strcmp(folder, "/") == 0 ? "" : "/", name);
  if (path.failed) {
    tell(list, folder, strerror(ENOMEM));
  } else if (lstat(path.text, &status) != 0) {
    /* What is gone since the folder was read is not pending. */
    if (errno != ENOENT)
      tell(list, path.text, strerror(errno));
  } else if (S_ISDIR(status.st_mode)) {
    find_in(list, path.text);
  } else if (ends_with(name, HARNESS__PENDING_SUFFIX)) {
    add(list, path.text, &status);
  }
  harness__buffer_free(&path);
}

static int is_visible(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

static void find_in(harness__pending_list_t *list, const char *folder) {
  struct dirent **entries;
  int count = scandir(folder, &entries, is_visible, alphasort);

  if (count < 0) {
    tell(list, folder, strerror(errno));
    return;
  }
  for (int i = 0; i < count; i++) {
    find_entry(list, folder, entries[i]->d_name);
    free(entries[i]);
  }
  free(entries);
}

/* The pending file of a fixture, if there is one. */
static void find_beside(harness__pending_list_t *list, const char *fixture) {
  harness__buffer_t path = {0};
  struct stat status;

  harness__buffer_add(&path, fixture, strlen(fixture) - strlen(HARNESS__FIXTURE_SUFFIX));
  harness__buffer_string(&path, HARNESS__PENDING_SUFFIX);
  if (path.failed)
    tell(list, fixture, strerror(ENOMEM));
  else if (lstat(path.text, &status) == 0)
    add(list, path.text, &status);
  else if (errno != ENOENT)
    tell(list, path.text, strerror(errno));
  harness__buffer_free(&path);
}

void harness__pending_find(harness__pending_list_t *list, const char *path) {
  struct stat status;
  struct stat target;

  if (lstat(path, &status) != 0) {
    int error = errno;
    /* A new test's fixture isn't there yet. */
    if (error == ENOENT && ends_with(last_part(path), HARNESS__FIXTURE_SUFFIX) &&
        !ends_with(last_part(path), HARNESS__PENDING_SUFFIX)) {
      size_t count = list->count;
      find_beside(list, path);
      if (list->count > count)
        return;
    }
    tell(list, path, strerror(error));
  } else if (stat(path, &target) == 0 && S_ISDIR(target.st_mode)) {
    find_in(list, path);
  } else if (ends_with(last_part(path), HARNESS__PENDING_SUFFIX)) {
    add(list, path, &status);
  } else if (ends_with(last_part(path), HARNESS__FIXTURE_SUFFIX)) {
    find_beside(list, path);
  } else {
    tell(list, path, "neither a folder nor a fixture, whose name ends in .json");
  }
}

static int compare(const void *a, const void *b) {
  const harness__pending_place_t *left = a;
  const harness__pending_place_t *right = b;
  return harness__text_compare_natural(left->path, right->path);
}

void harness__pending_sort(harness__pending_list_t *list) {
  if (list->count > 1)
    qsort(list->places, list->count, sizeof *list->places, compare);
}

void harness__pending_list_free(harness__pending_list_t *list) {
  for (size_t i = 0; i < list->count; i++)
    free(list->places[i].path);
  free(list->places);
  *list = (harness__pending_list_t){0};
}
