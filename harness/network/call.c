/* SPDX-License-Identifier: MIT */
/*
 * Framed clients and their calls. A call is a future that the client watches: whoever else ends it takes the
 * call back. In the order of events, what is written for a call comes after what its caller did before, and
 * who waits for it goes on after what its connection saw.
 */
#include <string.h>

#include "base/fault.h"
#include "base/text.h"
#include "network/lane.h"
#include "network/pool.h"
#include "network/server.h"
#include "run/graph.h"

enum { POOL_SIZE = 10, SHOWN_MOST = 40 };

void harness__call_end(harness__call_t *call, int status, harness_reply_t *reply) {
  if (call->ended)
    return;
  call->ended = true;
  harness__calls_remove(call);
  harness__task_unwatch(&call->watch.watch);
  harness__agenda_cancel(&call->client->h->run->agenda, &call->timer);
  if (reply != NULL)
    (void)harness_future_resolve(call->future, reply);
  else
    (void)harness_future_fail(call->future, status);
}

int harness__call_answer(harness__call_t *call, const harness__pooled_t *pooled, const void *data,
                         size_t size) {
  harness_t *h = call->client->h;
  harness_reply_t *reply = harness__arena_alloc(&h->network->arena, sizeof *reply);

  if (reply != NULL)
    *reply = (harness_reply_t){.data = harness__arena_copy(&h->network->arena, data, size), .size = size};
  if (reply == NULL || reply->data == NULL) {
    harness__call_end(call, UV_ENOMEM, NULL);
    return UV_ENOMEM;
  }
  if (call->client->full_response) {
    reply->transport = pooled->transport;
    reply->connection = pooled->number;
    reply->sent_ms = call->sent_ms;
    reply->received_ms = harness_now_ms(h);
  }
  harness__call_end(call, 0, reply);
  return 0;
}

static void future_ended(harness__watch_t *watch, harness_task_t *future) {
  harness__call_t *call = ((harness__call_watch_t *)watch)->call;

  (void)future;
  call->ended = true;
  harness__agenda_cancel(&call->client->h->run->agenda, &call->timer);
  harness__pool_take_back(call);
}

static void time_is_up(harness__timer_t *timer) {
  harness__call_t *call = (harness__call_t *)timer;
  harness__pooled_t *pooled = call->sent_on;

  if (pooled != NULL) {
    call->ended = true; /* it stays in its connection's queue, as one that nobody wants */
    harness__task_unwatch(&call->watch.watch);
    (void)harness_future_fail(call->future, UV_ETIMEDOUT);
  } else {
    harness__call_end(call, UV_ETIMEDOUT, NULL);
  }
  harness__pool_take_back(call);
}

/* The call of that future that stands in the way of one which has no connection. */
static const harness__call_t *before(const harness__call_t *call) {
  const harness_framed_client_t *client = call->client;
  const harness__call_t *found = NULL;

  for (const harness__pooled_t *p = client->connections; p != NULL; p = p->next) {
    if (p->calls.first != NULL)
      found = p->calls.first; /* of the connection that was made first */
  }
  return found;
}

static void describe_call(const harness__reason_t *reason, harness__buffer_t *out) {
  const harness__call_t *call = reason->what;
  const harness_framed_client_t *client = call->client;

  if (call->sent_on != NULL) {
    harness__buffer_printf(out, "for a reply from %s", harness_transport_peer_name(call->sent_on->transport));
    if (!harness__recorder_redacts(client->h->recorder)) {
      harness__buffer_string(out, " to ");
      harness__text_escape(out, call->message, call->size < SHOWN_MOST ? call->size : SHOWN_MOST, '\'');
    }
  } else if (client->connecting > 0) {
    harness__buffer_string(out, "for a connection, which is being made");
  } else {
    harness__buffer_printf(out, "for a connection: all %zu of the pool are taken by calls without a reply",
                           client->count);
  }
}

static void look_at_call(const harness__reason_t *reason, harness__wait_t *wait) {
  const harness__call_t *call = reason->what;
  const harness__call_t *other = call->sent_on == NULL ? before(call) : NULL;

  *wait = (harness__wait_t){.kind = HARNESS__WAIT_TURN};
  if (call->sent_on != NULL) {
    harness__transport_look(call->sent_on->transport, wait);
    wait->asked = true;
  } else if (call->client->connections != NULL && call->client->connecting > 0) {
    wait->party = call->client->connections->task;
  } else if (other != NULL) {
    wait->party = other->future;
  }
}

