/* SPDX-License-Identifier: MIT */
#ifndef HARNESS_FRAMED_H
#define HARNESS_FRAMED_H

#include <harness/framing.h>
#include <harness/protocol.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Requests and replies, one message each: a server that answers messages, and a client with a pool of
 * connections. All of this belongs to the harness's thread; nothing here parks.
 */

/* A server's end of a connection. Valid (though useless once lost) until harness_close. */
typedef struct harness_framed harness_framed_t;

/* Called for each whole message that a client sent; the bytes are valid until it returns. It may answer with
 * harness_framed_write, at once or, from elsewhere, later; it may close. A callback of the connection's: it
 * must not park, and what it logs goes to the connection's lane. */
typedef void (*harness_response_t)(void *arg, harness_framed_t *connection, const void *data, size_t size);

/* As harness_create_server. The framing is copied. A client that sends what is no message (too long) is
 * reset, with UV_EMSGSIZE as an error in the transcript. */
HARNESS_API harness_server_t *harness_create_framed_server(harness_t *h, const harness_framing_t *framing,
                                                           harness_response_t response, void *arg,
                                                           const harness_server_options_t *options);

/* Writes one message, with what the framing adds, in one write. Returns 0, what harness_framing_check
 * refuses, or harness_transport_write's code. */
HARNESS_API int harness_framed_write(harness_framed_t *connection, const void *data, size_t size);

/* Closes the connection; messages that follow in the same delivery are not seen. NULL is ignored. */
HARNESS_API void harness_framed_close(harness_framed_t *connection);

/* The transport, to abort it or ask for names. NULL for NULL. */
HARNESS_API harness_transport_t *harness_framed_transport(harness_framed_t *connection);

typedef struct harness_framed_client harness_framed_client_t;

typedef struct harness_framed_client_options {
  /* Its connections are lanes "name", "name2", "name3" … in the order they are begun, leaving out what is
   * taken; NULL: "client", "client2", …. Copied. */
  const char *name;
  /* Where to: a server of this harness, or, where that is NULL, host (copied) and port. */
  harness_server_t *server;
  const char *host;
  uint16_t port;
  /* The most connections at a time; 0: 10. */
  size_t pool_size;
  /* The most calls that wait for their replies on one connection at a time; 0 or 1: no pipelining. */
  size_t pipeline;
  /* How long a call may take, with its time in the queue, in milliseconds of the harness's time; 0: any. */
  uint64_t timeout_ms;
  /* Nonzero: replies tell how they came, too. */
  int full_response;
} harness_framed_client_options_t;

/* The result of a call; valid until harness_close. */
typedef struct harness_reply {
  const void *data; /* a NUL stands behind the last byte */
  size_t size;
  /* The rest is 0 unless full_response was asked for. */
  harness_transport_t *transport; /* of the connection that it came on, */
  size_t connection;              /* the client's 1st, 2nd …; */
  uint64_t sent_ms;               /* when the request was written, by harness_now_ms, */
  uint64_t received_ms;           /* and when its reply was whole */
} harness_reply_t;

/* Makes a client; it connects when it is called. The framing and the options are copied. Returns NULL with a
 * sentence on bad arguments. Valid until harness_close; its connections are open until
 * harness_framed_client_close. */
HARNESS_API harness_framed_client_t *
harness_framed_client_new(harness_t *h, const harness_framing_t *framing,
                          const harness_framed_client_options_t *options);

/* Sends a message (copied) and returns the future of its reply, whose result is a const harness_reply_t *.
 * Calls get connections in the order in which they were made: an idle one, the last used first; else a new
 * one, while there are fewer than pool_size; else, where the client pipelines, the one with the fewest calls
 * on it; else the first that is free.
 *
 * The future fails with
 *   - why a connection could not be made (UV_ECONNREFUSED): the call that waits longest gets it
 *   - why the connection broke that the message was sent on: UV_ECONNRESET, UV_EOF where the peer ended it,
 *     UV_EMSGSIZE where it sent what is no message, UV_EPROTO for one that nobody had asked for
 *   - UV_ETIMEDOUT
 *   - UV_ECANCELED where the client was closed
 *
 * A connection that broke is not used again; a new one takes its place when a call needs it. Nothing is sent
 * twice. Cancelling the future (or resolving it) takes the call back: it leaves the queue, or, where it was
 * sent, its reply is dropped; and a connection where only such replies are awaited is reset, so that they are
 * never taken for those of other calls. A call that is over time is taken back in the same way. Returns NULL
 * with a sentence on bad arguments, a message that the framing can't carry, or a closed client. */
HARNESS_API harness_task_t *harness_framed_call(harness_framed_client_t *client, const void *message,
                                                size_t size);

/* Ends a client: calls without a connection fail with UV_ECANCELED, idle connections are closed, those with
 * calls on them when the last reply has come; no more calls are taken. A second time does nothing, as does
 * NULL. */
HARNESS_API void harness_framed_client_close(harness_framed_client_t *client);

/* The same at once: calls that wait for replies fail with UV_ECANCELED too, and their connections are reset.
 * May follow harness_framed_client_close. */
HARNESS_API void harness_framed_client_abort(harness_framed_client_t *client);

/* How many connections the client has, those being made included, and how many of these are idle. 0 for NULL.
 */
HARNESS_API size_t harness_framed_client_connections(const harness_framed_client_t *client);
HARNESS_API size_t harness_framed_client_idle(const harness_framed_client_t *client);

#ifndef HARNESS_NO_PLACES
#define harness_create_framed_server(...)                                                                    \
  (harness_at(__FILE__, __LINE__), harness_create_framed_server)(__VA_ARGS__)
#define harness_framed_client_new(...)                                                                       \
  (harness_at(__FILE__, __LINE__), harness_framed_client_new)(__VA_ARGS__)
#define harness_framed_call(...) (harness_at(__FILE__, __LINE__), harness_framed_call)(__VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif

#endif
