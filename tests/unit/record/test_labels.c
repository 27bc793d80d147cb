/* SPDX-License-Identifier: MIT */
/*
 * Cells and labels of random graphs: against a plain reckoning, however the vertices are numbered, and as
 * they have always been. Lanes are numbered by them, so what they are stands in fixtures and may never
 * change.
 */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "record/symmetry.h"

enum { MOST = 24, MOST_TIES = 200, GRAPHS = 300 };

typedef struct edge {
  size_t a;
  size_t b;
  harness__tie_t tie; /* as seen from a */
} edge_t;

typedef struct sketch {
  size_t count;
  size_t colours[MOST];
  edge_t edges[MOST_TIES / 2];
  size_t edge_count;
} sketch_t;

/* The sketch as a graph, with room for it. */
typedef struct picture {
  harness__graph_t graph;
  size_t colours[MOST];
  size_t from[MOST + 1];
  harness__tie_t ties[MOST_TIES];
} picture_t;

static uint64_t random_state;

static size_t draw(size_t limit) {
  random_state = random_state * 6364136223846793005U + 1442695040888963407U;
  return (size_t)(random_state >> 33) % limit;
}

/* One draw after another: what comes out must not depend on the compiler. */
static harness__tie_t draw_look(size_t indexes) {
  harness__tie_t look = {.index = draw(indexes)};

  look.other_index = draw(indexes);
  look.kind = (unsigned)draw(4);
  return look;
}

static void add_edge(sketch_t *sketch, size_t a, size_t b, size_t indexes) {
  sketch->edges[sketch->edge_count++] = (edge_t){a, b, draw_look(indexes)};
}

/* Sparse or dense, of few colours or of one; some are two of a kind beside each other. */
static void make_sketch(sketch_t *sketch) {
  size_t colours = 1 + draw(3);
  size_t indexes = 1 + draw(2);
  bool twice = draw(3) == 0;

  memset(sketch, 0, sizeof *sketch);
  sketch->count = 1 + draw(MOST / 2);
  for (size_t i = 0; i < sketch->count; i++)
    sketch->colours[i] = 5 * draw(colours);
  if (draw(3) == 0) {
    for (size_t i = 0; i < sketch->count; i++)
      sketch->edges[sketch->edge_count++] = (edge_t){i, (i + 1) % sketch->count, {.kind = 2}};
    memset(sketch->colours, 0, sizeof sketch->colours);
  } else {
    for (size_t left = draw(2 * sketch->count + 1); left > 0; left--) {
      size_t to = draw(sketch->count);
      add_edge(sketch, draw(sketch->count), to, indexes);
    }
  }
  if (twice) {
    for (size_t i = 0, edges = sketch->edge_count; i < edges; i++) {
      edge_t edge = sketch->edges[i];
      edge.a += sketch->count;
      edge.b += sketch->count;
      sketch->edges[sketch->edge_count++] = edge;
    }
    memcpy(sketch->colours + sketch->count, sketch->colours, sketch->count * sizeof *sketch->colours);
    sketch->count *= 2;
  }
}

/* As the sketch has it, with vertex i numbered to[i]. */
static void draw_picture(const sketch_t *sketch, const size_t *to, picture_t *picture) {
  size_t fill[MOST + 1];

  memset(picture, 0, sizeof *picture);
  picture->graph = (harness__graph_t){sketch->count, picture->colours, picture->from, picture->ties};
  for (size_t i = 0; i < sketch->count; i++)
    picture->colours[to[i]] = sketch->colours[i];
  for (size_t i = 0; i < sketch->edge_count; i++) {
    picture->from[to[sketch->edges[i].a] + 1]++;
    picture->from[to[sketch->edges[i].b] + 1]++;
  }
  for (size_t i = 0; i < sketch->count; i++)
    picture->from[i + 1] += picture->from[i];
  memcpy(fill, picture->from, sizeof fill);
  for (size_t i = 0; i < sketch->edge_count; i++) {
    const edge_t *edge = &sketch->edges[i];
    harness__tie_t tie = edge->tie;
    tie.other = to[edge->b];
    picture->ties[fill[to[edge->a]]++] = tie;
    picture->ties[fill[to[edge->b]]++] =
        (harness__tie_t){to[edge->a], tie.other_index, tie.index, tie.kind ^ 1U};
  }
}

static void number_at_random(size_t count, size_t *to) {
  for (size_t i = 0; i < count; i++)
    to[i] = i;
  for (size_t i = count; i > 1; i--) {
    size_t j = draw(i);
    size_t kept = to[i - 1];
    to[i - 1] = to[j];
    to[j] = kept;
  }
}

static uint64_t mix(uint64_t hash, size_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15U;
  return hash ^ hash >> 29;
}

