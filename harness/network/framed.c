/* SPDX-License-Identifier: MIT */
/* Servers that answer messages: a protocol with a framer in it. */
#include "network/framed.h"

#include <string.h>
#include <sys/uio.h>

#include "base/fault.h"
#include "network/server.h"

/* A server's, which all its connections share. */
typedef struct answering {
  harness_t *h;
  const harness_framing_t *framing;
  harness_response_t response;
  void *arg;
} answering_t;

struct harness_framed {
  const answering_t *server;
  harness_transport_t *transport;
  harness_framer_t *framer; /* NULL: the connection is lost */
};

/* What stops a framer whose connection was closed by the response. */
enum { CLOSED = 1 };

int harness__framed_send(harness_transport_t *t, const harness_framing_t *framing, const void *data,
                         size_t size) {
  harness__frame_t frame;
  struct iovec pieces[3];
  ptrdiff_t count;

  /* writev takes what it does not change by pointers to what it may. */
  harness__framing_frame(framing, size, &frame);
  pieces[0] = (struct iovec){.iov_base = frame.length, .iov_len = frame.length_size};
  memcpy(&pieces[1].iov_base, &data, sizeof(void *));
  pieces[1].iov_len = size;
  memcpy(&pieces[2].iov_base, &frame.separator, sizeof(void *));
  pieces[2].iov_len = frame.separator_size;
  count = harness_transport_writev(t, pieces, 3);
  return count < 0 ? (int)count : 0;
}

static void *make(void *arg) {
  const answering_t *server = arg;
  harness_framed_t *framed = harness__arena_alloc(&server->h->network->arena, sizeof *framed);

  if (framed == NULL)
    return NULL;
  *framed = (harness_framed_t){.server = server};
  framed->framer = harness__framer_open(server->h, server->framing);
  return framed->framer != NULL ? framed : NULL;
}

static void made(void *state, harness_transport_t *transport) {
  harness_framed_t *framed = state;

  framed->transport = transport;
  transport->framer = framed->framer;
}

static int respond(void *arg, const void *message, size_t size) {
  harness_framed_t *framed = arg;

  framed->server->response(framed->server->arg, framed, message, size);
  return harness_transport_is_closing(framed->transport) ? CLOSED : 0;
}

static void received(void *state, const void *data, size_t size) {
  harness_framed_t *framed = state;
  int status = harness_framer_feed(framed->framer, data, size, respond, framed);

  if (status >= 0)
    return;
  harness__transport_note_error(framed->transport, status);
  harness_transport_abort(framed->transport);
}

static void lost(void *state, int status) {
  harness_framed_t *framed = state;

  (void)status;
  framed->transport->framer = NULL;
  harness_framer_close(framed->framer);
  framed->framer = NULL;
}

harness_server_t *harness_create_framed_server(harness_t *h, const harness_framing_t *framing,
                                               harness_response_t response, void *arg,
                                               const harness_server_options_t *options) {
  harness__maker_t maker = {
      .protocol = {.connection_made = made, .data_received = received, .connection_lost = lost},
      .factory = make};
  harness__place_t place = harness__place_take();
  answering_t server = {.h = h, .response = response, .arg = arg};

  if (h == NULL || response == NULL) {
    harness__fail(h, UV_EINVAL, "harness_create_framed_server: the %s is NULL",
                  h == NULL ? "harness" : "response");
    return NULL;
  }
  server.framing = harness__framing_keep(h, framing, "harness_create_framed_server");
  if (server.framing == NULL)
    return NULL;
  maker.arg = harness__arena_store(&h->network->arena, &server, sizeof server);
  if (maker.arg == NULL) {
    harness__fail(h, UV_ENOMEM, "harness_create_framed_server: no memory for a server");
    return NULL;
  }
  return harness__server_start(h, &maker, NULL, NULL, options, "harness_create_framed_server", place);
}

int harness_framed_write(harness_framed_t *connection, const void *data, size_t size) {
  int status =
      connection != NULL ? harness_framing_check(connection->server->framing, data, size) : UV_EINVAL;

  if (status != 0)
    return status;
  return harness__framed_send(connection->transport, connection->server->framing, data, size);
}

void harness_framed_close(harness_framed_t *connection) {
  if (connection != NULL)
    harness_transport_close(connection->transport);
}

harness_transport_t *harness_framed_transport(harness_framed_t *connection) {
  return connection != NULL ? connection->transport : NULL;
}
