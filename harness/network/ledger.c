/* SPDX-License-Identifier: MIT */
/*
 * The ledger.
 *
 * Whatever an end does to its peer is a parcel in the agenda, numbered as it is done and delivered
 * in that order (rule 2). A DATA parcel does not hold bytes, only the offset behind its last one:
 * the bytes went into the kernel when they were written, and are fetched when they are read. So a
 * parcel's delivery never touches the kernel; it moves `delivered` forward, as the delivery policy
 * cuts, and wakes the reader. A read then takes at most one delivered piece, waiting for the kernel
 * if that lags behind (rule 3).
 *
 * A data parcel stays in its direction's list of writes until its bytes are read, so that a read knows the
 * write which its last byte came from, whatever a policy made of the two on the way. What can be read is a
 * list of pieces: the parcel itself is the piece in which its last byte is delivered, further ones have
 * parcels of their own.
 *
 * What can go wrong: a policy that runs ahead (coalesced) delivers bytes of parcels still queued:
 * those find nothing left to deliver and vanish. Data for an end that has closed is refused with a
 * reset, as TCP does. Parcels for an end that has broken are dropped. A parcel always names a
 * stream, and streams live as long as the harness, so none can dangle.
 */
#include "network/ledger.h"

#include <string.h>

#include "base/seldom.h"
#include "base/slow.h"
#include "network/ahead.h"
#include "network/delivery.h"
#include "network/foreign.h"
#include "network/lane.h"
#include "network/plan.h"
#include "network/server.h"
#include "network/socket.h"

static void deliver(harness__item_t *item);

static harness__parcel_t *parcel_new(struct harness__network *network) {
  harness__parcel_t *parcel = network->spare_parcels;

  if (parcel != NULL)
    network->spare_parcels = parcel->next;
  else
    parcel = harness__arena_alloc(&network->arena, sizeof *parcel);
  return parcel;
}

/* A data parcel is needed until it has been delivered and its bytes have been read. */
static void let_go(struct harness__network *network, harness__parcel_t *parcel) {
  if (parcel->happened && parcel->read && !parcel->readable)
    harness__ledger_free_parcel(network, parcel);
}

static void add_sent(harness_transport_t *to, harness__parcel_t *parcel) {
  if (to->sent == NULL)
    to->sent = parcel;
  else
    to->sent_last->next_sent = parcel;
  to->sent_last = parcel;
}

static void drop_sent(harness_transport_t *t) {
  harness__parcel_t *parcel = t->sent;

  t->sent = parcel->next_sent;
  parcel->read = true;
  let_go(t->h->network, parcel);
}

static void drop_readable(harness_transport_t *t) {
  harness__parcel_t *piece = t->readable;

  t->readable = piece->next;
  piece->readable = false;
  let_go(t->h->network, piece);
}

void harness__ledger_forget(harness_transport_t *t) {
  while (t->sent != NULL)
    drop_sent(t);
  while (t->readable != NULL)
    drop_readable(t);
}

bool harness__ledger_make_spare(harness_t *h) {
  struct harness__network *network = h->network;
  harness__parcel_t *parcel = parcel_new(network);

  if (parcel == NULL)
    return false;
  harness__ledger_keep_parcel(network, parcel);
  return true;
}

int harness__ledger_post(harness_transport_t *to, harness__parcel_kind_t kind, harness__event_ref_t cause) {
  harness__parcel_t *parcel = parcel_new(to->h->network);

  if (parcel == NULL)
    return UV_ENOMEM;
  parcel->item.happen = deliver;
  parcel->next_sent = NULL;
  parcel->happened = false;
  parcel->read = false;
  parcel->readable = false;
  parcel->to = to;
  parcel->kind = kind;
  parcel->cause = cause;
  parcel->end = to->written;
  if (kind == HARNESS__PARCEL_DATA)
    add_sent(to, parcel);
  harness__agenda_post(&to->h->run->agenda, &parcel->item);
  return 0;
}

int harness__ledger_post_data(harness_transport_t *to, harness__event_ref_t cause) {
  if (to->h->network->plan != NULL)
    harness__plan_note_write(to);
  to->heard = to->h->run->agenda.number; /* not 0: that was before the news of the connection */
  return harness__ledger_post(to, HARNESS__PARCEL_DATA, cause);
}

void harness__ledger_break(harness_transport_t *t, int failure) {
  if (t->broken || t->closed)
    return;
  t->broken = true;
  t->failure = failure;
  harness__ledger_wake_reader(t);
  harness__ledger_wake_drainer(t);
}

