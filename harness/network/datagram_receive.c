/* SPDX-License-Identifier: MIT */
/*
 * Receiving, of which there is one kind: somebody waits for the next datagram, takes it, and that is when it
 * is noted. A coroutine that calls harness_receive_from does so by itself; for a protocol a coroutine of the
 * endpoint's own does and calls it. So callbacks have a lane for what they log, survive a failed assertion as
 * coroutines do, and are refused a foreground run; they may not park, since they must return (in_callback).
 */
#include <stddef.h>
#include <string.h>

#include "network/datagram.h"
#include "network/lane.h"
#include "run/graph.h"

enum { MOST_IN_A_ROW = 64 };

/* Whose datagram e waits for, as far as that can be told; NULL: anybody's. */
static const harness_endpoint_t *talks_with(const harness_endpoint_t *e) {
  if (e->remote != NULL)
    return e->remote->endpoint;
  return e->asked_last != NULL ? e->asked_last : e->heard_from;
}

static void describe_receive(const harness__reason_t *reason, harness__buffer_t *out) {
  const harness_endpoint_t *e = reason->what;

  const harness_endpoint_t *other = talks_with(e);

  harness__buffer_string(out, "to receive a datagram");
  if (e->remote != NULL)
    harness__buffer_printf(out, " from %s", harness_datagram_peer_name(e, e->remote));
  if (other == NULL)
    return;
  if (other->heard > e->heard)
    harness__buffer_printf(out, ", with no answer of %s", other->name);
  else if (e->remote == NULL)
    harness__buffer_printf(out, ", after one of %s", other->name);
}

static void look_at_receive(const harness__reason_t *reason, harness__wait_t *wait) {
  const harness_endpoint_t *e = reason->what;
  const harness_endpoint_t *from = talks_with(e);

  wait->kind = e->remote != NULL && from == NULL ? HARNESS__WAIT_OUTSIDE : HARNESS__WAIT_READ;
  if (from != NULL && from->user != NULL && from->user->state != HARNESS__TASK_ENDED)
    wait->party = from->user;
  wait->asked = from != NULL && from->heard > e->heard;
  wait->told = from != NULL && e->heard > from->heard;
}

static void take_turn(harness__item_t *item) {
  harness_endpoint_t *e = (harness_endpoint_t *)((char *)item - offsetof(harness_endpoint_t, turn));

  e->turn_posted = false;
  if (e->reader != NULL)
    harness__wake(e->reader);
}

/* Whether there is a datagram from outside. Somebody there may send without end: after some in a row others
 * have their turn first, and the run looks at its time. */
static bool look_outside(harness_endpoint_t *e) {
  bool found = e->in_a_row < MOST_IN_A_ROW && harness__datagram_fill(e);

  if (e->in_a_row == MOST_IN_A_ROW && !e->turn_posted) {
    e->turn.happen = take_turn;
    e->turn_posted = true;
    harness__agenda_post(&e->h->run->agenda, &e->turn);
  }
  e->in_a_row = found ? e->in_a_row + 1 : 0;
  return found;
}

/* Waits until there is a datagram, or a failure to tell. Returns 0, UV_EBADF once the endpoint is closed, or
 * UV_ECANCELED. Parties outside are asked before it parks: the loop is only asked when nobody has anything to
 * do. */
static int await_news(harness_endpoint_t *e) {
  harness__reason_t reason = {.describe = describe_receive, .look = look_at_receive, .what = e};
  int status = 0;

  e->reader = e->user = harness__current(e->h);
  e->user->handed_out = true; /* it is asked for as long as the endpoint is open */
  while (status == 0 && !e->closed && e->failure == 0 && e->unread == NULL && !look_outside(e))
    status = harness__park(e->h, &reason);
  e->reader = NULL;
  return status == 0 && e->closed ? UV_EBADF : status;
}

static harness__datagram_t *take(harness_endpoint_t *e) {
  harness__datagram_t *datagram = e->unread;

  e->unread = datagram->next;
  if (e->unread == NULL)
    e->unread_last = &e->unread;
  e->unread_count--;
  return datagram;
}

static harness__event_ref_t note(harness_endpoint_t *e, harness__lane_t lane,
                                 const harness__datagram_t *datagram) {
  return harness__record(e->h->recorder, lane,
                         &(harness__note_t){.kind = HARNESS__EVENT_RECEIVE,
                                            .peer = harness__address_name(e, datagram->from),
                                            .data = datagram->data,
                                            .size = datagram->size,
                                            .cause = datagram->cause,
                                            .at_ms = harness_now_ms(e->h)});
}

int harness__datagram_tell(harness_endpoint_t *e) {
  int failure = e->failure;

  e->failure = 0;
  (void)harness__datagram_note(e, e->lane,
                               (harness__note_t){.kind = HARNESS__EVENT_ERROR, .code = uv_err_name(failure)});
  return failure;
}

