/* SPDX-License-Identifier: MIT */
/* What tests of recorders share: the transcript as people read it, or why there is none. */
#ifndef TESTS_UNIT_RECORD_TEXTS_H
#define TESTS_UNIT_RECORD_TEXTS_H

#include "record/recorder.h"

/* The transcript so far, which the caller frees; the test fails where there is none. */
char *text_of(harness__recorder_t *recorder);
void assert_text(harness__recorder_t *recorder, const char *expected);

/* These free the recorder: the whole transcript (which the caller frees), the same compared, and why there is
 * none. */
char *last_text_of(harness__recorder_t *recorder);
void assert_last_text(harness__recorder_t *recorder, const char *expected);
void assert_trouble(harness__recorder_t *recorder, const char *sentence);

/* A recorder of parties that run freely. */
harness__recorder_t *new_free_running(void);

/* A recorder that redacts what the expression finds as "secret". */
harness__recorder_t *redacting(const char *regex);

harness__lane_t lane_of(harness__recorder_t *recorder, const char *name);

/* Records an event of the lane of that name; it must be kept. */
void record(harness__recorder_t *recorder, const char *lane, harness__event_kind_t kind, const char *bytes,
            size_t size);

/* Numbers for tests by chance, the same each time: *random is the seed, and then the state. */
uint32_t next_random(uint32_t *random);

#endif
