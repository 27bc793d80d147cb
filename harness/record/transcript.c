/* SPDX-License-Identifier: MIT */
#include "record/transcript.h"

#include <stdlib.h>

void harness__transcript_free(harness__transcript_t *transcript) {
  if (transcript == NULL)
    return;
  harness__arena_free(&transcript->arena);
  free(transcript);
}
