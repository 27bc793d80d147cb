/* SPDX-License-Identifier: MIT */
/*
 * The lexicographic normal form of a partial order: again and again, of all lanes whose next node waits for
 * nothing, the one of the lowest rank gives its next node. A heap of such lanes and a count of what each
 * node still waits for make that O(n log lanes + links). A joint (past.c) is passed through at once: what it
 * waits for, those behind it wait for.
 */
#include "record/form.h"

#include <stdint.h>

typedef struct order {
  harness__form_t *form;
  size_t *next;    /* of each lane: its next node */
  size_t *waits;   /* of each node: how many links lead to it from what is not yet out */
  size_t *out;     /* of each node: where its links begin in targets */
  size_t *targets; /* the nodes that links lead to, by where they come from */
  size_t *joints;  /* those that wait for nothing any more and are still to be passed through */
  size_t joint_count;
  size_t *heap; /* lanes, the lowest rank first */
  size_t heap_size;
} order_t;

static bool is_lower(const order_t *order, size_t a, size_t b) {
  return order->form->ranks[order->heap[a]] < order->form->ranks[order->heap[b]];
}

static void swap(order_t *order, size_t a, size_t b) {
  size_t lane = order->heap[a];
  order->heap[a] = order->heap[b];
  order->heap[b] = lane;
}

static void push(order_t *order, size_t lane) {
  size_t at = order->heap_size++;

  order->heap[at] = lane;
  for (; at > 0 && is_lower(order, at, (at - 1) / 2); at = (at - 1) / 2)
    swap(order, at, (at - 1) / 2);
}

static size_t pop(order_t *order) {
  size_t lane = order->heap[0];
  size_t at = 0;

  order->heap[0] = order->heap[--order->heap_size];
  for (;;) {
    size_t child = 2 * at + 1;
    if (child + 1 < order->heap_size && is_lower(order, child + 1, child))
      child++;
    if (child >= order->heap_size || !is_lower(order, child, at))
      return lane;
    swap(order, child, at);
    at = child;
  }
}

/* A lane is in the heap exactly while its next node exists and waits for nothing. */
static void push_if_ready(order_t *order, size_t lane) {
  if (order->next[lane] < order->form->first[lane + 1] && order->waits[order->next[lane]] == 0)
    push(order, lane);
}

static bool prepare(order_t *order) {
  harness__form_t *form = order->form;
  size_t lanes = form->recorder->lane_count;
  size_t count = form->count + form->joint_count;
  size_t *fill;

  order->next = harness__form_array(form, lanes, sizeof(size_t));
  order->heap = harness__form_array(form, lanes, sizeof(size_t));
  order->waits = harness__form_array(form, count, sizeof(size_t));
  order->out = harness__form_array(form, count + 1, sizeof(size_t));
  order->targets = harness__form_array(form, form->link_count, sizeof(size_t));
  order->joints = harness__form_array(form, form->joint_count, sizeof(size_t));
  fill = harness__form_array(form, count, sizeof(size_t));
  form->order = harness__form_array(form, form->count, sizeof(size_t));
  if (order->next == NULL || order->heap == NULL || order->waits == NULL || order->out == NULL ||
      order->targets == NULL || order->joints == NULL || fill == NULL || form->order == NULL)
    return false;
  for (size_t i = 0; i < form->link_count; i++) {
    order->out[form->links[i].before + 1]++;
    order->waits[form->links[i].after]++;
  }
  for (size_t i = 0; i < count; i++) {
    order->out[i + 1] += order->out[i];
    fill[i] = order->out[i];
  }
  for (size_t i = 0; i < form->link_count; i++)
    order->targets[fill[form->links[i].before]++] = form->links[i].after;
  for (size_t i = 0; i < lanes; i++)
    order->next[i] = form->first[i];
  return true;
}

/* What waits for that node waits no longer. */
static void pass(order_t *order, size_t node) {
  const harness__form_t *form = order->form;

  for (size_t i = order->out[node]; i < order->out[node + 1]; i++) {
    size_t target = order->targets[i];
    if (--order->waits[target] > 0)
      continue;
    if (target >= form->count)
      order->joints[order->joint_count++] = target;
    else if (order->next[form->nodes[target].lane - 1] == target)
      push(order, form->nodes[target].lane - 1);
  }
}

static void release(order_t *order, size_t node) {
  pass(order, node);
  while (order->joint_count > 0)
    pass(order, order->joints[--order->joint_count]);
}

/* Joined receives may wait for themselves: a lane that told its peer to go on between two of them. Then the
 * topmost lane goes on without what it waits for. */
static void push_waiting(order_t *order) {
  const harness__form_t *form = order->form;
  size_t lanes = form->recorder->lane_count;
  size_t topmost = lanes;

  for (size_t i = 0; i < lanes; i++)
    if (order->next[i] < form->first[i + 1] && (topmost == lanes || form->ranks[i] < form->ranks[topmost]))
      topmost = i;
  if (topmost == lanes)
    return;
  order->waits[order->next[topmost]] = SIZE_MAX; /* what comes for it now comes too late to push it again */
  push(order, topmost);
}

bool harness__form_order(harness__form_t *form) {
  order_t order = {.form = form};
  size_t done = 0;

  if (!prepare(&order))
    return false;
  for (size_t i = 0; i < form->recorder->lane_count; i++)
    push_if_ready(&order, i);
  if (order.heap_size == 0 && form->joined)
    push_waiting(&order);
  while (order.heap_size > 0) {
    size_t lane = pop(&order);
    size_t node = order.next[lane];
    form->order[done++] = node;
    /* A joint may lead back to the lane: it is moved on last, so that it is not pushed twice. */
    release(&order, node);
    order.next[lane]++;
    push_if_ready(&order, lane);
    if (order.heap_size == 0 && form->joined)
      push_waiting(&order);
  }
  return done == form->count;
}
