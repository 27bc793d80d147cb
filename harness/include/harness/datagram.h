/* SPDX-License-Identifier: MIT */
#ifndef HARNESS_DATAGRAM_H
#define HARNESS_DATAGRAM_H

#include <harness/core.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Datagrams (UDP on loopback), in the shape of asyncio's create_datagram_endpoint. A datagram arrives whole,
 * once and in its turn, or, where nobody is there to take it, not at all.
 *
 * Between two endpoints of one harness datagrams are kept by the harness, not by the kernel, which would drop
 * some when its buffer is full: they are delivered one by one, in the order in which they were sent, and none
 * is lost, however many are unread. A test that needs a lost datagram has a peer that does not answer.
 * Delivery policies do not cut them. What blocking clients and other processes send comes through the kernel,
 * which drops what finds no room. An endpoint that has a remote outside of the harness, or was the first to
 * send to somebody there, is free-running until it is closed: an answer may come at any moment, and time
 * passes as real time does.
 */

/* A place that sends and receives datagrams. */
typedef struct harness_endpoint harness_endpoint_t;

/* Whom a datagram came from or goes to: an endpoint of the harness, or somebody outside of it. The same party
 * is the same pointer, so that == compares two; valid until harness_close. */
typedef struct harness_address harness_address_t;

/*
 * The callback style. Any member may be NULL. For one endpoint they are called in this order:
 *
 *   connection_made  (datagram_received | error_received)*  connection_lost
 *
 * One runs at a time, and until it returns; it may call everything that does not park (parking calls give
 * UV_EPERM, a foreground run is refused). What it logs goes to the lane of the endpoint (or of what it and
 * the free-running peer exchange), and a failed assertion in it fails its test as one in a coroutine does.
 */
typedef struct harness_datagram_protocol {
  void (*connection_made)(void *state, harness_endpoint_t *endpoint);
  /* One datagram, which may be empty. The bytes are the harness's, valid until the callback returns. */
  void (*datagram_received)(void *state, const void *data, size_t size, const harness_address_t *from);
  /* An endpoint with a remote: what it sent earlier could not be delivered (UV_ECONNREFUSED: nobody is
   * there). The endpoint goes on. */
  void (*error_received)(void *state, int code);
  /* The last call: 0 where the endpoint was closed, UV_ECANCELED where the harness is being closed. The state
   * may be freed here. */
  void (*connection_lost)(void *state, int status);
} harness_datagram_protocol_t;

typedef struct harness_datagram_options {
  /* The name, which is that of its lane. NULL: "endpoint", "endpoint2", …. What it exchanges with parties
   * outside of the harness, where it has no remote, are lanes "name/1", "name/2" …, one a party. Copied. */
  const char *name;
  /* "127.0.0.1" (also for "localhost") or "::1"; NULL: 127.0.0.1, or what fits the remote. */
  const char *host;
  /* 0: the kernel chooses, as tests should have it. */
  uint16_t port;
  /* The only party it talks to (in the kernel's words, it is connected). Datagrams of others do not reach it.
   * NULL: it talks to everybody. */
  const harness_address_t *remote;
  /* What parties outside of the harness are called. NULL: "peer". Copied. */
  const char *foreign_name;
} harness_datagram_options_t;

/* Makes an endpoint; it can be sent to from now on. The protocol is copied, state goes to its callbacks.
 * Without a protocol (NULL) the endpoint is read with harness_receive_from. options may be NULL. Returns NULL
 * with a sentence on bad arguments, a name that is taken, what bind refused, no descriptors or no memory.
 * Does not park: connection_made is called in the course of the next run. */
HARNESS_API harness_endpoint_t *harness_create_datagram_endpoint(harness_t *h,
                                                                 const harness_datagram_protocol_t *protocol,
                                                                 void *state,
                                                                 const harness_datagram_options_t *options);

/* Sends one datagram to an address, to the remote where `to` is NULL. data may be NULL where size is 0. The
 * datagram is on its way when this returns size; nobody says whether it arrives. Does not park. Else
 *   UV_EBADF         the endpoint is closed
 *   UV_EMSGSIZE      more than 65,507 bytes (65,527 for ::1), the most that UDP carries
 *   UV_EDESTADDRREQ  `to` is NULL, and there is no remote
 *   UV_EISCONN       `to` is somebody else than the remote
 *   UV_EAFNOSUPPORT  an IPv4 endpoint and an IPv6 address, or the other way round
 *   UV_ECONNREFUSED  not this datagram, but one before it found nobody at the remote; said once, by this or
 *                    harness_receive_from, and the datagram is not sent (with a protocol error_received says
 *                    it)
 *   UV_EINVAL        a NULL argument, an address of another harness
 *   UV_ENOMEM        or what the kernel says of a datagram for somebody outside of the harness */
HARNESS_API ptrdiff_t harness_sendto(harness_endpoint_t *endpoint, const void *data, size_t size,
                                     const harness_address_t *to);

/* Parks until a datagram is there and takes it. *from (may be NULL) gets its sender. Returns its size, which
 * may be 0, or
 *   UV_ENOBUFS       it is larger than the buffer: it stays, for a call with a larger one
 *   UV_ECONNREFUSED  see harness_sendto
 *   UV_EBADF         the endpoint is closed, or was while this waited
 *   UV_EBUSY         a protocol, or another coroutine, receives what comes
 *   UV_ETIMEDOUT     the coroutine's deadline has passed; nothing is lost
 *   UV_ECANCELED, UV_EPERM outside a coroutine, UV_EINVAL for NULL */
HARNESS_API ptrdiff_t harness_receive_from(harness_endpoint_t *endpoint, void *buffer, size_t size,
                                           const harness_address_t **from);

/* Closes an endpoint. What it has sent is delivered; what is on its way to it, or was not read, is dropped.
 * Nothing that was sent waits here, so there is no abort that would differ. A coroutine that waits there gets
 * UV_EBADF; connection_lost is called in the course of the next run. A second close does nothing, the object
 * stays valid. Does not park. */
HARNESS_API void harness_datagram_close(harness_endpoint_t *endpoint);

/* Its port, known as soon as it exists; 0 for NULL. Its host: "127.0.0.1" or "::1". Its name. */
HARNESS_API uint16_t harness_datagram_port(const harness_endpoint_t *endpoint);
HARNESS_API const char *harness_datagram_host(const harness_endpoint_t *endpoint);
HARNESS_API const char *harness_datagram_name(const harness_endpoint_t *endpoint);

/* Its own address, for others to send to; stays valid after its close, and then nobody is there. */
HARNESS_API const harness_address_t *harness_datagram_address(const harness_endpoint_t *endpoint);

/* The address of a port on this machine ("127.x.y.z", "::1" or "localhost"): that of the endpoint of this
 * harness that has it, or had it last; else somebody outside. Returns NULL with a sentence when host is no
 * loopback address, port is 0, or memory is exhausted. */
HARNESS_API const harness_address_t *harness_address_find(harness_t *h, const char *host, uint16_t port);

/* What an endpoint's transcript calls an address: the name of an endpoint of the harness, or the endpoint's
 * foreign_name. */
HARNESS_API const char *harness_datagram_peer_name(const harness_endpoint_t *endpoint,
                                                   const harness_address_t *address);

/* "127.0.0.1:5353", "[::1]:5353", for people: ports differ from run to run. */
HARNESS_API const char *harness_address_text(const harness_address_t *address);

#ifndef HARNESS_NO_PLACES
#define harness_create_datagram_endpoint(...)                                                                \
  (harness_at(__FILE__, __LINE__), harness_create_datagram_endpoint)(__VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif

#endif
