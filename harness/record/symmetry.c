/* SPDX-License-Identifier: MIT */
/*
 * Canonical labelling. Colour refinement (partition.c) tells most vertices apart. Those that still share a
 * cell look alike, though they need not be: two rings of three look like one of six. So:
 *
 *   1. Vertices that stand alone are settled. Without them the rest falls into components, which are solved
 *      each by itself: a thousand pairs that look alike are a thousand small graphs, not one large one.
 *   2. In a component where nobody stands alone, each vertex of one cell is tried as the one that is singled
 *      out; that which gives the least *certificate* (where the component's ties lead, in the order found)
 *      is taken.
 *   3. Components are put in the order of their certificates. Those with equal ones may change places, and
 *      nobody will see a difference.
 *
 * Trying is cut short where it is foreseeably in vain: for each candidate the first way down that offers
 * itself is gone. Two that come to the same certificate can be mapped upon each other, so one of them will
 * do. Graphs exist that cost exponentially many tries all the same; no conversation has been seen to form
 * one. A limit keeps them from being a hang: beyond it the first way down is the answer, and may differ
 * between runs.
 */
#include "record/symmetry.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "record/digest.h"

enum { WORK_MOST = 1 << 23 };

/* A graph written down. */
typedef struct certificate {
  size_t *words;
  size_t count;
} certificate_t;

typedef struct component {
  size_t *members; /* vertices of the graph it is a part of, in the order found */
  size_t count;
  certificate_t certificate;
} component_t;

static bool solve(const harness__graph_t *graph, size_t *order, size_t *work);

static int compare_sizes(size_t a, size_t b) {
  return a < b ? -1 : a > b;
}

static int compare_certificates(const certificate_t *a, const certificate_t *b) {
  int order = compare_sizes(a->count, b->count);

  for (size_t i = 0; order == 0 && i < a->count; i++)
    order = compare_sizes(a->words[i], b->words[i]);
  return order;
}

/* By what is seen of a tie, then by the place of its other end. */
static int compare_ties(const void *a, const void *b) {
  const harness__tie_t *tie_a = a;
  const harness__tie_t *tie_b = b;
  int order = harness__tie_compare(tie_a, tie_b);

  return order != 0 ? order : compare_sizes(tie_a->other, tie_b->other);
}

/* Only graphs are compared whose vertices have been parted alike: the vertices at one place have one colour,
 * and ties of the same looks. What can differ is where those lead. */
static bool certify(const harness__graph_t *graph, const size_t *order, harness__arena_t *arena,
                    certificate_t *certificate) {
  size_t ties = graph->from[graph->count];
  size_t *place = harness__partition_array(arena, graph->count, sizeof(size_t));
  harness__tie_t *sorted = harness__partition_array(arena, ties, sizeof *sorted);
  size_t *word = harness__partition_array(arena, ties, sizeof(size_t));

  if (place == NULL || sorted == NULL || word == NULL)
    return false;
  *certificate = (certificate_t){word, ties};
  for (size_t i = 0; i < graph->count; i++)
    place[order[i]] = i;
  for (size_t i = 0; i < graph->count; i++) {
    size_t from = graph->from[order[i]];
    size_t count = graph->from[order[i] + 1] - from;

    for (size_t at = 0; at < count; at++) {
      sorted[at] = graph->ties[from + at];
      sorted[at].other = place[sorted[at].other];
    }
    qsort(sorted, count, sizeof *sorted, compare_ties);
    for (size_t at = 0; at < count; at++)
      *word++ = sorted[at].other;
  }
  return true;
}

/* The first way down: whoever comes first is singled out, until all stand alone. */
static bool descend(const harness__graph_t *graph, harness__arena_t *arena, size_t *order, size_t *work) {
  harness__partition_t partition;

  if (!harness__partition_begin(&partition, graph, arena))
    return false;
  for (;;) {
    size_t target;
    harness__partition_refine(&partition);
    target = harness__partition_target(&partition);
    if (target == graph->count)
      break;
    harness__partition_single_out(&partition, partition.list[target]);
  }
  *work += partition.work;
  memcpy(order, partition.list, graph->count * sizeof *order);
  return true;
}

/* A vertex that may be singled out, and where its first way down leads. */
typedef struct candidate {
  size_t vertex;
  unsigned char hash[HARNESS__HASH_SIZE];
} candidate_t;

static int compare_candidates(const void *a, const void *b) {
  return memcmp(((const candidate_t *)a)->hash, ((const candidate_t *)b)->hash, HARNESS__HASH_SIZE);
}

/* The branching of one component. */
typedef struct branch {
  const harness__graph_t *graph;
  harness__graph_t tried; /* the same with one vertex singled out, by colours */
  size_t *colours;
  size_t *found; /* the order that a try has given */
  size_t *work;
} branch_t;

