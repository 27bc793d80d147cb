/* SPDX-License-Identifier: MIT */
/* Private: a take is what one run of a test gave: each transcript that it checked, by the path of its
 * fixture. Whether a recording is stable is found by comparing takes. */
#ifndef HARNESS_RECORD_TAKE_H
#define HARNESS_RECORD_TAKE_H

#include <stdbool.h>
#include <stddef.h>

/* What is to become of a transcript. */
typedef enum harness__intent {
  HARNESS__INTENT_NONE,    /* it equals its fixture, or nothing may be written */
  HARNESS__INTENT_PROPOSE, /* it is to be left beside the fixture */
  HARNESS__INTENT_UPDATE   /* it is to be the fixture */
} harness__intent_t;

typedef struct harness__checked {
  char *fixture;  /* its path */
  char *proposal; /* the path of a proposal beside it; NULL while nothing is to be written */
  char *here;     /* the working directory that both are relative to; NULL as proposal */
  char *json;
  harness__intent_t intent;
  bool is_ambiguous; /* it was checked more than once, with different transcripts; json is the first */
} harness__checked_t;

/* Zeroed, it is empty. */
typedef struct harness__take {
  harness__checked_t *list;
  size_t count;
  size_t capacity;
} harness__take_t;

harness__checked_t *harness__take_find(const harness__take_t *take, const char *fixture);

/* Adds a transcript, whose text it takes over; what was checked before is found again, and marked where the
 * text is another. NULL when memory is exhausted. */
harness__checked_t *harness__take_add(harness__take_t *take, const char *fixture, char *json);

/* Notes what is to be written; false when memory is exhausted. */
bool harness__checked_intend(harness__checked_t *checked, harness__intent_t intent, const char *proposal);

/* How many transcripts of a take are to be written so. */
size_t harness__take_count(const harness__take_t *take, harness__intent_t intent);

void harness__take_clear(harness__take_t *take);

/* A take that another process makes goes through a folder: there is one file for each fixture. Both return 0
 * or an errno value; ENOENT: it was not checked. What is loaded the caller frees. A second transcript for one
 * fixture that is not the first is saved as one that equals none. */
int harness__take_save(const char *folder, const char *fixture, const char *json);
int harness__take_load(const char *folder, const char *fixture, char **json);

#endif