/* What a reset breaks depends on what has ended before, and is told in the same words as by TCP (tcp_reset in
 * Linux): one that has seen the peer's EOF and has not written its own has only its writing left to lose, so
 * it loses a pipe; any other loses a connection. */
void harness__ledger_reset(harness_transport_t *t, harness__event_ref_t cause) {
  if (!t->broken)
    t->break_cause = cause;
  harness__ledger_break(t, t->eof_arrived && !t->eof_written ? UV_EPIPE : UV_ECONNRESET);
}

/* Data that arrives at an end its owner has closed: the sender is told by a reset. */
HARNESS__SELDOM static void refuse_data(harness_transport_t *t) {
  t->delivered = t->written;
  if (!t->peer->closed && harness__ledger_post(t->peer, HARNESS__PARCEL_RESET, t->ended) != 0)
    harness__ledger_reset(t->peer, t->ended); /* no memory to say it in its turn */
}

/* Seeded cuts differ from direction to direction: the lane that reads tells them apart. */
static const char *name_for_seed(harness_transport_t *t) {
  return t->delivery->kind == HARNESS_DELIVERY_SEEDED ? harness_transport_name(t) : "";
}

/* What stands for a piece up to end: the write's own parcel where that ends there, which it does once. */
static harness__parcel_t *piece_new(harness_transport_t *t, harness__parcel_t *parcel, uint64_t end) {
  harness__parcel_t *piece = parcel;

  if (end != parcel->end) {
    piece = parcel_new(t->h->network);
    if (piece == NULL)
      return NULL;
    piece->happened = true;
    piece->read = true;
  }
  piece->readable = true;
  piece->next = NULL;
  if (t->readable == NULL)
    t->readable = piece;
  else
    t->readable_last->next = piece;
  t->readable_last = piece;
  return piece;
}

/* Adds a piece to what can be read. Returns false when memory is exhausted. */
static bool add_piece(harness_transport_t *t, harness__parcel_t *parcel, uint64_t end) {
  harness__parcel_t *piece = t->readable_last;
  bool joined = t->readable != NULL && (harness__delivery_joins(t->delivery) || harness__plan_joins(t));

  if (!joined)
    piece = piece_new(t, parcel, end);
  if (piece == NULL)
    return false;
  piece->piece_end = end;
  if (t->direction != NULL)
    harness__plan_note_cut(t, end, joined);
  t->delivered = end;
  return true;
}

/* Makes the next piece readable, as a policy cuts it. Returns whether the parcel has more to deliver. */
static bool deliver_cut(harness_transport_t *t, harness__parcel_t *parcel) {
  harness__cut_t cut = {.delivered = t->delivered, .parcel = parcel->end, .written = t->written};
  uint64_t end;

  if (t->closed && t->delivered < parcel->end)
    refuse_data(t);
  if (t->closed || t->broken)
    return false;
  end = harness__plan_is_edited(t) ? harness__plan_cut(t->direction, &cut)
                                   : harness__delivery_cut(t->delivery, &cut, &t->random, name_for_seed(t));
  if (end == t->delivered)
    return false;
  if (!add_piece(t, parcel, end))
    harness__ledger_break(t, UV_ENOMEM);
  harness__ledger_wake_reader(t);
  return end < parcel->end;
}

/* A data parcel happens, in parts or out of the ordinary. */
HARNESS__SELDOM static void deliver_parts(harness_transport_t *t, harness__parcel_t *parcel) {
  if (deliver_cut(t, parcel)) {
    harness__agenda_put_back(&t->h->run->agenda, &parcel->item);
    return;
  }
  parcel->happened = true;
  let_go(t->h->network, parcel);
}

/* The same. Mostly all before was read, and this is as written: then no policy need be asked. */
static inline void deliver_data(harness_transport_t *t, harness__parcel_t *parcel) {
  if (t->closed || t->broken || t->readable != NULL || t->direction != NULL ||
      t->delivery->kind != HARNESS_DELIVERY_AS_WRITTEN || parcel->end <= t->delivered) {
    deliver_parts(t, parcel);
    return;
  }
  t->readable = parcel;
  t->readable_last = parcel;
  parcel->next = NULL;
  parcel->happened = true;
  parcel->readable = true;
  parcel->piece_end = parcel->end;
  t->delivered = parcel->end;
  harness__ledger_wake_reader(t);
}

static void answer(harness_transport_t *client) {
  client->answered = true;
  harness__ledger_wake_reader(client);
}

void harness__ledger_reached(harness_transport_t *t, int status) {
  t->failure = status;
  answer(t);
}

