/* SPDX-License-Identifier: MIT */
/*
 * Names for lanes whose number is chance: which of two blocking clients a server accepted first.
 *
 * In a family with such lanes (BY_CONTENT) the other numbered lanes keep their relative order and get the
 * numbers from 1 on; the BY_CONTENT ones follow, sorted by content: event by event its kind, peer, code, text
 * and data. Lanes of equal content would be interchangeable, were they not tied to the rest of the transcript
 * by *ties*: what must come before or after which of their events, and which events name them. Those name
 * lanes whose number is being looked for, too (a handler that passes data on to another server names itself
 * there), so content alone shows of such a peer its family only, and ties are compared by colour, as in graph
 * canonisation:
 *
 *   - a lane whose name is fixed has a colour of its own; BY_CONTENT lanes of equal content share one;
 *   - lanes of one colour whose ties lead to different colours get different colours, until nothing changes;
 *   - lanes that still share a colour are symmetrical. If they are tied to other BY_CONTENT lanes, one is
 *     singled out, whichever, and its partners follow by another round; else any order gives the same text.
 *
 * Colours are positions in the sorted list, so in the end they are the order. Without ties that is one sort;
 * singling out costs a round for each set of symmetrical lanes that are tied to each other. (Colours can't
 * tell some regular graphs apart; conversations that form such are not worth more code.)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "record/form.h"

enum tie_kind { TIE_NAMES, TIE_NAMED, TIE_BEFORE, TIE_AFTER };

typedef struct tie {
  size_t index; /* of the lane's own node, 0 for TIE_NAMED */
  enum tie_kind kind;
  size_t lane; /* the other one, as index */
  size_t other_index;
} tie_t;

typedef struct relabel {
  harness__form_t *form;
  size_t *list; /* the BY_CONTENT lanes, as indexes, in the order found so far */
  size_t count;
  size_t *colours;
  size_t *fresh;    /* the colours of the next round */
  size_t fixed;     /* how many lanes have a name already: theirs are the lowest colours */
  size_t *tie_from; /* of each lane: where its ties begin */
  tie_t *ties;
} relabel_t;

static bool by_content(const harness__form_t *form, size_t lane) {
  return (form->recorder->lanes[lane].flags & HARNESS__LANE_BY_CONTENT) != 0;
}

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

/* Lanes without events last, since whether there is one is chance, too; then by family and content. */
static int compare_content(const void *a, const void *b, void *arg) {
  const harness__form_t *form = ((const relabel_t *)arg)->form;
  size_t lane_a = *(const size_t *)a;
  size_t lane_b = *(const size_t *)b;
  const size_t *first = form->first;
  size_t count_a = first[lane_a + 1] - first[lane_a];
  size_t count_b = first[lane_b + 1] - first[lane_b];
  int order = (count_a == 0) - (count_b == 0);

  if (order == 0)
    order = harness__text_compare_natural(family_of(form, lane_a)->name, family_of(form, lane_b)->name);
  for (size_t i = 0; order == 0 && i < count_a && i < count_b; i++)
    order = compare_nodes(form, &form->nodes[first[lane_a] + i], &form->nodes[first[lane_b] + i]);
  return order != 0 ? order : compare_sizes(count_a, count_b);
}

static int compare_ties(const relabel_t *relabel, const tie_t *a, const tie_t *b) {
  int order = compare_sizes(a->index, b->index);

  if (order == 0)
    order = (int)a->kind - (int)b->kind;
  if (order == 0)
    order = compare_sizes(relabel->colours[a->lane], relabel->colours[b->lane]);
  return order != 0 ? order : compare_sizes(a->other_index, b->other_index);
}

static int compare_ties_sorted(const void *a, const void *b, void *arg) {
  return compare_ties(arg, a, b);
}

static int compare_colours(const void *a, const void *b, void *arg) {
  const relabel_t *relabel = arg;
  size_t lane_a = *(const size_t *)a;
  size_t lane_b = *(const size_t *)b;
  size_t count_a = relabel->tie_from[lane_a + 1] - relabel->tie_from[lane_a];
  size_t count_b = relabel->tie_from[lane_b + 1] - relabel->tie_from[lane_b];
  int order = compare_sizes(relabel->colours[lane_a], relabel->colours[lane_b]);

  if (order == 0)
    order = compare_sizes(count_a, count_b);
  for (size_t i = 0; order == 0 && i < count_a; i++)
    order = compare_ties(relabel, &relabel->ties[relabel->tie_from[lane_a] + i],
                         &relabel->ties[relabel->tie_from[lane_b] + i]);
  return order;
}

