/* SPDX-License-Identifier: MIT */
/*
 * Random traces: what a number of parties did, and what had to happen before what, without an order of
 * recording. trace.c makes them, changes them and has them recorded in an order drawn at random; meaning.c
 * knows by brute force what their canonical forms may look like.
 */
#ifndef HARNESS_TESTS_TRACE_H
#define HARNESS_TESTS_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "record/recorder.h"

enum { TRACE_LANES = 8, TRACE_NODES = 240, TRACE_EVENTS = 200, TRACE_CAUSES = 3, SILENT = -1, NO_PEER = -1 };

typedef enum lane_kind {
  LANE_NAMED,    /* family alone */
  LANE_NUMBERED, /* the next number of its family that is no matter of chance */
  LANE_UNNAMED,  /* numbered by content */
  LANE_CHILD     /* called after its parent, an earlier lane that has a number */
} lane_kind_t;

typedef struct lane {
  lane_kind_t kind;
  char family[12];
  int parent;
  uint32_t number; /* of a child */
  bool accepted;   /* unnamed, of a client of the harness: its receives are not cut by chance */
  bool free_peer;  /* its receives are cut by chance */
} lane_t;

/* An event, or, where its lane is SILENT, a point that passes causes on. */
typedef struct node {
  int lane;
  harness__event_kind_t kind;
  int peer;
  bool from;
  char text[8];
  bool by_party;            /* recorded with a past, not with causes */
  int causes[TRACE_CAUSES]; /* earlier nodes */
  int cause_count;
} node_t;

typedef struct trace {
  int lane_count;
  lane_t lanes[TRACE_LANES];
  int count;
  node_t nodes[TRACE_NODES]; /* in one legal order */
} trace_t;

/* A number below limit; *random is the state. */
unsigned trace_draw(uint64_t *random, unsigned limit);

void trace_make(trace_t *trace, uint64_t *random);

/* Changes one thing. Returns what, in words. */
const char *trace_change(trace_t *trace, uint64_t *random);

/* Records it in a legal order drawn at random, with lanes made in an order drawn at random, and returns its
 * transcript; NULL where there is none. */
harness__transcript_t *trace_record(const trace_t *trace, uint64_t *random);

/* Whether receives of that node are joined with their neighbours. */
bool trace_is_joined(const trace_t *trace, const node_t *node);

#endif
