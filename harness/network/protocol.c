/* SPDX-License-Identifier: MIT */
/*
 * Protocols: callbacks over a transport.
 *
 * Each connection has a task of the harness's own, its driver: a coroutine that waits as a stream's reader
 * does and calls what the event asks for. So there is one implementation of reading; the order of callbacks
 * is that of the ledger; what a callback logs belongs to its connection's lane; and a failed assertion that
 * leaves a callback by a jump is found and cleared away as in any coroutine. A callback must return before
 * the next one may begin, so it can't park (harness__parking).
 *
 * What is due is looked at anew after each callback, since that may have changed everything: closed or
 * aborted the transport, paused reading, written so much that writing is paused. First comes the end of this
 * side's own making, then room to write, then data, then why the connection broke, then EOF.
 *
 * What can go wrong: the bytes lent to data_received must outlive what the callback does to the transport, so
 * they are a copy of their own; a driver that never ran, because the harness closes, has nothing to say
 * connection_lost to; one that is thrown away says nothing either, its test has failed.
 */
#include "network/protocol.h"

#include <stdlib.h>

#include "network/connect.h"
#include "network/framer.h"
#include "network/inbound.h"
#include "network/lane.h"
#include "network/ledger.h"
#include "network/server.h"
#include "run/graph.h"

/* The most that one data_received gets of a delivery that is larger still. */
enum { LENT_MOST = 256 * 1024, ENDED = 1 };

static void describe_coming(const harness_transport_t *t, harness__buffer_t *out) {
  const char *peer = harness_transport_peer_name(t);
  size_t have = harness_framer_pending(t->framer);
  size_t whole = harness__framer_whole(t->framer);

  if (have > 0 && whole > 0)
    harness__buffer_printf(out, "for %zu more bytes of a message of %zu from %s", whole - have, whole, peer);
  else if (have > 0)
    harness__buffer_printf(out, "for the rest of a message from %s, has %zu bytes of it", peer, have);
  else
    harness__buffer_printf(out, "for what %s does next", peer);
  if (t->maker->protocol.data_received == NULL)
    harness__buffer_string(out, ", with a protocol that receives nothing");
  else if (have == 0)
    harness__transport_describe_talk(t, out);
}

static void describe_driver(const harness__reason_t *reason, harness__buffer_t *out) {
  const harness_transport_t *t = reason->what;

  if (t->reading_paused)
    harness__buffer_printf(out, "with reading paused: %zu bytes from %s are there",
                           harness__inbound_available(t), harness_transport_peer_name(t));
  else
    describe_coming(t, out);
  if (t->writing_paused)
    harness__buffer_printf(out, "; writing is paused, %llu bytes are unread",
                           (unsigned long long)harness_transport_unread(t));
}

static void look_at_driver(const harness__reason_t *reason, harness__wait_t *wait) {
  const harness_transport_t *t = reason->what;

  harness__transport_look(t, wait);
  if (t->reading_paused)
    *wait = (harness__wait_t){.kind = HARNESS__WAIT_RESUME};
  wait->partly = wait->kind == HARNESS__WAIT_READ && harness_framer_pending(t->framer) > 0;
}

/* Around each callback. Returns what callback_end gets. */
static bool callback_begin(harness_t *h) {
  harness_task_t *task = harness__current(h);
  bool before = task != NULL && task->in_callback;

  if (task != NULL)
    task->in_callback = true;
  return before;
}

static void callback_end(harness_t *h, bool before) {
  harness_task_t *task = harness__current(h);

  if (task != NULL)
    task->in_callback = before;
}

static void call(harness_transport_t *t, void (*callback)(void *state)) {
  bool before;

  if (callback == NULL)
    return;
  before = callback_begin(t->h);
  callback(t->state);
  callback_end(t->h, before);
}

void harness__protocol_pause_writing(harness_transport_t *t) {
  t->writing_paused = true;
  call(t, t->maker->protocol.pause_writing);
}

