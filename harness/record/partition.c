/* SPDX-License-Identifier: MIT */
/*
 * Colour refinement. A cell is taken from the queue, and every other cell is parted by the ties that its
 * vertices have to that one; the new cells join the queue. Where a cell that has been used already is parted,
 * its largest part need not be used again, since what is tied to it is known from the whole and the other
 * parts. So each tie is looked at O(log vertices) times, however many rounds it takes.
 *
 * Cells are named by where they begin and used in the order in which they came to be, parts are listed in the
 * order of their ties: none of it looks at the number of a vertex.
 */
#include "record/partition.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A tie to the cell in use, as seen from the vertex at its other end. */
typedef struct harness__mark {
  size_t cell;
  size_t vertex;
  harness__tie_t tie;
} mark_t;

/* A vertex with such ties, which are sorted. */
typedef struct harness__touched {
  size_t vertex;
  const mark_t *marks;
  size_t count;
} touched_t;

void *harness__partition_array(harness__arena_t *arena, size_t count, size_t size) {
  void *array = count <= SIZE_MAX / 2 / size ? harness__arena_alloc(arena, count * size) : NULL;

  return array != NULL ? memset(array, 0, count * size) : NULL;
}

static int compare_sizes(size_t a, size_t b) {
  return a < b ? -1 : a > b;
}

int harness__tie_compare(const harness__tie_t *a, const harness__tie_t *b) {
  int order = compare_sizes(a->index, b->index);

  if (order == 0)
    order = compare_sizes(a->kind, b->kind);
  return order != 0 ? order : compare_sizes(a->other_index, b->other_index);
}

static void enqueue(harness__partition_t *p, size_t cell) {
  if (p->queued[cell])
    return;
  p->queued[cell] = true;
  p->queue[(p->queue_first + p->queue_count++) % p->graph->count] = cell;
}

static int compare_colours(const void *a, const void *b, void *arg) {
  const harness__graph_t *graph = arg;

  return compare_sizes(graph->colours[*(const size_t *)a], graph->colours[*(const size_t *)b]);
}

bool harness__partition_begin(harness__partition_t *p, const harness__graph_t *graph,
                              harness__arena_t *arena) {
  size_t count = graph->count;
  size_t cell = 0;

  memset(p, 0, sizeof *p);
  p->graph = graph;
  p->list = harness__partition_array(arena, count, sizeof(size_t));
  p->place = harness__partition_array(arena, count, sizeof(size_t));
  p->start = harness__partition_array(arena, count, sizeof(size_t));
  p->size = harness__partition_array(arena, count, sizeof(size_t));
  p->queue = harness__partition_array(arena, count, sizeof(size_t));
  p->queued = harness__partition_array(arena, count, sizeof(bool));
  p->touched = harness__partition_array(arena, count, sizeof *p->touched);
  p->marks = harness__partition_array(arena, graph->from[count], sizeof *p->marks);
  if (p->list == NULL || p->place == NULL || p->start == NULL || p->size == NULL || p->queue == NULL ||
      p->queued == NULL || p->touched == NULL || p->marks == NULL)
    return false;
  for (size_t i = 0; i < count; i++)
    p->list[i] = i;
  qsort_r(p->list, count, sizeof *p->list, compare_colours, (void *)(uintptr_t)graph);
  for (size_t i = 0; i < count; i++) {
    if (graph->colours[p->list[i]] != graph->colours[p->list[cell]])
      cell = i;
    p->place[p->list[i]] = i;
    p->start[p->list[i]] = cell;
    p->size[cell]++;
  }
  /* From the last to the first: each parts those of its ties to the end, so that they end up in its order. */
  for (size_t i = count; i-- > 0;)
    if (p->start[p->list[i]] == i)
      enqueue(p, i);
  return true;
}

static int compare_marks(const void *a, const void *b) {
  const mark_t *mark_a = a;
  const mark_t *mark_b = b;
  int order = compare_sizes(mark_a->cell, mark_b->cell);

  if (order == 0)
    order = compare_sizes(mark_a->vertex, mark_b->vertex);
  return order != 0 ? order : harness__tie_compare(&mark_a->tie, &mark_b->tie);
}

static int compare_touched(const void *a, const void *b) {
  const touched_t *touched_a = a;
  const touched_t *touched_b = b;
  int order = compare_sizes(touched_a->count, touched_b->count);

  for (size_t i = 0; order == 0 && i < touched_a->count; i++)
    order = harness__tie_compare(&touched_a->marks[i].tie, &touched_b->marks[i].tie);
  return order;
}

