/* SPDX-License-Identifier: MIT */
/* Private: a transcript against its fixture. */
#ifndef HARNESS_REPORT_CHECK_H
#define HARNESS_REPORT_CHECK_H

#include <harness/transcript.h>

#include "base/buffer.h"
#include "record/fixture.h"

/* Who sees to it that what is written is stable: it is told of each transcript, and takes over what is to be
 * written. */
typedef struct harness__keeper {
  void *arg;
  /* Nothing may change on the disk: the run under way is one more of a recording. */
  bool is_rehearsal;
  /* Told before the transcript is compared; where a pattern of the fixture matches, the transcript has the
   * pattern, so that what a pattern allows to vary is no difference between two runs. json: its text, which
   * is taken over, or NULL where that is not made yet. */
  void (*note)(void *arg, const char *fixture, const harness__transcript_t *transcript, char *json);
  /* The transcript that was noted for the fixture is to be the fixture (is_update), or is to be proposed for
   * it. Returns whether that is taken over; else *sentence, which the caller frees, says why nothing will be
   * written. */
  bool (*keep)(void *arg, const char *fixture, const char *proposal, bool is_update, char **sentence);
} harness__keeper_t;

/*
 * Compares a transcript with the fixture folder/name.json. For every result but SAME and WRITTEN *sentence,
 * which the caller frees, says what there is to say (NULL: memory is exhausted).
 *
 * Mode check writes nothing; where it stands in for another since CI is set, the sentence says so. Mode new
 * (which, as mode update does, keeps the fixture's patterns where they still match) leaves
 * folder/name.new.json beside a fixture that differs or is missing, and removes it where the two are the
 * same. Mode update writes a fixture that differs, is missing or is malformed, and doesn't touch one that is
 * the same.
 *
 * With a keeper nothing is written here: it is given to the keeper, and WRITTEN means that it took it.
 * Without one (NULL) it is written at once.
 */
harness_check_result_t harness__fixture_check(const char *folder, const char *name,
                                              harness__fixture_mode_t mode,
                                              const harness__transcript_t *transcript,
                                              const harness__keeper_t *keeper, char **sentence);

/* Adds where a proposal is and how to go on. */
void harness__report_proposal(harness__buffer_t *out, const char *proposal);

/* Adds an argument of a command line, in quotes where a shell needs them. */
void harness__report_argument(harness__buffer_t *out, const char *argument);

#endif
