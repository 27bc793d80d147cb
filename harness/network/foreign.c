/* SPDX-License-Identifier: MIT */
/*
 * Free-running peers: blocking clients in threads, other processes. Their connections are made,
 * filled and ended by the kernel whenever they please, so here, and only here, the loop polls
 * descriptors. A descriptor is polled for what somebody waits for, and then until something comes that
 * nobody waits for (a level that nobody clears would keep the loop from sleeping): who reads waits again
 * soon.
 *
 * Running out of descriptors at accept would leave the peer connected and unserved for ever: a
 * spare descriptor, taken when a listener is first polled, is given up to accept and refuse it, and the
 * server's lane records the error. Where there is none yet, or somebody else has taken its place, nobody can
 * be told, and nothing may be waited for that will not come: the run fails, and says why.
 */
#include "network/foreign.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/slow.h"
#include "network/datagram.h"
#include "network/ledger.h"
#include "network/poller.h"
#include "network/quiet.h"
#include "network/socket.h"
#include "network/strict.h"

enum { FILL_SIZE = 64 * 1024, MUCH = 4096 };

static void take_part(harness_t *h) {
  harness__recorder_set_free_running(h->recorder);
}

void harness__foreign_begin(harness_transport_t *t) {
  t->foreign = true;
  t->h->run->free_peers++;
  take_part(t->h);
}

void harness__foreign_await_connect(harness_transport_t *t) {
  t->reaching = true;
  t->foreign = true;
  t->h->run->free_peers++;
  take_part(t->h);
  harness__foreign_poll(t);
}

/* The connect is done: whoever began it takes the stream over, or closes it. */
static void end_connect(harness_transport_t *t) {
  int status = harness__socket_finish_connect(t->fd);

  if (status == UV_EAGAIN)
    return;
  t->reaching = false;
  harness__foreign_end(t);
  harness__ledger_reached(t, status);
}

void harness__foreign_end(harness_transport_t *t) {
  if (t->foreign)
    t->h->run->free_peers--;
  t->foreign = false;
}

/* What is accepted allows the server's port to be used again. From the second client on it gets that from the
 * listener; what stood in the queue before has been taken in once the queue was found empty. */
static void allow_reuse(harness_server_t *server, int fd) {
  if (server->may_pass_on && !server->hands_down) {
    if (server->had_outside && !server->had_others) {
      server->had_others = true;
      harness__socket_allow_reuse(server->listeners[0].fd);
    }
    harness__socket_allow_reuse(fd);
  }
  server->had_outside = true;
}

void harness__foreign_adopt(harness_server_t *server, int fd) {
  harness_t *h = server->h;
  harness_transport_t *t = harness__transport_new(h);

  if (t == NULL) {
    harness__socket_abort(fd);
    return;
  }
  t->fd = fd;
  allow_reuse(server, fd);
  t->server = server;
  t->place = server->place;
  t->no_eof = server->no_eof;
  t->no_delay = server->no_delay || !harness__address_is_tcp(&server->listeners[0].address);
  t->peer_lane = server->foreign;
  t->lane = harness__server_next_lane(server, 0);
  harness__foreign_begin(t);
  harness__transport_note_accept(t, 0);
  if (harness__server_serve(server, t) != 0)
    harness_transport_abort(t);
}

void harness__foreign_note_refused(harness_server_t *server, int code) {
  (void)harness__record(server->h->recorder, server->lane,
                        &(harness__note_t){.kind = HARNESS__EVENT_ERROR, .code = uv_err_name(code)});
  harness__fail(server->h, code, "%s has no descriptor left to accept a client: it was refused",
                server->name);
}

int harness__foreign_keep_spare(harness_t *h) {
  struct harness__network *network = h->network;

  if (network->spare_fd < 0)
    network->spare_fd = harness__file_open("/dev/null", O_RDONLY, 0);
  return network->spare_fd >= 0 ? 0 : uv_translate_sys_error(errno);
}

/* No descriptor is left: gives up the spare one to take the peer from the queue and send it away. Returns
 * false where that can't be done, or nobody is in the queue. */
