/* SPDX-License-Identifier: MIT */
/*
 * The values of a transcript that is on its way to canonical form: written into its nodes, and tied to each
 * other, so that lanes are told apart by which values they share (normal.c says why).
 *
 * A value that occurs in more than MOST_SHARERS lanes ties none of them to another: that many lanes would
 * have as many ties each.
 */
#include <stdlib.h>
#include <string.h>

#include "record/form.h"
#include "record/normal.h"

enum { MOST_SHARERS = 64 };

/* Where a value occurs: the how manieth of its lane it is. */
typedef struct place {
  size_t lane;
  size_t index;
} place_t;

typedef struct binding {
  harness__form_t *form;
  size_t lane;   /* the one that is walked, as index */
  size_t index;  /* of the next value in it */
  size_t *start; /* of each value: where its places begin */
  place_t *places;
  size_t capacity; /* of the form's bonds */
  bool counting;
} binding_t;

static bool has_values(const harness__form_t *form, const size_t *events, size_t count) {
  for (size_t i = 0; form->normal != NULL && i < count; i++)
    if (harness__normal_count(form->normal, events[i]) > 0)
      return true;
  return false;
}

bool harness__form_write(harness__form_t *form, const size_t *events, size_t count, bool blank,
                         harness__entry_t *entry) {
  harness__buffer_t out = {0};
  char *bytes = NULL;

  if (!has_values(form, events, count))
    return true;
  for (size_t i = 0; i < count; i++)
    harness__normal_write(form->normal, events[i], blank, &out);
  if (!out.failed)
    bytes = harness__arena_copy(&form->scratch, out.text != NULL ? out.text : "", out.length);
  if (bytes != NULL && entry->kind == HARNESS__EVENT_LOG) {
    entry->text = bytes;
    entry->text_size = out.length;
  } else if (bytes != NULL) {
    harness__data_make(&entry->data, bytes, out.length, form->recorder->data_limit);
  }
  harness__buffer_free(&out);
  return bytes != NULL;
}

static bool is_needed(const harness__form_t *form) {
  for (size_t i = 0; form->normal != NULL && i < form->recorder->lane_count; i++)
    if ((form->recorder->lanes[i].flags & (HARNESS__LANE_BY_CONTENT | HARNESS__LANE_ACCEPTED)) != 0)
      return true;
  return false;
}

static void visit_value(void *arg, size_t value) {
  binding_t *binding = arg;

  if (binding->counting)
    binding->start[value + 2]++;
  else
    binding->places[binding->start[value + 1]++] = (place_t){binding->lane, binding->index++};
}

static void walk(binding_t *binding, bool counting) {
  const harness__form_t *form = binding->form;

  binding->counting = counting;
  for (size_t lane = 0; lane < form->recorder->lane_count; lane++) {
    binding->lane = lane;
    binding->index = 0;
    for (size_t i = form->first[lane]; i < form->first[lane + 1]; i++)
      for (size_t j = 0; j < form->nodes[i].length; j++)
        harness__normal_each(form->normal, form->nodes[i].events[j], visit_value, binding);
  }
}

/* Lists the places of each value, by lane: value v has those from start[v] to start[v + 1]. */
static bool list_places(binding_t *binding) {
  harness__form_t *form = binding->form;
  size_t values = harness__normal_values(form->normal);

  binding->start = harness__form_array(form, values + 2, sizeof(size_t));
  if (binding->start == NULL)
    return false;
  walk(binding, true);
  for (size_t i = 2; i < values + 2; i++)
    binding->start[i] += binding->start[i - 1];
  binding->places = harness__form_array(form, binding->start[values + 1], sizeof *binding->places);
  if (binding->places == NULL)
    return false;
  /* Each start moves to its value's end, that is, to where the next one's start belongs. */
  walk(binding, false);
  return true;
}

static bool add_bond(binding_t *binding, const place_t *place, const place_t *other) {
  harness__form_t *form = binding->form;
  harness__bond_t *bonds = harness__grow(form->bonds, form->bond_count, &binding->capacity, sizeof *bonds);

  if (bonds == NULL)
    return false;
  form->bonds = bonds;
  bonds[form->bond_count++] = (harness__bond_t){place->lane, place->index, other->lane, other->index};
  return true;
}

/* Ties each later place in a lane to the lane's first, and the first ones of all lanes to each other. */
static bool bind_value(binding_t *binding, const place_t *places, size_t count) {
  place_t firsts[MOST_SHARERS];
  size_t lanes = 0;

  for (size_t i = 0, first = 0; i < count; i++) {
    if (places[i].lane != places[first].lane)
      first = i;
    if (i != first && !add_bond(binding, &places[i], &places[first]))
      return false;
    if (i == first && lanes++ < MOST_SHARERS)
      firsts[lanes - 1] = places[i];
  }
  for (size_t i = 1; lanes <= MOST_SHARERS && i < lanes; i++)
    for (size_t j = 0; j < i; j++)
      if (!add_bond(binding, &firsts[j], &firsts[i]))
        return false;
  return true;
}

bool harness__form_bind(harness__form_t *form) {
  binding_t binding = {.form = form};

  if (!is_needed(form))
    return true;
  if (!list_places(&binding))
    return false;
  for (size_t i = 0; i < harness__normal_values(form->normal); i++)
    if (!bind_value(&binding, binding.places + binding.start[i], binding.start[i + 1] - binding.start[i]))
      return false;
  return true;
}

/* Where a read falls among other events is a matter of the cutting, and must not decide which value is the
 * first: those of other events are numbered first, lane by lane. */
bool harness__form_number(harness__form_t *form) {
  size_t lanes = form->recorder->lane_count;
  size_t *by_rank;

  if (form->normal == NULL || !form->joined)
    return true;
  by_rank = harness__form_array(form, lanes, sizeof(size_t));
  if (by_rank == NULL)
    return false;
  for (size_t i = 0; i < lanes; i++)
    if (form->first[i + 1] > form->first[i])
      by_rank[form->ranks[i]] = i;
  for (int receives = 0; receives < 2; receives++)
    for (size_t rank = 0; rank < form->transcript->lane_count; rank++)
      for (size_t i = form->first[by_rank[rank]]; i < form->first[by_rank[rank] + 1]; i++)
        for (size_t j = 0; j < form->nodes[i].length; j++)
          if ((form->nodes[i].entry.kind == HARNESS__EVENT_RECEIVE) == (receives == 1))
            harness__normal_number(form->normal, form->nodes[i].events[j]);
  return true;
}
