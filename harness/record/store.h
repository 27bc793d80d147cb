/* SPDX-License-Identifier: MIT */
/*
 * Private to record/: how the recorder holds what it took down.
 *
 *   chunks ──> [ chunk ] ──> 512 events, in the order recorded; event n has reference n + 1
 *   lanes  ──> [ lane  ] ──> its family (a name) and number; lane n has handle n + 1
 *   arena  ──> bytes of data and logs, names; what was received is mostly a part of what was sent, stored
 * once times  ──> each time at which something happened; the nth has the index n + 1, the time 0 has 0 edges
 * ──> "the nth event of that lane, or that joint, happens after this one" joints ──> events that nobody sees
 * (past.c); joint n has reference HARNESS__JOINT | n + 1
 */
#ifndef HARNESS_RECORD_STORE_H
#define HARNESS_RECORD_STORE_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/array.h"
#include "record/digest.h"
#include "record/recorder.h"
#include "record/rules.h"

enum { HARNESS__CHUNK_EVENTS = 512, HARNESS__DATA_LIMIT = 4096 };

/* What is kept of long data. */
typedef struct harness__long {
  unsigned char hash[HARNESS__HASH_SIZE];
  char head[HARNESS__HEAD_SIZE];
} harness__long_t;

/* Fresh memory is what recording costs most: so references are kept short, and times apart. */
typedef struct harness__event {
  const void *data;   /* send, receive, log: the bytes, or a harness__long_t; error: the code */
  uint64_t size : 48; /* no address space has more; the rest is of the same word */
  uint64_t kind : 8;
  bool from : 1;
  bool is_long : 1;
  uint32_t cause;    /* harness__ref_short */
  uint32_t previous; /* of the same lane */
  harness__lane_t lane;
  harness__lane_t peer;
} harness__event_t;

#define HARNESS__MOST_SIZE ((UINT64_C(1) << 48) - 1)

/* From that event on, until the next such, it is so late. */
typedef struct harness__time {
  harness__event_ref_t from;
  uint64_t at_ms;
} harness__time_t;

/* Bytes of one direction of a lane that are not decided (redact.c). */
typedef struct harness__hold harness__hold_t;

typedef struct harness__lane_info {
  uint32_t family;        /* index */
  uint32_t number;        /* 0: the family's name alone */
  harness__lane_t parent; /* whose name stands before the number; 0: the family's own text does */
  harness__lane_t chain;  /* its lanes' events keep the order observed; 0: none */
  harness__lane_t sibling;
  unsigned flags;
  harness__event_ref_t last;
  harness__event_ref_t chained; /* of a chain: the last event in any of its lanes */
  size_t count;
  const char *name;       /* NULL until it is asked for */
  harness__hold_t *holds; /* of what it receives, of what it sends; NULL while nothing was redacted */
} harness__lane_info_t;

typedef struct harness__family {
  const char *name;
  size_t length;
  harness__lane_t lanes; /* the newest; siblings follow */
  harness__lane_t plain; /* the one without a number, 0 where there is none */
  uint32_t highest;      /* number */
} harness__family_t;

typedef struct harness__edge {
  harness__event_ref_t before;
  size_t ordinal; /* which event of the lane comes after it, from 0; without lane, which joint */
  size_t next;    /* of the same joint: index + 1, 0: the last */
  harness__lane_t lane;
} harness__edge_t;

#define HARNESS__JOINT (UINT64_C(1) << 63)

/* What a reference keeps of itself in 32 bits, and the reference. */
enum { HARNESS__MOST_EVENTS = INT32_MAX, HARNESS__MOST_JOINTS = INT32_MAX };
static inline uint32_t harness__ref_short(harness__event_ref_t ref) {
  return (uint32_t)ref | (uint32_t)(ref >> 32);
}
static inline harness__event_ref_t harness__ref_long(uint32_t ref) {
  return (ref & (uint32_t)INT32_MAX) | (uint64_t)(ref & ~(uint32_t)INT32_MAX) << 32;
}

