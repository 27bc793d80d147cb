/* SPDX-License-Identifier: MIT */
/* Private: where fixtures are and when they may be written. The comparison is in report/check.h, since it
 * ends in a report. */
#ifndef HARNESS_RECORD_FIXTURE_H
#define HARNESS_RECORD_FIXTURE_H

#include <stdbool.h>

#include "record/transcript.h"

typedef enum harness__fixture_mode {
  HARNESS__FIXTURES_CHECK,       /* compare only; nothing is written */
  HARNESS__FIXTURES_NEW,         /* a mismatch leaves case.new.json beside the fixture */
  HARNESS__FIXTURES_UPDATE,      /* what differs is written */
  HARNESS__FIXTURES_NEW_IN_CI,   /* new is asked for, but CI is set: check */
  HARNESS__FIXTURES_UPDATE_IN_CI /* the same with update */
} harness__fixture_mode_t;

/* Whether CI is set (and not empty, "0" or "false"): fixtures are not changed there. */
bool harness__fixture_in_ci(void);

/* The mode that HARNESS_FIXTURES asks for: "check", "new" or "update"; new without it. Where CI is set (and
 * not empty, "0" or "false") nothing is written. False for any other value: then *sentence, which the caller
 * frees, says so. */
bool harness__fixture_mode(harness__fixture_mode_t *mode, char **sentence);

/* folder/suite/case and the suffix (".json", ".new.json"); the caller frees it. The name must consist of
 * parts that are not empty, do not begin with a dot, do not end in .new or .schema and have no control
 * characters and no backslash, so that it can't lead out of the folder. By custom there are two, suite and
 * case, but one will do. Else NULL and a sentence. */
char *harness__fixture_path(const char *folder, const char *name, const char *suffix, char **sentence);

/* Whether the path, made of that folder, is in it when symbolic links are followed; the folder itself may be
 * one. Else a sentence. */
bool harness__fixture_is_inside(const char *folder, const char *path, char **sentence);

/* Where a fixture is written: the path itself, or, where that is a symbolic link, what it leads to, so that
 * the link stays one. The caller frees it; NULL with a sentence, which the caller frees, where it leads
 * nowhere (NULL: memory is exhausted). */
char *harness__fixture_place(const char *path, char **sentence);

/* Writes the text of a transcript (NULL: memory is exhausted) to a file, as harness__transcript_save. */
bool harness__fixture_write(const char *path, const char *json, int *error, char **sentence);

/* Writes a transcript to a file, atomically; folders that are missing are made. False with a sentence when
 * that fails: then what was there before still is. *error (may be NULL) gets the errno value. */
bool harness__transcript_save(const harness__transcript_t *transcript, const char *path, int *error,
                              char **sentence);

#endif
