/* SPDX-License-Identifier: MIT */
/*
 * Accepting is one rename, so a process that is killed at any moment leaves every case either pending or
 * accepted, and no file half-written and none too many. Before it both files are read again, since a test may
 * have written them anew; what is left between that look and the rename is a few microseconds.
 */
#include "cli/pending.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "record/load.h"

/* Whether there is a newer fixture than the pending file. */
static bool is_newer(const struct stat *fixture, const struct stat *made) {
  return fixture->st_mtim.tv_sec != made->st_mtim.tv_sec ? fixture->st_mtim.tv_sec > made->st_mtim.tv_sec
                                                         : fixture->st_mtim.tv_nsec > made->st_mtim.tv_nsec;
}

/* "<path> <the rest>", with what must not go to a terminal escaped. */
static char *say(const char *path, const char *format, ...) __attribute__((format(printf, 2, 3)));

static char *say(const char *path, const char *format, ...) {
  harness__buffer_t text = {0};
  va_list values;

  harness__text_escape(&text, path, strlen(path), '\0');
  va_start(values, format);
  harness__buffer_vprintf(&text, format, values);
  va_end(values);
  return harness__buffer_take(&text);
}

/* Reads a file as it is now. Returns 0, ENOENT or ENOMEM; other failures stand in its sentence. */
static int look_at(harness__pending_file_t *file, struct stat *status) {
  int error;

  if (lstat(file->path, status) != 0)
    return errno == ENOTDIR ? ENOENT : errno;
  file->exists = true;
  file->is_link = S_ISLNK(status->st_mode);
  error = harness__file_read(file->path, &file->bytes);
  if (error == ENOMEM)
    return ENOMEM;
  if (error != 0)
    file->sentence = say(file->path, ": %s", error == EINVAL ? "not a regular file" : strerror(error));
  else
    file->transcript = harness__transcript_parse(file->path, file->bytes.text != NULL ? file->bytes.text : "",
                                                 file->bytes.length, &file->sentence);
  return 0;
}

static char *fixture_of(const char *path) {
  size_t stem = strlen(path) - strlen(HARNESS__PENDING_SUFFIX);
  harness__buffer_t fixture = {0};

  harness__buffer_add(&fixture, path, stem);
  harness__buffer_string(&fixture, HARNESS__FIXTURE_SUFFIX);
  return harness__buffer_take(&fixture);
}

int harness__pending_look(harness__pending_t *pending, const char *path) {
  struct stat made = {0};
  struct stat fixture = {0};
  int error;

  *pending = (harness__pending_t){0};
  pending->made.path = strdup(path);
  pending->fixture.path = fixture_of(path);
  if (pending->made.path == NULL || pending->fixture.path == NULL)
    return ENOMEM;
  error = look_at(&pending->made, &made);
  if (error != 0)
    return error;
  if (pending->made.is_link) {
    harness__transcript_free(pending->made.transcript);
    free(pending->made.sentence);
    pending->made.transcript = NULL;
    pending->made.sentence = say(path, ": a symbolic link");
  }
  error = look_at(&pending->fixture, &fixture);
  pending->is_stale = error == 0 && is_newer(&fixture, &made);
  if (error != 0 && error != ENOENT && error != ENOMEM) {
    pending->fixture.exists = true;
    pending->fixture.sentence = say(pending->fixture.path, ": %s", strerror(error));
  }
  return error == ENOMEM ? ENOMEM : 0;
}

static void clear(harness__pending_file_t *file) {
  harness__buffer_free(&file->bytes);
  harness__transcript_free(file->transcript);
  free(file->sentence);
  free(file->path);
  *file = (harness__pending_file_t){0};
}

void harness__pending_free(harness__pending_t *pending) {
  clear(&pending->made);
  clear(&pending->fixture);
}

static bool same_bytes(const harness__buffer_t *a, const harness__buffer_t *b) {
  return a->length == b->length && (a->length == 0 || memcmp(a->text, b->text, a->length) == 0);
}

/* Whether a file is what was looked at; else *sentence says what became of it. */
static bool is_as_seen(const harness__pending_file_t *seen, char **sentence) {
  harness__buffer_t bytes = {0};
  struct stat status;
  bool exists = lstat(seen->path, &status) == 0;
  bool same = exists == seen->exists;

  if (same && exists) {
    (void)harness__file_read(seen->path, &bytes);
    same = !bytes.failed && S_ISLNK(status.st_mode) == seen->is_link && same_bytes(&bytes, &seen->bytes);
  }
  harness__buffer_free(&bytes);
  if (!same)
    *sentence = say(seen->path, seen->exists && !exists ? " is gone" : " was changed in the meantime");
  return same;
}

/* So that what the fixture's name leads to after a crash is whole, and may be read by whom it could be read
 * by. */
static int prepare(const harness__pending_t *pending) {
  struct stat status;
  int fd = harness__file_open(pending->made.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
  int error;

  if (fd < 0)
    return errno;
  /* Who doesn't own the file can't, and need not. */
  if (pending->fixture.exists && stat(pending->fixture.path, &status) == 0)
    (void)fchmod(fd, status.st_mode & 0777);
  error = harness__file_sync(fd);
  (void)close(fd);
  return error;
}

/* Says what went wrong. Where the pending file is gone all was done but the sync of its folder. */
static harness__pending_result_t fail(const harness__pending_t *pending, const char *path, const char *what,
                                      int error, char **sentence) {
  struct stat status;

  if (lstat(pending->made.path, &status) != 0 && errno == ENOENT)
    *sentence = say(path, " was %s, but may not outlast a crash: %s", what, strerror(error));
  else
    *sentence = say(path, " can't be %s: %s", what, strerror(error));
  return HARNESS__PENDING_TROUBLE;
}

harness__pending_result_t harness__pending_accept(harness__pending_t *pending, char **sentence) {
  int error;

  *sentence = NULL;
  if (pending->made.transcript == NULL) {
    *sentence = pending->made.sentence != NULL ? strdup(pending->made.sentence) : NULL;
    return HARNESS__PENDING_TROUBLE;
  }
  if (pending->fixture.is_link) {
    *sentence = say(pending->fixture.path,
                    " is a symbolic link, which would be replaced; rename the new file by hand");
    return HARNESS__PENDING_TROUBLE;
  }
  if (!is_as_seen(&pending->made, sentence) || !is_as_seen(&pending->fixture, sentence))
    return HARNESS__PENDING_CHANGED;
  if (pending->fixture.exists && same_bytes(&pending->made.bytes, &pending->fixture.bytes)) {
    error = harness__file_remove(pending->made.path);
    return error == 0 ? HARNESS__PENDING_DONE : fail(pending, pending->made.path, "removed", error, sentence);
  }
  error = prepare(pending);
  if (error == 0)
    error = harness__file_rename(pending->made.path, pending->fixture.path);
  return error == 0 ? HARNESS__PENDING_DONE
                    : fail(pending, pending->fixture.path, "replaced", error, sentence);
}

harness__pending_result_t harness__pending_reject(harness__pending_t *pending, char **sentence) {
  int error;

  *sentence = NULL;
  if (!is_as_seen(&pending->made, sentence))
    return HARNESS__PENDING_CHANGED;
  error = harness__file_remove(pending->made.path);
  return error == 0 ? HARNESS__PENDING_DONE : fail(pending, pending->made.path, "removed", error, sentence);
}
