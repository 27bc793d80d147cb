/* SPDX-License-Identifier: MIT */
/*
 * What a trace means, by brute force and by nothing of the library but the comparison of names: the set of
 * all texts that come out when the lanes without a name are numbered in every way there is and events are
 * listed in lexicographic normal form by the definition, each time looking at everything. Two traces mean
 * the same where these sets meet; the canonical form of a trace is a member of its set.
 */
#ifndef HARNESS_TESTS_MEANING_H
#define HARNESS_TESTS_MEANING_H

#include "trace.h"

enum { MEANING_TEXTS = 720 };

typedef struct meaning {
  uint64_t texts[MEANING_TEXTS]; /* their hashes, sorted */
  int count;
} meaning_t;

/* False where there are too many ways. */
bool meaning_of(const trace_t *trace, meaning_t *meaning);

bool meaning_has(const meaning_t *meaning, uint64_t text);
bool meaning_meets(const meaning_t *a, const meaning_t *b);

/* The hash of a transcript's text, as it would stand in a meaning. */
uint64_t meaning_text(const harness__transcript_t *transcript);

#endif