/* A connection reaches its server: the handler starts, then the client goes on. */
HARNESS__SELDOM static void deliver_connect(harness_transport_t *t, harness__event_ref_t cause) {
  harness_transport_t *client = t->peer;
  harness_server_t *server = t->server;
  int status = 0;

  if (!server->listening && client->closed) {
    harness__transport_free_descriptors(t);
    harness__transport_free_descriptors(client);
    return;
  }
  if (!server->listening) {
    t->closed = true; /* its server closed while it was in the queue: as the kernel does, reset it */
    if (harness__ledger_post(client, HARNESS__PARCEL_RESET, server->closed_after) != 0)
      harness__ledger_reset(client, server->closed_after);
  } else {
    t->lane = harness__server_next_lane(server, client->lane);
    t->peer_lane = client->lane;
    client->peer_lane = t->lane;
    harness__transport_note_accept(t, cause);
    status = harness__server_serve(server, t);
  }
  if (status != 0) { /* nobody has this end: the client's closes both */
    harness__transport_note_error(t, status);
    t->closed = true;
    client->failure = status;
  }
  answer(client);
}

/* On loopback the answer is there at once; where it is not (the listener's queue is full), the loop waits. */
HARNESS__SELDOM static void deliver_reach(harness_transport_t *t) {
  int status = t->closed ? UV_ECANCELED : harness__socket_finish_connect(t->fd);

  if (status == UV_EAGAIN)
    harness__foreign_await_connect(t);
  else
    harness__ledger_reached(t, status);
}

static void tell_of_window(harness_transport_t *writer) {
  harness__ledger_wake_drainer(writer);
  if (writer->writing_paused)
    harness__ledger_wake_reader(writer);
}

static void deliver(harness__item_t *item) {
  harness__parcel_t *parcel = (harness__parcel_t *)item;
  harness_transport_t *t = parcel->to;

  switch (parcel->kind) {
  case HARNESS__PARCEL_DATA:
    deliver_data(t, parcel);
    return;
  case HARNESS__PARCEL_EOF:
    t->eof_arrived = true;
    t->eof_cause = parcel->cause;
    harness__ledger_wake_reader(t);
    break;
  case HARNESS__PARCEL_RESET:
    harness__ledger_reset(t, parcel->cause);
    break;
  case HARNESS__PARCEL_WINDOW:
    t->window_posted = false;
    tell_of_window(t);
    break;
  case HARNESS__PARCEL_CONNECT:
    deliver_connect(t, parcel->cause);
    break;
  case HARNESS__PARCEL_REFUSAL:
    answer(t);
    break;
  case HARNESS__PARCEL_REACH:
    deliver_reach(t);
    break;
  }
  harness__ledger_free_parcel(t->h->network, parcel);
}

harness_transport_t *harness__ledger_deliver_here(harness_t *h) {
  harness__item_t *item = h->run->agenda.first;
  harness__parcel_t *parcel = (harness__parcel_t *)item;
  const harness__parcel_t *next;
  harness_transport_t *to;

  if (item == NULL || item->happen != deliver || parcel->kind != HARNESS__PARCEL_DATA ||
      !harness__step_is_here(h))
    return NULL;
  to = parcel->to;
  h->run->steps++;
  harness__agenda_drop_first(&h->run->agenda);
  next = harness__ahead_next(parcel);
  if (next != NULL && next->to != to) /* else it is at hand */
    harness__ahead(parcel);
  deliver_data(to, parcel);
  return to;
}

void harness__ledger_open_window(harness_transport_t *t) {
  harness_transport_t *writer = t->peer;

  if ((writer->drainer == NULL && !writer->writing_paused) || writer->window_posted ||
      t->written - t->consumed > writer->write_low)
    return;
  writer->window_posted = harness__ledger_post(writer, HARNESS__PARCEL_WINDOW, 0) == 0;
  if (!writer->window_posted)
    tell_of_window(writer); /* out of its turn, rather than never */
}

/* The write that holds the last byte read. What a policy cut and joined on the way does not matter. */
static harness__event_ref_t find_sent(harness_transport_t *t) {
  while (t->sent != NULL) {
    uint64_t end = t->sent->end;
    harness__event_ref_t cause = t->sent->cause;

    if (end <= t->consumed)
      drop_sent(t);
    if (end >= t->consumed)
      return cause;
  }
  return 0;
}

harness__event_ref_t harness__ledger_consume_parts(harness_transport_t *t) {
  harness__event_ref_t cause = find_sent(t);

  while (t->readable != NULL && t->readable->piece_end <= t->consumed)
    drop_readable(t);
  harness__ledger_open_window(t);
  return cause;
}