/* A call with its future, not in any queue; NULL with a sentence. */
static harness__call_t *make_call(harness_framed_client_t *client, const void *message, size_t size,
                                  harness__place_t place) {
  harness_t *h = client->h;
  harness__call_t *call = harness__arena_alloc(&h->network->arena, sizeof *call);
  const char *copy = harness__arena_copy(&h->network->arena, size > 0 ? message : "", size);

  if (call == NULL || copy == NULL) {
    harness__fail(h, UV_ENOMEM, "harness_framed_call: no memory for a call");
    return NULL;
  }
  memset(call, 0, sizeof *call);
  call->client = client;
  call->message = copy;
  call->size = size;
  call->cause = harness__past_share(harness__lane_past(h));
  call->timer.fire = time_is_up;
  call->watch.call = call;
  call->future = harness__future_new(h, place);
  if (call->future == NULL)
    return NULL;
  call->reason = (harness__reason_t){.describe = describe_call, .look = look_at_call, .what = call};
  call->future->reason = &call->reason;
  if (client->timeout_ms != 0 &&
      harness__agenda_set(&h->run->agenda, &call->timer, harness__due_after(h, client->timeout_ms)) != 0) {
    (void)harness_future_fail(call->future, UV_ENOMEM);
    harness__fail(h, UV_ENOMEM, "harness_framed_call: no memory for a timer");
    return NULL;
  }
  harness__task_watch(call->future, &call->watch.watch, future_ended);
  return call;
}

static bool may_call(harness_framed_client_t *client, const void *message, size_t size) {
  int status;

  if (client == NULL) {
    harness__fail(NULL, UV_EINVAL, "harness_framed_call: the client is NULL");
    return false;
  }
  if (!harness__run_is_own_thread(client->h)) {
    harness__fail(NULL, UV_EPERM, "harness_framed_call: the client belongs to another thread");
    return false;
  }
  if (client->closed) {
    harness__fail(client->h, UV_EBADF, "harness_framed_call: the client is closed");
    return false;
  }
  status = harness_framing_check(client->framing, message, size);
  if (status == 0)
    return true;
  harness__fail(client->h, status, "harness_framed_call: a message of %zu bytes can't be sent: %s", size,
                message == NULL         ? "it is NULL"
                : status == UV_EMSGSIZE ? "it is too large"
                                        : "the separator would be found inside it");
  return false;
}

harness_task_t *harness_framed_call(harness_framed_client_t *client, const void *message, size_t size) {
  harness__place_t place = harness__place_take();
  harness__call_t *call = may_call(client, message, size) ? make_call(client, message, size, place) : NULL;

  if (call == NULL)
    return NULL;
  harness__calls_add(&client->waiting, call);
  harness__pool_serve(client);
  return call->future;
}

static bool check_options(harness_t *h, const harness_framed_client_options_t *options) {
  if (h == NULL) {
    harness__fail(NULL, UV_EINVAL, "harness_framed_client_new: the harness is NULL");
    return false;
  }
  if (options == NULL || (options->server == NULL && options->host == NULL)) {
    harness__fail(h, UV_EINVAL, "harness_framed_client_new: neither a server nor a host is given");
    return false;
  }
  if (options->server != NULL && options->server->h != h) {
    harness__fail(h, UV_EINVAL, "harness_framed_client_new: the server belongs to another harness");
    return false;
  }
  return true;
}

static bool keep_text(harness_t *h, const char *text, const char **kept) {
  *kept = text != NULL ? harness__arena_string(&h->network->arena, text) : NULL;
  return text == NULL || *kept != NULL;
}

harness_framed_client_t *harness_framed_client_new(harness_t *h, const harness_framing_t *framing,
                                                   const harness_framed_client_options_t *options) {
  harness__place_t place = harness__place_take();
  const harness_framing_t *kept;
  harness_framed_client_t *client;

  if (!check_options(h, options))
    return NULL;
  kept = harness__framing_keep(h, framing, "harness_framed_client_new");
  if (kept == NULL)
    return NULL;
  client = harness__arena_alloc(&h->network->arena, sizeof *client);
  if (client != NULL) {
    *client = (harness_framed_client_t){.h = h, .place = place, .framing = kept, .server = options->server};
    client->port = options->port;
    client->pool_size = options->pool_size != 0 ? options->pool_size : POOL_SIZE;
    client->pipeline = options->pipeline != 0 ? options->pipeline : 1;
    client->timeout_ms = options->timeout_ms;
    client->full_response = options->full_response != 0;
  }
  if (client == NULL || !keep_text(h, options->name, &client->name) ||
      !keep_text(h, options->host, &client->host)) {
    harness__fail(h, UV_ENOMEM, "harness_framed_client_new: no memory for a client");
    return NULL;
  }
  return client;
}
