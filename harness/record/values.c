/* SPDX-License-Identifier: MIT */
/*
 * The values of a transcript that is on its way to canonical form: written into its nodes, and listed, so
 * that lanes are told apart by which values they share (normal.c says why).
 */
#include <stdlib.h>
#include <string.h>

#include "record/form.h"
#include "record/normal.h"

typedef struct listing {
  harness__form_t *form;
  size_t lane;    /* the one that is walked, as index */
  size_t index;   /* of the next value in it */
  size_t *counts; /* of each value: how often it occurs */
  bool counting;
} listing_t;

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
  listing_t *listing = arg;
  harness__form_t *form = listing->form;

  if (listing->counting)
    listing->counts[value]++;
  else if (listing->counts[value] > 1)
    form->uses[form->use_count++] = (harness__use_t){listing->lane, listing->index, value};
  listing->index++;
}

static void walk(listing_t *listing, bool counting) {
  const harness__form_t *form = listing->form;

  listing->counting = counting;
  for (size_t lane = 0; lane < form->recorder->lane_count; lane++) {
    listing->lane = lane;
    listing->index = 0;
    for (size_t i = form->first[lane]; i < form->first[lane + 1]; i++)
      for (size_t j = 0; j < form->nodes[i].length; j++)
        harness__normal_each(form->normal, form->nodes[i].events[j], visit_value, listing);
  }
}

bool harness__form_list_uses(harness__form_t *form) {
  listing_t listing = {.form = form};
  size_t uses = 0;

  if (!is_needed(form))
    return true;
  form->value_count = harness__normal_values(form->normal);
  listing.counts = harness__form_array(form, form->value_count, sizeof(size_t));
  if (listing.counts == NULL)
    return false;
  walk(&listing, true);
  for (size_t i = 0; i < form->value_count; i++)
    uses += listing.counts[i] > 1 ? listing.counts[i] : 0;
  form->uses = harness__form_array(form, uses, sizeof *form->uses);
  if (form->uses == NULL)
    return false;
  walk(&listing, false);
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
