/* SPDX-License-Identifier: MIT */
/* Transcripts by chance, always the same for one seed: conversations as a harness could have recorded them,
 * interleaved, over connections whose other end is a lane or is not observed, and datagrams. */
#ifndef TESTS_UNIT_REPORT_RANDOM_TALKS_H
#define TESTS_UNIT_REPORT_RANDOM_TALKS_H

#include "base/buffer.h"
#include "record/transcript.h"

typedef struct talks {
  harness__transcript_t *transcript;
  harness__buffer_t *sent; /* what each lane sent, by its index; datagrams too */
  harness__buffer_t *received;
} talks_t;

/* That many connections and pairs of endpoints. The caller frees them. */
void talks_make(talks_t *talks, uint64_t seed, size_t count);
void talks_free(talks_t *talks);

/* Events of all kinds without rhyme or reason. The caller frees it. */
harness__transcript_t *talks_nonsense(uint64_t seed, size_t count);

#endif
