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
 * What can go wrong: a policy that runs ahead (coalesced) delivers bytes of parcels still queued:
 * those find nothing left to deliver and vanish. Data for an end that has closed is refused with a
 * reset, as TCP does. Parcels for an end that has broken are dropped. A parcel always names a
 * stream, and streams live as long as the harness, so none can dangle.
 */
#include "network/ledger.h"

#include <string.h>

#include "network/delivery.h"
#include "network/foreign.h"
#include "network/lane.h"
#include "network/tcp.h"

static void deliver(harness__item_t *item);

static harness__parcel_t *parcel_new(struct harness__network *network) {
  harness__parcel_t *parcel = network->spare_parcels;

  if (parcel != NULL)
    network->spare_parcels = parcel->next;
  else
    parcel = harness__arena_alloc(&network->arena, sizeof *parcel);
  return parcel;
}

static void parcel_free(struct harness__network *network, harness__parcel_t *parcel) {
  parcel->next = network->spare_parcels;
  network->spare_parcels = parcel;
}

int harness__ledger_post(harness_stream_t *to, harness__parcel_kind_t kind, harness__event_ref_t cause) {
  harness__parcel_t *parcel = parcel_new(to->h->network);

  if (parcel == NULL)
    return UV_ENOMEM;
  parcel->item.happen = deliver;
  parcel->next = NULL;
  parcel->to = to;
  parcel->kind = kind;
  parcel->cause = cause;
  parcel->end = to->written;
  harness__agenda_post(&to->h->run->agenda, &parcel->item);
  return 0;
}

int harness__ledger_post_data(harness_stream_t *to, harness__event_ref_t cause) {
  to->last_send = cause;
  return harness__ledger_post(to, HARNESS__PARCEL_DATA, cause);
}

void harness__ledger_wake_reader(harness_stream_t *s) {
  if (s->reader != NULL)
    harness__wake(s->reader);
}

void harness__ledger_wake_drainer(harness_stream_t *s) {
  if (s->drainer != NULL)
    harness__wake(s->drainer);
}

void harness__ledger_break(harness_stream_t *s, int failure) {
  if (s->broken || s->closed)
    return;
  s->broken = true;
  s->failure = failure;
  harness__ledger_wake_reader(s);
  harness__ledger_wake_drainer(s);
}

/* Data that arrives at an end its owner has closed: the sender is told by a reset. */
static void refuse_data(harness_stream_t *s) {
  s->delivered = s->written;
  if (!s->peer->closed && harness__ledger_post(s->peer, HARNESS__PARCEL_RESET, 0) != 0)
    harness__ledger_break(s->peer, UV_ECONNRESET); /* no memory to say it in its turn */
}

/* Seeded cuts differ from direction to direction: the lane that reads tells them apart. */
static const char *name_for_seed(harness_stream_t *s) {
  return s->delivery->kind == HARNESS_DELIVERY_SEEDED ? harness_stream_name(s) : "";
}

/* Adds a piece to what can be read. Returns false when memory is exhausted. */
static bool add_piece(harness_stream_t *s, uint64_t end, harness__event_ref_t cause) {
  harness__parcel_t *piece = s->readable_last;

  if (s->readable == NULL || !harness__delivery_joins(s->delivery)) {
    piece = parcel_new(s->h->network);
    if (piece == NULL)
      return false;
    piece->next = NULL;
    if (s->readable == NULL)
      s->readable = piece;
    else
      s->readable_last->next = piece;
    s->readable_last = piece;
  }
  piece->end = end;
  piece->cause = cause;
  s->delivered = end;
  return true;
}

/* Makes the next piece readable. Returns whether the parcel has more to deliver. */
static bool deliver_data(harness_stream_t *s, harness__parcel_t *parcel) {
  harness__cut_t cut = {.delivered = s->delivered, .parcel = parcel->end, .written = s->written};
  uint64_t end;

  if (s->closed && s->delivered < parcel->end)
    refuse_data(s);
  if (s->closed || s->broken)
    return false;
  end = harness__delivery_cut(s->delivery, &cut, &s->random, name_for_seed(s));
  if (end == s->delivered)
    return false;
  if (!add_piece(s, end, end == s->written ? s->last_send : parcel->cause))
    harness__ledger_break(s, UV_ENOMEM);
  harness__ledger_wake_reader(s);
  return end < parcel->end;
}

