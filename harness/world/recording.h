/* SPDX-License-Identifier: MIT */
/* Private: what the test under way checked and holds back. There is one in a process. */
#ifndef HARNESS_WORLD_RECORDING_H
#define HARNESS_WORLD_RECORDING_H

#include <harness/runner.h>

#include <sys/types.h>

#include "base/buffer.h"
#include "record/take.h"
#include "report/check.h"

/* The keeper of harness_check_transcript. */
harness__keeper_t harness__recording_keeper(harness__fixture_mode_t mode);

/* What a check came to. The sentence stays the caller's; NULL for SAME and WRITTEN. */
void harness__recording_note_result(harness_check_result_t result, const char *sentence);

/* A run whose checks are the caller's. Between the two nothing else in the process may begin one. It stands
 * in place of what was under way before, which comes back at its end. */
typedef struct harness__recording {
  bool is_active;
  bool is_rehearsal;
  pid_t process; /* a fork has what it inherits, and nobody asks for it */
  bool failed;   /* no memory, or no file, for what was checked */
  int error;     /* of the file, as errno has it */
  harness__take_t take;
  harness_check_result_t worst;
  char *sentence; /* of the worst */
} harness__recording_t;

void harness__recording_enter(harness__recording_t *recording, bool is_rehearsal,
                              harness__recording_t *before);
void harness__recording_leave(harness__recording_t *recording, harness__recording_t *before);
void harness__recording_clear(harness__recording_t *recording);

/* Where this process has to leave its transcripts, since it is one more run of a recording; else NULL. */
const char *harness__recording_rehearsal(void);

/* HARNESS_GATE_RUNS; 0 with a sentence where it is malformed. */
unsigned harness__recording_runs(harness__buffer_t *out);

/* Whether run `number` of so many more is perturbed: all but the first, or a single one. */
bool harness__recording_is_perturbed(unsigned number, unsigned runs);

/* What one more run is called. */
char *harness__recording_run_name(unsigned number, bool is_perturbed);

/* Writes all that is held back, and tells of each file; false where something could not be written. runs: how
 * many gave the same. */
bool harness__recording_commit(const harness__take_t *take, unsigned runs, harness__buffer_t *out);

/* Adds that nothing of a take was written. */
void harness__recording_refuse(const harness__take_t *take, harness__buffer_t *out, const char *why);

/* Whether a transcript that is held back was checked twice, with different ones; then that is told. */
bool harness__recording_is_ambiguous(const harness__take_t *take, harness__buffer_t *out);

/* How many are held back. */
size_t harness__recording_held(const harness__take_t *take);

/* Waits until the clock shows another second than that. */
void harness__recording_await_second(int64_t second);
int64_t harness__recording_second(void);

#endif
