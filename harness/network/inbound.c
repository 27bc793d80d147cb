/* SPDX-License-Identifier: MIT */
/*
 * Reading: the one implementation below streams and protocols.
 *
 * A read waits until the ledger says that a piece is there, then takes it: first from `received`, where bytes
 * lie that are here already, then from the kernel. Between two ends of this harness the ledger's word is
 * enough to receive directly, without asking the loop; where the kernel lags behind, either the peer's unsent
 * bytes are given to it, or it is waited for. In memory everything written lies in `received` at once, and
 * the ledger tells how much of it has arrived. From a free-running peer everything goes through `received`,
 * filled with what the kernel has.
 */
#include "network/inbound.h"

#include <string.h>

#include "base/slow.h"
#include "network/foreign.h"
#include "network/ledger.h"
#include "network/socket.h"

uint64_t harness__inbound_piece(harness_transport_t *t) {
  if (t->peer != NULL)
    return harness__ledger_next_piece(t);
  if (harness__bytes_count(&t->received) == 0)
    (void)harness__foreign_fill(t);
  return harness__bytes_count(&t->received);
}

size_t harness__inbound_available(const harness_transport_t *t) {
  return t->peer != NULL ? (size_t)(t->delivered - t->consumed) : harness__bytes_count(&t->received);
}

int harness__inbound_park(harness_transport_t *t, const harness__reason_t *reason) {
  bool was_broken = t->broken;
  int status = 0;

  harness_transport_t *to;

  while ((to = harness__ledger_deliver_here(t->h)) != NULL)
    if (to == t)
      return 0;
  t->reader = harness__current(t->h);
  if (t->foreign)
    harness__foreign_poll(t);
  if (t->broken == was_broken) /* else it can't be polled, and who is not parked yet can't be woken */
    status = harness__park(t->h, reason);
  t->reader = NULL;
  if (t->foreign && t->poll != NULL)
    harness__foreign_poll(t);
  return status;
}

int64_t harness__inbound_await_piece(harness_transport_t *t, const harness__reason_t *reason) {
  for (;;) {
    uint64_t ready = harness__inbound_piece(t);
    int status;

    if (ready > 0)
      return ready < PTRDIFF_MAX ? (int64_t)ready : PTRDIFF_MAX;
    if (t->eof_arrived) { /* whatever has happened since: a reset after it is for writers */
      harness__inbound_note_eof(t);
      return 0;
    }
    if (t->broken)
      return t->break_told ? 0 : harness__transport_tell_break(t);
    status = harness__inbound_park(t, reason);
    if (status != 0)
      return status;
    if (t->closed)
      return UV_EBADF;
  }
}

/* The kernel has not got all yet: gives it more of what the peer has written, or waits. */
static int await_bytes(harness_transport_t *t) {
  if (harness__transport_push_unsent(t->peer))
    return 0;
  if (harness__bytes_count(&t->peer->unsent) > 0)
    return harness__socket_wait_moving(t->fd, t->peer->fd);
  return harness__socket_wait_readable(t->fd);
}

/* Takes exactly size bytes from the kernel, which has them or will. */
static int take_from_kernel(harness_transport_t *t, unsigned char *to, size_t size) {
  size_t have = 0;

  while (have < size) {
    ptrdiff_t count = UV_EAGAIN;

    if (!harness__is_slow(HARNESS__SLOW_RECEIVE) || harness__socket_has_news(t->fd))
      count = harness__socket_receive(t->fd, to + have, size - have);
    if (count > 0) {
      have += (size_t)count;
    } else if (count == UV_EAGAIN) {
      int status = await_bytes(t);
      if (status != 0)
        return status;
    } else {
      return count == 0 ? UV_EIO : (int)count;
    }
  }
  return 0;
}

int harness__inbound_take_rest(harness_transport_t *t, void *to, size_t size) {
  size_t count = harness__bytes_count(&t->received);

  if (count > 0) {
    memcpy(to, t->received.data + t->received.start, count);
    harness__bytes_drop(&t->received, count);
  }
  return take_from_kernel(t, (unsigned char *)to + count, size - count);
}

int harness__inbound_pull(harness_transport_t *t) {
  size_t have = harness__bytes_count(&t->received);
  size_t want = harness__inbound_available(t);
  int status;

  if (have >= want)
    return 0;
  if (!harness__bytes_reserve(&t->received, want - have))
    return UV_ENOMEM;
  status = take_from_kernel(t, t->received.data + t->received.end, want - have);
  if (status == 0)
    t->received.end += want - have;
  return status;
}

void harness__inbound_note_eof(harness_transport_t *t) {
  if (!t->eof_noted)
    harness__transport_note(
        t, (harness__note_t){
               .kind = HARNESS__EVENT_EOF, .peer = t->peer_lane, .from = true, .cause = t->eof_cause});
  t->eof_noted = true;
}
