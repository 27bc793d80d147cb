/* SPDX-License-Identifier: MIT */
/* Graphs that are hard to tell apart from themselves: each is numbered anew many times. */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "record/symmetry.h"

enum { MOST = 32, MOST_TIES = MOST * MOST, TIMES = 40 };

/* An undirected graph as a matrix, and what is made of it. */
typedef struct picture {
  size_t count;
  bool joined[MOST][MOST];
} picture_t;

static uint64_t random_state;

static size_t draw(size_t limit) {
  random_state = random_state * 6364136223846793005U + 1442695040888963407U;
  return limit > 1 ? (size_t)(random_state >> 33) % limit : 0;
}

static void join(picture_t *picture, size_t a, size_t b) {
  picture->joined[a][b] = true;
  picture->joined[b][a] = true;
}

static void order_graph(const harness__graph_t *graph, size_t *order, size_t *work) {
  bool *seen = calloc(graph->count + 1, sizeof *seen);

  assert_non_null(seen);
  assert_true(harness__graph_order(graph, order, work));
  for (size_t i = 0; i < graph->count; i++) {
    assert_false(seen[order[i]]);
    seen[order[i]] = true;
  }
  free(seen);
}

/* The picture with its vertices in canonical order. */
static void canonical(const picture_t *picture, picture_t *result) {
  size_t colours[MOST] = {0};
  size_t from[MOST + 1] = {0};
  static harness__tie_t ties[MOST_TIES];
  harness__graph_t graph = {picture->count, colours, from, ties};
  size_t order[MOST];
  size_t work;

  for (size_t i = 0; i < picture->count; i++) {
    from[i + 1] = from[i];
    for (size_t j = 0; j < picture->count; j++)
      if (picture->joined[i][j])
        ties[from[i + 1]++] = (harness__tie_t){.other = j};
  }
  order_graph(&graph, order, &work);
  memset(result, 0, sizeof *result);
  result->count = picture->count;
  for (size_t i = 0; i < picture->count; i++)
    for (size_t j = 0; j < picture->count; j++)
      result->joined[i][j] = picture->joined[order[i]][order[j]];
}

static void renumber(const picture_t *picture, picture_t *result) {
  size_t to[MOST] = {0};

  for (size_t i = 0; i < picture->count; i++)
    to[i] = i;
  for (size_t i = picture->count - 1; i > 0; i--) {
    size_t j = draw(i + 1);
    size_t kept = to[i];
    to[i] = to[j];
    to[j] = kept;
  }
  memset(result, 0, sizeof *result);
  result->count = picture->count;
  for (size_t i = 0; i < picture->count; i++)
    for (size_t j = 0; j < picture->count; j++)
      result->joined[to[i]][to[j]] = picture->joined[i][j];
}

static bool same(const picture_t *a, const picture_t *b) {
  return memcmp(a, b, sizeof *a) == 0;
}

static void assert_one_form(const picture_t *picture) {
  picture_t form;

  canonical(picture, &form);
  for (int i = 0; i < TIMES; i++) {
    picture_t other;
    picture_t other_form;

    renumber(picture, &other);
    canonical(&other, &other_form);
    assert_true(same(&form, &other_form));
  }
}

static void add_ring(picture_t *picture, size_t size) {
  size_t first = picture->count;

  for (size_t i = 0; i < size; i++)
    join(picture, first + i, first + (i + 1) % size);
  picture->count += size;
}

static void rings_of_several_lengths(void **state) {
  picture_t rings = {0};
  picture_t one = {0};
  picture_t two = {0};
  picture_t forms[2];

  (void)state;
  add_ring(&rings, 3);
  add_ring(&rings, 5);
  add_ring(&rings, 3);
  add_ring(&rings, 6);
  assert_one_form(&rings);
  add_ring(&one, 6);
  add_ring(&two, 3);
  add_ring(&two, 3);
  canonical(&one, &forms[0]);
  canonical(&two, &forms[1]);
  assert_false(same(&forms[0], &forms[1]));
}

/* Each vertex of a square of 4 by 4 has six neighbours, and any two have two in common, in both of these. */
static void graphs_alike_in_all_counts(void **state) {
  static const int steps[3][2] = {{0, 1}, {1, 0}, {1, 1}};
  picture_t rooks = {.count = 16};
  picture_t shrikhande = {.count = 16};
  picture_t forms[2];

  (void)state;
  for (size_t i = 0; i < 16; i++) {
    for (size_t j = 0; j < 16; j++)
      if (i != j && (i / 4 == j / 4 || i % 4 == j % 4))
        join(&rooks, i, j);
    for (size_t k = 0; k < 3; k++)
      join(&shrikhande, i, (i / 4 + (size_t)steps[k][0]) % 4 * 4 + (i % 4 + (size_t)steps[k][1]) % 4);
  }
  assert_one_form(&rooks);
  assert_one_form(&shrikhande);
  canonical(&rooks, &forms[0]);
  canonical(&shrikhande, &forms[1]);
  assert_false(same(&forms[0], &forms[1]));
  /* Both beside each other: which is which must not depend on who came first. */
  for (size_t i = 0; i < 16; i++)
    for (size_t j = 0; j < 16; j++)
      if (shrikhande.joined[i][j])
        join(&rooks, 16 + i, 16 + j);
  rooks.count = 32;
  assert_one_form(&rooks);
}

