/* SPDX-License-Identifier: MIT */
/*
 * Private: which fixtures the tests of a whole run checked, and with what. Each process writes a record of
 * its own into the folder that HARNESS_TOUCHED names; the union of the records of a complete run tells what
 * no test needs any more.
 */
#ifndef HARNESS_RECORD_TOUCHED_H
#define HARNESS_RECORD_TOUCHED_H

#include <stdbool.h>
#include <stddef.h>

#include "record/digest.h"

typedef struct harness__touch {
  char *path; /* of the fixture, absolute, without links in its folder; escaped where it is no text */
  char digest[HARNESS__DIGEST_SIZE];
} harness__touch_t;

/* How a test ended. The worst of those of a process is the process's. */
typedef enum harness__ending {
  HARNESS__ENDING_PASSED,
  HARNESS__ENDING_SKIPPED,
  HARNESS__ENDING_FAILED,
  HARNESS__ENDING_NONE /* it was still running, or crashed */
} harness__ending_t;

/* What a test, or a process with several, touched. Zeroed, it is empty. */
typedef struct harness__record {
  char *test; /* the name of the test as ctest knows it, else the runner's */
  harness__ending_t ending;
  harness__touch_t *touches;
  size_t count;
  size_t capacity;
} harness__record_t;

const char *harness__ending_name(harness__ending_t ending);

/* Notes that a fixture was checked with a transcript of that text. *is_other: it was checked before, with
 * another one, which stays noted. False when memory is exhausted. */
bool harness__record_touch(harness__record_t *record, const char *path, const char *json, bool *is_other);

void harness__record_clear(harness__record_t *record);

/* Writes the record of record->test into the folder, which is made; an older one of that test is replaced.
 * Returns 0 or an errno value. */
int harness__record_save(const char *folder, const harness__record_t *record);

/* All records of a folder, as an array that harness__records_free frees; NULL with a sentence where the
 * folder can't be read or a record is malformed. An empty array is not NULL. */
harness__record_t *harness__records_load(const char *folder, size_t *count, char **sentence);
void harness__records_free(harness__record_t *records, size_t count);

/* The path of a fixture as records have it; the caller frees it. NULL when memory is exhausted. */
char *harness__touched_path(const char *path);

#endif
