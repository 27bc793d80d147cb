/* SPDX-License-Identifier: MIT */
/*
 * The reading half of a stream.
 *
 * A read waits until the ledger says that a piece is there, then takes it: first from `received`,
 * where bytes lie that were taken from the kernel and not wanted yet, then from the kernel. Between
 * two ends of this harness the ledger's word is enough to receive directly, without asking the loop;
 * where the kernel lags behind, either the peer's unsent bytes are given to it, or it is waited for.
 * From a free-running peer everything goes through `received`, filled with what the kernel has.
 *
 * What a read call returned is what its event records: for read_exactly and read_until that is
 * independent of how the bytes were cut on the way.
 */
#include <harness/stream.h>

#include <string.h>

#include "network/foreign.h"
#include "network/ledger.h"
#include "network/network.h"
#include "network/stream.h"
#include "network/tcp.h"

static void describe_read(const harness__reason_t *reason, harness__buffer_t *out) {
  const harness_stream_t *s = reason->what;

  harness__buffer_printf(out, "to %s from %s", reason->verb, harness_peer_name(s));
  if (reason->number > 0)
    harness__buffer_printf(out, ", has %llu bytes of it", (unsigned long long)reason->number);
  if (s->peer != NULL)
    harness__buffer_printf(out, " (%llu bytes in flight)", (unsigned long long)(s->written - s->delivered));
}

int harness__stream_check_parking(harness_stream_t *s) {
  harness_task_t *self;

  if (s == NULL)
    return UV_EINVAL;
  self = harness__parking(s->h);
  if (self == NULL)
    return harness__fail(s->h, UV_EPERM,
                         "reading and draining park: they are for coroutines of the stream's harness");
  if (self->cancelled)
    return harness__park(s->h, NULL);
  return s->closed ? UV_EBADF : 0;
}

/* Parks as the stream's reader until something has arrived. */
static int park_reader(harness_stream_t *s, const harness__reason_t *reason) {
  int status;

  s->reader = harness__current(s->h);
  if (s->foreign)
    harness__foreign_poll(s);
  status = harness__park(s->h, reason);
  s->reader = NULL;
  if (s->foreign && s->poll != NULL)
    harness__foreign_poll(s);
  return status;
}

/* Takes exactly size bytes from the kernel, which has them or will. */
static int take_from_kernel(harness_stream_t *s, unsigned char *to, size_t size) {
  size_t have = 0;

  while (have < size) {
    ptrdiff_t count = harness__tcp_receive(s->fd, to + have, size - have);

    if (count > 0) {
      have += (size_t)count;
    } else if (count == UV_EAGAIN) {
      int status = harness__stream_push_unsent(s->peer) ? 0 : harness__tcp_wait_readable(s->fd);
      if (status != 0)
        return status;
    } else {
      return count == 0 ? UV_EIO : (int)count;
    }
  }
  return 0;
}

static int take(harness_stream_t *s, void *to, size_t size) {
  size_t count = harness__bytes_count(&s->received);
  size_t first = count < size ? count : size;

  if (first > 0) {
    memcpy(to, s->received.data + s->received.start, first);
    harness__bytes_drop(&s->received, first);
  }
  return first < size ? take_from_kernel(s, (unsigned char *)to + first, size - first) : 0;
}

/* Takes everything that was delivered into `received`. */
static int pull(harness_stream_t *s) {
  size_t more = (size_t)(s->delivered - s->consumed) - harness__bytes_count(&s->received);
  int status;

  if (!harness__bytes_reserve(&s->received, more))
    return UV_ENOMEM;
  status = take_from_kernel(s, s->received.data + s->received.end, more);
  if (status == 0)
    s->received.end += more;
  return status;
}

static void note_receive(harness_stream_t *s, const void *data, size_t size, harness__event_ref_t cause) {
  if (size > 0)
    harness__stream_note(
        s, (harness__note_t){.kind = HARNESS__EVENT_RECEIVE, .data = data, .size = size, .cause = cause});
}

static int note_eof(harness_stream_t *s) {
  if (!s->eof_noted && !s->broken)
    harness__stream_note(
        s, (harness__note_t){
               .kind = HARNESS__EVENT_EOF, .peer = s->peer_lane, .from = true, .cause = s->eof_cause});
  s->eof_noted = true;
  return 0;
}

/* Bytes that a read may take now. */
static uint64_t ready_bytes(harness_stream_t *s) {
  if (s->peer != NULL)
    return harness__ledger_next_piece(s);
  if (harness__bytes_count(&s->received) == 0)
    (void)harness__foreign_fill(s);
  return harness__bytes_count(&s->received);
}

/* Waits for the next piece. Returns its size, 0 at EOF (also after a reset that was told), or a negative
 * code. */
