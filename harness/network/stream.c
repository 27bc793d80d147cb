/* SPDX-License-Identifier: MIT */
/*
 * The writing and ending half of a stream, and what a stream is. The reading half is in read.c.
 *
 * Close. An end that closes tells its peer by a parcel: EOF, or a reset where it leaves received
 * data unread, as TCP does. Its descriptor stays open, since the peer may still have to fetch
 * bytes through the connection; when both ends have closed, both descriptors go at once and nothing
 * lingers in the kernel. With a free-running peer the kernel's own close does all of that.
 */
#include <harness/stream.h>

#include <string.h>

#include "network/delivery.h"
#include "network/foreign.h"
#include "network/ledger.h"
#include "network/network.h"
#include "network/stream.h"
#include "network/tcp.h"

void harness__stream_note(harness_stream_t *s, harness__note_t note) {
  note.at_ms = harness_now_ms(s->h);
  (void)harness__record(s->h->recorder, s->lane, &note);
}

void harness__stream_note_error(harness_stream_t *s, int code) {
  harness__stream_note(s, (harness__note_t){.kind = HARNESS__EVENT_ERROR, .code = uv_err_name(code)});
}

harness_stream_t *harness__stream_new(harness_t *h) {
  struct harness__network *network = h->network;
  harness_stream_t *s = harness__arena_alloc(&network->arena, sizeof *s);

  if (s == NULL)
    return NULL;
  memset(s, 0, sizeof *s);
  s->h = h;
  s->fd = -1;
  s->next = network->streams;
  s->link = &network->streams;
  if (s->next != NULL)
    s->next->link = &s->next;
  network->streams = s;
  return s;
}

static void drop_bytes(harness_stream_t *s) {
  harness__bytes_drop(&s->received, harness__bytes_count(&s->received));
  harness__bytes_drop(&s->unsent, harness__bytes_count(&s->unsent));
}

void harness__stream_free_descriptors(harness_stream_t *s) {
  harness__foreign_forget(s);
  harness__foreign_end(s);
  if (s->fd >= 0 && s->peer != NULL && s->peer->fd >= 0)
    harness__tcp_abort(s->fd); /* takes the peer's end away with it */
  else if (s->fd >= 0)
    harness__tcp_close(s->fd);
  s->fd = -1;
  drop_bytes(s);
  if (s->link != NULL) {
    *s->link = s->next;
    if (s->next != NULL)
      s->next->link = s->link;
    s->link = NULL;
  }
}

int harness__stream_tell_break(harness_stream_t *s) {
  s->break_told = true;
  if (s->failure == UV_ECONNRESET)
    harness__stream_note(s,
                         (harness__note_t){.kind = HARNESS__EVENT_RESET, .peer = s->peer_lane, .from = true});
  else
    harness__stream_note_error(s, s->failure);
  return s->failure;
}

static int check_writable(harness_stream_t *s) {
  if (s->closed)
    return UV_EBADF;
  if (s->broken)
    return s->break_told ? UV_EPIPE : harness__stream_tell_break(s);
  return s->eof_written ? UV_EPIPE : 0;
}

/* Gives the kernel what it takes and keeps a copy of the rest. */
static int hand_over(harness_stream_t *s, const void *data, size_t size) {
  ptrdiff_t count = 0;

  if (harness__bytes_count(&s->unsent) == 0)
    count = harness__tcp_send(s->fd, data, size);
  if (count < 0 && count != UV_EAGAIN)
    return (int)count;
  if (count < 0)
    count = 0;
  if ((size_t)count == size ||
      harness__bytes_add(&s->unsent, (const char *)data + count, size - (size_t)count))
    return 0;
  if (count > 0) { /* a part is on its way and can't be taken back */
    harness__ledger_break(s, UV_ENOMEM);
    if (s->peer != NULL)
      harness__ledger_break(s->peer, UV_ENOMEM);
  }
  return UV_ENOMEM;
}

bool harness__stream_push_unsent(harness_stream_t *s) {
  size_t size = harness__bytes_count(&s->unsent);
  ptrdiff_t count = size > 0 ? harness__tcp_send(s->fd, s->unsent.data + s->unsent.start, size) : 0;

  if (count <= 0)
    return false;
  harness__bytes_drop(&s->unsent, (size_t)count);
  return true;
}

/* Nagle's algorithm would hold a second write back until the first is acknowledged, which the
 * receiving kernel puts off; a first write is never held back, so it goes without the option. */
static void avoid_delay(harness_stream_t *s) {
  if (s->no_delay || !s->has_written)
    return;
  harness__tcp_no_delay(s->fd);
  s->no_delay = true;
}

ptrdiff_t harness_write(harness_stream_t *s, const void *data, size_t size) {
  harness__note_t note = {.kind = HARNESS__EVENT_SEND, .data = data, .size = size};
  harness__event_ref_t event;
  int status;

  if (s == NULL || (data == NULL && size > 0) || size > PTRDIFF_MAX)
    return UV_EINVAL;
  status = check_writable(s);
  if (status != 0 || size == 0)
    return status;
  avoid_delay(s);
  status = hand_over(s, data, size);
  if (status != 0 && s->foreign) {
    harness__ledger_break(s, status == UV_EPIPE ? UV_ECONNRESET : status);
    return harness__stream_tell_break(s);
  }
  if (status != 0)
    return status;
  s->has_written = true;
  note.at_ms = harness_now_ms(s->h);
  event = harness__record(s->h->recorder, s->lane, &note);
  if (s->peer == NULL) {
    harness__foreign_poll(s);
    return (ptrdiff_t)size;
  }
  s->peer->written += size;
  status = harness__ledger_post_data(s->peer, event);
  return status != 0 ? status : (ptrdiff_t)size;
}