static void try_vertex(branch_t *branch, const harness__partition_t *partition, size_t vertex) {
  for (size_t i = 0; i < branch->graph->count; i++)
    branch->colours[i] = partition->start[i] + 1; /* nobody stands alone: the number before it is nobody's */
  branch->colours[vertex]--;
}

static bool look_ahead(branch_t *branch, const harness__partition_t *partition, candidate_t *candidate) {
  harness__arena_t arena = {0};
  certificate_t certificate;
  bool done;

  try_vertex(branch, partition, candidate->vertex);
  done = descend(&branch->tried, &arena, branch->found, branch->work) &&
         certify(branch->graph, branch->found, &arena, &certificate);
  if (done)
    harness__hash(candidate->hash, certificate.words, certificate.count * sizeof *certificate.words);
  harness__arena_free(&arena);
  return done;
}

/* Sets order to the least one that singling out one of the candidates gives. */
static bool take_least(branch_t *branch, const harness__partition_t *partition, const candidate_t *candidates,
                       size_t count, size_t *order) {
  harness__arena_t arenas[2] = {{0}};
  certificate_t best = {0};
  size_t spare = 0; /* the arena that the best one is not in */
  bool done = true;

  for (size_t i = 0; done && i < count; i++) {
    certificate_t certificate = {0};

    if (i + 1 < count && compare_candidates(&candidates[i], &candidates[i + 1]) == 0)
      continue;
    harness__arena_free(&arenas[spare]);
    try_vertex(branch, partition, candidates[i].vertex);
    done = solve(&branch->tried, branch->found, branch->work) &&
           certify(branch->graph, branch->found, &arenas[spare], &certificate);
    if (!done || (best.words != NULL && compare_certificates(&certificate, &best) >= 0))
      continue;
    best = certificate;
    spare = 1 - spare;
    memcpy(order, branch->found, branch->graph->count * sizeof *order);
  }
  harness__arena_free(&arenas[0]);
  harness__arena_free(&arenas[1]);
  return done;
}

/* Orders a graph in which nobody stands alone. */
static bool solve_branching(const harness__graph_t *graph, const harness__partition_t *partition,
                            harness__arena_t *arena, size_t *order, size_t *work) {
  size_t target = harness__partition_target(partition);
  size_t count = partition->size[target];
  candidate_t *candidates = harness__partition_array(arena, count, sizeof *candidates);
  branch_t branch = {.graph = graph, .tried = *graph, .work = work};

  branch.tried.colours = branch.colours = harness__partition_array(arena, graph->count, sizeof(size_t));
  branch.found = harness__partition_array(arena, graph->count, sizeof(size_t));
  if (candidates == NULL || branch.colours == NULL || branch.found == NULL)
    return false;
  for (size_t i = 0; i < count; i++) {
    candidates[i].vertex = partition->list[target + i];
    if (*work > WORK_MOST) {
      try_vertex(&branch, partition, candidates[0].vertex);
      return descend(&branch.tried, arena, order, work);
    }
    if (!look_ahead(&branch, partition, &candidates[i]))
      return false;
  }
  qsort(candidates, count, sizeof *candidates, compare_candidates);
  return take_least(&branch, partition, candidates, count, order);
}

/* Lists the components of what does not stand alone: members one after another, component by component. */
static size_t find_components(const harness__partition_t *partition, harness__arena_t *arena, size_t *members,
                              component_t *components) {
  const harness__graph_t *graph = partition->graph;
  bool *seen = harness__partition_array(arena, graph->count, sizeof *seen);
  size_t found = 0;
  size_t count = 0;

  if (seen == NULL)
    return SIZE_MAX;
  for (size_t i = 0; i < graph->count; i++) {
    size_t first = found;
    if (seen[i] || partition->size[partition->start[i]] == 1)
      continue;
    seen[i] = true;
    members[found++] = i;
    for (size_t next = first; next < found; next++) {
      for (size_t at = graph->from[members[next]]; at < graph->from[members[next] + 1]; at++) {
        size_t other = graph->ties[at].other;
        if (seen[other] || partition->size[partition->start[other]] == 1)
          continue;
        seen[other] = true;
        members[found++] = other;
      }
    }
    components[count].members = members + first;
    components[count++].count = found - first;
  }
  return count;
}

