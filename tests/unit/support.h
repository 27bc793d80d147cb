/* SPDX-License-Identifier: MIT */
/* What the unit tests share: temporary folders, whole files, transcripts from short texts. */
#ifndef TESTS_UNIT_SUPPORT_H
#define TESTS_UNIT_SUPPORT_H

#include <stddef.h>

#include "record/transcript.h"

/* A cmocka set-up and tear-down: *state is the path of a folder that exists for the test only. */
int support_make_folder(void **state);
int support_remove_folder(void **state);

/* folder/name; a place for each of the last four calls. */
const char *support_path(const char *folder, const char *name);

/* A file's text, which the caller frees; the test fails where there is none. */
char *support_read(const char *path);
void support_write(const char *path, const char *text);
int support_exists(const char *path);

/* How many entries a folder has. */
size_t support_count(const char *folder);

/* The transcript of a JSON text, where ' stands for ": {'format': …}. Only the events may be given: they are
 * put into a transcript with that list of lanes. The test fails where it is none. */
harness__transcript_t *support_transcript(const char *lanes, const char *events);

/* Compares a text with the file tests/golden/name; where SUPPORT_UPDATE_GOLDEN is set, writes it. */
void support_assert_golden(const char *name, const char *text);

#endif
