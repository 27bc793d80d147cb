/* SPDX-License-Identifier: MIT */
/* Private to record/: taking redacted values out of what is recorded. */
#ifndef HARNESS_RECORD_REDACT_H
#define HARNESS_RECORD_REDACT_H

#include "record/store.h"

/* Takes the bytes of an event that was just made, a send or a receive: its data is set as far as it is
 * decided, now or by later calls. False when memory is exhausted. */
bool harness__redact_take(harness__recorder_t *recorder, harness__event_ref_t event,
                          const harness__note_t *note);

/* An event that may end one of its lane's streams: then what was withheld is decided. False when memory is
 * exhausted. */
bool harness__redact_border(harness__recorder_t *recorder, harness__lane_t lane, const harness__note_t *note);

/* Shows what is withheld of all lanes as if every stream ended here, without deciding it: for a transcript.
 * False when memory is exhausted. */
bool harness__redact_show(harness__recorder_t *recorder);

void harness__redact_free(harness__hold_t *holds);

#endif
