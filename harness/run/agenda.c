/* SPDX-License-Identifier: MIT */
#include "run/agenda.h"

#include <stdlib.h>
#include <uv.h>

void harness__agenda_free(harness__agenda_t *agenda) {
  free(agenda->heap);
  agenda->heap = NULL;
  agenda->timers = 0;
  agenda->capacity = 0;
}

void harness__agenda_put_back(harness__agenda_t *agenda, harness__item_t *item) {
  item->next = agenda->first;
  if (agenda->first == NULL)
    agenda->last = &item->next;
  agenda->first = item;
}

static bool is_before(const harness__timer_t *a, const harness__timer_t *b) {
  return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->number < b->number;
}

static void put(harness__agenda_t *agenda, size_t place, harness__timer_t *timer) {
  agenda->heap[place - 1] = timer;
  timer->place = place;
}

static void sift_up(harness__agenda_t *agenda, size_t place, harness__timer_t *timer) {
  while (place > 1 && is_before(timer, agenda->heap[place / 2 - 1])) {
    put(agenda, place, agenda->heap[place / 2 - 1]);
    place /= 2;
  }
  put(agenda, place, timer);
}

static void sift_down(harness__agenda_t *agenda, size_t place, harness__timer_t *timer) {
  for (;;) {
    size_t child = place * 2;
    if (child > agenda->timers)
      break;
    if (child < agenda->timers && is_before(agenda->heap[child], agenda->heap[child - 1]))
      child++;
    if (!is_before(agenda->heap[child - 1], timer))
      break;
    put(agenda, place, agenda->heap[child - 1]);
    place = child;
  }
  put(agenda, place, timer);
}

int harness__agenda_set_as(harness__agenda_t *agenda, harness__timer_t *timer, uint64_t due_ns,
                           uint64_t number) {
  if (agenda->timers == agenda->capacity) {
    size_t capacity = agenda->capacity != 0 ? agenda->capacity * 2 : 16;
    harness__timer_t **heap = realloc(agenda->heap, capacity * sizeof *heap);
    if (heap == NULL)
      return UV_ENOMEM;
    agenda->heap = heap;
    agenda->capacity = capacity;
  }
  timer->due_ns = due_ns;
  timer->number = number;
  agenda->timers++;
  sift_up(agenda, agenda->timers, timer);
  return 0;
}

int harness__agenda_set(harness__agenda_t *agenda, harness__timer_t *timer, uint64_t due_ns) {
  return harness__agenda_set_as(agenda, timer, due_ns, ++agenda->number);
}

void harness__agenda_cancel(harness__agenda_t *agenda, harness__timer_t *timer) {
  size_t place = timer->place;
  harness__timer_t *last;

  if (place == 0)
    return;
  timer->place = 0;
  last = agenda->heap[agenda->timers - 1];
  agenda->timers--;
  if (last == timer)
    return;
  if (place > 1 && is_before(last, agenda->heap[place / 2 - 1]))
    sift_up(agenda, place, last);
  else
    sift_down(agenda, place, last);
}

static bool timer_is_next(const harness__agenda_t *agenda) {
  const harness__timer_t *timer = agenda->timers > 0 ? agenda->heap[0] : NULL;
  const harness__item_t *item = agenda->first;

  if (timer == NULL || timer->due_ns > agenda->now_ns)
    return false;
  if (item == NULL)
    return true;
  return timer->due_ns != item->due_ns ? timer->due_ns < item->due_ns : timer->number < item->number;
}

bool harness__agenda_step(harness__agenda_t *agenda, bool with_timers) {
  harness__item_t *item = agenda->first;

  if (with_timers && timer_is_next(agenda)) {
    harness__timer_t *timer = agenda->heap[0];
    harness__agenda_cancel(agenda, timer);
    timer->fire(timer);
    return true;
  }
  if (item == NULL)
    return false;
  harness__agenda_drop_first(agenda);
  item->happen(item);
  return true;
}