static bool refuse_one(harness__listener_t *listener, int code) {
  harness_t *h = listener->server->h;
  struct harness__network *network = h->network;
  harness__address_t peer;
  int fd;

  if (harness__foreign_keep_spare(h) != 0) {
    network->trouble = code;
    return false;
  }
  (void)close(network->spare_fd);
  network->spare_fd = -1;
  fd = harness__socket_accept(listener->fd, &peer);
  if (fd >= 0)
    harness__socket_abort(fd);
  (void)harness__foreign_keep_spare(h);
  if (fd >= 0)
    harness__foreign_note_refused(listener->server, code);
  return fd >= 0;
}

/* Somebody stands in the queue and can't be taken in. */
static bool accept_failed(harness__listener_t *listener, int code) {
  if (code == UV_EMFILE || code == UV_ENFILE)
    return refuse_one(listener, code);
  if (code != UV_EAGAIN)
    listener->server->h->network->trouble = code;
  return false;
}

/* Takes in what waits in the queue and belongs to nobody here. */
static void accept_all(harness__listener_t *listener) {
  while (listener->fd >= 0 && !harness__strict_holds_accept(listener->server)) {
    harness__address_t peer;
    int fd = harness__socket_accept(listener->fd, &peer);

    if (fd >= 0)
      harness__foreign_adopt(listener->server, fd);
    else if (fd == UV_EAGAIN)
      listener->server->hands_down = listener->server->had_others;
    if (fd < 0 && !accept_failed(listener, fd))
      return;
  }
}

/* Said once: it may have passed by then. */
static int take_trouble(harness_t *h) {
  int code = h->network->trouble;

  h->network->trouble = 0;
  return code;
}

/* A client that is not known to be under way (it ran before the foreground run, or in another process) may
 * have connected and written: those bytes are on their way although nobody here has seen them. Returns 1
 * where there was one, 0, or a code. */
int harness__foreign_look_outside(harness_t *h) {
  size_t before = h->run->free_peers;

  for (harness_server_t *server = h->network->servers; server != NULL; server = server->next) {
    for (size_t i = 0; i < server->listener_count; i++)
      accept_all(&server->listeners[i]);
  }
  if (h->network->trouble != 0)
    return take_trouble(h);
  return harness__datagrams_look_outside(h) || h->run->free_peers != before ? 1 : 0;
}

static void on_listener(void *listener, int events) {
  (void)events;
  accept_all(listener);
}

/* The loop is there: it is about to be asked. Returns 0 or a code. */
static int poll_listener(harness_t *h, harness__listener_t *listener) {
  int status = 0;

  if (listener->poll == NULL)
    status = harness__poller_add(h, listener->fd, on_listener, listener, &listener->poll);
  (void)harness__foreign_keep_spare(h);
  return status == 0 ? harness__poller_set(h, listener->poll, EPOLLIN) : status;
}

int harness__foreign_before_wait(harness_t *h) {
  int status = take_trouble(h);

  for (harness_server_t *server = h->network->servers; server != NULL; server = server->next) {
    for (size_t i = 0; i < server->listener_count && status == 0; i++) {
      status = poll_listener(h, &server->listeners[i]);
    }
  }
  return status == 0 ? harness__datagrams_before_wait(h) : status;
}

void harness__foreign_forget_listener(harness__listener_t *listener) {
  harness__poller_forget(listener->server->h, listener->poll);
  listener->poll = NULL;
}

void harness__foreign_forget(harness_transport_t *t) {
  harness__poller_forget(t->h, t->poll);
  t->poll = NULL;
}

/* What is known to be over is not asked about again: the kernel would answer at once, for ever. */
static bool is_reading(const harness_transport_t *t) {
  return t->reader != NULL && !t->reading_paused && !t->eof_arrived;
}

static int wanted_events(const harness_transport_t *t) {
  bool reading = is_reading(t) && t->reader->state != HARNESS__TASK_READY;

  if (t->reaching)
    return EPOLLOUT;
  return (reading ? EPOLLIN : 0) | (harness__bytes_count(&t->unsent) > 0 ? EPOLLOUT : 0);
}

static void on_poll(void *what, int events);

