/* SPDX-License-Identifier: MIT */
#include "record/transcript.h"

#include <stdlib.h>

#include "record/pattern.h"
#include "record/store.h"

const char *harness__transcript_pattern(harness__transcript_t *transcript, const char *regex, char **reason) {
  harness__pattern_t **patterns = harness__grow(transcript->patterns, transcript->pattern_count,
                                                &transcript->pattern_capacity, sizeof(harness__pattern_t *));
  harness__pattern_t *pattern;

  *reason = NULL;
  if (patterns == NULL)
    return NULL;
  transcript->patterns = patterns;
  pattern = harness__pattern_new(regex, reason);
  if (pattern == NULL)
    return NULL;
  patterns[transcript->pattern_count++] = pattern;
  return harness__pattern_text(pattern);
}

void harness__transcript_free(harness__transcript_t *transcript) {
  if (transcript == NULL)
    return;
  for (size_t i = 0; i < transcript->pattern_count; i++)
    harness__pattern_free(transcript->patterns[i]);
  free(transcript->patterns);
  harness__arena_free(&transcript->arena);
  free(transcript);
}
