/* SPDX-License-Identifier: MIT */
/*
 * A run is cut again by what it did: relative to "as written", a policy only adds cuts within writes and
 * leaves out cuts between them. Both are offsets of a direction's stream, so a list of them stands for any
 * policy and can be made smaller one by one, which no policy by itself can. A direction is known from run to
 * run by the name of the lane that reads.
 */
#include "network/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "network/transport.h"

/* The index of the first offset that is greater. */
static size_t index_after(const harness__offsets_t *offsets, uint64_t offset) {
  size_t low = 0;
  size_t high = offsets->count;

  while (low < high) {
    size_t middle = low + (high - low) / 2;

    if (offsets->list[middle] > offset)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

uint64_t harness__offsets_after(const harness__offsets_t *offsets, uint64_t offset) {
  size_t index = index_after(offsets, offset);

  return index < offsets->count ? offsets->list[index] : UINT64_MAX;
}

bool harness__offsets_have(const harness__offsets_t *offsets, uint64_t offset) {
  size_t index = index_after(offsets, offset);

  return index > 0 && offsets->list[index - 1] == offset;
}

static bool add_offset(harness__offsets_t *offsets, uint64_t offset) {
  uint64_t *list;

  if (offsets->count == HARNESS__PLAN_MOST)
    return false;
  list = harness__grow(offsets->list, offsets->count, &offsets->capacity, sizeof *list);
  if (list == NULL)
    return false;
  offsets->list = list;
  offsets->list[offsets->count++] = offset;
  return true;
}

void harness__plan_apply(struct harness *h, harness__plan_t *plan) {
  h->network->plan = plan;
  h->network->delivery = &plan->delivery;
  h->network->delivery_forced = true;
}

static void direction_free(harness__direction_t *direction) {
  free(direction->reader);
  free(direction->writer);
  free(direction->writes.list);
  free(direction->cuts.list);
  free(direction->added.list);
  free(direction->joined.list);
  free(direction);
}

void harness__plan_clear(harness__plan_t *plan) {
  while (plan->directions != NULL) {
    harness__direction_t *next = plan->directions->next;

    direction_free(plan->directions);
    plan->directions = next;
  }
  plan->failed = false;
}

static bool take_edits(const harness__plan_t *plan, harness__direction_t *direction) {
  for (size_t i = 0; i < plan->edit_count; i++) {
    const harness__edit_t *edit = &plan->edits[i];

    if (strcmp(edit->direction->reader, direction->reader) == 0 &&
        !add_offset(edit->join ? &direction->joined : &direction->added, edit->offset))
      return false;
  }
  return true;
}

static harness__direction_t *direction_new(harness__plan_t *plan, harness_transport_t *to) {
  harness__direction_t *direction = calloc(1, sizeof *direction);
  harness__direction_t **link = &plan->directions;

  if (direction == NULL)
    return NULL;
  direction->reader = strdup(harness_transport_name(to));
  direction->writer = strdup(harness_transport_name(to->peer));
  if (direction->reader == NULL || direction->writer == NULL || !take_edits(plan, direction)) {
    direction_free(direction);
    return NULL;
  }
  for (; *link != NULL; link = &(*link)->next)
    direction->number++;
  *link = direction;
  return direction;
}

void harness__plan_note_write(struct harness_transport *to) {
  harness__plan_t *plan = to->h->network->plan;

  if (plan == NULL || plan->failed)
    return;
  if (to->direction == NULL)
    to->direction = direction_new(plan, to);
  if (to->direction == NULL || !add_offset(&to->direction->writes, to->written))
    plan->failed = true;
}

bool harness__plan_is_edited(const struct harness_transport *t) {
  return t->direction != NULL && t->h->network->plan->edit_count > 0;
}

uint64_t harness__plan_cut(const harness__direction_t *direction, const harness__cut_t *cut) {
  uint64_t end = cut->delivered;
  uint64_t added = harness__offsets_after(&direction->added, cut->delivered);

  if (cut->parcel <= cut->delivered)
    return cut->delivered; /* an earlier delivery ran ahead */
  do {
    end = harness__offsets_after(&direction->writes, end);
  } while (end < cut->written && harness__offsets_have(&direction->joined, end));
  if (end > cut->written)
    end = cut->written;
  return added < end ? added : end;
}

bool harness__plan_joins(const struct harness_transport *t) {
  return harness__plan_is_edited(t) && harness__offsets_have(&t->direction->joined, t->delivered);
}

void harness__plan_note_cut(struct harness_transport *t, uint64_t end, bool joined) {
  harness__offsets_t *cuts;

  if (t->direction == NULL)
    return;
  cuts = &t->direction->cuts;
  if (joined && cuts->count > 0)
    cuts->list[cuts->count - 1] = end;
  else if (!add_offset(cuts, end))
    t->h->network->plan->failed = true;
}
