/* SPDX-License-Identifier: MIT */
/* Private: what one end of a connection does to the other, as parcels delivered one by one. */
#ifndef HARNESS_NETWORK_LEDGER_H
#define HARNESS_NETWORK_LEDGER_H

#include "base/slow.h"
#include "network/transport.h"

typedef enum harness__parcel_kind {
  HARNESS__PARCEL_CONNECT, /* to the server's end: a connection is made */
  HARNESS__PARCEL_REFUSAL, /* to a connecting end: nothing listens there, or it failed (failure) */
  HARNESS__PARCEL_REACH,   /* to a connecting end: the kernel connects it to a foreign server */
  HARNESS__PARCEL_DATA,
  HARNESS__PARCEL_EOF,
  HARNESS__PARCEL_RESET,
  HARNESS__PARCEL_WINDOW /* to a writing end: the peer has read, go on */
} harness__parcel_kind_t;

struct harness__parcel {
  harness__item_t item;         /* first: the agenda hands it back */
  harness__parcel_t *next;      /* the next spare one; the next piece */
  harness__parcel_t *next_sent; /* DATA: the next write to the same end */
  harness_transport_t *to;
  harness__parcel_kind_t kind : 8;
  bool happened : 1; /* DATA: it is not in the agenda any more */
  bool read : 1;     /* DATA: nobody will ask any more who wrote its bytes */
  bool readable : 1; /* DATA: it is among the pieces that can be read */
  harness__event_ref_t cause;
  uint64_t end;       /* DATA: offset in the stream behind its last byte */
  uint64_t piece_end; /* readable: offset behind the last byte of the piece */
};

/* Sees to it that the next post needs no memory: before what can't be taken back. Returns whether it is so.
 */
bool harness__ledger_make_spare(harness_t *h);
static inline bool harness__ledger_reserve(harness_t *h) {
  return h->network->spare_parcels != NULL || harness__ledger_make_spare(h);
}

/* Sends a parcel on its way. Returns 0 or UV_ENOMEM. */
int harness__ledger_post(harness_transport_t *to, harness__parcel_kind_t kind, harness__event_ref_t cause);

/* The same for bytes that were written to `to`'s peer: all up to to->written. */
int harness__ledger_post_data(harness_transport_t *to, harness__event_ref_t cause);

/* A parcel that nothing refers to any more is used again. */
static inline void harness__ledger_keep_parcel(struct harness__network *network, harness__parcel_t *parcel) {
  parcel->next = network->spare_parcels;
  network->spare_parcels = parcel;
}

static inline void harness__ledger_free_parcel(struct harness__network *network, harness__parcel_t *parcel) {
  if (!harness__is_slow(HARNESS__SLOW_POOLS))
    harness__ledger_keep_parcel(network, parcel);
}

/* The peer goes on writing where it was held back and enough is read. */
void harness__ledger_open_window(harness_transport_t *t);

/* What there is to do when bytes were consumed, whatever was written, delivered and read together. Returns as
 * harness__ledger_consume does. */
harness__event_ref_t harness__ledger_consume_parts(harness_transport_t *t);

/* Takes note that the owner of s has consumed count more bytes: frees pieces, opens the window. Returns the
 * write of the last of them, which all earlier ones came before. */
static inline harness__event_ref_t harness__ledger_consume(harness_transport_t *t, uint64_t count) {
  harness__parcel_t *parcel = t->sent;
  harness__event_ref_t cause;

  t->consumed += count;
  if (t->peer == NULL)
    return 0;
  if (parcel == NULL || parcel != t->readable || parcel->end != t->consumed ||
      parcel->piece_end != t->consumed)
    return harness__ledger_consume_parts(t);
  /* One write, delivered as one piece, read as a whole: mostly it is. */
  t->sent = parcel->next_sent;
  t->readable = parcel->next;
  cause = parcel->cause;
  harness__ledger_free_parcel(t->h->network, parcel);
  if (t->peer->drainer != NULL || t->peer->writing_paused)
    harness__ledger_open_window(t);
  return cause;
}

/* How many bytes of that write, which harness__ledger_consume has returned last, are still to be consumed. */
static inline uint64_t harness__ledger_left_of(const harness_transport_t *t, harness__event_ref_t cause) {
  return t->sent != NULL && t->sent->cause == cause ? t->sent->end - t->consumed : 0;
}

/* Bytes that the next read of s gets at the most, 0 where it has to wait. */
static inline uint64_t harness__ledger_next_piece(const harness_transport_t *t) {
  return t->readable != NULL ? t->readable->piece_end - t->consumed : 0;
}

/* For the coroutine that is about to wait: delivers data where that would be the next thing to happen while
 * it waits. Returns to whom, NULL where it did not. */
harness_transport_t *harness__ledger_deliver_here(harness_t *h);

/* The kernel has connected s to a foreign server, or failed to: its connect goes on. */
void harness__ledger_reached(harness_transport_t *t, int status);

/* Breaks a connection for one end: its waiters wake, its reads and writes fail once what was delivered is
 * read. */
void harness__ledger_break(harness_transport_t *t, int failure);

/* The same for a reset by the peer: it arrives at t. cause: what the peer did. */
void harness__ledger_reset(harness_transport_t *t, harness__event_ref_t cause);

/* Nobody will read from t any more: gives its parcels back. */
void harness__ledger_forget(harness_transport_t *t);

/* Wakes whoever reads from s. */
static inline void harness__ledger_wake_reader(harness_transport_t *t) {
  if (t->reader != NULL)
    harness__wake(t->reader);
}

static inline void harness__ledger_wake_drainer(harness_transport_t *t) {
  if (t->drainer != NULL)
    harness__wake(t->drainer);
}

#endif
