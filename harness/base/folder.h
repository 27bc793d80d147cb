/* SPDX-License-Identifier: MIT */
/* Private: folders and what is in them. */
#ifndef HARNESS_BASE_FOLDER_H
#define HARNESS_BASE_FOLDER_H

#include <stddef.h>

/* The files of a tree, sorted, as paths that begin with what was given. */
typedef struct harness__files {
  char **list;
  size_t count;
  size_t capacity;
} harness__files_t;

/* Adds the path, where it is a file, or all files below it, where it is a folder. Names that begin with a dot
 * are left out, links to folders are not followed. Returns 0 or an errno value; then *trouble (may be NULL),
 * which the caller frees, is the path that it is about. */
int harness__files_add(harness__files_t *files, const char *path, char **trouble);

void harness__files_free(harness__files_t *files);

/* Removes a folder and the files in it; folders in it stay, and so does it then. What fails is left. */
void harness__folder_remove(const char *path);

#endif
