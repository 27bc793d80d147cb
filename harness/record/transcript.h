/* SPDX-License-Identifier: MIT */
/* Private: a transcript as data: what fixtures hold, comparisons compare and reports show. */
#ifndef HARNESS_RECORD_TRANSCRIPT_H
#define HARNESS_RECORD_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "record/event.h"

/* Data of a send or receive. Whole data: head is all of it and digest is empty. Long data: head is
 * its first HARNESS__HEAD_SIZE bytes, and digest names hash and value ("xxh3-128:…"). */
enum { HARNESS__HEAD_SIZE = 64, HARNESS__DIGEST_SIZE = 48 };

/* Most transcripts are small: the first block of their arena. */
enum { HARNESS__TRANSCRIPT_SIZE = 8 * 1024 };

typedef struct harness__data {
  const char *head;
  size_t head_size;
  uint64_t bytes; /* the whole length */
  char digest[HARNESS__DIGEST_SIZE];
  const char *pattern; /* NULL; of a fixture: an expression (record/pattern.h) that stands for the data */
} harness__data_t;

/* One event, self-contained but for its arena. Strings are never NULL where the kind has them. */
typedef struct harness__entry {
  uint32_t lane; /* index in lanes */
  harness__event_kind_t kind;
  const char *to;   /* NULL, or the lane or server it was done to */
  const char *from; /* NULL, or the lane it came from */
  const char *code; /* error, else NULL */
  const char *text; /* log, else NULL; NUL-terminated */
  size_t text_size;
  const char *text_pattern; /* NULL; of a fixture: what stands for the text, which is "" then */
  harness__data_t data;     /* send, receive */
  uint64_t at_ms;           /* 0: not shown */
} harness__entry_t;

typedef struct harness__transcript {
  harness__arena_t arena; /* all strings and arrays below */
  const char **lanes;
  size_t lane_count;
  harness__entry_t *entries;
  size_t count;
  bool renamed; /* names stand for values: offsets are not those of what was sent */
  struct harness__pattern **patterns;
  size_t pattern_count;
  size_t pattern_capacity;
} harness__transcript_t;

/* Compiles an expression that belongs to the transcript. Returns its text, or NULL with a reason (NULL:
 * memory is exhausted), which the caller frees. */
const char *harness__transcript_pattern(harness__transcript_t *transcript, const char *regex, char **reason);

void harness__transcript_free(harness__transcript_t *transcript);

#endif
