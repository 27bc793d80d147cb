/* SPDX-License-Identifier: MIT */
/*
 * What must come before what, between nodes of different lanes: the causes of events, and the edges and
 * joints of past.c. A joint is a node behind the others, count + its index.
 *
 * A joint that nothing comes after says nothing about events. It must not be seen in the names of lanes
 * either, which are compared by their links, so such joints are left out, and what only led to them with
 * them.
 */
#include "record/form.h"

/* The node of a reference; false where there is no such event. */
static bool node_of(const harness__form_t *form, const harness__layout_t *layout, harness__event_ref_t ref,
                    size_t *node) {
  size_t index = (size_t)(ref & ~HARNESS__JOINT) - 1;

  if ((ref & HARNESS__JOINT) != 0) {
    *node = form->count + index;
    return index < form->joint_count;
  }
  if (index >= form->recorder->count)
    return false;
  *node = layout->node_of[index];
  return true;
}

/* Adds a link, unless program order says the same. False where program order says the opposite. */
static bool add_link(harness__form_t *form, const harness__layout_t *layout, harness__event_ref_t cause,
                     size_t after) {
  size_t before;

  if (!node_of(form, layout, cause, &before))
    return false;
  if (before < form->count && after < form->count && form->nodes[before].lane == form->nodes[after].lane)
    return before <= after;
  form->links[form->link_count++] = (harness__link_t){before, after};
  return true;
}

static bool add_edge(harness__form_t *form, const harness__layout_t *layout, const harness__edge_t *edge) {
  size_t at;
  size_t node;

  if (edge->lane == 0)
    return add_link(form, layout, edge->before, form->count + edge->ordinal);
  at = layout->start[edge->lane - 1] + edge->ordinal;
  if (at >= layout->start[edge->lane])
    return node_of(form, layout, edge->before, &node);
  node = layout->node_of[layout->by_lane[at]];
  /* Asked of a later part of a run of receives: the event behind the run answers for it. */
  if (edge->ordinal > 0 && layout->node_of[layout->by_lane[at - 1]] == node)
    node++;
  return node >= form->first[edge->lane] || add_link(form, layout, edge->before, node);
}

/* The links that lead to joints, by joint: those of joint i are in[from[i]] …. */
typedef struct inward {
  size_t *from;
  size_t *in;
  size_t *out; /* how many links leave the joint */
  size_t *dead;
  size_t dead_count;
} inward_t;

static bool sort_inward(harness__form_t *form, inward_t *inward) {
  size_t joints = form->joint_count;
  size_t *fill = harness__form_array(form, joints, sizeof(size_t));

  inward->from = harness__form_array(form, joints + 1, sizeof(size_t));
  inward->in = harness__form_array(form, form->link_count, sizeof(size_t));
  inward->out = harness__form_array(form, joints, sizeof(size_t));
  inward->dead = harness__form_array(form, joints, sizeof(size_t));
  if (fill == NULL || inward->from == NULL || inward->in == NULL || inward->out == NULL ||
      inward->dead == NULL)
    return false;
  for (size_t i = 0; i < form->link_count; i++) {
    if (form->links[i].before >= form->count)
      inward->out[form->links[i].before - form->count]++;
    if (form->links[i].after >= form->count)
      inward->from[form->links[i].after - form->count + 1]++;
  }
  for (size_t i = 0; i < joints; i++) {
    inward->from[i + 1] += inward->from[i];
    fill[i] = inward->from[i];
    if (inward->out[i] == 0)
      inward->dead[inward->dead_count++] = i;
  }
  for (size_t i = 0; i < form->link_count; i++)
    if (form->links[i].after >= form->count)
      inward->in[fill[form->links[i].after - form->count]++] = i;
  return true;
}

/* Takes out the links that lead to nothing but joints without an end. */
static bool leave_out_dead(harness__form_t *form) {
  inward_t inward = {0};
  size_t kept = 0;

  if (form->joint_count == 0)
    return true;
  if (!sort_inward(form, &inward))
    return false;
  for (size_t i = 0; i < inward.dead_count; i++) {
    size_t joint = inward.dead[i];
    for (size_t at = inward.from[joint]; at < inward.from[joint + 1]; at++) {
      harness__link_t *link = &form->links[inward.in[at]];
      if (link->before >= form->count && --inward.out[link->before - form->count] == 0)
        inward.dead[inward.dead_count++] = link->before - form->count;
      link->before = link->after; /* none leads from a node to itself: it is out */
    }
  }
  for (size_t i = 0; i < form->link_count; i++)
    if (form->links[i].before != form->links[i].after)
      form->links[kept++] = form->links[i];
  form->link_count = kept;
  return true;
}

bool harness__form_link(harness__form_t *form, const harness__layout_t *layout) {
  harness__recorder_t *recorder = form->recorder;

  form->joint_count = recorder->joint_count;
  form->links = harness__form_array(form, recorder->count + recorder->edge_count, sizeof *form->links);
  if (form->links == NULL)
    return false;
  for (size_t i = 0; i < recorder->count; i++) {
    harness__event_ref_t cause = harness__ref_long(harness__event_at(recorder, i + 1)->cause);
    if (cause != 0 && !add_link(form, layout, cause, layout->node_of[i]))
      return false;
  }
  for (size_t i = 0; i < recorder->edge_count; i++)
    if (!add_edge(form, layout, &recorder->edges[i]))
      return false;
  return leave_out_dead(form);
}
