/* SPDX-License-Identifier: MIT */
/* Private: what is to happen next, in order of (due time, number). */
#ifndef HARNESS_RUN_AGENDA_H
#define HARNESS_RUN_AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Items are due at once and happen in order of their numbers: a queue. Timers are due later: a heap.
 * Both draw their numbers from one counter, so that a timer and an item due at the same time happen in the
 * order in which they were made. Both are embedded in what they belong to: nothing is allocated for
 * an item, and the heap's array grows only with the number of timers set at once.
 */
typedef struct harness__item harness__item_t;
struct harness__item {
  harness__item_t *next;
  void (*happen)(harness__item_t *item);
  uint64_t due_ns;
  uint64_t number;
};

typedef struct harness__timer harness__timer_t;
struct harness__timer {
  void (*fire)(harness__timer_t *timer);
  uint64_t due_ns;
  uint64_t number;
  size_t place; /* in the heap, from 1; 0: not set */
};

typedef struct harness__agenda {
  harness__item_t *first;
  harness__item_t **last; /* where the next item is linked, while there are any */
  harness__timer_t **heap;
  size_t timers;
  size_t capacity;
  uint64_t number;
  uint64_t now_ns;
} harness__agenda_t;

void harness__agenda_free(harness__agenda_t *agenda);

/* Queues an item that is not queued. */
static inline void harness__agenda_post(harness__agenda_t *agenda, harness__item_t *item) {
  item->next = NULL;
  item->due_ns = agenda->now_ns;
  item->number = ++agenda->number;
  if (agenda->first == NULL)
    agenda->last = &agenda->first;
  *agenda->last = item;
  agenda->last = &item->next;
}

/* Takes the first item, which there is, out of the queue. */
static inline void harness__agenda_drop_first(harness__agenda_t *agenda) {
  agenda->first = agenda->first->next;
}

/* Puts an item that has just happened back to the front: it is not done yet. */
void harness__agenda_put_back(harness__agenda_t *agenda, harness__item_t *item);

/* Sets a timer that is not set. Returns 0 or UV_ENOMEM. */
int harness__agenda_set(harness__agenda_t *agenda, harness__timer_t *timer, uint64_t due_ns);

/* The same with a number that was drawn before: it stands among equal due times as if it had been set then.
 */
int harness__agenda_set_as(harness__agenda_t *agenda, harness__timer_t *timer, uint64_t due_ns,
                           uint64_t number);

/* Takes a timer back; one that is not set is ignored. */
void harness__agenda_cancel(harness__agenda_t *agenda, harness__timer_t *timer);

/* Lets the next thing happen that is due by now, without timers where with_timers is false. Returns whether
 * there was one. */
bool harness__agenda_step(harness__agenda_t *agenda, bool with_timers);

/* The earliest timer's due time, UINT64_MAX where none is set. */
static inline uint64_t harness__agenda_next_due(const harness__agenda_t *agenda) {
  return agenda->timers > 0 ? agenda->heap[0]->due_ns : UINT64_MAX;
}

#endif
