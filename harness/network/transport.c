/* SPDX-License-Identifier: MIT */
/*
 * One end of a connection: writing to it and ending it. Reading is in inbound.c.
 *
 * Close. An end that closes tells its peer by a parcel: EOF, or a reset where it leaves received
 * data unread, as TCP does. Its descriptor stays open, since the peer may still have to fetch
 * bytes through the connection; when both ends have closed, both descriptors go at once and nothing
 * lingers in the kernel. With a free-running peer the kernel's own close does all of that.
 *
 * In memory there are no descriptors: what is written goes to the peer's `received`, and the ledger says how
 * much of it has arrived.
 */
#include "network/transport.h"

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "base/seldom.h"
#include "base/slow.h"
#include "network/delivery.h"
#include "network/foreign.h"
#include "network/ledger.h"
#include "network/protocol.h"
#include "network/server.h"
#include "network/socket.h"

void harness__transport_note_error(harness_transport_t *t, int code) {
  harness__transport_note(t, (harness__note_t){.kind = HARNESS__EVENT_ERROR, .code = uv_err_name(code)});
}

void harness__transport_note_accept(harness_transport_t *t, harness__event_ref_t cause) {
  harness__note_t note = {.kind = HARNESS__EVENT_ACCEPT, .peer = t->peer_lane, .cause = cause};

  note.at_ms = harness_now_ms(t->h);
  (void)harness__record(t->h->recorder, t->lane, &note);
}

harness_transport_t *harness__transport_new(harness_t *h) {
  struct harness__network *network = h->network;
  harness_transport_t *t = harness__arena_alloc(&network->arena, sizeof(harness_stream_t));

  if (t == NULL)
    return NULL;
  memset(t, 0, sizeof *t);
  t->h = h;
  t->fd = -1;
  t->write_high = HARNESS_WRITE_HIGH;
  t->write_low = HARNESS_WRITE_LOW;
  t->next = network->transports;
  t->link = &network->transports;
  if (t->next != NULL)
    t->next->link = &t->next;
  network->transports = t;
  return t;
}

void harness__transport_free_descriptors(harness_transport_t *t) {
  harness__foreign_forget(t);
  harness__foreign_end(t);
  if (t->fd >= 0 && t->peer != NULL && t->peer->fd >= 0)
    harness__socket_abort(t->fd); /* takes the peer's end away with it */
  else if (t->fd >= 0)
    harness__socket_close(t->fd);
  t->fd = -1;
  harness__bytes_free(&t->received);
  harness__bytes_free(&t->unsent);
  harness__ledger_forget(t);
  if (t->link != NULL) {
    *t->link = t->next;
    if (t->next != NULL)
      t->next->link = t->link;
    t->link = NULL;
  }
}

int harness__transport_tell_break(harness_transport_t *t) {
  harness__note_t note = {.kind = HARNESS__EVENT_ERROR, .cause = t->break_cause};

  t->break_told = true;
  if (t->failure == UV_ECONNRESET) {
    note.kind = HARNESS__EVENT_RESET;
    note.peer = t->peer_lane;
    note.from = true;
  } else {
    note.code = uv_err_name(t->failure);
  }
  harness__transport_note(t, note);
  return t->failure;
}

/* Why nothing can be written. */
HARNESS__SELDOM static int refuse_write(harness_transport_t *t) {
  if (t->closed)
    return UV_EBADF;
  if (t->broken)
    return t->break_told ? UV_EPIPE : harness__transport_tell_break(t);
  return UV_EPIPE;
}

static int check_writable(harness_transport_t *t) {
  return t->closed || t->broken || t->eof_written ? refuse_write(t) : 0;
}

/* Nobody will read what is written to an end that has closed. */
static int hand_over_in_memory(harness_transport_t *t, const void *data, size_t size) {
  if (t->peer == NULL || t->peer->closed || harness__bytes_add(&t->peer->received, data, size))
    return 0;
  return UV_ENOMEM;
}

/* Nagle's algorithm would hold a second piece back until the first is acknowledged, which the
 * receiving kernel puts off; a first write is never held back, so it goes without the option. */
static void avoid_delay(harness_transport_t *t) {
  if (t->no_delay)
    return;
  harness__socket_no_delay(t->fd);
  t->no_delay = true;
}

/* Keeps a copy of what the kernel has not taken. */
HARNESS__SELDOM static int keep_unsent(harness_transport_t *t, const void *data, size_t size, size_t taken) {
  avoid_delay(t);
  if (harness__bytes_add(&t->unsent, (const char *)data + taken, size - taken))
    return 0;
  if (taken > 0) { /* a part is on its way and can't be taken back */
    harness__ledger_break(t, UV_ENOMEM);
    if (t->peer != NULL)
      harness__ledger_break(t->peer, UV_ENOMEM);
  }
  return UV_ENOMEM;
}

