/* SPDX-License-Identifier: MIT */
/*
 * A file is replaced by one rename, after all that may fail for want of something: its bytes are on the disk
 * by then, and the folder is open. What is left is the sync of the folder itself. Where that fails nobody
 * knows which of the two files a crash would leave, so the old one is put back: the two change places
 * (RENAME_EXCHANGE), and only a folder that was synced loses the old one.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int harness__file_open(const char *path, int flags, unsigned mode) {
  int fd;

  do
    fd = open(path, flags | O_CLOEXEC, (mode_t)mode);
  while (fd < 0 && errno == EINTR);
  return fd;
}

int harness__file_sync(int fd) {
  int status;

  do
    status = fsync(fd);
  while (status != 0 && errno == EINTR);
  return status == 0 ? 0 : errno;
}

static int read_all(int fd, harness__buffer_t *out) {
  char chunk[16384];

  for (;;) {
    ssize_t count = read(fd, chunk, sizeof chunk);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return errno;
    if (count == 0)
      return out->failed ? ENOMEM : 0;
    harness__buffer_add(out, chunk, (size_t)count);
  }
}

int harness__file_read(const char *path, harness__buffer_t *out) {
  struct stat status;
  /* Opening a pipe that no one writes to, or a terminal, must not block a test. */
  int fd = harness__file_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
  int error = 0;

  if (fd < 0)
    return errno;
  if (fstat(fd, &status) != 0)
    error = errno;
  else if (S_ISDIR(status.st_mode))
    error = EISDIR;
  else if (!S_ISREG(status.st_mode))
    error = EINVAL;
  else
    error = read_all(fd, out);
  (void)close(fd);
  return error;
}

/* Makes the folders above path's last part. */
static int make_folders(char *path) {
  for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    int error = 0;
    *slash = '\0';
    /* Where it exists already, whatever else mkdir may complain of (a read-only file system) is beside the
     * point; what is no folder is found out by the next step. */
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
      struct stat status;
      error = errno;
      if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        error = 0;
    }
    *slash = '/';
    if (error != 0)
      return error;
  }
  return 0;
}

static int write_all(int fd, const char *data, size_t size) {
  while (size > 0) {
    ssize_t count = write(fd, data, size);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return errno;
    data += count;
    size -= (size_t)count;
  }
  return 0;
}

/* Gives the new file the mode of the old one: mkstemp's is for its owner only. */
static mode_t mode_of(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 ? status.st_mode & 0777 : 0644;
}

/* Opens the folder that a path is in, so that what happens to the path can be made to survive a crash.
 * Returns a descriptor, or -1 with errno set. */
static int open_folder(const char *path) {
  const char *slash = strrchr(path, '/');
  char *folder = slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
  int fd = -1;
  int error = ENOMEM;

  if (folder != NULL) {
    fd = harness__file_open(folder, O_RDONLY | O_DIRECTORY, 0);
    error = errno;
  }
  free(folder);
  errno = error;
  return fd;
}

/* EINVAL: a file system that can't sync folders, and need not. */
static int sync_folder(int folder) {
  int error = harness__file_sync(folder);

  return error == EINVAL ? 0 : error;
}

/* A signal that comes while a descriptor is closed leaves it closed. */
static int close_written(int fd) {
  return close(fd) == 0 || errno == EINTR ? 0 : errno;
}

static int write_temporary(int fd, const char *path, const void *data, size_t size, bool synced) {
  int error = write_all(fd, data, size);
  int closed;

  if (error == 0 && fchmod(fd, mode_of(path)) != 0)
    error = errno;
  if (error == 0 && synced)
    error = harness__file_sync(fd);
  closed = close_written(fd);
  return error != 0 ? error : closed;
}

static bool exchange(const char *a, const char *b) {
  return renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0;
}

/* What a file system that can't exchange does: then the sync is all that may fail, and what has been put
 * where nothing was is taken away again. */
static int move_there(const char *temporary, const char *path, int folder, bool is_new) {
  int error;

  if (rename(temporary, path) != 0)
    return errno;
  error = folder >= 0 ? sync_folder(folder) : 0;
  if (error != 0 && is_new)
    (void)unlink(path);
  return error;
}

/* Puts the new file in the place of the old one. folder: -1 where nothing is synced. */
static int put_there(const char *temporary, const char *path, int folder) {
  struct stat status;
  bool is_new = lstat(path, &status) != 0;
  int error;

  if (folder < 0 || is_new || !S_ISREG(status.st_mode) || !exchange(temporary, path))
    return move_there(temporary, path, folder, is_new);
  error = sync_folder(folder);
  if (error == 0 && unlink(temporary) != 0)
    error = errno;
  if (error != 0)
    (void)exchange(temporary, path);
  return error;
}

/* Makes the temporary file, with all that it has to hold; its name, which ends in XXXXXX, is completed. */
static int make_temporary(char *temporary, const char *path, const void *data, size_t size, bool synced) {
  int error;
  int fd;

  do
    fd = mkostemp(temporary, O_CLOEXEC);
  while (fd < 0 && errno == EINTR);
  if (fd < 0)
    return errno;
  error = write_temporary(fd, path, data, size, synced);
  if (error != 0)
    (void)unlink(temporary);
  return error;
}

static int replace(const char *path, const void *data, size_t size, bool synced) {
  size_t length = strlen(path);
  char *temporary = malloc(length + sizeof ".XXXXXX");
  int folder = -1;
  int error;

  if (temporary == NULL)
    return ENOMEM;
  memcpy(temporary, path, length + 1);
  error = length > 0 ? make_folders(temporary) : ENOENT;
  memcpy(temporary + length, ".XXXXXX", sizeof ".XXXXXX");
  if (error == 0 && synced && (folder = open_folder(path)) < 0)
    error = errno;
  if (error == 0)
    error = make_temporary(temporary, path, data, size, synced);
  if (error == 0) {
    error = put_there(temporary, path, folder);
    if (error != 0)
      (void)unlink(temporary);
  }
  if (folder >= 0)
    (void)close(folder);
  free(temporary);
  return error;
}

/* Does something to a path, and has its folder remember it. Returns 0 or an errno value. */
static int change(const char *path, int (*act)(const char *path, const char *from), const char *from) {
  int folder = open_folder(path);
  int error;

  if (folder < 0)
    return errno;
  error = act(path, from) != 0 ? errno : sync_folder(folder);
  (void)close(folder);
  return error;
}

static int act_remove(const char *path, const char *from) {
  (void)from;
  return unlink(path);
}

static int act_rename(const char *path, const char *from) {
  return rename(from, path);
}

int harness__file_remove(const char *path) {
  return change(path, act_remove, NULL);
}

int harness__file_rename(const char *from, const char *to) {
  return change(to, act_rename, from);
}

int harness__file_write(const char *path, const void *data, size_t size) {
  return replace(path, data, size, true);
}

int harness__file_put(const char *path, const void *data, size_t size) {
  return replace(path, data, size, false);
}

char *harness__file_here(void) {
  char *here = getcwd(NULL, 0);

  return here != NULL || errno == ENOMEM ? here : strdup("");
}

char *harness__file_place(const char *here, const char *path) {
  harness__buffer_t place = {0};
  char *now;
  bool moved;

  if (path[0] == '/' || here == NULL || here[0] == '\0')
    return strdup(path);
  now = harness__file_here();
  if (now == NULL)
    return NULL;
  moved = strcmp(now, here) != 0;
  free(now);
  if (!moved)
    return strdup(path);
  harness__buffer_printf(&place, "%s/%s", here, path);
  return harness__buffer_take(&place);
}
