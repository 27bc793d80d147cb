/* SPDX-License-Identifier: MIT */
/* Streams: a transport with calls that park. The reading ones are in read.c. */
#include <harness/stream.h>

#include "base/seldom.h"
#include "network/stream.h"
#include "run/graph.h"

int harness__stream_refuse_parking(harness_stream_t *s) {
  harness_task_t *self;

  if (s == NULL)
    return UV_EINVAL;
  self = harness__parking(s->transport.h);
  if (self == NULL)
    return harness__fail(s->transport.h, UV_EPERM,
                         "reading and draining park: they are for coroutines of the stream's harness");
  if (self->cancelled)
    return harness__park(s->transport.h, NULL);
  return s->transport.closed ? UV_EBADF : 0;
}

ptrdiff_t harness_write(harness_stream_t *s, const void *data, size_t size) {
  return harness_transport_write(s != NULL ? &s->transport : NULL, data, size);
}

static void describe_drain(const harness__reason_t *reason, harness__buffer_t *out) {
  const harness_transport_t *t = reason->what;
  const char *peer = harness_transport_peer_name(t);

  if (t->peer == NULL)
    harness__buffer_printf(out, "to drain: the kernel holds back %llu bytes for %s",
                           (unsigned long long)harness_transport_unread(t), peer);
  else
    harness__buffer_printf(out, "to drain: %s has not read %llu bytes, the window is %zu", peer,
                           (unsigned long long)harness_transport_unread(t), t->write_high);
}

static void look_at_drain(const harness__reason_t *reason, harness__wait_t *wait) {
  const harness_transport_t *t = reason->what;

  wait->kind = t->peer != NULL ? HARNESS__WAIT_ROOM : HARNESS__WAIT_OUTSIDE;
  wait->party = harness__transport_party(t->peer);
}

static bool is_drained(const harness_transport_t *t, size_t most) {
  return harness__transport_unread(t) <= (t->peer != NULL ? most : 0);
}

static int broken(harness_transport_t *t) {
  return t->break_told ? UV_EPIPE : harness__transport_tell_break(t);
}

HARNESS__SELDOM static int await_room(harness_transport_t *t) {
  harness__reason_t reason = {.describe = describe_drain, .look = look_at_drain, .what = t};
  int status = 0;

  if (t->drainer != NULL)
    return UV_EBUSY;
  t->drainer = harness__current(t->h);
  while (status == 0 && !t->broken && !t->closed && !is_drained(t, t->write_low))
    status = harness__park(t->h, &reason);
  t->drainer = NULL;
  if (status != 0)
    return status;
  if (t->closed)
    return UV_EBADF;
  return t->broken ? broken(t) : 0;
}

int harness_drain(harness_stream_t *s) {
  int status = harness__stream_check_parking(s);

  if (status != 0)
    return status;
  if (s->transport.broken)
    return broken(&s->transport);
  return is_drained(&s->transport, s->transport.write_high) ? 0 : await_room(&s->transport);
}

int harness_can_write_eof(const harness_stream_t *s) {
  return s != NULL && harness_transport_can_write_eof(&s->transport);
}

int harness_write_eof(harness_stream_t *s) {
  return harness_transport_write_eof(harness_stream_transport(s));
}

void harness_stream_close(harness_stream_t *s) {
  harness_transport_close(harness_stream_transport(s));
}

void harness_stream_abort(harness_stream_t *s) {
  harness_transport_abort(harness_stream_transport(s));
}

int harness_stream_set_delivery(harness_stream_t *s, harness_delivery_t delivery) {
  return harness_transport_set_delivery(harness_stream_transport(s), delivery);
}

const char *harness_peer_name(const harness_stream_t *s) {
  return s != NULL ? harness_transport_peer_name(&s->transport) : "";
}

const char *harness_stream_name(const harness_stream_t *s) {
  return s != NULL ? harness_transport_name(&s->transport) : "";
}

harness_transport_t *harness_stream_transport(harness_stream_t *s) {
  return s != NULL ? &s->transport : NULL;
}