/* Among the harness's own it makes no difference when the kernel gets the bytes; who writes to others is told
 * what the kernel says. */
static bool hands_over_at_once(const harness_transport_t *t) {
  return harness__bytes_count(&t->unsent) == 0 && (t->peer == NULL || !harness__is_slow(HARNESS__SLOW_SEND));
}

/* Gives the kernel what it takes and keeps the rest. */
static int hand_over(harness_transport_t *t, const void *data, size_t size) {
  ptrdiff_t count = 0;

  if (t->in_memory)
    return hand_over_in_memory(t, data, size);
  if (hands_over_at_once(t))
    count = harness__socket_send(t->fd, data, size);
  if (count < 0 && count != UV_EAGAIN)
    return (int)count;
  if (count < 0)
    count = 0;
  return (size_t)count == size ? 0 : keep_unsent(t, data, size, (size_t)count);
}

bool harness__transport_push_unsent(harness_transport_t *t) {
  size_t size = harness__bytes_count(&t->unsent);
  ptrdiff_t count = size > 0 ? harness__socket_send(t->fd, t->unsent.data + t->unsent.start, size) : 0;

  if (count <= 0)
    return false;
  harness__bytes_drop(&t->unsent, (size_t)count);
  return true;
}

/* What was written is on its way: takes it down, and tells the ledger. Returns 0 or a code. */
static int send_off(harness_transport_t *t, const void *data, size_t size) {
  harness__event_ref_t event = harness__record_sent(t->h->recorder, harness__lane_past_here(t->h), t->lane,
                                                    data, size, harness__now_ms(t->h));

  t->has_written = true;
  if (t->peer == NULL) {
    t->asked = true;
    harness__foreign_poll(t);
    return 0;
  }
  t->peer->written += size;
  return harness__ledger_post_data(t->peer, event);
}

ptrdiff_t harness_transport_write(harness_transport_t *t, const void *data, size_t size) {
  int status;

  if (t == NULL || (data == NULL && size > 0) || size > PTRDIFF_MAX)
    return UV_EINVAL;
  status = check_writable(t);
  if (status != 0 || size == 0)
    return status;
  if (t->peer != NULL && !harness__ledger_reserve(t->h))
    return UV_ENOMEM;
  if (t->has_written)
    avoid_delay(t);
  status = hand_over(t, data, size);
  if (status != 0 && t->foreign) {
    harness__ledger_break(t, status);
    return harness__transport_tell_break(t);
  }
  if (status == 0)
    status = send_off(t, data, size);
  if (status != 0)
    return status;
  if (t->maker != NULL && !t->writing_paused && harness_transport_unread(t) > t->write_high)
    harness__protocol_pause_writing(t);
  return (ptrdiff_t)size;
}

ptrdiff_t harness_transport_writev(harness_transport_t *t, const struct iovec *pieces, size_t count) {
  harness__bytes_t whole = {0};
  ptrdiff_t status = 0;

  if (t == NULL || (pieces == NULL && count > 0))
    return UV_EINVAL;
  for (size_t i = 0; i < count && status == 0; i++) {
    if (pieces[i].iov_base == NULL && pieces[i].iov_len > 0)
      status = UV_EINVAL;
    else if (pieces[i].iov_len > 0 && !harness__bytes_add(&whole, pieces[i].iov_base, pieces[i].iov_len))
      status = UV_ENOMEM;
  }
  if (status == 0)
    status = harness_transport_write(t, whole.data, harness__bytes_count(&whole));
  harness__bytes_free(&whole);
  return status;
}

int harness_transport_can_write_eof(const harness_transport_t *t) {
  return t != NULL && !t->no_eof;
}

int harness_transport_write_eof(harness_transport_t *t) {
  harness__event_ref_t event;
  int status = 0;

  if (t == NULL)
    return UV_EINVAL;
  if (t->closed)
    return UV_EBADF;
  if (t->eof_written)
    return 0;
  if (t->no_eof)
    return UV_ENOTSUP;
  if (t->broken)
    return UV_ENOTCONN; /* as shutdown(2): this is not the call that is told of the reset */
  if (t->peer != NULL && !harness__ledger_reserve(t->h))
    return UV_ENOMEM;
  event = harness__transport_note(t, (harness__note_t){.kind = HARNESS__EVENT_EOF, .peer = t->peer_lane});
  if (t->peer != NULL)
    status = harness__ledger_post(t->peer, HARNESS__PARCEL_EOF, event);
  t->eof_written = status == 0;
  if (t->peer == NULL)
    harness__foreign_flush(t);
  return status;
}

