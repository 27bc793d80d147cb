/* SPDX-License-Identifier: MIT */
/*
 * Names for lanes whose number is chance: which of two blocking clients a server accepted first.
 *
 * In a family with such lanes the other numbered lanes keep their relative order and get the numbers from 1
 * on; those follow, first the harness's own clients' (ACCEPTED), then those from outside (BY_CONTENT), sorted
 * by content: event by event its kind, peer, code, text and data. A lane that is called after another
 * ("server/1/2") follows that one's new name.
 *
 * Lanes of equal content would be interchangeable, were they not tied to the rest of the transcript: by what
 * must come before or after which of their events, by which events name them, by whose name they bear, and by
 * which of the values that placeholders stand for they share (normal.c).
 * Those name lanes whose number is being looked for, too (a handler that passes data on to another server
 * names itself there), so content alone shows of such a peer its family only, and lanes, joints (past.c) and
 * values make a graph: its vertices are coloured, those of lanes with a name each with a colour of its own,
 * the others by content, and its edges are the ties. symmetry.c puts it in an order that depends on nothing
 * else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "record/form.h"
#include "record/symmetry.h"

/* In pairs: what one end of a tie is if the other is its neighbour (kind ^ 1). */
enum tie_kind { TIE_NAMES, TIE_NAMED, TIE_BEFORE, TIE_AFTER, TIE_PARENT, TIE_CHILD, TIE_USES, TIE_USED };

/* Vertices: the lanes, as indexes; behind them the joints, then the values. */
typedef struct relabel {
  harness__form_t *form;
  bool *unnamed; /* of each lane: its name holds a number by content */
  size_t *list;  /* those lanes, sorted by content */
  size_t count;
  size_t *colours;
  size_t fixed;     /* how many lanes have a name already: theirs are the lowest colours */
  size_t *tie_from; /* of each vertex: where its ties begin */
  size_t *filled;   /* and how many are there */
  harness__tie_t *ties;
} relabel_t;

static const harness__family_t *family_of(const harness__form_t *form, size_t lane) {
  return &form->recorder->families[form->recorder->lanes[lane].family];
}

static int compare_sizes(size_t a, size_t b) {
  return a < b ? -1 : a > b;
}

static int compare_bytes(const char *a, size_t size_a, const char *b, size_t size_b) {
  size_t common = size_a < size_b ? size_a : size_b;
  int order = common > 0 ? memcmp(a, b, common) : 0;
  return order != 0 ? order : compare_sizes(size_a, size_b);
}

static int compare_data(const harness__data_t *a, const harness__data_t *b) {
  int order = compare_bytes(a->head, a->head_size, b->head, b->head_size);

  if (order == 0)
    order = compare_sizes((size_t)a->bytes, (size_t)b->bytes);
  return order != 0 ? order : strcmp(a->digest, b->digest);
}

static const char *peer_label(const harness__form_t *form, const harness__node_t *node) {
  return node->peer != 0 && node->peer <= form->recorder->lane_count ? form->labels[node->peer - 1] : "";
}

static int compare_nodes(const harness__form_t *form, const harness__node_t *a, const harness__node_t *b) {
  int order = (int)a->entry.kind - (int)b->entry.kind;

  if (order == 0)
    order = (int)a->from - (int)b->from;
  if (order == 0)
    order = harness__text_compare_natural(peer_label(form, a), peer_label(form, b));
  if (order == 0 && a->entry.code != NULL)
    order = strcmp(a->entry.code, b->entry.code);
  if (order == 0 && a->entry.text != NULL)
    order = compare_bytes(a->entry.text, a->entry.text_size, b->entry.text, b->entry.text_size);
  return order != 0 ? order : compare_data(&a->entry.data, &b->entry.data);
}

static int is_from_outside(const harness__form_t *form, size_t lane) {
  return (form->recorder->lanes[lane].flags & HARNESS__LANE_BY_CONTENT) != 0;
}