/* The protocol's state, and its first callback. Returns 0, or a code where there is no state. */
static int make(harness_transport_t *t) {
  const harness__maker_t *maker = t->maker;
  bool before = callback_begin(t->h);

  t->state = maker->factory != NULL ? maker->factory(maker->arg) : maker->arg;
  if (t->state == NULL && maker->factory != NULL) {
    callback_end(t->h, before);
    harness__transport_note_error(t, UV_ENOMEM);
    harness_transport_abort(t);
    return harness__fail(t->h, UV_ENOMEM, "%s: the factory returned NULL, so the connection has no protocol",
                         harness_transport_name(t));
  }
  if (maker->protocol.connection_made != NULL)
    maker->protocol.connection_made(t->state, t);
  callback_end(t->h, before);
  t->made = true;
  return 0;
}

static int receive(harness_transport_t *t, uint64_t piece) {
  void (*callback)(void *, const void *, size_t) = t->maker->protocol.data_received;
  size_t size = piece < LENT_MOST ? (size_t)piece : LENT_MOST;
  char small[2048];
  void *data = small;
  bool before;
  int status;

  if (size > sizeof small)
    data = t->lent = malloc(size);
  if (data == NULL)
    return UV_ENOMEM;
  status = harness__inbound_take(t, data, size);
  if (status == 0)
    harness__inbound_note_receive(t, harness__lane_past_here(t->h), data, size,
                                  harness__ledger_consume(t, size));
  if (status == 0 && callback != NULL) {
    before = callback_begin(t->h);
    callback(t->state, data, size);
    callback_end(t->h, before);
  }
  free(t->lent);
  t->lent = NULL;
  return status;
}

static int receive_eof(harness_transport_t *t) {
  int (*callback)(void *state) = t->maker->protocol.eof_received;
  int keep = 0;
  bool before;

  harness__inbound_note_eof(t);
  if (callback != NULL) {
    before = callback_begin(t->h);
    keep = callback(t->state);
    callback_end(t->h, before);
  }
  if (keep == 0)
    harness_transport_close(t);
  return 0;
}

/* One callback, or a wait for its cause. Returns 0 to go on, ENDED, or why the connection is lost. */
static int step(harness_transport_t *t) {
  harness__reason_t reason = {.describe = describe_driver, .look = look_at_driver, .what = t};
  bool held = t->reading_paused && harness__inbound_available(t) > 0;
  uint64_t piece;

  if (t->closed)
    return ENDED;
  if (t->writing_paused && harness_transport_unread(t) <= t->write_low) {
    t->writing_paused = false;
    call(t, t->maker->protocol.resume_writing);
    return 0;
  }
  piece = t->reading_paused ? 0 : harness__inbound_piece(t);
  if (piece > 0)
    return receive(t, piece);
  if (t->eof_arrived && !t->eof_noted && !t->reading_paused)
    return receive_eof(t);
  if (t->broken && (t->break_told || !held))
    return t->break_told ? t->failure : harness__transport_tell_break(t);
  return harness__inbound_park(t, &reason);
}

static void lose(harness_transport_t *t, int status) {
  void (*callback)(void *state, int status) = t->maker->protocol.connection_lost;
  bool before;

  harness_transport_close(t);
  if (callback == NULL)
    return;
  before = callback_begin(t->h);
  callback(t->state, status);
  callback_end(t->h, before);
}

static void *drive(void *arg) {
  harness_transport_t *t = arg;
  harness_task_t *waiting = t->reader; /* for the protocol to be made */
  int status = t->closed ? ENDED : make(t);

  if (waiting != NULL)
    harness__wake(waiting);
  if (!t->made)
    return NULL;
  while (status == 0)
    status = step(t);
  lose(t, status == ENDED ? 0 : status);
  return NULL;
}

bool harness__protocol_drives(const harness_task_t *task) {
  return task->fn == drive;
}

void harness__protocol_task_ended(harness_transport_t *t) {
  free(t->lent);
  t->lent = NULL;
}

int harness__protocol_begin(harness_transport_t *t, const harness__maker_t *maker) {
  harness_task_t *task = harness__task_spawn(t->h, drive, t, t->place);

  if (task == NULL)
    return UV_ENOMEM;
  t->owner = task;
  task->lane = t->lane;
  task->sublanes = 1;
  task->past.ref = harness__recorder_last(t->h->recorder, t->lane); /* the accept, or the connect */
  t->maker = maker;
  return 0;
}

/* A connection that is to be made, by a task of the test's. */
typedef struct connecting {
  harness_t *h;
  harness__maker_t maker;
  harness_server_t *server;
  const char *host;
  uint16_t port;
  harness_task_t *task;
} connecting_t;