/* How many ties of that look a vertex has to a cell. */
static size_t count_ties(const harness__partition_t *p, size_t vertex, const harness__tie_t *look) {
  size_t count = 0;

  for (size_t at = p->graph->from[vertex]; at < p->graph->from[vertex + 1]; at++)
    count += harness__tie_compare(&p->graph->ties[at], look) == 0 &&
             p->start[p->graph->ties[at].other] == p->start[look->other];
  return count;
}

/* In a cell all have one colour, and as many ties of each look to each cell. */
static void assert_even(const harness__partition_t *p) {
  const harness__graph_t *graph = p->graph;

  for (size_t i = 0; i < graph->count; i++) {
    size_t vertex = p->list[i];
    size_t first = p->list[p->start[vertex]];
    assert_int_equal(p->place[vertex], i);
    assert_true(p->start[vertex] <= i && i < p->start[vertex] + p->size[p->start[vertex]]);
    assert_int_equal(graph->colours[vertex], graph->colours[first]);
    assert_int_equal(graph->from[vertex + 1] - graph->from[vertex],
                     graph->from[first + 1] - graph->from[first]);
    for (size_t at = graph->from[vertex]; at < graph->from[vertex + 1]; at++)
      assert_int_equal(count_ties(p, vertex, &graph->ties[at]), count_ties(p, first, &graph->ties[at]));
  }
}

/* By the plainest way, which names cells as it likes: parts all by all, until nothing is parted any more. */
static size_t count_cells(const harness__graph_t *graph) {
  uint64_t names[MOST] = {0};
  size_t cells = 0;

  for (size_t i = 0; i < graph->count; i++)
    names[i] = mix(1, graph->colours[i]);
  for (size_t round = 0; round < graph->count; round++) {
    uint64_t next[MOST] = {0};
    for (size_t i = 0; i < graph->count; i++) {
      next[i] = mix(2, (size_t)names[i]);
      for (size_t at = graph->from[i]; at < graph->from[i + 1]; at++) {
        const harness__tie_t *tie = &graph->ties[at];
        next[i] += mix(mix(mix(mix(3, tie->index), tie->other_index), tie->kind), (size_t)names[tie->other]);
      }
    }
    memcpy(names, next, sizeof names);
  }
  for (size_t i = 0; i < graph->count; i++) {
    size_t j = 0;
    while (names[j] != names[i])
      j++;
    cells += j == i;
  }
  return cells;
}

static size_t target_of(const harness__partition_t *p) {
  size_t best = p->graph->count;

  for (size_t i = p->graph->count; i-- > 0;)
    if (p->start[p->list[i]] == i && p->size[i] > 1 &&
        (best == p->graph->count || p->size[i] <= p->size[best]))
      best = i;
  return best;
}

/* Refines; then the cell of each vertex of the sketch, and a number for all of them. */
static uint64_t refine(const sketch_t *sketch, const size_t *to, size_t *cells) {
  picture_t picture;
  harness__partition_t p;
  harness__arena_t arena = {0};
  size_t count = 0;
  uint64_t hash = 0;

  draw_picture(sketch, to, &picture);
  assert_true(harness__partition_begin(&p, &picture.graph, &arena));
  harness__partition_refine(&p);
  assert_even(&p);
  for (size_t i = 0; i < sketch->count; i++) {
    cells[i] = p.start[to[i]];
    count += p.start[p.list[i]] == i;
    hash = mix(hash, cells[i]);
  }
  assert_int_equal(count, count_cells(&picture.graph));
  assert_int_equal(harness__partition_target(&p), target_of(&p));
  if (target_of(&p) < sketch->count) {
    size_t target = target_of(&p);
    size_t vertex = p.list[target + p.size[target] - 1];
    harness__partition_single_out(&p, vertex);
    assert_int_equal(p.size[target], 1);
    assert_int_equal(p.list[target], vertex);
    harness__partition_refine(&p);
    assert_even(&p);
  }
  harness__arena_free(&arena);
  return hash;
}

/* A number for the graph in canonical order; adds what it took. */
static uint64_t label(const sketch_t *sketch, const size_t *to, size_t *all_work) {
  picture_t picture;
  size_t order[MOST];
  size_t place[MOST];
  size_t work;
  uint64_t hash = 0;

  draw_picture(sketch, to, &picture);
  assert_true(harness__graph_order(&picture.graph, order, &work));
  *all_work += work;
  memset(place, 0xff, sizeof place);
  for (size_t i = 0; i < sketch->count; i++)
    place[order[i]] = i;
  for (size_t i = 0; i < sketch->count; i++) {
    assert_true(place[i] < sketch->count);
    hash += mix(mix(4, place[i]), picture.colours[i]);
    for (size_t at = picture.from[i]; at < picture.from[i + 1]; at++) {
      const harness__tie_t *tie = &picture.ties[at];
      hash +=
          mix(mix(mix(mix(mix(5, place[i]), place[tie->other]), tie->index), tie->other_index), tie->kind);
    }
  }
  return hash;
}