/* Lanes without events last, since whether there is one is chance, too; then by family and content. The label
 * of a lane without a name is its family's. */
static int compare_content(const void *a, const void *b, void *arg) {
  const harness__form_t *form = ((const relabel_t *)arg)->form;
  size_t lane_a = *(const size_t *)a;
  size_t lane_b = *(const size_t *)b;
  const size_t *first = form->first;
  size_t count_a = first[lane_a + 1] - first[lane_a];
  size_t count_b = first[lane_b + 1] - first[lane_b];
  int order = (count_a == 0) - (count_b == 0);

  if (order == 0)
    order = harness__text_compare_natural(form->labels[lane_a], form->labels[lane_b]);
  if (order == 0)
    order = is_from_outside(form, lane_a) - is_from_outside(form, lane_b);
  for (size_t i = 0; order == 0 && i < count_a && i < count_b; i++)
    order = compare_nodes(form, &form->nodes[first[lane_a] + i], &form->nodes[first[lane_b] + i]);
  return order != 0 ? order : compare_sizes(count_a, count_b);
}

static int compare_fixed(const harness__form_t *form, size_t a, size_t b);

/* The same where one may be called after another lane: as deep as they go, by the lanes they are called
 * after. */
static int compare_parents(const harness__form_t *form, size_t a, size_t b) {
  harness__lane_t parent_a = form->recorder->lanes[a].parent;
  harness__lane_t parent_b = form->recorder->lanes[b].parent;
  int order;

  if (parent_a != 0 && parent_b != 0)
    return compare_fixed(form, parent_a - 1, parent_b - 1);
  if (parent_a != 0) {
    order = compare_fixed(form, parent_a - 1, b);
    return order != 0 ? order : 1;
  }
  order = compare_fixed(form, a, parent_b - 1);
  return order != 0 ? order : -1;
}

/* By the family's name, not its index: which family was first is chance, too. */
static int compare_fixed(const harness__form_t *form, size_t a, size_t b) {
  const harness__lane_info_t *lanes = form->recorder->lanes;
  int order;

  if (lanes[a].parent == 0 && lanes[b].parent == 0)
    order = harness__text_compare_natural(family_of(form, a)->name, family_of(form, b)->name);
  else
    order = compare_parents(form, a, b);
  return order != 0 ? order : compare_sizes(lanes[a].number, lanes[b].number);
}

static int compare_fixed_sorted(const void *a, const void *b, void *arg) {
  return compare_fixed(arg, *(const size_t *)a, *(const size_t *)b);
}

/* base, or base/number, in the transcript's arena. */
static bool set_label(harness__form_t *form, size_t lane, const char *base, uint32_t number) {
  size_t length = strlen(base);
  char *label = harness__arena_bytes(&form->transcript->arena, length + 12);

  if (label == NULL)
    return false;
  if (number == 0)
    memcpy(label, base, length + 1);
  else
    (void)snprintf(label, length + 12, "%s/%u", base, number);
  form->labels[lane] = label;
  return true;
}

static bool set_child_label(harness__form_t *form, size_t lane) {
  const harness__lane_info_t *info = &form->recorder->lanes[lane];

  return set_label(form, lane, form->labels[info->parent - 1], info->number);
}

/* Lists the lanes without a name; for the time being their label is their family's name, and what stands
 * behind the parent's. last: of each family, the highest number given, or UINT32_MAX where it keeps its
 * numbers. */
static bool find_unnamed(relabel_t *relabel, uint32_t *last) {
  harness__form_t *form = relabel->form;

  unsigned by_chance =
      HARNESS__LANE_BY_CONTENT | (form->recorder->free_running ? HARNESS__LANE_ACCEPTED : 0U);

  memset(last, 0xff, form->recorder->family_count * sizeof *last);
  for (size_t i = 0; i < form->recorder->lane_count; i++) {
    const harness__lane_info_t *lane = &form->recorder->lanes[i];
    relabel->unnamed[i] =
        (lane->flags & by_chance) != 0 || (lane->parent != 0 && relabel->unnamed[lane->parent - 1]);
    if (!relabel->unnamed[i])
      continue;
    relabel->list[relabel->count++] = i;
    if (lane->parent == 0) {
      last[lane->family] = 0;
      form->labels[i] = family_of(form, i)->name;
    } else if (!set_child_label(form, i)) {
      return false;
    }
  }
  return true;
}