static int64_t await_piece(harness_stream_t *s, const harness__reason_t *reason) {
  for (;;) {
    uint64_t ready = ready_bytes(s);
    int status;

    if (ready > 0)
      return ready < PTRDIFF_MAX ? (int64_t)ready : PTRDIFF_MAX;
    if (s->broken)
      return s->break_told ? 0 : harness__stream_tell_break(s);
    if (s->eof_arrived)
      return note_eof(s);
    status = park_reader(s, reason);
    if (status != 0)
      return status;
    if (s->closed)
      return UV_EBADF;
  }
}

static int check_read(harness_stream_t *s, const void *buffer, size_t size) {
  if (s == NULL || buffer == NULL || size == 0 || size > PTRDIFF_MAX)
    return UV_EINVAL;
  if (s->reader != NULL && !s->closed)
    return UV_EBUSY;
  return harness__stream_check_parking(s);
}

ptrdiff_t harness_read(harness_stream_t *s, void *buffer, size_t size) {
  harness__reason_t reason = {.describe = describe_read, .what = s, .verb = "read"};
  int64_t piece = check_read(s, buffer, size);
  int status;

  if (piece == 0)
    piece = await_piece(s, &reason);
  if (piece <= 0)
    return (ptrdiff_t)piece;
  if ((size_t)piece < size)
    size = (size_t)piece;
  status = take(s, buffer, size);
  if (status != 0)
    return status;
  note_receive(s, buffer, size, harness__ledger_consume(s, size));
  return (ptrdiff_t)size;
}

ptrdiff_t harness_read_exactly(harness_stream_t *s, void *buffer, size_t size, size_t *count) {
  harness__reason_t reason = {.describe = describe_read, .what = s, .verb = "read exactly"};
  harness__event_ref_t cause = 0;
  int64_t status = check_read(s, buffer, size);
  size_t have = 0;

  while (status == 0 && have < size) {
    int64_t piece;
    size_t part = size - have;

    reason.number = have;
    piece = await_piece(s, &reason);
    if (piece <= 0) {
      status = piece < 0 ? piece : UV_EOF;
      break;
    }
    part = (size_t)piece < part ? (size_t)piece : part;
    status = take(s, (unsigned char *)buffer + have, part);
    if (status == 0) {
      cause = harness__ledger_consume(s, part);
      have += part;
    }
  }
  if (count != NULL)
    *count = have;
  note_receive(s, buffer, have, cause);
  return status == 0 ? (ptrdiff_t)size : (ptrdiff_t)status;
}

/* Where the separator ends within the first size bytes of `received`, or 0. *scanned bytes are known not to
 * hold its start. */
static size_t find_separator(const harness_stream_t *s, size_t size, const void *separator,
                             size_t separator_size, size_t *scanned) {
  size_t count = harness__bytes_count(&s->received);
  const unsigned char *start = s->received.data + s->received.start;
  const unsigned char *found;

  if (count > size)
    count = size;
  if (count < separator_size || *scanned > count)
    return 0;
  found = memmem(start + *scanned, count - *scanned, separator, separator_size);
  *scanned = count - separator_size + 1;
  return found != NULL ? (size_t)(found - start) + separator_size : 0;
}

/* Gets more bytes into `received`. Returns 0, or why there are no more. */
static int receive_more(harness_stream_t *s, harness__reason_t *reason) {
  for (;;) {
    int status;

    reason->number = harness__bytes_count(&s->received);
    if (s->peer != NULL && s->delivered - s->consumed > harness__bytes_count(&s->received))
      return pull(s);
    if (s->peer == NULL) {
      size_t before = harness__bytes_count(&s->received);
      (void)harness__foreign_fill(s);
      if (harness__bytes_count(&s->received) > before)
        return 0;
    }
    if (s->broken)
      return s->break_told ? UV_EOF : harness__stream_tell_break(s);
    if (s->eof_arrived) {
      if (harness__bytes_count(&s->received) == 0)
        (void)note_eof(s);
      return UV_EOF;
    }
    status = park_reader(s, reason);
    if (status != 0)
      return status;
    if (s->closed)
      return UV_EBADF;
  }
}

ptrdiff_t harness_read_until(harness_stream_t *s, void *buffer, size_t size, const void *separator,
                             size_t separator_size) {
  harness__reason_t reason = {.describe = describe_read, .what = s, .verb = "read until a separator"};
  int status = check_read(s, buffer, size);
  size_t scanned = 0;
  size_t length = 0;

  if (status == 0 && (separator == NULL || separator_size == 0))
    return UV_EINVAL;
  while (status == 0) {
    length = find_separator(s, size, separator, separator_size, &scanned);
    if (length > 0)
      break;
    status = harness__bytes_count(&s->received) >= size ? UV_ENOBUFS : receive_more(s, &reason);
  }
  if (status != 0)
    return status;
  status = take(s, buffer, length);
  if (status != 0)
    return status;
  note_receive(s, buffer, length, harness__ledger_consume(s, length));
  return (ptrdiff_t)length;
}
