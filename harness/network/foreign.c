/* SPDX-License-Identifier: MIT */
/*
 * Free-running peers: blocking clients in threads, other processes. Their connections are made,
 * filled and ended by the kernel whenever they please, so here, and only here, the loop polls
 * descriptors. A descriptor is polled for exactly what somebody waits for at the moment (a level
 * that nobody clears would keep the loop from sleeping).
 *
 * Running out of descriptors at accept would leave the peer connected and unserved for ever: a
 * spare descriptor is given up to accept and refuse it, and the server's lane records the error.
 */
#include "network/foreign.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "network/ledger.h"
#include "network/quiet.h"
#include "network/tcp.h"

enum { FILL_SIZE = 64 * 1024 };

struct harness__poll {
  uv_poll_t handle;
  int events;
};

static void take_part(harness_t *h) {
  harness__recorder_set_free_running(h->recorder);
}

void harness__foreign_begin(harness_stream_t *s) {
  s->foreign = true;
  s->h->run->free_peers++;
  take_part(s->h);
}

void harness__foreign_await_connect(harness_stream_t *s) {
  s->reaching = true;
  s->foreign = true;
  s->h->run->free_peers++;
  take_part(s->h);
  harness__foreign_poll(s);
}

/* The connect is done: whoever began it takes the stream over, or closes it. */
static void end_connect(harness_stream_t *s) {
  int status = harness__tcp_finish_connect(s->fd);

  if (status == UV_EAGAIN)
    return;
  s->reaching = false;
  harness__foreign_end(s);
  harness__ledger_reached(s, status);
}

void harness__foreign_end(harness_stream_t *s) {
  if (s->foreign)
    s->h->run->free_peers--;
  s->foreign = false;
}

void harness__foreign_adopt(harness_server_t *server, int fd) {
  harness_t *h = server->h;
  harness_stream_t *s = harness__stream_new(h);

  if (s == NULL) {
    harness__tcp_abort(fd);
    return;
  }
  s->fd = fd;
  s->server = server;
  s->peer_lane = server->foreign;
  s->lane =
      harness__recorder_sublane(h->recorder, server->lane, ++server->accepted, HARNESS__LANE_BY_CONTENT);
  harness__foreign_begin(s);
  harness__stream_note(s, (harness__note_t){.kind = HARNESS__EVENT_ACCEPT, .peer = s->peer_lane});
  if (harness__server_serve(server, s) != 0)
    harness_stream_abort(s);
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
    network->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  return network->spare_fd >= 0 ? 0 : uv_translate_sys_error(errno);
}

/* No descriptor is left: gives up the spare one to take the peer from the queue and send it away. Returns
 * false where that can't be done, or nobody is in the queue. */
static bool refuse_one(harness_server_t *server, int code) {
  struct harness__network *network = server->h->network;
  harness__address_t peer;
  int fd;

  if (harness__foreign_keep_spare(server->h) != 0) {
    /* Somebody else took its place. A queue that can't be emptied would keep the loop awake: it is asked
     * again before the next wait. */
    harness__foreign_forget_server(server);
    return false;
  }
  (void)close(network->spare_fd);
  network->spare_fd = -1;
  fd = harness__tcp_accept(server->fd, &peer);
  if (fd >= 0)
    harness__tcp_abort(fd);
  (void)harness__foreign_keep_spare(server->h);
  if (fd >= 0)
    harness__foreign_note_refused(server, code);
  return fd >= 0;
}

void harness__foreign_accept_all(harness_server_t *server) {
  while (server->fd >= 0) {
    harness__address_t peer;
    int fd = harness__tcp_accept(server->fd, &peer);

    if (fd >= 0)
      harness__foreign_adopt(server, fd);
    else if ((fd != UV_EMFILE && fd != UV_ENFILE) || !refuse_one(server, fd))
      return;
  }
}

static void on_listener(uv_poll_t *poll, int status, int events) {
  (void)status;
  (void)events;
  harness__foreign_accept_all(poll->data);
}

static void poll_server(harness_server_t *server) {
  uv_loop_t *loop = harness__loop(server->h);
  uv_poll_t *poll = loop != NULL ? harness__arena_alloc(&server->h->network->arena, sizeof *poll) : NULL;

  if (poll == NULL || uv_poll_init(loop, poll, server->fd) != 0)
    return; /* tried again before the next wait */
  poll->data = server;
  uv_unref((uv_handle_t *)poll);
  (void)uv_poll_start(poll, UV_READABLE, on_listener);
  server->poll = poll;
}

void harness__foreign_before_wait(harness_t *h) {
  bool starved = h->network->servers != NULL && harness__foreign_keep_spare(h) != 0;

  for (harness_server_t *server = h->network->servers; !starved && server != NULL; server = server->next) {
    if (server->poll == NULL)
      poll_server(server);
  }
}