/* Names the lanes whose name is no matter of chance. */
static bool label_fixed(relabel_t *relabel, uint32_t *last) {
  harness__form_t *form = relabel->form;
  size_t *sorted = harness__form_array(form, form->recorder->lane_count, sizeof(size_t));

  if (sorted == NULL)
    return false;
  for (size_t i = 0; i < form->recorder->lane_count; i++)
    if (!relabel->unnamed[i])
      sorted[relabel->fixed++] = i;
  qsort_r(sorted, relabel->fixed, sizeof *sorted, compare_fixed_sorted, form);
  for (size_t i = 0; i < relabel->fixed; i++) {
    const harness__lane_info_t *lane = &form->recorder->lanes[sorted[i]];
    uint32_t number = lane->number;

    relabel->colours[sorted[i]] = i;
    if (lane->parent == 0 && number != 0 && last[lane->family] != UINT32_MAX)
      number = ++last[lane->family];
    if (lane->parent == 0 && !set_label(form, sorted[i], family_of(form, sorted[i])->name, number))
      return false;
  }
  /* A lane is made after the one it is called after. */
  for (size_t i = 0; i < form->recorder->lane_count; i++)
    if (!relabel->unnamed[i] && form->recorder->lanes[i].parent != 0 && !set_child_label(form, i))
      return false;
  return true;
}

/* Colours the lanes without a name by content; what has none of that, joints and values, comes last. */
static void colour(relabel_t *relabel) {
  const harness__form_t *form = relabel->form;
  size_t current = relabel->fixed;

  qsort_r(relabel->list, relabel->count, sizeof *relabel->list, compare_content, relabel);
  for (size_t i = 0; i < relabel->count; i++) {
    if (i > 0 && compare_content(&relabel->list[i - 1], &relabel->list[i], relabel) != 0)
      current++;
    relabel->colours[relabel->list[i]] = current;
  }
  for (size_t i = 0; i < form->joint_count; i++)
    relabel->colours[form->recorder->lane_count + i] = current + 1;
  for (size_t i = 0; i < form->value_count; i++)
    relabel->colours[form->recorder->lane_count + form->joint_count + i] = current + 2;
}

/* Adds both ends of a tie; while they are still counted, counts them. What ties two lanes with names says
 * nothing about those without. */
static void add_tie(relabel_t *relabel, size_t a, size_t b, harness__tie_t tie) {
  size_t lanes = relabel->form->recorder->lane_count;

  if (a < lanes && b < lanes && !relabel->unnamed[a] && !relabel->unnamed[b])
    return;
  if (relabel->ties == NULL) {
    relabel->tie_from[a + 1]++;
    relabel->tie_from[b + 1]++;
    return;
  }
  tie.other = b;
  relabel->ties[relabel->tie_from[a] + relabel->filled[a]++] = tie;
  relabel->ties[relabel->tie_from[b] + relabel->filled[b]++] =
      (harness__tie_t){a, tie.other_index, tie.index, tie.kind ^ 1U};
}

/* The vertex of a node, and which node of its lane it is. */
static size_t vertex_of(const harness__form_t *form, size_t node, size_t *index) {
  *index = node < form->count ? harness__node_index(form, node) : 0;
  return node < form->count ? form->nodes[node].lane - 1 : form->recorder->lane_count + node - form->count;
}