static void describe_making(const harness__reason_t *reason, harness__buffer_t *out) {
  (void)reason;
  harness__buffer_string(out, "for its protocol to be made");
}

static void look_at_making(const harness__reason_t *reason, harness__wait_t *wait) {
  wait->kind = HARNESS__WAIT_TASK;
  wait->party = ((const harness_transport_t *)reason->what)->owner;
}

static int await_made(harness_transport_t *t, harness_task_t *self) {
  harness__reason_t reason = {.describe = describe_making, .look = look_at_making, .what = t};
  int status = 0;

  t->reader = self;
  while (status == 0 && !t->made && !t->closed)
    status = harness__park(t->h, &reason);
  if (t->reader == self)
    t->reader = NULL;
  if (status == 0 && !t->made)
    status = UV_ENOMEM;
  return status;
}

/* The status of the task is why it failed: harness__task_fail. */
static void *make_connection(void *arg) {
  connecting_t *c = arg;
  harness__place_t place = c->task->place;
  harness_transport_t *t = c->server != NULL ? harness__connect_server(c->h, c->task, c->server, place)
                                             : harness__connect_host(c->h, c->task, c->host, c->port, place);
  int status = t != NULL ? harness__protocol_begin(t, &c->maker) : harness_error_code(c->h);

  if (t != NULL && status == 0)
    status = await_made(t, c->task);
  if (status == 0)
    return t;
  harness_transport_close(t);
  harness__task_fail(c->task, status);
  return NULL;
}

static bool check_protocol(harness_t *h, const harness_protocol_t *protocol, const char *function) {
  if (h != NULL && protocol != NULL)
    return true;
  harness__fail(h, UV_EINVAL, "%s: the %s is NULL", function, h == NULL ? "harness" : "protocol");
  return false;
}

static bool check_connection(harness_t *h, const harness_connection_options_t *options) {
  if (options == NULL || (options->server == NULL && options->host == NULL)) {
    harness__fail(h, UV_EINVAL, "harness_create_connection: neither a server nor a host is given");
    return false;
  }
  if (options->server != NULL && options->server->h != h) {
    harness__fail(h, UV_EINVAL, "harness_create_connection: the server belongs to another harness");
    return false;
  }
  return true;
}

harness_task_t *harness__create_connection(harness_t *h, const harness_protocol_t *protocol,
                                           harness_factory_t factory, void *arg,
                                           const harness_connection_options_t *options,
                                           harness__place_t place) {
  connecting_t *c;

  if (!check_protocol(h, protocol, "harness_create_connection") || !check_connection(h, options))
    return NULL;
  c = harness__arena_alloc(&h->network->arena, sizeof *c);
  if (c != NULL)
    *c = (connecting_t){.h = h, .server = options->server, .port = options->port};
  if (c != NULL && options->host != NULL)
    c->host = harness__arena_string(&h->network->arena, options->host);
  if (c == NULL || (options->host != NULL && c->host == NULL)) {
    harness__fail(h, UV_ENOMEM, "harness_create_connection: no memory for a connection");
    return NULL;
  }
  c->maker = (harness__maker_t){.protocol = *protocol, .factory = factory, .arg = arg};
  c->task = harness__task_schedule(h, options->name, make_connection, c, place);
  return c->task;
}

harness_task_t *harness_create_connection(harness_t *h, const harness_protocol_t *protocol,
                                          harness_factory_t factory, void *arg,
                                          const harness_connection_options_t *options) {
  return harness__create_connection(h, protocol, factory, arg, options, harness__place_take());
}

harness_server_t *harness_create_server(harness_t *h, const harness_protocol_t *protocol,
                                        harness_factory_t factory, void *arg,
                                        const harness_server_options_t *options) {
  harness__place_t place = harness__place_take();
  harness__maker_t maker = {.factory = factory, .arg = arg};

  if (!check_protocol(h, protocol, "harness_create_server"))
    return NULL;
  maker.protocol = *protocol;
  return harness__server_start(h, &maker, NULL, NULL, options, "harness_create_server", place);
}

void *harness_transport_state(const harness_transport_t *transport) {
  return transport != NULL ? transport->state : NULL;
}