/* Sorts the list, and colours each lane with the position of the first that equals it. Returns how many
 * colours there are. */
static size_t colour(relabel_t *relabel, int (*compare)(const void *, const void *, void *)) {
  size_t colours = 0;
  size_t current = 0;

  qsort_r(relabel->list, relabel->count, sizeof *relabel->list, compare, relabel);
  for (size_t i = 0; i < relabel->count; i++) {
    if (i == 0 || compare(&relabel->list[i - 1], &relabel->list[i], relabel) != 0) {
      current = relabel->fixed + i;
      colours++;
    }
    relabel->fresh[relabel->list[i]] = current;
  }
  for (size_t i = 0; i < relabel->count; i++)
    relabel->colours[relabel->list[i]] = relabel->fresh[relabel->list[i]];
  return colours;
}

/* Calls add for both sides of each tie. */
static void each_tie(relabel_t *relabel, void (*add)(relabel_t *relabel, size_t lane, const tie_t *tie)) {
  const harness__form_t *form = relabel->form;

  for (size_t i = 0; i < form->count; i++) {
    size_t peer = form->nodes[i].peer;
    size_t lane = form->nodes[i].lane - 1;
    size_t index = harness__node_index(form, i);
    if (peer != 0 && peer <= form->recorder->lane_count && by_content(form, peer - 1)) {
      add(relabel, lane, &(tie_t){index, TIE_NAMES, peer - 1, 0});
      add(relabel, peer - 1, &(tie_t){0, TIE_NAMED, lane, index});
    }
  }
  for (size_t i = 0; i < form->link_count; i++) {
    const harness__link_t *link = &form->links[i];
    size_t before = form->nodes[link->before].lane - 1;
    size_t after = form->nodes[link->after].lane - 1;
    size_t index_before = harness__node_index(form, link->before);
    size_t index_after = harness__node_index(form, link->after);
    add(relabel, before, &(tie_t){index_before, TIE_BEFORE, after, index_after});
    add(relabel, after, &(tie_t){index_after, TIE_AFTER, before, index_before});
  }
}

static void count_tie(relabel_t *relabel, size_t lane, const tie_t *tie) {
  (void)tie;
  if (by_content(relabel->form, lane))
    relabel->tie_from[lane + 1]++;
}

/* fresh tells how many of the lane's ties are there already. */
static void add_tie(relabel_t *relabel, size_t lane, const tie_t *tie) {
  if (by_content(relabel->form, lane))
    relabel->ties[relabel->tie_from[lane] + relabel->fresh[lane]++] = *tie;
}

static bool collect_ties(relabel_t *relabel) {
  harness__form_t *form = relabel->form;
  size_t lanes = form->recorder->lane_count;

  relabel->tie_from = harness__form_array(form, lanes + 1, sizeof(size_t));
  if (relabel->tie_from == NULL)
    return false;
  each_tie(relabel, count_tie);
  for (size_t i = 0; i < lanes; i++)
    relabel->tie_from[i + 1] += relabel->tie_from[i];
  relabel->ties = harness__form_array(form, relabel->tie_from[lanes], sizeof *relabel->ties);
  if (relabel->ties == NULL)
    return false;
  memset(relabel->fresh, 0, lanes * sizeof *relabel->fresh);
  each_tie(relabel, add_tie);
  return true;
}

static bool is_tied_to_content(const relabel_t *relabel, size_t lane) {
  for (size_t i = relabel->tie_from[lane]; i < relabel->tie_from[lane + 1]; i++)
    if (relabel->ties[i].lane != lane && by_content(relabel->form, relabel->ties[i].lane))
      return true;
  return false;
}

/* Gives the first of the first set of symmetrical, tied lanes a colour of its own. */
static bool single_out(relabel_t *relabel) {
  for (size_t i = 0; i + 1 < relabel->count; i++) {
    size_t shared = relabel->colours[relabel->list[i]];
    if (relabel->colours[relabel->list[i + 1]] != shared || !is_tied_to_content(relabel, relabel->list[i]))
      continue;
    for (size_t j = i + 1; j < relabel->count && relabel->colours[relabel->list[j]] == shared; j++)
      relabel->colours[relabel->list[j]] = shared + 1;
    return true;
  }
  return false;
}

