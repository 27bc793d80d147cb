/* SPDX-License-Identifier: MIT */
#ifndef HARNESS_ECHO_H
#define HARNESS_ECHO_H

/*
 * Echo servers and clients, written on the public API alone: to test against, to start from, and as the
 * programs of the project's own scenarios. Each logs what it does with harness_log.
 *
 * A client is described by a structure that the caller fills in and keeps until the harness is closed; what
 * the client got is found in the same structure. `status` is 0, or a libuv code such as UV_ECONNREFUSED.
 */

#include <stddef.h>
#include <stdint.h>

#include <harness/harness.h>

#ifdef __cplusplus
extern "C" {
#endif

/* At most this many bytes are read by the handlers and clients that read once. */
#define HARNESS_ECHO_READ_SIZE 100

/* At most this many bytes of replies are kept by a stream client; the rest is read and dropped. */
#define HARNESS_ECHO_REPLY_SIZE 1024

/* A handler for harness_start_server; arg is the harness_t. Reads once, at most HARNESS_ECHO_READ_SIZE
 * bytes, writes them back, drains, closes. */
void harness_echo_handle(harness_stream_t *stream, void *arg);

/* A coroutine client: connects, sends the message, reads once, closes. */
typedef struct harness_echo_client {
  harness_t *harness;
  harness_server_t *server;
  const char *message;
  int status;
  char reply[HARNESS_ECHO_READ_SIZE + 1];
} harness_echo_client_t;

/* For harness_schedule_coroutine; arg is a harness_echo_client_t. Returns its `reply`, or NULL with `status`
 * set. */
void *harness_echo_client(void *arg);

/* A blocking client on plain BSD sockets, which knows nothing of the harness but its log. */
typedef struct harness_echo_blocking_client {
  harness_t *harness;
  const char *server_name; /* for the log */
  uint16_t port;           /* on 127.0.0.1 */
  const char *message;
  int status;
  char reply[HARNESS_ECHO_READ_SIZE + 1];
} harness_echo_blocking_client_t;

/* For harness_call_in_background; arg is a harness_echo_blocking_client_t. Returns as harness_echo_client. */
void *harness_echo_blocking_client(void *arg);

/* A handler for harness_start_server; arg is the harness_t. Writes back each read of at most 128 bytes until
 * the client ends its side, then closes. */
void harness_echo_stream_handle(harness_stream_t *stream, void *arg);

/* A coroutine client: connects, writes every message, ends its side, then reads until EOF and closes. */
typedef struct harness_echo_stream_client {
  harness_t *harness;
  harness_server_t *server;
  const char *const *messages;
  size_t count;
  int status;
  size_t reply_size;
  char reply[HARNESS_ECHO_REPLY_SIZE + 1];
} harness_echo_stream_client_t;

/* For harness_schedule_coroutine; arg is a harness_echo_stream_client_t. Returns its `reply`, or NULL with
 * `status` set. */
void *harness_echo_stream_client(void *arg);

/* The same exchange in callbacks. The server logs each connection's events and echoes what it receives. */
typedef struct harness_echo_protocol_server {
  harness_t *harness;
  harness_delivery_t delivery; /* how what it writes is cut; by default as everything else */
} harness_echo_protocol_server_t;

/* As harness_create_server; the structure must live as long as the harness. */
harness_server_t *harness_echo_create_server(const harness_echo_protocol_server_t *server,
                                             const harness_server_options_t *options);

/* Sends every message and the end of its side, receives until the server ends its own, then closes and
 * resolves `done` with `reply`; where the connection breaks, `done` fails. */
typedef struct harness_echo_protocol_client {
  harness_t *harness;
  harness_server_t *server;
  const char *const *messages;
  size_t count;
  harness_task_t *done; /* a future */
  int status;
  size_t reply_size;
  char reply[HARNESS_ECHO_REPLY_SIZE + 1];
  harness_transport_t *transport; /* set by connection_made */
} harness_echo_protocol_client_t;

/* As harness_create_connection: the task ends when the connection is made. name may be NULL. */
harness_task_t *harness_echo_create_client(harness_echo_protocol_client_t *client, const char *name);

/* How the messages of a framed echo server and its clients end: "\r\n\r\n". */
extern const harness_framing_t harness_echo_framing;

/* A response for harness_create_framed_server; arg is the harness_t. Writes each message back. */
void harness_echo_framed_respond(void *arg, harness_framed_t *connection, const void *data, size_t size);

/* A coroutine that calls a framed echo server: with every message, one after the other, then with all (at
 * most 16) at once. */
typedef struct harness_echo_framed_client {
  harness_t *harness;
  harness_server_t *server;
  const char *name; /* of its connections: harness_framed_client_options_t.name */
  const char *const *messages;
  size_t count;
  size_t pool_size;
  int status;         /* -EPROTO where a reply is not the message */
  size_t replies;     /* so many came, */
  size_t connections; /* on so many connections */
} harness_echo_framed_client_t;

/* For harness_schedule_coroutine; arg is a harness_echo_framed_client_t. Returns it, or NULL with `status`
 * set. */
void *harness_echo_framed_client(void *arg);

#ifdef __cplusplus
}
#endif

#endif