typedef struct harness__joint {
  size_t edges; /* the newest that leads to it: index + 1, 0: none */
  size_t next_spare;
} harness__joint_t;

struct harness__recorder {
  harness__event_t **chunks;
  size_t chunk_capacity;
  harness__event_t *next; /* of the last chunk */
  harness__event_t *chunk_end;
  uint64_t now_ms; /* the last of times; 0 before there are any */
  harness__time_t *times;
  size_t time_count;
  size_t time_capacity;
  size_t count;
  size_t data_limit;
  size_t short_limit; /* the longest data that may go the short way (data.c); 0: none */
  harness__lane_info_t *lanes;
  size_t lane_count;
  size_t lane_capacity;
  harness__family_t *families;
  size_t family_count;
  size_t family_capacity;
  uint32_t *table; /* of family index + 1, by hash of the name; a power of two, at most half full */
  size_t table_size;
  harness__edge_t *edges;
  size_t edge_count;
  size_t edge_capacity;
  harness__joint_t *joints;
  size_t joint_count;
  size_t joint_capacity;
  size_t spare_joint; /* one that was taken apart: index + 1, 0: none */
  harness__arena_t arena;
  harness__rules_t redactions;
  harness__rules_t placeholders;
  _Atomic(char *) trouble; /* why there is no transcript, a sentence, or NULL */
  bool has_long;           /* of some data only the digest is kept */
  bool free_running;
  bool off;    /* nothing is kept */
  bool failed; /* harness__recorder_fail */
};

/* From now on there is no transcript. */
static inline void harness__recorder_fail(harness__recorder_t *recorder) {
  recorder->failed = true;
  recorder->short_limit = 0;
}

/* The event of a reference that is neither 0 nor beyond the last. */
static inline harness__event_t *harness__event_at(const harness__recorder_t *recorder,
                                                  harness__event_ref_t ref) {
  size_t index = (size_t)ref - 1;
  return &recorder->chunks[index / HARNESS__CHUNK_EVENTS][index % HARNESS__CHUNK_EVENTS];
}

/* When that was. */
uint64_t harness__event_at_ms(const harness__recorder_t *recorder, harness__event_ref_t ref);

static inline harness__lane_info_t *harness__lane_at(const harness__recorder_t *recorder,
                                                     harness__lane_t lane) {
  return lane != 0 && lane <= recorder->lane_count ? &recorder->lanes[lane - 1] : NULL;
}

/* Which of a lane's streams an event ends. */
enum { HARNESS__ENDS_RECEIVES = 1, HARNESS__ENDS_SENDS = 2 };
unsigned harness__note_ends(harness__event_kind_t kind, bool from);

/* The lane's next event comes after all that is in past, which is empty then (past.c). */
void harness__past_put_behind(harness__recorder_t *recorder, harness__past_t *past, harness__lane_t lane);

/* Frees what lanes.c made. */
void harness__lanes_free(harness__recorder_t *recorder);

/* What an event says, but for lane and names: pointers into the recorder, nothing copied. Data over the limit
 * is digested. */
void harness__event_entry(const harness__recorder_t *recorder, harness__event_ref_t ref,
                          harness__entry_t *entry);

/* What is kept of an event's long data; NULL where memory is exhausted. Its cause and what came before it in
 * its lane are known. */
const harness__long_t *harness__keep_long(harness__recorder_t *recorder, const harness__event_t *event,
                                          const void *data, size_t size);

/* The same for bytes that are neither long nor redacted. */
const void *harness__keep_bytes(harness__recorder_t *recorder, const harness__event_t *event,
                                const harness__note_t *note);

/* Makes data of size bytes at bytes: whole, or head and digest where it is longer than limit. */
void harness__data_make(harness__data_t *data, const char *bytes, size_t size, size_t limit);

/* Where the name of an event's peer belongs: to, from, or, with NULL, neither. */
const char **harness__entry_peer(harness__entry_t *entry, harness__lane_t peer, bool from);

#endif