void harness__foreign_poll(harness_transport_t *t) {
  int events = wanted_events(t);
  int status = 0;

  if (t->poll == NULL && (events == 0 || t->fd < 0))
    return;
  if (t->poll == NULL)
    status = harness__poller_add(t->h, t->fd, on_poll, t, &t->poll);
  if (status == 0 && (events & ~t->poll->events) != 0)
    status = harness__poller_set(t->h, t->poll, events);
  if (status != 0)
    harness__ledger_break(t, status);
}

/* What nobody has waited for when it came is not polled for any longer. */
static void on_poll(void *what, int events) {
  harness_transport_t *t = what;
  int wanted = wanted_events(t);
  int status = 0;

  if (t->reaching)
    end_connect(t);
  else if ((events & EPOLLOUT) != 0)
    harness__foreign_flush(t);
  if ((events & EPOLLIN) != 0 && !harness__strict_holds_read(t))
    harness__ledger_wake_reader(t);
  if (t->poll == NULL)
    return;
  if (t->poll->events != 0 && (events & ~wanted) != 0)
    status = harness__poller_set(t->h, t->poll, wanted_events(t));
  else
    harness__foreign_poll(t);
  if (status != 0)
    harness__ledger_break(t, status);
}

/* A reset that a write was told of leaves what had been received before it, and an EOF. */
static bool may_have_more(const harness_transport_t *t) {
  bool by_peer = t->failure == UV_ECONNRESET || t->failure == UV_EPIPE;

  return t->fd >= 0 && !t->eof_arrived && (!t->broken || by_peer);
}

/* Who has just written finds nothing, since the peer has not run yet: the loop tells when there is something.
 */
static bool is_too_early(harness_transport_t *t) {
  bool asked = t->asked;

  t->asked = false;
  return asked && !t->flows && !harness__is_slow(HARNESS__SLOW_RECEIVE);
}

bool harness__foreign_fill(harness_transport_t *t) {
  ptrdiff_t count;

  if (!may_have_more(t) || (!t->broken && is_too_early(t)))
    return false;
  if (!harness__bytes_reserve(&t->received, FILL_SIZE)) {
    harness__ledger_break(t, UV_ENOMEM);
    return true;
  }
  count = harness__socket_receive(t->fd, t->received.data + t->received.end, FILL_SIZE);
  if (count == UV_EAGAIN) {
    harness__bytes_drop(&t->received, 0);
    return false;
  }
  t->flows = count > MUCH;
  if (count > 0)
    t->received.end += (size_t)count;
  else if (count == 0)
    t->eof_arrived = !t->broken || t->failure == UV_EPIPE; /* else it is what reads give after a reset */
  else
    harness__ledger_break(t, (int)count);
  return true;
}

/* What had to wait until everything was sent. */
static void finish(harness_transport_t *t) {
  harness__ledger_wake_drainer(t);
  if (t->writing_paused)
    harness__ledger_wake_reader(t);
  if (t->lingering)
    harness__transport_free_descriptors(t);
  else if (t->eof_written)
    (void)harness__socket_shutdown(t->fd);
}

void harness__foreign_flush(harness_transport_t *t) {
  while (t->fd >= 0 && harness__bytes_count(&t->unsent) > 0) {
    size_t size = harness__bytes_count(&t->unsent);
    ptrdiff_t count = harness__socket_send(t->fd, t->unsent.data + t->unsent.start, size);

    if (count == UV_EAGAIN) {
      if (t->writing_paused && size <= t->write_low)
        harness__ledger_wake_reader(t);
      return;
    }
    if (count < 0) {
      harness__bytes_drop(&t->unsent, size);
      if (t->lingering)
        harness__transport_free_descriptors(t);
      else
        harness__ledger_break(t, (int)count);
      return;
    }
    harness__bytes_drop(&t->unsent, (size_t)count);
  }
  if (t->fd >= 0)
    finish(t);
}

bool harness__foreign_is_quiet(harness_t *h) {
  for (harness_transport_t *t = h->network->transports; t != NULL; t = t->next) {
    bool reading = t->foreign && !t->reaching && is_reading(t) && t->reader->state == HARNESS__TASK_PARKED;

    if (t->peer == NULL && t->fd >= 0 && harness__bytes_count(&t->unsent) > 0)
      return false;
    if (reading && !harness__quiet_socket(h, t->fd))
      return false;
  }
  return harness__datagrams_are_quiet(h) && h->network->trouble == 0;
}