static void cells_and_labels_are_what_they_always_were(void **state) {
  uint64_t all_cells = 0;
  uint64_t all_labels = 0;
  size_t work = 0;

  (void)state;
  random_state = 1;
  for (int i = 0; i < GRAPHS; i++) {
    sketch_t sketch;
    size_t cells[2][MOST];
    size_t to[MOST];
    uint64_t labels;

    make_sketch(&sketch);
    number_at_random(sketch.count, to);
    all_cells = mix(all_cells, (size_t)refine(&sketch, to, cells[0]));
    labels = label(&sketch, to, &work);
    all_labels = mix(all_labels, (size_t)labels);
    for (int j = 0; j < 3; j++) {
      number_at_random(sketch.count, to);
      (void)refine(&sketch, to, cells[1]);
      assert_memory_equal(cells[0], cells[1], sketch.count * sizeof cells[0][0]);
      assert_true(label(&sketch, to, &work) == labels);
    }
  }
  assert_int_equal(all_cells, 0x8a4954714463a11aU);
  assert_int_equal(all_labels, 0x7df31956abf498f0U);
  assert_in_range(work, 206000, 209000);
}

/* Each part of a cell that is in the queue goes there, but for the one that is there already: with every part
 * once more the queue would have no room for the cell that tells the last two apart. */
static void a_cell_is_queued_once(void **state) {
  enum { PARTED = 8, TWO = PARTED, TELLS = TWO + 2, PARTERS, COUNT = PARTERS + 3 };
  sketch_t sketch = {.count = COUNT};
  size_t cells[MOST];
  size_t to[MOST];

  (void)state;
  for (size_t i = PARTED; i < COUNT; i++)
    sketch.colours[i] = i < TELLS ? 1 : i;
  for (size_t i = 0; i < 3; i++)
    for (size_t j = 0; j < PARTED; j++)
      if ((j >> i) % 2 == 1)
        add_edge(&sketch, PARTERS + i, j, 1);
  for (size_t i = 0; i < sketch.edge_count; i++)
    sketch.edges[i].tie.kind = 0;
  sketch.edges[sketch.edge_count++] = (edge_t){TELLS, TWO, {.kind = 0}};
  number_at_random(COUNT, to);
  (void)refine(&sketch, to, cells);
  assert_int_not_equal(cells[TWO], cells[TWO + 1]);
}

/* Ties of one look between two sorts of vertices (or one), as many for each of a sort: at random, so that
 * most of these graphs can't be parted by counting and have no symmetry all the same. */
static void add_even_ties(sketch_t *sketch, size_t first_sort, size_t each, const harness__tie_t *look) {
  size_t second = first_sort < sketch->count ? first_sort : 0;
  size_t second_sort = sketch->count - second;
  size_t ties = first_sort * each;
  size_t to[MOST_TIES / 2];

  number_at_random(ties, to);
  for (size_t i = 0; i < ties; i++)
    sketch->edges[sketch->edge_count++] = (edge_t){i / each, second + to[i] % second_sort, *look};
}

static void make_even_sketch(sketch_t *sketch) {
  /* How many of each sort, and how many ties those of the first have. */
  static const size_t sorts[][3] = {{8, 6, 3}, {9, 6, 2}, {12, 8, 2}, {6, 9, 3}, {8, 4, 3},
                                    {8, 0, 1}, {9, 0, 2}, {12, 0, 1}, {7, 0, 2}, {10, 10, 2}};
  const size_t *sort = sorts[draw(sizeof sorts / sizeof sorts[0])];
  size_t looks = 1 + draw(2);

  memset(sketch, 0, sizeof *sketch);
  sketch->count = sort[0] + sort[1];
  for (size_t i = sort[0]; i < sketch->count; i++)
    sketch->colours[i] = 1;
  for (size_t i = 0; i < looks; i++) {
    harness__tie_t look = draw_look(2);
    add_even_ties(sketch, sort[0], sort[2], &look);
  }
}

static void even_graphs_have_the_labels_they_always_had(void **state) {
  uint64_t all_labels = 0;
  size_t work = 0;

  (void)state;
  random_state = 2;
  for (int i = 0; i < GRAPHS; i++) {
    sketch_t sketch;
    size_t to[MOST];
    uint64_t labels;

    make_even_sketch(&sketch);
    number_at_random(sketch.count, to);
    labels = label(&sketch, to, &work);
    all_labels = mix(all_labels, (size_t)labels);
    for (int j = 0; j < 3; j++) {
      number_at_random(sketch.count, to);
      assert_true(label(&sketch, to, &work) == labels);
    }
  }
  assert_int_equal(all_labels, 0x2c7cc604abebd424U);
  assert_in_range(work, 2010000, 2030000);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(cells_and_labels_are_what_they_always_were),
    cmocka_unit_test(a_cell_is_queued_once),
    cmocka_unit_test(even_graphs_have_the_labels_they_always_had),
};

HARNESS_CMOCKA_MAIN("record/labels", tests)
