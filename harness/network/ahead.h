/* SPDX-License-Identifier: MIT */
/*
 * Private: has the processor fetch what the next deliveries will touch.
 *
 * Of thousands of connections each has left the caches when its turn comes, and one miss waits for the other:
 * the parcel names the end, that its reader, that its stack. So of each of the next parcels one more of these
 * is fetched, the nearest parcel being furthest on; what is looked at here was fetched one delivery before.
 * All that takes its time while the kernel carries the bytes of the turn under way, and changes nothing else.
 */
#ifndef HARNESS_NETWORK_AHEAD_H
#define HARNESS_NETWORK_AHEAD_H

#include "network/ledger.h"

__attribute__((always_inline)) static inline void harness__ahead_fetch(const void *object, size_t size) {
  enum { LINE = 64 };

  for (size_t at = 0; at < size; at += LINE)
    __builtin_prefetch((const char *)object + at);
}

/* What stands behind the parcel in the agenda, where that is another one. */
static inline const harness__parcel_t *harness__ahead_next(const harness__parcel_t *parcel) {
  const harness__item_t *next = parcel->item.next;

  return next != NULL && next->happen == parcel->item.happen ? (const harness__parcel_t *)next : NULL;
}

/* parcel: the one that was delivered last, taken out of the agenda a moment ago. */
static inline void harness__ahead(const harness__parcel_t *parcel) {
  const harness_task_t *reader;

  __asm__ volatile(""); /* gcc takes what only fetches for what does nothing, and drops the call */
  parcel = harness__ahead_next(parcel);
  reader = parcel != NULL ? parcel->to->reader : NULL;
  if (reader != NULL && reader->coroutine != NULL)
    harness__coroutine_fetch(reader->coroutine);
  parcel = parcel != NULL ? harness__ahead_next(parcel) : NULL;
  reader = parcel != NULL ? parcel->to->reader : NULL;
  if (reader != NULL)
    harness__ahead_fetch(reader, sizeof *reader);
  parcel = parcel != NULL ? harness__ahead_next(parcel) : NULL;
  if (parcel == NULL)
    return;
  harness__ahead_fetch(parcel->to, sizeof *parcel->to);
  if (parcel->item.next != NULL)
    harness__ahead_fetch(parcel->item.next, sizeof *parcel);
}

#endif
