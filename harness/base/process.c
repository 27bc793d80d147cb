/* SPDX-License-Identifier: MIT */
#include "base/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <harness/transcript.h>

#include "base/array.h"

enum { ABOUT_TO_END = 4 }; /* PF_EXITING, among the flags that the kernel shows */

static int compare(const void *a, const void *b) {
  const harness__descriptor_t *left = a;
  const harness__descriptor_t *right = b;

  return (left->fd > right->fd) - (left->fd < right->fd);
}

static int add(harness__descriptors_t *out, int fd) {
  harness__descriptor_t *list;
  struct stat status;

  if (fstat(fd, &status) != 0)
    return 0; /* another thread has closed it */
  list = harness__grow(out->list, out->count, &out->capacity, sizeof *list);
  if (list == NULL)
    return ENOMEM;
  out->list = list;
  out->list[out->count++] = (harness__descriptor_t){fd, status.st_dev, status.st_ino};
  return 0;
}

static int is_number(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

/* The descriptor by which they are listed is closed when they are looked at. */
int harness__descriptors_read(harness__descriptors_t *out) {
  struct dirent **entries = NULL;
  int count = scandir("/proc/self/fd", &entries, is_number, versionsort);
  int error = count < 0 ? errno : 0;

  memset(out, 0, sizeof *out);
  for (int i = 0; i < count; i++) {
    if (error == 0)
      error = add(out, (int)strtol(entries[i]->d_name, NULL, 10));
    free(entries[i]);
  }
  free(entries);
  if (out->count > 1)
    qsort(out->list, out->count, sizeof *out->list, compare);
  return error;
}

/* The folder's size is their number, from Linux 6.2 on; before it is 0. */
bool harness__descriptors_have_others(const harness__descriptors_t *descriptors) {
  struct stat folder;
  off_t still = 0;

  if (stat("/proc/self/fd", &folder) != 0 || folder.st_size == 0)
    return true;
  for (size_t i = 0; i < descriptors->count; i++) {
    const harness__descriptor_t *one = &descriptors->list[i];
    struct stat status;

    still += fstat(one->fd, &status) == 0 && status.st_dev == one->device && status.st_ino == one->inode;
  }
  return folder.st_size != still;
}

void harness__descriptors_free(harness__descriptors_t *descriptors) {
  free(descriptors->list);
  memset(descriptors, 0, sizeof *descriptors);
}

bool harness__descriptors_have(const harness__descriptors_t *descriptors, const harness__descriptor_t *one) {
  const harness__descriptor_t *found =
      descriptors->count > 0
          ? bsearch(one, descriptors->list, descriptors->count, sizeof *descriptors->list, compare)
          : NULL;

  return found != NULL && found->device == one->device && found->inode == one->inode;
}

void harness__descriptor_describe(int fd, harness__buffer_t *out) {
  char link[64];
  char target[4096];
  char quoted[4096];
  struct stat status = {0};
  ssize_t length;

  (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  length = readlink(link, target, sizeof target);
  if (fstat(fd, &status) != 0 || length < 0)
    harness__buffer_string(out, "of an unknown kind");
  else if (S_ISFIFO(status.st_mode) && target[0] != '/')
    harness__buffer_string(out, "a pipe");
  else if (target[0] == '/')
    harness__buffer_printf(out, "%s %s", S_ISDIR(status.st_mode) ? "the folder" : "the file",
                           harness_quote(quoted, sizeof quoted, target, (size_t)length));
  else /* anon_inode:[eventpoll] */
    harness__buffer_printf(out, "%.*s", (int)length, target);
}

/* Each has a folder, and each folder in it is a link. */
size_t harness__threads_count(void) {
  struct stat status;

  return stat("/proc/self/task", &status) == 0 && status.st_nlink > 2 ? (size_t)status.st_nlink - 2 : 0;
}

/* The name stands in parentheses and may hold any character; behind it, the 7th field is the flags. */
static bool read_thread(const char *number, char *name, size_t size) {
  char path[320];
  char line[1024];
  FILE *file;
  const char *end = NULL;
  const char *start;
  unsigned long flags = 0;

  (void)snprintf(path, sizeof path, "/proc/self/task/%s/stat", number);
  file = fopen(path, "re");
  if (file == NULL)
    return false;
  if (fgets(line, sizeof line, file) != NULL)
    end = strrchr(line, ')');
  (void)fclose(file);
  start = end != NULL ? strchr(line, '(') : NULL;
  if (start == NULL || start >= end)
    return false;
  (void)harness_quote(name, size, start + 1, (size_t)(end - start - 1));
  for (int field = 0; end != NULL && field < 7; field++)
    end = strchr(end + 1, ' ');
  if (end != NULL)
    flags = strtoul(end, NULL, 10);
  return (flags & ABOUT_TO_END) == 0;
}

int harness__threads_list(size_t known, harness__buffer_t *out) {
  struct dirent **entries = NULL;
  int all = scandir("/proc/self/task", &entries, is_number, versionsort);
  int count = 0;

  /* Later ones have higher numbers, until those begin anew: then another one is named. */
  for (int i = 0; i < all; i++) {
    char name[128];

    if ((size_t)i >= known && read_thread(entries[i]->d_name, name, sizeof name)) {
      count++;
      harness__buffer_printf(out, "  a thread that was made meanwhile was still there: %s\n", name);
    }
    free(entries[i]);
  }
  free(entries);
  return count;
}
