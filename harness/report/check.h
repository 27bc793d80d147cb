/* SPDX-License-Identifier: MIT */
/* Private: a transcript against its fixture. */
#ifndef HARNESS_REPORT_CHECK_H
#define HARNESS_REPORT_CHECK_H

#include <harness/transcript.h>

#include "record/fixture.h"

/*
 * Compares a transcript with the fixture folder/name.json. For every result but SAME and WRITTEN *sentence,
 * which the caller frees, says what there is to say (NULL: memory is exhausted).
 *
 * Mode check writes nothing; where it stands in for another since CI is set, the sentence says so. Mode new
 * (which, as mode update does, keeps the fixture's patterns where they still match) leaves
 * folder/name.new.json beside a fixture that differs or is missing, and removes it where the two are the
 * same. Mode update writes a fixture that differs, is missing or is malformed, and doesn't touch one that is
 * the same.
 */
harness_check_result_t harness__fixture_check(const char *folder, const char *name,
                                              harness__fixture_mode_t mode,
                                              const harness__transcript_t *transcript, char **sentence);

#endif
