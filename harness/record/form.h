/* SPDX-License-Identifier: MIT */
/*
 * Private to record/: a transcript on its way to canonical form. canonical.c makes it, links.c says what
 * comes before what, relabel.c names the lanes, order.c puts the nodes in order.
 *
 *   nodes  the events to be, lane by lane and in program order; a run of joined receives is one node
 *   first  lane i (handle i + 1) has nodes first[i] … first[i + 1] - 1
 *   links  what must come before what, between nodes of different lanes; nodes from count on are joints
 * (past.c)
 */
#ifndef HARNESS_RECORD_FORM_H
#define HARNESS_RECORD_FORM_H

#include "base/arena.h"
#include "record/store.h"

typedef struct harness__node {
  harness__entry_t entry; /* names are set last */
  harness__lane_t lane;
  harness__lane_t peer;
  bool from;
  const size_t *events; /* what it is made of, as indexes */
  size_t length;
} harness__node_t;

typedef struct harness__link {
  size_t before;
  size_t after;
} harness__link_t;

/* A value that a placeholder stands for, in a lane (both as indexes): the how manieth of that lane it is. */
typedef struct harness__use {
  size_t lane;
  size_t index;
  size_t value;
} harness__use_t;

/* Events sorted by lane, as indexes: those of lane i are by_lane[start[i]] …. And where each event went. */
typedef struct harness__layout {
  size_t *start;
  size_t *by_lane;
  size_t *node_of; /* by index of event */
} harness__layout_t;

typedef struct harness__form {
  harness__recorder_t *recorder;
  bool joined; /* the receives of every lane are joined, not of those with a free-running peer only */
  harness__transcript_t *transcript;
  harness__arena_t scratch; /* everything below */
  harness__node_t *nodes;
  size_t count;
  size_t *first;
  harness__link_t *links;
  size_t link_count;
  size_t joint_count;
  const char **labels;            /* the names of the lanes, in the transcript's arena */
  size_t *ranks;                  /* of the lanes that have nodes, by name */
  size_t *order;                  /* the nodes, as the transcript lists them */
  struct harness__normal *normal; /* NULL where there are no placeholders */
  harness__use_t *uses;           /* of values that occur more than once */
  size_t use_count;
  size_t value_count;
} harness__form_t;

/* A zeroed array in the scratch arena. */
void *harness__form_array(harness__form_t *form, size_t count, size_t size);

/* Which node of its lane that is. */
static inline size_t harness__node_index(const harness__form_t *form, size_t node) {
  return node - form->first[form->nodes[node].lane - 1];
}

/* Sets links. False when memory is exhausted or a cause is missing, or comes later in the lane of its effect.
 */
bool harness__form_link(harness__form_t *form, const harness__layout_t *layout);

/* Sets labels. False when memory is exhausted. */
bool harness__form_relabel(harness__form_t *form);

/* Writes the data or text of these events, as one, into the entry, with names for values: blank, or numbered.
 * Leaves it alone where there are none. False when memory is exhausted. */
bool harness__form_write(harness__form_t *form, const size_t *events, size_t count, bool blank,
                         harness__entry_t *entry);

/* Sets uses and value_count, which stay 0 where no lane is named by content. False when memory is exhausted.
 */
bool harness__form_list_uses(harness__form_t *form);

/* Numbers the values of a joined form. False when memory is exhausted. */
bool harness__form_number(harness__form_t *form);

/* Sets order, by ranks. False when memory is exhausted or what must come before what contradicts itself,
 * unless the form is joined. */
bool harness__form_order(harness__form_t *form);

#endif