static void describe_drain(const harness__reason_t *reason, harness__buffer_t *out) {
  const harness_stream_t *s = reason->what;
  const char *peer = harness_peer_name(s);

  if (s->peer == NULL)
    harness__buffer_printf(out, "to drain: the kernel holds back %zu bytes for %s",
                           harness__bytes_count(&s->unsent), peer);
  else
    harness__buffer_printf(out, "to drain: %s has not read %llu bytes, the window is %d", peer,
                           (unsigned long long)(s->peer->written - s->peer->consumed), HARNESS__WINDOW_HIGH);
}

static bool is_drained(const harness_stream_t *s, uint64_t most) {
  if (s->peer == NULL)
    return harness__bytes_count(&s->unsent) == 0;
  return s->peer->written - s->peer->consumed <= most;
}

int harness_drain(harness_stream_t *s) {
  harness__reason_t reason = {.describe = describe_drain, .what = s};
  int status;

  status = harness__stream_check_parking(s);
  if (status != 0)
    return status;
  if (s->broken)
    return s->break_told ? UV_EPIPE : harness__stream_tell_break(s);
  if (is_drained(s, HARNESS__WINDOW_HIGH))
    return 0;
  if (s->drainer != NULL)
    return UV_EBUSY;
  s->drainer = harness__current(s->h);
  while (status == 0 && !s->broken && !s->closed && !is_drained(s, HARNESS__WINDOW_LOW))
    status = harness__park(s->h, &reason);
  s->drainer = NULL;
  if (status != 0)
    return status;
  if (s->closed)
    return UV_EBADF;
  if (s->broken)
    return s->break_told ? UV_EPIPE : harness__stream_tell_break(s);
  return 0;
}

int harness_can_write_eof(const harness_stream_t *s) {
  return s != NULL;
}

int harness_write_eof(harness_stream_t *s) {
  int status;

  if (s == NULL)
    return UV_EINVAL;
  if (s->eof_written && !s->closed)
    return 0;
  status = check_writable(s);
  if (status != 0)
    return status;
  harness__stream_note(s, (harness__note_t){.kind = HARNESS__EVENT_EOF, .peer = s->peer_lane});
  if (s->peer != NULL)
    status =
        harness__ledger_post(s->peer, HARNESS__PARCEL_EOF, harness__recorder_last(s->h->recorder, s->lane));
  s->eof_written = status == 0;
  if (s->peer == NULL)
    harness__foreign_flush(s);
  return status;
}

/* The owner is done with this end: nobody may wait here any more, and where both ends are done, both
 * descriptors go. */
static void end_here(harness_stream_t *s) {
  s->closed = true;
  harness__ledger_wake_reader(s);
  harness__ledger_wake_drainer(s);
  if (s->peer != NULL && s->peer->closed) {
    harness__stream_free_descriptors(s);
    harness__stream_free_descriptors(s->peer);
  }
}

static void reset_foreign(harness_stream_t *s) {
  harness__foreign_forget(s);
  if (s->fd >= 0)
    harness__tcp_abort(s->fd);
  s->fd = -1;
  harness__stream_free_descriptors(s);
}

/* Tells the peer of the end; where memory for that is exhausted, at once and with a reset. */
static void tell_peer(harness_stream_t *s, harness__parcel_kind_t kind) {
  if (s->peer->closed || s->broken)
    return;
  if (harness__ledger_post(s->peer, kind, harness__recorder_last(s->h->recorder, s->lane)) != 0)
    harness__ledger_break(s->peer, UV_ECONNRESET);
}

void harness_stream_close(harness_stream_t *s) {
  harness__parcel_kind_t last = HARNESS__PARCEL_EOF;

  if (s == NULL || s->closed)
    return;
  harness__stream_note(s, (harness__note_t){.kind = HARNESS__EVENT_CLOSE});
  if (s->peer != NULL) {
    if (s->delivered > s->consumed)
      last = HARNESS__PARCEL_RESET;
    if (!s->eof_written || last == HARNESS__PARCEL_RESET)
      tell_peer(s, last);
    end_here(s);
    return;
  }
  end_here(s);
  if (harness__bytes_count(&s->received) > 0) {
    reset_foreign(s); /* the kernel does not know that these bytes were not read */
    return;
  }
  s->lingering = harness__bytes_count(&s->unsent) > 0 && !s->broken;
  if (!s->lingering)
    harness__stream_free_descriptors(s);
}

void harness_stream_abort(harness_stream_t *s) {
  if (s == NULL || s->closed)
    return;
  harness__stream_note(s, (harness__note_t){.kind = HARNESS__EVENT_RESET, .peer = s->peer_lane});
  if (s->peer != NULL) {
    tell_peer(s, HARNESS__PARCEL_RESET);
    end_here(s);
    return;
  }
  end_here(s);
  reset_foreign(s);
}

int harness_stream_set_delivery(harness_stream_t *s, harness_delivery_t delivery) {
  const harness_delivery_t *chosen;
  const harness_server_t *server;

  if (s == NULL || !harness__delivery_is_valid(&delivery))
    return UV_EINVAL;
  if (s->peer == NULL)
    return UV_ENOTSUP;
  server = s->server != NULL ? s->server : s->peer->server;
  chosen = harness__network_delivery(s->h, &delivery, server->delivery);
  if (chosen == NULL)
    return UV_ENOMEM;
  s->peer->delivery = chosen;
  s->peer->random = 0;
  return 0;
}

const char *harness_peer_name(const harness_stream_t *s) {
  return s != NULL ? harness__recorder_lane_name(s->h->recorder, s->peer_lane) : "";
}

const char *harness_stream_name(const harness_stream_t *s) {
  return s != NULL ? harness__recorder_lane_name(s->h->recorder, s->lane) : "";
}
