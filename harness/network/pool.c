/* SPDX-License-Identifier: MIT */
/*
 * A pool of connections.
 *
 * A connection is connecting, idle, or has calls on it whose replies are to come, in the order they were
 * sent. Whatever changes (a call is made or taken back, a connection is made, breaks, gets a reply) ends in
 * harness__pool_serve, the one place where calls get connections and connections are begun, so there is one
 * order to it: first come, first served.
 *
 * What can go wrong is a reply that goes to the wrong call. So a connection where only replies of calls that
 * have been taken back are awaited is reset; so is one where a message, or the start of one, comes that
 * nobody has asked for; and a connection is not given to the next call while its last delivery is still being
 * looked at.
 *
 * A connection that was idle may turn out to be broken when it is written to: nothing has been sent then, and
 * the call takes the next one. On a new connection that is the call's end, or it would go round for ever.
 */
#include "network/pool.h"

#include <stdio.h>

#include "base/fault.h"
#include "network/protocol.h"

void harness__calls_add(harness__calls_t *calls, harness__call_t *call) {
  if (calls->first == NULL)
    calls->last = &calls->first;
  call->next = NULL;
  call->link = calls->last;
  call->queue = calls;
  *calls->last = call;
  calls->last = &call->next;
  calls->count++;
}

void harness__calls_remove(harness__call_t *call) {
  if (call->queue == NULL)
    return;
  *call->link = call->next;
  if (call->next != NULL)
    call->next->link = call->link;
  else
    call->queue->last = call->link;
  call->queue->count--;
  call->queue = NULL;
}

static void leave_idle(harness__pooled_t *pooled) {
  harness__pooled_t **place = &pooled->client->idle;

  while (*place != NULL && *place != pooled)
    place = &(*place)->next_idle;
  if (*place == NULL)
    return;
  *place = pooled->next_idle;
  pooled->client->idle_count--;
}

static void become_idle(harness__pooled_t *pooled) {
  pooled->next_idle = pooled->client->idle;
  pooled->client->idle = pooled;
  pooled->client->idle_count++;
}

/* The client is done with a connection; calls on it fail with that code. */
static void let_go(harness__pooled_t *pooled, int code) {
  harness_framed_client_t *client = pooled->client;

  if (pooled->gone)
    return;
  pooled->gone = true;
  leave_idle(pooled);
  *pooled->link = pooled->next;
  if (pooled->next != NULL)
    pooled->next->link = pooled->link;
  client->count--;
  if (pooled->transport == NULL)
    client->connecting--;
  while (pooled->calls.first != NULL) {
    harness__call_t *call = pooled->calls.first;

    harness__calls_remove(call);
    call->sent_on = NULL;
    harness__call_end(call, code, NULL);
  }
}

static void reset(harness__pooled_t *pooled, int code) {
  harness_transport_abort(pooled->transport);
  let_go(pooled, code);
}

static void close_idle(harness__pooled_t *pooled) {
  harness_transport_close(pooled->transport);
  let_go(pooled, UV_ECANCELED);
}

/* Sends a call on a connection. Where that fails, the connection is gone, and the call has ended if the
 * connection was new. */
static void send_call(harness__pooled_t *pooled, harness__call_t *call) {
  harness_framed_client_t *client = pooled->client;
  harness_transport_t *t = pooled->transport;
  int status;

  if (call->cause != 0)
    harness__recorder_after(client->h->recorder, t->lane, call->cause);
  call->sent_ms = harness_now_ms(client->h);
  status = harness__framed_send(t, client->framing, call->message, call->size);
  if (status != 0) {
    if (!pooled->used)
      harness__call_end(call, status, NULL);
    reset(pooled, status);
    return;
  }
  leave_idle(pooled);
  harness__calls_remove(call);
  harness__calls_add(&pooled->calls, call);
  call->sent_on = pooled;
  pooled->wanted++;
  pooled->used = true;
}

/* The connection that the next call gets; NULL: none is to be had now. */
static harness__pooled_t *choose(const harness_framed_client_t *client) {
  harness__pooled_t *best = NULL;

  if (client->idle != NULL)
    return client->idle;
  if (client->count < client->pool_size)
    return NULL;
  for (harness__pooled_t *p = client->connections; p != NULL; p = p->next) {
    if (p->transport == NULL || p->receiving || p->calls.count >= client->pipeline)
      continue;
    if (best == NULL || p->calls.count <= best->calls.count)
      best = p; /* of equals the first that was made */
  }
  return best;
}

static int take_message(void *arg, const void *message, size_t size) {
  harness__pooled_t *pooled = arg;
  harness__call_t *call = pooled->calls.first;

  if (call == NULL)
    return UV_EPROTO;
  harness__calls_remove(call);
  call->sent_on = NULL;
  if (call->ended)
    return 0;
  pooled->wanted--;
  return harness__call_answer(call, pooled, message, size);
}

static void received(void *state, const void *data, size_t size) {
  harness__pooled_t *pooled = state;
  int status;

  if (pooled->gone)
    return;
  pooled->receiving = true;
  status = harness_framer_feed(pooled->framer, data, size, take_message, pooled);
  pooled->receiving = false;
  if (status == 0 && pooled->calls.count == 0 && harness_framer_pending(pooled->framer) > 0)
    status = UV_EPROTO;
  if (status != 0) {
    harness__transport_note_error(pooled->transport, status);
    reset(pooled, status);
  } else if (pooled->calls.count > 0 && pooled->wanted == 0) {
    reset(pooled, UV_ECANCELED);
  } else if (pooled->calls.count == 0 && pooled->client->closed) {
    close_idle(pooled);
  } else if (pooled->calls.count == 0) {
    become_idle(pooled);
  }
  harness__pool_serve(pooled->client);
}

