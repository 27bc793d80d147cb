/* SPDX-License-Identifier: MIT */
#include "base/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"

static bool add_file(harness__files_t *files, const char *path) {
  char *copy = strdup(path);

  if (copy != NULL && files->count == files->capacity) {
    size_t capacity = files->capacity > 0 ? 2 * files->capacity : 64;
    char **list = realloc(files->list, capacity * sizeof *list);

    if (list == NULL) {
      free(copy);
      return false;
    }
    files->list = list;
    files->capacity = capacity;
  }
  if (copy == NULL)
    return false;
  files->list[files->count++] = copy;
  return true;
}

static int is_shown(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static int add(harness__files_t *files, const char *path, bool is_top, char **trouble);

static int add_folder(harness__files_t *files, const char *path, char **trouble) {
  struct dirent **entries = NULL;
  int count = scandir(path, &entries, is_shown, by_bytes);
  size_t length = strlen(path);
  int error = count < 0 ? errno : 0;

  for (int i = 0; i < count; i++) {
    harness__buffer_t inner = {0};

    harness__buffer_printf(&inner, "%s%s%s", path, length > 0 && path[length - 1] == '/' ? "" : "/",
                           entries[i]->d_name);
    if (error == 0)
      error = inner.failed ? ENOMEM : add(files, inner.text, false, trouble);
    harness__buffer_free(&inner);
    free(entries[i]);
  }
  free(entries);
  return error;
}

static int add(harness__files_t *files, const char *path, bool is_top, char **trouble) {
  struct stat status;
  int error;

  /* What vanishes while the tree is walked, as temporary files do, was not there. */
  if ((is_top ? stat(path, &status) : lstat(path, &status)) != 0)
    error = !is_top && errno == ENOENT ? 0 : errno;
  else if (S_ISDIR(status.st_mode))
    error = add_folder(files, path, trouble);
  else
    error = add_file(files, path) ? 0 : ENOMEM;
  if (error != 0 && trouble != NULL && *trouble == NULL)
    *trouble = strdup(path);
  return error;
}

int harness__files_add(harness__files_t *files, const char *path, char **trouble) {
  if (trouble != NULL)
    *trouble = NULL;
  return add(files, path, true, trouble);
}

void harness__files_free(harness__files_t *files) {
  for (size_t i = 0; i < files->count; i++)
    free(files->list[i]);
  free(files->list);
  memset(files, 0, sizeof *files);
}

void harness__folder_remove(const char *path) {
  harness__files_t files = {0};

  (void)harness__files_add(&files, path, NULL);
  for (size_t i = 0; i < files.count; i++)
    (void)unlink(files.list[i]);
  harness__files_free(&files);
  (void)rmdir(path);
}