static void everybody_tied_to_everybody(void **state) {
  picture_t all = {.count = 12};
  picture_t but_one = {.count = 12};

  (void)state;
  for (size_t i = 0; i < 12; i++) {
    for (size_t j = 0; j < i; j++) {
      join(&all, i, j);
      if (i / 2 != j / 2)
        join(&but_one, i, j);
    }
  }
  assert_one_form(&all);
  assert_one_form(&but_one);
}

/* Three neighbours each, at random: many of these have vertices that look alike and are not. */
static void random_graphs_of_three_neighbours(void **state) {
  (void)state;
  for (int i = 0; i < 60; i++) {
    picture_t picture = {.count = 8 + 2 * draw(5)};
    size_t ends[3 * MOST] = {0};
    size_t left = 3 * picture.count;

    for (size_t j = 0; j < left; j++)
      ends[j] = j / 3;
    while (left > 0) {
      size_t a = draw(left);
      size_t end = ends[a];
      size_t b;
      ends[a] = ends[--left];
      b = draw(left);
      if (ends[b] != end)
        join(&picture, end, ends[b]);
      ends[b] = ends[--left];
    }
    assert_one_form(&picture);
  }
}

/* Pairs that look alike, and a chain in which each vertex is told from its neighbour by the one before. */
static size_t work_for(size_t pairs, bool chained) {
  size_t count = 2 * pairs;
  size_t *colours = calloc(count, sizeof *colours);
  size_t *from = calloc(count + 1, sizeof *from);
  harness__tie_t *ties = calloc(2 * count, sizeof *ties);
  size_t *order = calloc(count, sizeof *order);
  harness__graph_t graph = {count, colours, from, ties};
  size_t work;

  assert_true(colours != NULL && from != NULL && ties != NULL && order != NULL);
  colours[0] = chained;
  for (size_t i = 0; i < count; i++) {
    from[i + 1] = from[i];
    if (chained && i > 0)
      ties[from[i + 1]++] = (harness__tie_t){.other = i - 1};
    if (chained && i + 1 < count)
      ties[from[i + 1]++] = (harness__tie_t){.other = i + 1, .kind = 1};
    if (!chained)
      ties[from[i + 1]++] = (harness__tie_t){.other = i ^ 1U, .kind = i & 1U};
  }
  order_graph(&graph, order, &work);
  free(colours);
  free(from);
  free(ties);
  free(order);
  return work;
}

/* Quadratic would be 64 times as much. */
static void takes_little_more_than_linear_work(void **state) {
  (void)state;
  for (int chained = 0; chained < 2; chained++)
    assert_in_range(work_for(8000, chained != 0), 1, 16 * work_for(1000, chained != 0));
}

/* Each vertex of a cube of that many dimensions looks like every other, so that all are tried, on every
 * level. */
static size_t work_for_cube(unsigned dimensions) {
  size_t count = (size_t)1 << dimensions;
  size_t *colours = calloc(count, sizeof *colours);
  size_t *from = calloc(count + 1, sizeof *from);
  harness__tie_t *ties = calloc(dimensions * count, sizeof *ties);
  size_t *order = calloc(count, sizeof *order);
  harness__graph_t graph = {count, colours, from, ties};
  size_t work;

  assert_true(colours != NULL && from != NULL && ties != NULL && order != NULL);
  for (size_t i = 0; i < count; i++) {
    from[i + 1] = from[i];
    for (unsigned j = 0; j < dimensions; j++)
      ties[from[i + 1]++] = (harness__tie_t){.other = i ^ (size_t)1 << j};
  }
  order_graph(&graph, order, &work);
  free(colours);
  free(from);
  free(ties);
  free(order);
  return work;
}

/* Beyond 8 million looks the first way down is taken. */
static void gives_up_in_good_order(void **state) {
  (void)state;
  assert_in_range(work_for_cube(4), 1, 1 << 20);
#ifdef TEST_BEYOND_LIMIT /* a second, but a minute where a launcher slows it */
  assert_in_range(work_for_cube(10), 1 << 23, 1 << 24);
#endif
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(rings_of_several_lengths),           cmocka_unit_test(graphs_alike_in_all_counts),
    cmocka_unit_test(everybody_tied_to_everybody),        cmocka_unit_test(random_graphs_of_three_neighbours),
    cmocka_unit_test(takes_little_more_than_linear_work), cmocka_unit_test(gives_up_in_good_order),
};

HARNESS_CMOCKA_MAIN("record/symmetry", tests)