static void made(void *state, harness_transport_t *transport) {
  harness__pooled_t *pooled = state;

  pooled->transport = transport;
  transport->framer = pooled->framer;
  if (pooled->gone) {
    harness_transport_close(transport);
    return;
  }
  pooled->client->connecting--;
  become_idle(pooled);
  harness__pool_serve(pooled->client);
}

static void lost(void *state, int status) {
  harness__pooled_t *pooled = state;

  if (pooled->transport != NULL)
    pooled->transport->framer = NULL;
  harness_framer_close(pooled->framer);
  pooled->framer = NULL;
  let_go(pooled, status != 0 ? status : UV_EOF);
  harness__pool_serve(pooled->client);
}

/* The task that makes a connection has ended; where it failed, the call that waits longest hears of it. */
static void connecting_ended(harness__watch_t *watch, harness_task_t *task) {
  harness__pooled_t *pooled = (harness__pooled_t *)watch;
  harness_framed_client_t *client = pooled->client;

  if (pooled->transport != NULL)
    return;
  harness_framer_close(pooled->framer);
  pooled->framer = NULL;
  if (pooled->gone)
    return;
  let_go(pooled, task->status);
  if (client->waiting.first != NULL) {
    harness__call_end(client->waiting.first, task->status, NULL);
  }
  harness__pool_serve(client);
}

/* The next name for a connection, in text; NULL: by count. */
static const char *next_name(harness_framed_client_t *client, char *text, size_t size) {
  if (client->name == NULL)
    return NULL;
  do {
    if (++client->names == 1)
      (void)snprintf(text, size, "%s", client->name);
    else
      (void)snprintf(text, size, "%s%u", client->name, client->names);
  } while (harness__names_has(&client->h->run->names, text));
  return text;
}

static harness_task_t *begin(harness_framed_client_t *client, harness__pooled_t *pooled) {
  static const harness_protocol_t protocol = {
      .connection_made = made, .data_received = received, .connection_lost = lost};
  harness_connection_options_t options = {
      .server = client->server, .host = client->host, .port = client->port};
  char name[128];

  options.name = next_name(client, name, sizeof name);
  return harness__create_connection(client->h, &protocol, NULL, pooled, &options, client->place);
}

/* Begins a connection. Where that is impossible, the call that waits longest fails. */
static void begin_connection(harness_framed_client_t *client) {
  harness_t *h = client->h;
  harness__pooled_t *pooled = harness__arena_alloc(&h->network->arena, sizeof *pooled);
  harness_framer_t *framer = pooled != NULL ? harness__framer_open(h, client->framing) : NULL;

  if (framer == NULL) {
    harness__call_end(client->waiting.first, UV_ENOMEM, NULL);
    return;
  }
  *pooled = (harness__pooled_t){.client = client, .framer = framer};
  pooled->task = begin(client, pooled);
  if (pooled->task == NULL) {
    harness_framer_close(framer);
    harness__call_end(client->waiting.first, harness_error_code(h), NULL);
    return;
  }
  harness__task_watch(pooled->task, &pooled->watch, connecting_ended);
  pooled->number = ++client->made;
  pooled->next = client->connections;
  pooled->link = &client->connections;
  if (pooled->next != NULL)
    pooled->next->link = &pooled->next;
  client->connections = pooled;
  client->count++;
  client->connecting++;
}

void harness__pool_serve(harness_framed_client_t *client) {
  if (client->serving || client->closed || client->h->run->closing)
    return;
  client->serving = true;
  while (client->waiting.first != NULL) {
    harness__pooled_t *pooled = choose(client);

    if (pooled != NULL)
      send_call(pooled, client->waiting.first);
    else if (client->count < client->pool_size && client->connecting < client->waiting.count)
      begin_connection(client);
    else
      break;
  }
  client->serving = false;
}

void harness__pool_take_back(harness__call_t *call) {
  harness__pooled_t *pooled = call->sent_on;

  if (pooled == NULL)
    harness__calls_remove(call);
  else if (--pooled->wanted == 0 && !pooled->receiving)
    reset(pooled, UV_ECANCELED);
  harness__pool_serve(call->client);
}

static void end_connection(harness__pooled_t *pooled, bool at_once) {
  if (pooled->transport == NULL) {
    let_go(pooled, UV_ECANCELED);
    (void)harness_task_cancel(pooled->task);
  } else if (pooled->calls.count == 0) {
    close_idle(pooled);
  } else if (at_once) {
    reset(pooled, UV_ECANCELED);
  }
}

static void end_client(harness_framed_client_t *client, bool at_once) {
  harness__pooled_t *next;

  if (client == NULL)
    return;
  client->closed = true;
  while (client->waiting.first != NULL)
    harness__call_end(client->waiting.first, UV_ECANCELED, NULL);
  for (harness__pooled_t *p = client->connections; p != NULL; p = next) {
    next = p->next;
    if (!p->receiving)
      end_connection(p, at_once);
  }
}

void harness_framed_client_close(harness_framed_client_t *client) {
  end_client(client, false);
}

void harness_framed_client_abort(harness_framed_client_t *client) {
  end_client(client, true);
}

size_t harness_framed_client_connections(const harness_framed_client_t *client) {
  return client != NULL ? client->count : 0;
}

size_t harness_framed_client_idle(const harness_framed_client_t *client) {
  return client != NULL ? client->idle_count : 0;
}
