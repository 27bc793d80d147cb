/* SPDX-License-Identifier: MIT */
#ifndef HARNESS_SERVER_H
#define HARNESS_SERVER_H

#include <harness/core.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct harness_server harness_server_t;
typedef struct harness_stream harness_stream_t;

/* Serves one connection, as a coroutine of its own. A stream it leaves open is closed for it. */
typedef void (*harness_handler_t)(harness_stream_t *stream, void *arg);

typedef struct harness_server_options {
  /* The name; its connections are lanes "name/1", "name/2" …. NULL: "server", "server2", …. Copied. */
  const char *name;
  /* Where it listens; NULL: what the harness says, "127.0.0.1" without it. Copied.
   *   "127.0.0.1", "::1"  TCP
   *   "localhost"         TCP on both, with the same port; on 127.0.0.1 alone where there is no IPv6
   *   "unix:"             a unix-domain socket in a folder that the harness makes, and removes as it closes
   *   "unix:/path"        the same at that path, where nothing may be yet; it is removed with the server
   *   "unix:@name"        the same in the abstract namespace; "unix:@": with a name of the kernel's choice
   *   "memory:"           no kernel: for clients in this harness only */
  const char *host;
  /* 0: the kernel chooses, as tests should have it. TCP only. */
  uint16_t port;
  /* How what both ends of its connections write is cut. */
  harness_delivery_t delivery;
  /* The same for one direction only: what clients write, and what the server writes. They go before
   * `delivery`. */
  harness_delivery_t delivery_from_clients;
  harness_delivery_t delivery_to_clients;
  /* What peers from outside the harness's ordering (blocking clients) are called. NULL: "client". Copied. */
  const char *foreign_name;
  /* Nonzero: the ends of its connections can't write EOF, as with TLS (harness_can_write_eof is 0). */
  int no_eof;
  /* Nonzero: its free-running client (a blocking one) is sequential: it waits for its answer before it uses
   * or opens another connection, or ends one connection before it does. Then connections are numbered as they
   * are accepted, not by content, and what happens on all of them keeps the order in which this server saw
   * it. With clients that race for the server that order is chance, and so is the transcript. No effect where
   * every party runs on the loop: there the transcript is the order of events anyway. */
  int strict_order;
} harness_server_options_t;

/* Starts a server; it accepts from now on. options may be NULL. Returns NULL with a sentence on bad
 * arguments, a name that is taken, or what bind or listen refused. Does not park. */
HARNESS_API harness_server_t *harness_start_server(harness_t *h, harness_handler_t handler, void *arg,
                                                   const harness_server_options_t *options);

/* The port, known as soon as the server exists; 0 for NULL, and where the transport has none. */
HARNESS_API uint16_t harness_server_port(const harness_server_t *server);

/* What harness_connect takes as host: "127.0.0.1", "::1", "localhost", "unix:/tmp/harness-x2Ab9Z/1",
 * "unix:@00a1f", "memory:server". */
HARNESS_API const char *harness_server_host(const harness_server_t *server);

HARNESS_API const char *harness_server_name(const harness_server_t *server);

/* Stops listening. Connections that were accepted go on; those still on their way are reset. A second
 * close does nothing; the object stays valid. Does not park. */
HARNESS_API void harness_server_close(harness_server_t *server);

/* Closes every open connection that this server has accepted, as harness_transport_close does: a handler that
 * waits there wakes with UV_EBADF, a protocol's connection_lost gets 0. Returns how many there were. Does not
 * park. */
HARNESS_API int harness_server_close_clients(harness_server_t *server);

#ifndef HARNESS_NO_PLACES
#define harness_start_server(...) (harness_at(__FILE__, __LINE__), harness_start_server)(__VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif

#endif