/* The owner is done with this end: nobody may wait here any more, and where both ends are done, both
 * descriptors go. */
static void end_here(harness_transport_t *t) {
  t->closed = true;
  harness__ledger_wake_reader(t);
  harness__ledger_wake_drainer(t);
  if (t->peer != NULL && t->peer->closed) {
    harness__transport_free_descriptors(t);
    harness__transport_free_descriptors(t->peer);
  }
}

static void reset_foreign(harness_transport_t *t) {
  harness__foreign_forget(t);
  if (t->fd >= 0)
    harness__socket_abort(t->fd);
  t->fd = -1;
  harness__transport_free_descriptors(t);
}

/* Tells the peer of the end; where memory for that is exhausted, at once and with a reset. Once both
 * directions have ended there is nothing left to reset. */
static void tell_peer(harness_transport_t *t, harness__parcel_kind_t kind) {
  if (t->peer->closed || t->broken || (t->eof_written && t->eof_arrived))
    return;
  if (harness__ledger_post(t->peer, kind, t->ended) != 0)
    harness__ledger_reset(t->peer, t->ended);
}

void harness_transport_close(harness_transport_t *t) {
  harness__parcel_kind_t last = HARNESS__PARCEL_EOF;

  if (t == NULL || t->closed)
    return;
  t->ended = harness__transport_note(t, (harness__note_t){.kind = HARNESS__EVENT_CLOSE});
  if (t->peer != NULL) {
    if (t->delivered > t->consumed)
      last = HARNESS__PARCEL_RESET;
    if (!t->eof_written || last == HARNESS__PARCEL_RESET)
      tell_peer(t, last);
    end_here(t);
    return;
  }
  end_here(t);
  if (harness__bytes_count(&t->received) > 0) {
    reset_foreign(t); /* the kernel does not know that these bytes were not read */
    return;
  }
  t->lingering = harness__bytes_count(&t->unsent) > 0 && !t->broken;
  if (!t->lingering)
    harness__transport_free_descriptors(t);
}

void harness_transport_abort(harness_transport_t *t) {
  if (t == NULL || t->closed)
    return;
  t->ended =
      harness__transport_note(t, (harness__note_t){.kind = HARNESS__EVENT_RESET, .peer = t->peer_lane});
  if (t->peer != NULL) {
    tell_peer(t, HARNESS__PARCEL_RESET);
    end_here(t);
    return;
  }
  end_here(t);
  reset_foreign(t);
}

int harness_transport_is_closing(const harness_transport_t *t) {
  return t == NULL || t->closed;
}

static int set_reading(harness_transport_t *t, bool paused) {
  if (t == NULL)
    return UV_EINVAL;
  if (t->maker == NULL)
    return UV_ENOTSUP;
  if (t->closed)
    return UV_EBADF;
  t->reading_paused = paused;
  harness__ledger_wake_reader(t);
  return 0;
}

int harness_transport_pause_reading(harness_transport_t *t) {
  return set_reading(t, true);
}

int harness_transport_resume_reading(harness_transport_t *t) {
  return set_reading(t, false);
}

int harness_transport_set_write_limits(harness_transport_t *t, size_t high, size_t low) {
  if (t == NULL || low > high)
    return UV_EINVAL;
  t->write_high = high;
  t->write_low = low;
  return 0;
}

uint64_t harness_transport_unread(const harness_transport_t *t) {
  return t != NULL ? harness__transport_unread(t) : 0;
}

int harness_transport_set_delivery(harness_transport_t *t, harness_delivery_t delivery) {
  const harness_delivery_t *chosen;
  const harness_delivery_t *outer;

  if (t == NULL || !harness__delivery_is_valid(&delivery))
    return UV_EINVAL;
  if (t->peer == NULL)
    return UV_ENOTSUP;
  outer = t->server != NULL ? t->server->to_clients : t->peer->server->from_clients;
  chosen = harness__network_delivery(t->h, &delivery, outer);
  if (chosen == NULL)
    return UV_ENOMEM;
  t->peer->delivery = chosen;
  t->peer->random = 0;
  return 0;
}

const char *harness_transport_name(const harness_transport_t *t) {
  return t != NULL ? harness__recorder_lane_name(t->h->recorder, t->lane) : "";
}

const char *harness_transport_peer_name(const harness_transport_t *t) {
  return t != NULL ? harness__recorder_lane_name(t->h->recorder, t->peer_lane) : "";
}

int harness_transport_fd(const harness_transport_t *t) {
  return t != NULL && !t->closed ? t->fd : -1;
}
