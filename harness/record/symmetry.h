/* SPDX-License-Identifier: MIT */
/* Private to record/: the vertices of a graph in an order that does not depend on how they are numbered. */
#ifndef HARNESS_RECORD_SYMMETRY_H
#define HARNESS_RECORD_SYMMETRY_H

#include "record/partition.h"

/* Sets order to the vertices, by colour first. Graphs that differ only in the numbers of their vertices get
 * orders in which they can't be told apart. *work gets how many ties were looked at, again and again counted.
 * False when memory is exhausted. */
bool harness__graph_order(const harness__graph_t *graph, size_t *order, size_t *work);

#endif
