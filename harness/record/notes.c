/* SPDX-License-Identifier: MIT */
/*
 * Notes of one background call: only its thread writes them, and the loop's thread reads them when the call
 * has ended, so they need no lock; ending the call is what orders the two.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "record/store.h"

struct harness__notes {
  harness__note_t *notes;
  size_t count;
  size_t capacity;
  harness__arena_t arena;
  bool failed;
};

harness__notes_t *harness__notes_new(void) {
  return calloc(1, sizeof(harness__notes_t));
}

bool harness__notes_add(harness__notes_t *notes, const harness__note_t *note) {
  harness__note_t *grown = harness__grow(notes->notes, notes->count, &notes->capacity, sizeof *grown);
  harness__note_t copy = *note;

  if (grown != NULL) {
    notes->notes = grown;
    copy.data = harness__arena_copy(&notes->arena, note->data, note->size);
  }
  if (grown == NULL || copy.data == NULL) {
    notes->failed = true;
    return false;
  }
  grown[notes->count++] = copy;
  return true;
}

void harness__notes_set_failed(harness__notes_t *notes) {
  notes->failed = true;
}

bool harness__notes_any(const harness__notes_t *notes) {
  return notes->count > 0 || notes->failed;
}

void harness__recorder_append(harness__recorder_t *recorder, harness__lane_t lane,
                              const harness__notes_t *notes) {
  for (size_t i = 0; i < notes->count; i++)
    (void)harness__record(recorder, lane, &notes->notes[i]);
  if (notes->failed)
    harness__recorder_fail(recorder);
}

void harness__notes_free(harness__notes_t *notes) {
  if (notes == NULL)
    return;
  free(notes->notes);
  harness__arena_free(&notes->arena);
  free(notes);
}
