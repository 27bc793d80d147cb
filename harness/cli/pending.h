/* SPDX-License-Identifier: MIT */
/*
 * Private: pending files: what a test has left as <case>.new.json beside its fixture <case>.json. Nothing is
 * accepted or rejected but what was looked at: the bytes of both files are kept, and looked at again before
 * anything is done.
 */
#ifndef HARNESS_CLI_PENDING_H
#define HARNESS_CLI_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "record/transcript.h"

typedef struct harness__pending_place {
  char *path;
  dev_t device;
  ino_t inode;
} harness__pending_place_t;

/* How the names of fixtures and of pending files end. */
#define HARNESS__FIXTURE_SUFFIX ".json"
#define HARNESS__PENDING_SUFFIX ".new.json"

/* Where pending files are, each once. */
typedef struct harness__pending_list {
  harness__pending_place_t *places;
  size_t count;
  size_t capacity;
  bool trouble; /* something could not be read; a sentence was said */
} harness__pending_list_t;

/* Adds the pending files at a path: of a folder all that are in it and below (not in folders that are
 * symbolic links or whose names begin with a dot), of a fixture its own, of a pending file itself. Sentences
 * go to standard error and set trouble. */
void harness__pending_find(harness__pending_list_t *list, const char *path);

/* Puts them in the order of people: "a2" before "a10". */
void harness__pending_sort(harness__pending_list_t *list);

void harness__pending_list_free(harness__pending_list_t *list);

typedef struct harness__pending_file {
  char *path;
  harness__buffer_t bytes;
  bool exists;
  bool is_link;
  harness__transcript_t *transcript; /* NULL where it holds none */
  char *sentence;                    /* then, why; NULL: memory is exhausted */
} harness__pending_file_t;

typedef struct harness__pending {
  harness__pending_file_t made;    /* case.new.json */
  harness__pending_file_t fixture; /* case.json */
  bool is_stale;                   /* the fixture was changed after the pending file was written */
} harness__pending_t;

/* Looks at a pending file and its fixture; freed with harness__pending_free in any case. Returns 0 or an
 * errno value: ENOENT where the pending file is gone, ENOMEM. What is wrong with either otherwise stands in
 * its sentence. */
int harness__pending_look(harness__pending_t *pending, const char *path);

typedef enum harness__pending_result {
  HARNESS__PENDING_DONE,
  HARNESS__PENDING_CHANGED, /* not what was looked at any more; nothing was done */
  HARNESS__PENDING_TROUBLE  /* nothing was done, or it may not outlast a crash */
} harness__pending_result_t;

/* Makes the pending file the fixture, by one rename; where that has the same bytes already, removes the
 * pending file. For every result but DONE *sentence, which the caller frees, says why (NULL: memory is
 * exhausted). */
harness__pending_result_t harness__pending_accept(harness__pending_t *pending, char **sentence);

/* Removes the pending file, whatever it holds. */
harness__pending_result_t harness__pending_reject(harness__pending_t *pending, char **sentence);

void harness__pending_free(harness__pending_t *pending);

#endif
