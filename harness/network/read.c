/* SPDX-License-Identifier: MIT */
/*
 * The reading calls of streams.
 *
 * What a read call returned is what its event records: for read_exactly and read_until that is
 * independent of how the bytes were cut on the way.
 */
#include <harness/stream.h>

#include <string.h>

#include "base/seldom.h"
#include "network/foreign.h"
#include "network/inbound.h"
#include "network/ledger.h"
#include "network/stream.h"
#include "run/graph.h"

static void add_flight(const harness_transport_t *t, harness__buffer_t *out) {
  if (t->peer != NULL)
    harness__buffer_printf(out, " (%llu bytes in flight)", (unsigned long long)(t->written - t->delivered));
}

static void describe_read(const harness__reason_t *reason, harness__buffer_t *out) {
  const harness_transport_t *t = reason->what;
  unsigned long long have = reason->number;

  if (have > 0 && reason->whole > 0)
    harness__buffer_printf(out, "for %llu more bytes of %llu from %s",
                           (unsigned long long)reason->whole - have, (unsigned long long)reason->whole,
                           harness_transport_peer_name(t));
  else if (reason->whole > 0)
    harness__buffer_printf(out, "to read exactly %llu bytes from %s", (unsigned long long)reason->whole,
                           harness_transport_peer_name(t));
  else
    harness__buffer_printf(out, "to %s from %s", reason->verb, harness_transport_peer_name(t));
  if (have > 0 && reason->whole == 0)
    harness__buffer_printf(out, ", has %llu bytes without it", have);
  add_flight(t, out);
  if (have == 0)
    harness__transport_describe_talk(t, out);
}

static void look_at_read(const harness__reason_t *reason, harness__wait_t *wait) {
  harness__transport_look(reason->what, wait);
  wait->partly = wait->kind == HARNESS__WAIT_READ && reason->number > 0;
}

static int check_read(harness_stream_t *s, const void *buffer, size_t size) {
  if (s == NULL || buffer == NULL || size == 0 || size > PTRDIFF_MAX)
    return UV_EINVAL;
  if (s->transport.reader != NULL && !s->transport.closed)
    return UV_EBUSY;
  return harness__stream_check_parking(s);
}

/* The coroutine that runs may park: so it was checked. */
static inline void note_receive(harness_stream_t *s, const void *data, size_t size,
                                harness__event_ref_t cause) {
  harness__inbound_note_receive(&s->transport, &s->transport.h->run->current->past, data, size, cause);
}

HARNESS__SELDOM static int64_t await_piece(harness_stream_t *s) {
  harness__reason_t reason = {.describe = describe_read, .look = look_at_read, .what = s, .verb = "read"};

  return harness__inbound_await_piece(&s->transport, &reason);
}

ptrdiff_t harness_read(harness_stream_t *s, void *buffer, size_t size) {
  int status = check_read(s, buffer, size);
  uint64_t piece;

  if (status != 0)
    return status;
  piece = harness__inbound_piece_at_once(&s->transport);
  if (piece == 0) {
    int64_t awaited = await_piece(s);
    if (awaited <= 0)
      return (ptrdiff_t)awaited;
    piece = (uint64_t)awaited;
  }
  if (piece < size)
    size = (size_t)piece;
  status = harness__inbound_take(&s->transport, buffer, size);
  if (status != 0)
    return status;
  note_receive(s, buffer, size, harness__ledger_consume(&s->transport, size));
  return (ptrdiff_t)size;
}

ptrdiff_t harness_read_exactly(harness_stream_t *s, void *buffer, size_t size, size_t *count) {
  harness__reason_t reason = {.describe = describe_read, .look = look_at_read, .what = s, .whole = size};
  harness__event_ref_t cause = 0;
  int64_t status = check_read(s, buffer, size);
  size_t have = 0;

  while (status == 0 && have < size) {
    int64_t piece;
    size_t part = size - have;

    reason.number = have;
    piece = harness__inbound_await_piece(&s->transport, &reason);
    if (piece <= 0) {
      status = piece < 0 ? piece : UV_EOF;
      break;
    }
    part = (size_t)piece < part ? (size_t)piece : part;
    status = harness__inbound_take(&s->transport, (unsigned char *)buffer + have, part);
    if (status == 0) {
      cause = harness__ledger_consume(&s->transport, part);
      have += part;
    }
  }
  if (count != NULL)
    *count = have;
  if (have > 0)
    note_receive(s, buffer, have, cause);
  return status == 0 ? (ptrdiff_t)size : (ptrdiff_t)status;
}

/* Where the separator ends within the first size bytes that have arrived, or 0. *scanned bytes are known not
 * to hold its start. */
static size_t find_separator(const harness_transport_t *t, size_t size, const void *separator,
                             size_t separator_size, size_t *scanned) {
  size_t count = harness__inbound_available(t);
  const unsigned char *start = t->received.data + t->received.start;
  const unsigned char *found;

  if (count > size)
    count = size;
  if (count < separator_size || *scanned > count)
    return 0;
  found = memmem(start + *scanned, count - *scanned, separator, separator_size);
  *scanned = count - separator_size + 1;
  return found != NULL ? (size_t)(found - start) + separator_size : 0;
}

/* Waits for more than has arrived now, and gets it into `received`. Returns 0, or why there is no more. */
static int receive_more(harness_transport_t *t, harness__reason_t *reason) {
  size_t before = harness__inbound_available(t);

  for (;;) {
    int status;

    reason->number = before;
    if (t->peer == NULL)
      (void)harness__foreign_fill(t);
    if (harness__inbound_available(t) > before)
      return harness__inbound_pull(t);
    if (t->eof_arrived) {
      if (before == 0)
        harness__inbound_note_eof(t);
      return UV_EOF;
    }
    if (t->broken)
      return t->break_told ? UV_EOF : harness__transport_tell_break(t);
    status = harness__inbound_park(t, reason);
    if (status != 0)
      return status;
    if (t->closed)
      return UV_EBADF;
  }
}

ptrdiff_t harness_read_until(harness_stream_t *s, void *buffer, size_t size, const void *separator,
                             size_t separator_size) {
  harness__reason_t reason = {
      .describe = describe_read, .look = look_at_read, .what = s, .verb = "read until a separator"};
  int status = check_read(s, buffer, size);
  size_t scanned = 0;
  size_t length = 0;

  if (status == 0 && (separator == NULL || separator_size == 0))
    return UV_EINVAL;
  if (status == 0)
    status = harness__inbound_pull(&s->transport);
  while (status == 0) {
    length = find_separator(&s->transport, size, separator, separator_size, &scanned);
    if (length > 0)
      break;
    status =
        harness__inbound_available(&s->transport) >= size ? UV_ENOBUFS : receive_more(&s->transport, &reason);
  }
  if (status == 0)
    status = harness__inbound_take(&s->transport, buffer, length);
  if (status != 0)
    return status;
  note_receive(s, buffer, length, harness__ledger_consume(&s->transport, length));
  return (ptrdiff_t)length;
}