/* A component as a graph of its own, coloured by its cells. index: room for the numbers of its vertices. */
static bool cut_out(const harness__partition_t *partition, const component_t *component,
                    harness__arena_t *arena, size_t *index, harness__graph_t *part) {
  const harness__graph_t *graph = partition->graph;
  size_t *colours = harness__partition_array(arena, component->count, sizeof(size_t));
  size_t *from = harness__partition_array(arena, component->count + 1, sizeof(size_t));
  size_t ties = 0;

  for (size_t i = 0; i < component->count; i++) {
    index[component->members[i]] = i;
    ties += graph->from[component->members[i] + 1] - graph->from[component->members[i]];
  }
  *part = (harness__graph_t){component->count, colours, from,
                             harness__partition_array(arena, ties, sizeof(harness__tie_t))};
  if (colours == NULL || from == NULL || part->ties == NULL)
    return false;
  for (size_t i = 0; i < component->count; i++) {
    size_t member = component->members[i];

    colours[i] = partition->start[member];
    from[i + 1] = from[i];
    for (size_t at = graph->from[member]; at < graph->from[member + 1]; at++) {
      harness__tie_t *tie = &part->ties[from[i + 1]];
      *tie = graph->ties[at];
      if (partition->size[partition->start[tie->other]] == 1)
        continue; /* the cells tell it */
      tie->other = index[tie->other];
      from[i + 1]++;
    }
  }
  return true;
}

static bool solve_component(const harness__partition_t *partition, component_t *component,
                            harness__arena_t *arena, size_t *index, size_t *work) {
  harness__graph_t part;
  size_t *order = harness__partition_array(arena, component->count, sizeof(size_t));

  if (order == NULL || !cut_out(partition, component, arena, index, &part) || !solve(&part, order, work) ||
      !certify(&part, order, arena, &component->certificate))
    return false;
  for (size_t i = 0; i < component->count; i++)
    order[i] = component->members[order[i]];
  memcpy(component->members, order, component->count * sizeof *order);
  return true;
}

static int compare_components(const void *a, const void *b) {
  return compare_certificates(&((const component_t *)a)->certificate, &((const component_t *)b)->certificate);
}

/* A vertex with what it is sorted by. */
typedef struct ranked {
  size_t cell;
  size_t rank;
  size_t vertex;
} ranked_t;

static int compare_ranked(const void *a, const void *b) {
  const ranked_t *ranked_a = a;
  const ranked_t *ranked_b = b;
  int order = compare_sizes(ranked_a->cell, ranked_b->cell);

  return order != 0 ? order : compare_sizes(ranked_a->rank, ranked_b->rank);
}

/* Orders all vertices by cell, and in a cell by component and place there. */
static bool put_together(const harness__partition_t *partition, const component_t *components, size_t count,
                         harness__arena_t *arena, size_t *order) {
  const harness__graph_t *graph = partition->graph;
  ranked_t *ranked = harness__partition_array(arena, graph->count, sizeof *ranked);
  size_t rank = 0;

  if (ranked == NULL)
    return false;
  for (size_t i = 0; i < graph->count; i++)
    ranked[i] = (ranked_t){partition->start[i], 0, i};
  for (size_t i = 0; i < count; i++)
    for (size_t at = 0; at < components[i].count; at++)
      ranked[components[i].members[at]].rank = rank++;
  qsort(ranked, graph->count, sizeof *ranked, compare_ranked);
  for (size_t i = 0; i < graph->count; i++)
    order[i] = ranked[i].vertex;
  return true;
}

static bool solve_parts(const harness__partition_t *partition, harness__arena_t *arena, size_t *order,
                        size_t *work) {
  const harness__graph_t *graph = partition->graph;
  size_t *members = harness__partition_array(arena, graph->count, sizeof(size_t));
  size_t *index = harness__partition_array(arena, graph->count, sizeof(size_t));
  component_t *components = harness__partition_array(arena, graph->count, sizeof *components);
  size_t count;

  if (members == NULL || index == NULL || components == NULL)
    return false;
  count = find_components(partition, arena, members, components);
  if (count == SIZE_MAX)
    return false;
  if (components[0].count == graph->count)
    return solve_branching(graph, partition, arena, order, work);
  for (size_t i = 0; i < count; i++)
    if (!solve_component(partition, &components[i], arena, index, work))
      return false;
  qsort(components, count, sizeof *components, compare_components);
  return put_together(partition, components, count, arena, order);
}

static bool solve(const harness__graph_t *graph, size_t *order, size_t *work) {
  harness__arena_t arena = {0};
  harness__partition_t partition;
  bool done = harness__partition_begin(&partition, graph, &arena);

  if (done) {
    harness__partition_refine(&partition);
    *work += partition.work;
    if (harness__partition_target(&partition) == graph->count)
      memcpy(order, partition.list, graph->count * sizeof *order);
    else
      done = solve_parts(&partition, &arena, order, work);
  }
  harness__arena_free(&arena);
  return done;
}

bool harness__graph_order(const harness__graph_t *graph, size_t *order, size_t *work) {
  *work = 0;
  return solve(graph, order, work);
}
