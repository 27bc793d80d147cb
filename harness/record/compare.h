/* SPDX-License-Identifier: MIT */
/* Private: whether two transcripts say the same, and where they first do not. */
#ifndef HARNESS_RECORD_COMPARE_H
#define HARNESS_RECORD_COMPARE_H

#include "record/transcript.h"

typedef enum harness__field {
  HARNESS__FIELD_NONE,
  HARNESS__FIELD_LANE,
  HARNESS__FIELD_EVENT,
  HARNESS__FIELD_TO,
  HARNESS__FIELD_FROM,
  HARNESS__FIELD_DATA,
  HARNESS__FIELD_TEXT,
  HARNESS__FIELD_CODE,
  HARNESS__FIELD_AT_MS,
  HARNESS__FIELD_END /* one transcript ends before this event */
} harness__field_t;

typedef struct harness__divergence {
  size_t index; /* of the event, from 0 */
  harness__field_t field;
  uint64_t offset; /* data, text: the first byte that differs, as far as the bytes are known */
  bool has_offset;
} harness__divergence_t;

/* The key of a fixture that a field is. */
const char *harness__field_name(harness__field_t field);

/* Whether two data are the same; where one side keeps the digest only, by length and digest, and by the head,
 * which may have been edited apart from the digest. */
bool harness__data_equal(const harness__data_t *a, const harness__data_t *b);

/* The first field in which two events differ, or HARNESS__FIELD_NONE. offset and has_offset of *divergence
 * (which may be NULL) are set. A pattern equals the same pattern, and bytes that it matches whole. Data of
 * which one side keeps the digest only equals data of that length, digest and head. */
harness__field_t harness__entry_compare(const harness__transcript_t *a, const harness__entry_t *entry_a,
                                        const harness__transcript_t *b, const harness__entry_t *entry_b,
                                        harness__divergence_t *divergence);

/* A number that equal events have in common, whichever transcripts they are of; HARNESS__NO_HASH for an event
 * that may equal several. */
#define HARNESS__NO_HASH ((uint64_t)0)
uint64_t harness__entry_hash(const harness__transcript_t *transcript, const harness__entry_t *entry);

/* Whether events with these hashes may be equal. */
static inline bool harness__entry_may_equal(uint64_t a, uint64_t b) {
  return a == b || a == HARNESS__NO_HASH || b == HARNESS__NO_HASH;
}

/* Whether the two have the same events. Else *divergence (which may be NULL) tells the first that differs. */
bool harness__transcript_equal(const harness__transcript_t *a, const harness__transcript_t *b,
                               harness__divergence_t *divergence);

/* Whether each lane did the same in both up to the cutting of reads: the same events in the same order but
 * for its receives, whose data is compared as one. Where a read falls among a lane's other events is a matter
 * of the cutting, too: two lines may come in one read or in two, with something done in between. The order
 * between lanes is not looked at. with_writes: sends are taken like receives. False, also, where memory is
 * exhausted; then *failed is set. */
bool harness__transcript_same_streams(const harness__transcript_t *a, const harness__transcript_t *b,
                                      bool with_writes, bool *failed);

/* Takes the entries of all lanes out but of those named; "server" stands for "server/1" … as well. names ends
 * with NULL. */
void harness__transcript_keep_lanes(harness__transcript_t *transcript, const char *const *names);

/* Whether that names the lane. */
bool harness__lane_is_named(const char *lane, const char *name);

#endif