static void refine(relabel_t *relabel, size_t colours) {
  for (;;) {
    size_t now;
    for (size_t i = 0; i < relabel->count; i++) {
      size_t lane = relabel->list[i];
      size_t from = relabel->tie_from[lane];
      qsort_r(relabel->ties + from, relabel->tie_from[lane + 1] - from, sizeof(tie_t), compare_ties_sorted,
              relabel);
    }
    now = colour(relabel, compare_colours);
    if (now == colours) {
      if (!single_out(relabel))
        return;
      now++;
    }
    colours = now;
  }
}

static bool set_label(harness__form_t *form, size_t lane, uint32_t number) {
  const harness__family_t *family = family_of(form, lane);
  size_t size = family->length + 12;
  char *label = harness__arena_bytes(&form->transcript->arena, size);

  if (label == NULL)
    return false;
  if (number == 0)
    memcpy(label, family->name, family->length + 1);
  else
    (void)snprintf(label, size, "%s/%u", family->name, number);
  form->labels[lane] = label;
  return true;
}

/* By the family's name, not its index: which family was first is chance, too. */
static int compare_family_number(const void *a, const void *b, void *arg) {
  const harness__form_t *form = arg;
  size_t lane_a = *(const size_t *)a;
  size_t lane_b = *(const size_t *)b;
  int order = harness__text_compare_natural(family_of(form, lane_a)->name, family_of(form, lane_b)->name);

  if (order != 0)
    return order;
  return compare_sizes(form->recorder->lanes[lane_a].number, form->recorder->lanes[lane_b].number);
}

/* Names the lanes whose name is no matter of chance. last: of each family, the highest number given, or
 * UINT32_MAX where the family keeps its numbers. */
static bool label_fixed(relabel_t *relabel, size_t *sorted, uint32_t *last) {
  harness__form_t *form = relabel->form;
  size_t lanes = form->recorder->lane_count;
  size_t count = 0;

  memset(last, 0xff, form->recorder->family_count * sizeof *last);
  for (size_t i = 0; i < lanes; i++) {
    if (by_content(form, i)) {
      last[form->recorder->lanes[i].family] = 0;
      form->labels[i] = family_of(form, i)->name;
      relabel->list[relabel->count++] = i;
    } else {
      sorted[count++] = i;
    }
  }
  qsort_r(sorted, count, sizeof *sorted, compare_family_number, form);
  for (size_t i = 0; i < count; i++) {
    const harness__lane_info_t *lane = &form->recorder->lanes[sorted[i]];
    uint32_t number = lane->number;
    if (number != 0 && last[lane->family] != UINT32_MAX)
      number = ++last[lane->family];
    relabel->colours[sorted[i]] = i;
    if (!set_label(form, sorted[i], number))
      return false;
  }
  relabel->fixed = count;
  return true;
}

bool harness__form_relabel(harness__form_t *form) {
  size_t lanes = form->recorder->lane_count;
  relabel_t relabel = {.form = form};
  size_t *sorted = harness__form_array(form, lanes, sizeof(size_t));
  uint32_t *last = harness__form_array(form, form->recorder->family_count, sizeof(uint32_t));

  relabel.list = harness__form_array(form, lanes, sizeof(size_t));
  relabel.colours = harness__form_array(form, lanes, sizeof(size_t));
  relabel.fresh = harness__form_array(form, lanes, sizeof(size_t));
  if (sorted == NULL || last == NULL || relabel.list == NULL || relabel.colours == NULL ||
      relabel.fresh == NULL || !label_fixed(&relabel, sorted, last))
    return false;
  if (relabel.count > 0) {
    size_t colours;
    if (!collect_ties(&relabel))
      return false;
    colours = colour(&relabel, compare_content);
    refine(&relabel, colours);
  }
  for (size_t i = 0; i < relabel.count; i++) {
    size_t lane = relabel.list[i];
    if (!set_label(form, lane, ++last[form->recorder->lanes[lane].family]))
      return false;
  }
  return true;
}
