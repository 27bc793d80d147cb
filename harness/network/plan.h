/* SPDX-License-Identifier: MIT */
/*
 * Private: where each direction of each connection was cut, and the same cuts again. A harness that has a
 * plan takes down the ends of writes and of deliveries; given edits, it delivers as written but for those.
 */
#ifndef HARNESS_NETWORK_PLAN_H
#define HARNESS_NETWORK_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "network/delivery.h"

struct harness;
struct harness_transport;

/* Offsets of a direction's stream, ascending. */
typedef struct harness__offsets {
  uint64_t *list;
  size_t count;
  size_t capacity;
} harness__offsets_t;

/* One direction of one connection, known by the lane that reads it. */
typedef struct harness__direction {
  struct harness__direction *next;
  size_t number; /* in the order of first writes */
  char *reader;
  char *writer;
  harness__offsets_t writes; /* where writes ended */
  harness__offsets_t cuts;   /* where deliveries ended */
  harness__offsets_t added;  /* the plan: cut here, too */
  harness__offsets_t joined; /* the plan: writes that end here are read with what follows, if that is there */
} harness__direction_t;

/* One change to the cutting of a direction: a cut more, or one that a write's end would make left out. */
typedef struct harness__edit {
  const harness__direction_t *direction; /* of the run that it was found in */
  uint64_t offset;
  bool join;
} harness__edit_t;

typedef struct harness__plan {
  harness_delivery_t delivery;  /* what else is in force, whatever servers and connections ask for */
  const harness__edit_t *edits; /* with them: as written, but for these */
  size_t edit_count;
  harness__direction_t *directions; /* in the order of their first writes */
  bool failed;                      /* memory was exhausted, or more was cut than is kept */
} harness__plan_t;

/* How many offsets of a direction are kept: beyond that nobody looks for the smallest cut any more. */
enum { HARNESS__PLAN_MOST = 1 << 18 };

/* Puts a plan in force, before anything is connected. It has to live as long as the harness. */
void harness__plan_apply(struct harness *h, harness__plan_t *plan);

/* Frees what the plan took down; it may be applied again. */
void harness__plan_clear(harness__plan_t *plan);

/* For the ledger: the peer of `to` has written up to `to->written`. */
void harness__plan_note_write(struct harness_transport *to);

/* For the ledger: t->direction is there. Up to where the next delivery goes, as harness__delivery_cut. */
bool harness__plan_is_edited(const struct harness_transport *t);
uint64_t harness__plan_cut(const harness__direction_t *direction, const harness__cut_t *cut);

/* Whether what was delivered, and is unread, is read with what is delivered next. */
bool harness__plan_joins(const struct harness_transport *t);

void harness__plan_note_cut(struct harness_transport *t, uint64_t end, bool joined);

/* The first offset of the list that is greater, or UINT64_MAX. */
uint64_t harness__offsets_after(const harness__offsets_t *offsets, uint64_t offset);
bool harness__offsets_have(const harness__offsets_t *offsets, uint64_t offset);

#endif
