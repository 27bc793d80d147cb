/* SPDX-License-Identifier: MIT */
#ifndef HARNESS_PROTOCOL_H
#define HARNESS_PROTOCOL_H

#include <harness/server.h>
#include <harness/task.h>
#include <harness/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The callback style: a connection's events call functions, each with the state that was made for that
 * connection. Any member may be NULL. For one connection they are called in this order:
 *
 *   connection_made  data_received*  [eof_received]  connection_lost
 *
 * with pause_writing and resume_writing in between. One runs at a time, and until it returns; it may call
 * everything that does not park (parking calls give UV_EPERM, a foreground run is refused). What it logs goes
 * to its connection's lane, and a failed assertion in it fails its test as one in a coroutine does.
 */
typedef struct harness_protocol {
  void (*connection_made)(void *state, harness_transport_t *transport);
  /* What one delivery holds. The bytes are the harness's, valid until the callback returns. */
  void (*data_received)(void *state, const void *data, size_t size);
  /* The peer has ended its writing side. Returns nonzero to keep this side open for writing; with 0, or
   * where there is no such callback, the transport is closed. */
  int (*eof_received)(void *state);
  /* The last call: 0 where this end was closed, aborted or saw EOF, else why the connection broke
   * (UV_ECONNRESET), or UV_ECANCELED where the harness is being closed. The state may be freed here. */
  void (*connection_lost)(void *state, int status);
  /* More is unread by the peer than the high water mark; called from inside the write that passes it. */
  void (*pause_writing)(void *state);
  /* No more than the low water mark is unread any longer. */
  void (*resume_writing)(void *state);
} harness_protocol_t;

/* Makes the state of one connection's protocol. NULL means failure: the connection is reset, harness_error
 * has a sentence. Called on the harness's thread; may not park. */
typedef void *(*harness_factory_t)(void *arg);

/* As harness_start_server, with a protocol in place of a handler. The protocol is copied. factory may be
 * NULL: then arg itself is the state of every connection. */
HARNESS_API harness_server_t *harness_create_server(harness_t *h, const harness_protocol_t *protocol,
                                                    harness_factory_t factory, void *arg,
                                                    const harness_server_options_t *options);

typedef struct harness_connection_options {
  /* The name of the task and of the connection's lane; NULL: "client", "client2", …. Copied. */
  const char *name;
  /* Where to: a server of this harness, or, where that is NULL, host (as for harness_connect; copied) and
   * port. */
  harness_server_t *server;
  const char *host;
  uint16_t port;
} harness_connection_options_t;

/* Connects, as a task. It ends when connection_made has been called, and its result is the
 * harness_transport_t; where connecting fails, its status is why (UV_ECONNREFUSED), and where the factory
 * returns NULL, UV_ENOMEM. The protocol and the host are copied. Returns NULL with a sentence on bad
 * arguments or a name that is taken. Does not park. */
HARNESS_API harness_task_t *harness_create_connection(harness_t *h, const harness_protocol_t *protocol,
                                                      harness_factory_t factory, void *arg,
                                                      const harness_connection_options_t *options);

/* The state of a transport's protocol; NULL for a stream's. */
HARNESS_API void *harness_transport_state(const harness_transport_t *transport);

#ifndef HARNESS_NO_PLACES
#define harness_create_server(...) (harness_at(__FILE__, __LINE__), harness_create_server)(__VA_ARGS__)
#define harness_create_connection(...)                                                                       \
  (harness_at(__FILE__, __LINE__), harness_create_connection)(__VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif

#endif