static void answer(harness_stream_t *client) {
  client->answered = true;
  harness__ledger_wake_reader(client);
}

void harness__ledger_reached(harness_stream_t *s, int status) {
  s->failure = status;
  answer(s);
}

/* A connection reaches its server: the handler starts, then the client goes on. */
static void deliver_connect(harness_stream_t *s, harness__event_ref_t cause) {
  harness_stream_t *client = s->peer;
  harness_server_t *server = s->server;
  int status = 0;

  if (server->fd < 0 && client->closed) {
    harness__stream_free_descriptors(s);
    harness__stream_free_descriptors(client);
    return;
  }
  if (server->fd < 0) {
    s->closed = true; /* its server closed while it was in the queue: as the kernel does, reset it */
    (void)harness__ledger_post(client, HARNESS__PARCEL_RESET, 0);
  } else {
    s->lane = harness__recorder_sublane(s->h->recorder, server->lane, ++server->accepted, 0);
    s->peer_lane = client->lane;
    client->peer_lane = s->lane;
    harness__stream_note(
        s, (harness__note_t){.kind = HARNESS__EVENT_ACCEPT, .peer = client->lane, .cause = cause});
    status = harness__server_serve(server, s);
  }
  client->failure = status;
  answer(client);
}

/* On loopback the answer is there at once; where it is not (the listener's queue is full), the loop waits. */
static void deliver_reach(harness_stream_t *s) {
  int status = s->closed ? UV_ECANCELED : harness__tcp_finish_connect(s->fd);

  if (status == UV_EAGAIN)
    harness__foreign_await_connect(s);
  else
    harness__ledger_reached(s, status);
}

static void deliver(harness__item_t *item) {
  harness__parcel_t *parcel = (harness__parcel_t *)item;
  harness_stream_t *s = parcel->to;

  switch (parcel->kind) {
  case HARNESS__PARCEL_DATA:
    if (deliver_data(s, parcel)) {
      harness__agenda_put_back(&s->h->run->agenda, item);
      return;
    }
    break;
  case HARNESS__PARCEL_EOF:
    s->eof_arrived = true;
    s->eof_cause = parcel->cause;
    harness__ledger_wake_reader(s);
    break;
  case HARNESS__PARCEL_RESET:
    harness__ledger_break(s, UV_ECONNRESET);
    break;
  case HARNESS__PARCEL_WINDOW:
    s->window_posted = false;
    harness__ledger_wake_drainer(s);
    break;
  case HARNESS__PARCEL_CONNECT:
    deliver_connect(s, parcel->cause);
    break;
  case HARNESS__PARCEL_REFUSAL:
    answer(s);
    break;
  case HARNESS__PARCEL_REACH:
    deliver_reach(s);
    break;
  }
  parcel_free(s->h->network, parcel);
}

uint64_t harness__ledger_next_piece(const harness_stream_t *s) {
  return s->readable != NULL ? s->readable->end - s->consumed : 0;
}

static void open_window(harness_stream_t *s) {
  harness_stream_t *writer = s->peer;

  if (writer->drainer == NULL || writer->window_posted || s->written - s->consumed > HARNESS__WINDOW_LOW)
    return;
  writer->window_posted = harness__ledger_post(writer, HARNESS__PARCEL_WINDOW, 0) == 0;
}

harness__event_ref_t harness__ledger_consume(harness_stream_t *s, uint64_t count) {
  harness__event_ref_t cause = 0;

  s->consumed += count;
  if (s->peer == NULL)
    return 0;
  while (s->readable != NULL && s->readable->end <= s->consumed) {
    harness__parcel_t *done = s->readable;
    cause = done->cause;
    s->readable = done->next;
    parcel_free(s->h->network, done);
  }
  if (cause == 0 && s->readable != NULL)
    cause = s->readable->cause;
  open_window(s);
  return cause;
}
