/* SPDX-License-Identifier: MIT */
/*
 * Private to record/: a graph, and its vertices parted by what they are tied to (colour refinement).
 *
 *   list   the vertices, cell by cell; the cell that begins at s has size[s] of them
 *   start  of each vertex: where its cell begins, which is the cell's name
 */
#ifndef HARNESS_RECORD_PARTITION_H
#define HARNESS_RECORD_PARTITION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* One end of a tie. The other end has the indexes exchanged and the other kind of the pair: kind ^ 1. */
typedef struct harness__tie {
  size_t other; /* the vertex at the other end */
  size_t index;
  size_t other_index;
  unsigned kind;
} harness__tie_t;

typedef struct harness__graph {
  size_t count;
  const size_t *colours; /* of the vertices; those of different colours are never mistaken for each other */
  const size_t *from;    /* vertex v has ties[from[v]] … ties[from[v + 1] - 1] */
  harness__tie_t *ties;
} harness__graph_t;

typedef struct harness__partition {
  const harness__graph_t *graph;
  size_t *list;
  size_t *place; /* of each vertex in the list */
  size_t *start;
  size_t *size;
  struct harness__mark *marks;
  struct harness__touched *touched;
  size_t *queue; /* cells by which others are still to be parted, a ring */
  size_t queue_first;
  size_t queue_count;
  bool *queued;
  size_t work; /* ties looked at so far */
} harness__partition_t;

/* Parts the vertices by colour only. Memory is the arena's. False when it is exhausted. */
bool harness__partition_begin(harness__partition_t *partition, const harness__graph_t *graph,
                              harness__arena_t *arena);

/* Parts them further, until in each cell all have the same ties to every cell. What comes out does not depend
 * on how the vertices are numbered. */
void harness__partition_refine(harness__partition_t *partition);

/* Gives one vertex a cell of its own, before what is left of its cell. */
void harness__partition_single_out(harness__partition_t *partition, size_t vertex);

/* Where the first of the smallest cells begins that have more than one vertex; graph->count: there is none.
 */
size_t harness__partition_target(const harness__partition_t *partition);

/* A zeroed array. NULL when memory is exhausted. */
void *harness__partition_array(harness__arena_t *arena, size_t count, size_t size);

/* By kind and indexes. */
int harness__tie_compare(const harness__tie_t *a, const harness__tie_t *b);

#endif