/* The ties to a cell of all vertices that do not stand alone in theirs, sorted. Returns how many. */
static size_t mark(harness__partition_t *p, size_t cell) {
  const harness__graph_t *graph = p->graph;
  size_t count = 0;

  for (size_t i = cell; i < cell + p->size[cell]; i++) {
    size_t vertex = p->list[i];
    p->work += graph->from[vertex + 1] - graph->from[vertex] + 1;
    for (size_t at = graph->from[vertex]; at < graph->from[vertex + 1]; at++) {
      const harness__tie_t *tie = &graph->ties[at];
      if (p->size[p->start[tie->other]] > 1)
        p->marks[count++] = (mark_t){
            p->start[tie->other], tie->other, {vertex, tie->other_index, tie->index, tie->kind ^ 1U}};
    }
  }
  if (count > 1)
    qsort(p->marks, count, sizeof *p->marks, compare_marks);
  return count;
}

static void move_to(harness__partition_t *p, size_t vertex, size_t place) {
  size_t other = p->list[place];

  p->list[p->place[vertex]] = other;
  p->place[other] = p->place[vertex];
  p->list[place] = vertex;
  p->place[vertex] = place;
}

static void begin_cell(harness__partition_t *p, size_t start, size_t size) {
  p->size[start] = size;
  for (size_t i = start; i < start + size; i++)
    p->start[p->list[i]] = start;
}

/* A cell has been parted: puts its parts, from `cell` to `end`, in the queue, but for the largest where the
 * cell has been used. */
static void enqueue_parts(harness__partition_t *p, size_t cell, size_t end) {
  size_t largest = cell;

  for (size_t at = cell; at < end; at += p->size[at])
    if (p->size[at] > p->size[largest])
      largest = at;
  if (p->queued[cell])
    largest = end;
  for (size_t at = cell; at < end; at += p->size[at])
    if (at != largest)
      enqueue(p, at);
}

/* Parts a cell: those without ties to the one in use stay in front, the others follow by their ties. */
static void part(harness__partition_t *p, size_t cell, touched_t *touched, size_t count) {
  size_t end = cell + p->size[cell];
  size_t next = end - count; /* where a new part begins */

  qsort(touched, count, sizeof *touched, compare_touched);
  if (next == cell && compare_touched(&touched[0], &touched[count - 1]) == 0)
    return;
  for (size_t i = count; i > 0; i--)
    move_to(p, touched[i - 1].vertex, end - count + i - 1);
  if (next > cell)
    p->size[cell] = next - cell;
  for (size_t i = 0, from = 0; i < count; i++) {
    if (i + 1 < count && compare_touched(&touched[i], &touched[i + 1]) == 0)
      continue;
    begin_cell(p, next, i + 1 - from);
    next += i + 1 - from;
    from = i + 1;
  }
  enqueue_parts(p, cell, end);
}

void harness__partition_refine(harness__partition_t *p) {
  while (p->queue_count > 0) {
    size_t cell = p->queue[p->queue_first];
    size_t marks;
    size_t count = 0;

    p->queue_first = (p->queue_first + 1) % p->graph->count;
    p->queue_count--;
    p->queued[cell] = false;
    marks = mark(p, cell);
    for (size_t i = 0; i < marks; i++) {
      const mark_t *at = &p->marks[i];
      if (i > 0 && at[-1].vertex == at->vertex) {
        p->touched[count - 1].count++;
        continue;
      }
      if (i > 0 && at[-1].cell != at->cell) {
        part(p, at[-1].cell, p->touched, count);
        count = 0;
      }
      p->touched[count++] = (touched_t){at->vertex, at, 1};
    }
    if (count > 0)
      part(p, p->marks[marks - 1].cell, p->touched, count);
  }
}

void harness__partition_single_out(harness__partition_t *p, size_t vertex) {
  size_t cell = p->start[vertex];
  size_t size = p->size[cell];

  move_to(p, vertex, cell);
  begin_cell(p, cell + 1, size - 1);
  begin_cell(p, cell, 1);
  enqueue(p, cell);
}

size_t harness__partition_target(const harness__partition_t *p) {
  size_t target = p->graph->count;

  for (size_t at = 0; at < p->graph->count; at += p->size[at])
    if (p->size[at] > 1 && (target == p->graph->count || p->size[at] < p->size[target]))
      target = at;
  return target;
}
