/* SPDX-License-Identifier: MIT */
/* Private: whole files. */
#ifndef HARNESS_BASE_FILE_H
#define HARNESS_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* As open(2), closed on exec, and again where a signal has interrupted it. mode is for files that are made.
 */
int harness__file_open(const char *path, int flags, unsigned mode);

/* Has a file's or a folder's descriptor written to the disk. Returns 0 or an errno value. */
int harness__file_sync(int fd);

/* Adds a regular file's bytes to out. Returns 0 or an errno value (EISDIR for a folder, EINVAL for what is
 * neither a file nor a pipe, ENOMEM). */
int harness__file_read(const char *path, harness__buffer_t *out);

/* Writes a file so that at any moment, and after a crash, its path has the old bytes or all of the new: a
 * temporary file in the same folder, fsync, rename, fsync of the folder. Folders that are missing are made.
 * Returns 0 or an errno value; then the old file is there as it was, and no temporary one is left. */
int harness__file_write(const char *path, const void *data, size_t size);

/* Removes a file, or renames one within its folder over what has the new name, so that this survives a crash:
 * fsync of the folder. Each returns 0 or an errno value; where that is of the fsync, the thing is done. */
int harness__file_remove(const char *path);
int harness__file_rename(const char *from, const char *to);

/* The same but for the crash of the machine: nothing is synced, so that it is quick. For files of a moment.
 */
int harness__file_put(const char *path, const void *data, size_t size);

/* The working directory, which the caller frees: "" where it has no name (it was removed); NULL where memory
 * is exhausted. */
char *harness__file_here(void);

/* How a path that was meant from `here` (NULL or "": from wherever) is reached now: by itself, but with
 * `here` before it where it is relative and the working directory is another by now. The caller frees it;
 * NULL where memory is exhausted. */
char *harness__file_place(const char *here, const char *path);

#endif
