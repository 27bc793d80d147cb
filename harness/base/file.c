/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
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

/* So that the rename itself survives a crash. */
static int sync_folder(const char *path) {
  const char *slash = strrchr(path, '/');
  char *folder = slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
  int error = 0;
  int fd;

  if (folder == NULL)
    return ENOMEM;
  fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  /* EINVAL: a file system that can't sync folders, and need not. */
  if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL))
    error = errno;
  if (fd >= 0)
    (void)close(fd);
  free(folder);
  return error;
}

static int write_temporary(int fd, const char *path, const void *data, size_t size, bool synced) {
  int error = write_all(fd, data, size);

  if (error == 0 && fchmod(fd, mode_of(path)) != 0)
    error = errno;
  if (error == 0 && synced && fsync(fd) != 0)
    error = errno;
  if (close(fd) != 0 && error == 0)
    error = errno;
  return error;
}

static int replace(const char *path, const void *data, size_t size, bool synced) {
  size_t length = strlen(path);
  char *temporary = malloc(length + sizeof ".XXXXXX");
  int error;
  int fd;

  if (temporary == NULL)
    return ENOMEM;
  memcpy(temporary, path, length + 1);
  error = length > 0 ? make_folders(temporary) : ENOENT;
  if (error != 0)
    goto out;
  memcpy(temporary + length, ".XXXXXX", sizeof ".XXXXXX");
  fd = mkostemp(temporary, O_CLOEXEC);
  if (fd < 0) {
    error = errno;
    goto out;
  }
  error = write_temporary(fd, path, data, size, synced);
  if (error == 0 && rename(temporary, path) != 0)
    error = errno;
  if (error != 0)
    (void)unlink(temporary);
  else if (synced)
    error = sync_folder(path);
out:
  free(temporary);
  return error;
}

int harness__file_remove(const char *path) {
  return unlink(path) != 0 ? errno : sync_folder(path);
}

int harness__file_rename(const char *from, const char *to) {
  return rename(from, to) != 0 ? errno : sync_folder(to);
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