static void each_tie(relabel_t *relabel) {
  const harness__form_t *form = relabel->form;
  size_t values = form->recorder->lane_count + form->joint_count;

  for (size_t i = 0; i < form->count; i++) {
    size_t peer = form->nodes[i].peer;
    harness__tie_t tie = {.index = harness__node_index(form, i), .kind = TIE_NAMES};
    if (peer != 0 && peer <= form->recorder->lane_count && relabel->unnamed[peer - 1])
      add_tie(relabel, form->nodes[i].lane - 1, peer - 1, tie);
  }
  for (size_t i = 0; i < form->link_count; i++) {
    harness__tie_t tie = {.kind = TIE_BEFORE};
    size_t before = vertex_of(form, form->links[i].before, &tie.index);
    size_t after = vertex_of(form, form->links[i].after, &tie.other_index);
    add_tie(relabel, before, after, tie);
  }
  for (size_t i = 0; i < form->recorder->lane_count; i++)
    if (form->recorder->lanes[i].parent != 0)
      add_tie(relabel, i, form->recorder->lanes[i].parent - 1, (harness__tie_t){.kind = TIE_CHILD});
  for (size_t i = 0; i < form->use_count; i++)
    add_tie(relabel, form->uses[i].lane, values + form->uses[i].value,
            (harness__tie_t){.index = form->uses[i].index, .kind = TIE_USES});
}

static bool collect_ties(relabel_t *relabel) {
  harness__form_t *form = relabel->form;
  size_t vertices = form->recorder->lane_count + form->joint_count + form->value_count;

  relabel->tie_from = harness__form_array(form, vertices + 1, sizeof(size_t));
  relabel->filled = harness__form_array(form, vertices, sizeof(size_t));
  if (relabel->tie_from == NULL || relabel->filled == NULL)
    return false;
  each_tie(relabel);
  for (size_t i = 0; i < vertices; i++)
    relabel->tie_from[i + 1] += relabel->tie_from[i];
  relabel->ties = harness__form_array(form, relabel->tie_from[vertices], sizeof *relabel->ties);
  if (relabel->ties == NULL)
    return false;
  each_tie(relabel);
  return true;
}

/* Numbers the lanes in the order of the graph. */
static bool label_unnamed(relabel_t *relabel, uint32_t *last) {
  harness__form_t *form = relabel->form;
  size_t lanes = form->recorder->lane_count;
  harness__graph_t graph = {lanes + form->joint_count + form->value_count, relabel->colours,
                            relabel->tie_from, relabel->ties};
  size_t *order = harness__form_array(form, graph.count, sizeof(size_t));
  size_t work;

  if (order == NULL || !harness__graph_order(&graph, order, &work))
    return false;
  for (size_t i = 0; i < graph.count; i++) {
    size_t lane = order[i];
    if (lane < lanes && relabel->unnamed[lane] && form->recorder->lanes[lane].parent == 0 &&
        !set_label(form, lane, family_of(form, lane)->name, ++last[form->recorder->lanes[lane].family]))
      return false;
  }
  for (size_t i = 0; i < lanes; i++)
    if (relabel->unnamed[i] && form->recorder->lanes[i].parent != 0 && !set_child_label(form, i))
      return false;
  return true;
}

bool harness__form_relabel(harness__form_t *form) {
  size_t lanes = form->recorder->lane_count;
  relabel_t relabel = {.form = form};
  uint32_t *last = harness__form_array(form, form->recorder->family_count, sizeof(uint32_t));

  relabel.unnamed = harness__form_array(form, lanes, sizeof(bool));
  relabel.list = harness__form_array(form, lanes, sizeof(size_t));
  relabel.colours = harness__form_array(form, lanes + form->joint_count + form->value_count, sizeof(size_t));
  if (last == NULL || relabel.unnamed == NULL || relabel.list == NULL || relabel.colours == NULL ||
      !find_unnamed(&relabel, last) || !label_fixed(&relabel, last))
    return false;
  if (relabel.count == 0)
    return true;
  colour(&relabel);
  return collect_ties(&relabel) && label_unnamed(&relabel, last);
}