void harness__foreign_forget_server(harness_server_t *server) {
  if (server->poll != NULL)
    uv_close((uv_handle_t *)server->poll, NULL);
  server->poll = NULL;
}

void harness__foreign_forget(harness_stream_t *s) {
  if (s->poll != NULL)
    uv_close((uv_handle_t *)&s->poll->handle, NULL);
  s->poll = NULL;
}

static void on_poll(uv_poll_t *handle, int status, int events) {
  harness_stream_t *s = handle->data;

  if (status != 0)
    events = UV_READABLE | UV_WRITABLE; /* the read or write that follows learns why */
  if (s->reaching)
    end_connect(s);
  else if ((events & UV_WRITABLE) != 0)
    harness__foreign_flush(s);
  if ((events & (UV_READABLE | UV_DISCONNECT)) != 0)
    harness__ledger_wake_reader(s);
  if (s->poll != NULL)
    harness__foreign_poll(s);
}

static int wanted_events(const harness_stream_t *s) {
  bool reading = s->reader != NULL && s->reader->state != HARNESS__TASK_READY;

  if (s->reaching)
    return UV_WRITABLE;
  return (reading ? UV_READABLE : 0) | (harness__bytes_count(&s->unsent) > 0 ? UV_WRITABLE : 0);
}

static bool make_poll(harness_stream_t *s) {
  uv_loop_t *loop = harness__loop(s->h);
  struct harness__poll *poll =
      loop != NULL ? harness__arena_alloc(&s->h->network->arena, sizeof *poll) : NULL;

  if (poll == NULL || uv_poll_init(loop, &poll->handle, s->fd) != 0)
    return false;
  poll->handle.data = s;
  poll->events = 0;
  uv_unref((uv_handle_t *)&poll->handle);
  s->poll = poll;
  return true;
}

void harness__foreign_poll(harness_stream_t *s) {
  int events = wanted_events(s);

  if (s->poll == NULL && (events == 0 || s->fd < 0))
    return;
  if (s->poll == NULL && !make_poll(s)) {
    harness__ledger_break(s, UV_ENOMEM);
    return;
  }
  if (events == s->poll->events)
    return;
  s->poll->events = events;
  if (events == 0)
    (void)uv_poll_stop(&s->poll->handle);
  else
    (void)uv_poll_start(&s->poll->handle, events, on_poll);
}

bool harness__foreign_fill(harness_stream_t *s) {
  ptrdiff_t count;

  if (s->fd < 0 || s->eof_arrived || s->broken)
    return false;
  if (!harness__bytes_reserve(&s->received, FILL_SIZE)) {
    harness__ledger_break(s, UV_ENOMEM);
    return true;
  }
  count = harness__tcp_receive(s->fd, s->received.data + s->received.end, FILL_SIZE);
  if (count == UV_EAGAIN) {
    harness__bytes_drop(&s->received, 0);
    return false;
  }
  if (count > 0)
    s->received.end += (size_t)count;
  else if (count == 0)
    s->eof_arrived = true;
  else
    harness__ledger_break(s, (int)count);
  return true;
}

/* What had to wait until everything was sent. */
static void finish(harness_stream_t *s) {
  harness__ledger_wake_drainer(s);
  if (s->lingering)
    harness__stream_free_descriptors(s);
  else if (s->eof_written)
    (void)harness__tcp_shutdown(s->fd);
}

void harness__foreign_flush(harness_stream_t *s) {
  while (s->fd >= 0 && harness__bytes_count(&s->unsent) > 0) {
    size_t size = harness__bytes_count(&s->unsent);
    ptrdiff_t count = harness__tcp_send(s->fd, s->unsent.data + s->unsent.start, size);

    if (count == UV_EAGAIN)
      return;
    if (count < 0) {
      harness__bytes_drop(&s->unsent, size);
      if (s->lingering)
        harness__stream_free_descriptors(s);
      else
        harness__ledger_break(s, (int)count == UV_EPIPE ? UV_ECONNRESET : (int)count);
      return;
    }
    harness__bytes_drop(&s->unsent, (size_t)count);
  }
  if (s->fd >= 0)
    finish(s);
}

bool harness__foreign_is_quiet(harness_t *h) {
  for (harness_stream_t *s = h->network->streams; s != NULL; s = s->next) {
    bool reading =
        s->foreign && !s->reaching && s->reader != NULL && s->reader->state == HARNESS__TASK_PARKED;

    if (s->peer == NULL && s->fd >= 0 && harness__bytes_count(&s->unsent) > 0)
      return false;
    if (reading && !harness__quiet_socket(h, s->fd))
      return false;
  }
  return true;
}