static int check_receive(harness_endpoint_t *e, const void *buffer) {
  harness_task_t *self;

  if (e == NULL || buffer == NULL)
    return harness__fail(e != NULL ? e->h : NULL, UV_EINVAL, "harness_receive_from: the %s is NULL",
                         e == NULL ? "endpoint" : "buffer");
  self = harness__parking(e->h);
  if (self == NULL)
    return harness__fail(e->h, UV_EPERM,
                         "harness_receive_from parks: it is for coroutines of the endpoint's harness");
  if (self->cancelled)
    return harness__park(e->h, NULL);
  if (e->closed)
    return UV_EBADF;
  if (e->has_protocol || e->reader != NULL)
    return harness__fail(e->h, UV_EBUSY, "harness_receive_from: %s receives what comes to %s",
                         e->has_protocol ? "its protocol" : "another coroutine", e->name);
  return 0;
}

ptrdiff_t harness_receive_from(harness_endpoint_t *endpoint, void *buffer, size_t size,
                               const harness_address_t **from) {
  harness_endpoint_t *e = endpoint;
  int status = check_receive(e, buffer);
  harness__datagram_t *datagram;
  harness__event_ref_t event;

  if (from != NULL)
    *from = NULL;
  if (status == 0)
    status = await_news(e);
  if (status == 0 && e->failure != 0)
    status = harness__datagram_tell(e);
  if (status != 0)
    return status;
  if (e->unread->size > size)
    return harness__fail(e->h, UV_ENOBUFS, "harness_receive_from: the datagram has %zu bytes, the buffer %zu",
                         e->unread->size, size);
  datagram = take(e);
  size = datagram->size;
  memcpy(buffer, datagram->data, size);
  if (from != NULL)
    *from = datagram->from;
  event = note(e, harness__address_lane(e, datagram->from), datagram);
  harness__past_add(e->h->recorder, harness__lane_past(e->h), event);
  harness__datagram_free(datagram);
  return (ptrdiff_t)size;
}

static void call_made(harness_task_t *self, harness_endpoint_t *e) {
  self->in_callback = true;
  if (e->protocol.connection_made != NULL)
    e->protocol.connection_made(e->state, e);
  self->in_callback = false;
  e->opened = harness__recorder_last(e->h->recorder, e->lane);
}

/* What is done in answer to a party outside belongs to the lane of what is exchanged with it. */
static void call_received(harness_task_t *self, harness_endpoint_t *e) {
  harness__datagram_t *datagram = take(e);

  self->lane = harness__address_lane(e, datagram->from);
  /* From one party to the next nothing is handed on: who of them spoke first is chance. */
  self->past = (harness__past_t){.ref = note(e, self->lane, datagram)};
  self->in_callback = true;
  if (e->protocol.datagram_received != NULL)
    e->protocol.datagram_received(e->state, datagram->data, datagram->size, datagram->from);
  self->in_callback = false;
  self->lane = e->lane;
  harness__datagram_free(datagram);
}

static void call_failed(harness_task_t *self, harness_endpoint_t *e) {
  int failure = harness__datagram_tell(e);

  self->past = (harness__past_t){.ref = harness__recorder_last(e->h->recorder, e->lane)};
  self->in_callback = true;
  if (e->protocol.error_received != NULL)
    e->protocol.error_received(e->state, failure);
  self->in_callback = false;
}

static void *dispatch(void *arg) {
  harness_endpoint_t *e = arg;
  harness_task_t *self = e->dispatcher;
  int status;

  call_made(self, e);
  while ((status = await_news(e)) == 0) {
    if (e->failure != 0)
      call_failed(self, e);
    else
      call_received(self, e);
  }
  harness_datagram_close(e);
  self->past = (harness__past_t){.ref = harness__recorder_last(e->h->recorder, e->lane)};
  self->in_callback = true;
  if (e->protocol.connection_lost != NULL)
    e->protocol.connection_lost(e->state, status == UV_EBADF ? 0 : status);
  self->in_callback = false;
  return NULL;
}

int harness__datagram_start(harness_endpoint_t *e) {
  e->dispatcher = harness__task_spawn(e->h, dispatch, e, e->place);
  if (e->dispatcher == NULL)
    return UV_ENOMEM;
  e->dispatcher->lane = e->lane;
  return 0;
}

/* One that never ran, or was thrown away in mid-callback, has not closed its endpoint. */
bool harness__datagram_task_ended(harness_task_t *task) {
  harness_endpoint_t *e = task->arg;

  if (!task->internal || task->fn != dispatch)
    return false;
  e->dispatcher = NULL;
  if (e->closed)
    return true;
  e->failure = task->status;
  (void)harness__datagram_tell(e);
  harness_datagram_close(e);
  return true;
}
