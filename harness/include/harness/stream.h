/* SPDX-License-Identifier: MIT */
#ifndef HARNESS_STREAM_H
#define HARNESS_STREAM_H

#include <harness/core.h>
#include <harness/server.h>
#include <harness/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One end of a connection with coroutine-style reads and writes. I/O calls return a count or a
 * negative libuv code. A stream stays valid (though useless once closed) until harness_close.
 *
 * What a call returns when it can't do its work, beside what its own comment says:
 *   UV_EINVAL     a NULL argument, a length beyond SSIZE_MAX, or a read of 0 bytes
 *   UV_EPERM      a parking call outside a coroutine
 *   UV_ECANCELED  the calling coroutine is cancelled
 *   UV_EBADF      this end was closed or aborted by its owner
 *   UV_EBUSY      another coroutine already waits to read (or drain) here
 *   UV_ECONNRESET the peer reset the connection; said once, by the first call that meets it
 *
 * After a reset reads give 0, writes and drains UV_EPIPE. Where the peer's EOF came before the reset, reads
 * give 0 only, and what this end writes gives UV_EPIPE at once, as TCP has it.
 */

/* Connects to a server on this machine. host: "127.0.0.1" (or another 127.x.y.z), "::1", "localhost"
 * (127.0.0.1, then ::1), "unix:/path", "unix:@name" or "memory:server" (the name of a server of this
 * harness); anything else is refused: tests talk to this machine only. port is for TCP. Parks until the
 * connection is made. Returns NULL with a sentence and code: UV_ECONNREFUSED where nothing listens,
 * UV_EINVAL, UV_EPERM, UV_ECANCELED, UV_EMFILE …. */
HARNESS_API harness_stream_t *harness_connect(harness_t *h, const char *host, uint16_t port);

/* The same to a server of this harness. A server that is closed refuses: UV_ECONNREFUSED. */
HARNESS_API harness_stream_t *harness_connect_to(harness_t *h, harness_server_t *server);

/* Overrides how what is written here is cut into the peer's reads, from the next delivery on. Returns 0 or
 * UV_EINVAL. */
HARNESS_API int harness_stream_set_delivery(harness_stream_t *s, harness_delivery_t delivery);

/* Reads what the next delivery holds, at most size bytes. Parks until there is one. Returns the
 * count, 0 at EOF (again and again), or a negative code. */
HARNESS_API ptrdiff_t harness_read(harness_stream_t *s, void *buffer, size_t size);

/* Reads exactly size bytes. Parks until they are there. Returns size; where EOF, a reset, a cancel or
 * the coroutine's deadline comes first, UV_EOF or that code, the bytes so far are in the buffer and read, and
 * *count (may be NULL) tells how many. */
HARNESS_API ptrdiff_t harness_read_exactly(harness_stream_t *s, void *buffer, size_t size, size_t *count);

/* Reads up to and with the separator into the buffer. Parks until it is there. Returns the length,
 * separator included; UV_ENOBUFS where the separator is not within the first size bytes (they stay unread),
 * UV_EOF where EOF comes first (what came before stays unread). */
HARNESS_API ptrdiff_t harness_read_until(harness_stream_t *s, void *buffer, size_t size,
                                         const void *separator, size_t separator_size);

/* Writes all of data to the peer, in one delivery as far as the policy goes; never parks, takes a copy of
 * what the kernel does not take at once. Returns size, UV_EPIPE where this end has written its EOF or the
 * peer is known to be gone, or a negative code. Writing 0 bytes does nothing. */
HARNESS_API ptrdiff_t harness_write(harness_stream_t *s, const void *data, size_t size);

/* Parks while more than 64 KiB of what was written here is still unread by the peer, until that is
 * 16 KiB or less (harness_transport_set_write_limits changes these marks). With a free-running peer: until
 * the kernel has taken everything. Returns 0 or a negative code. */
HARNESS_API int harness_drain(harness_stream_t *s);

/* Ends the writing side: the peer reads EOF after what was written; reading goes on. Returns 0, also the
 * second time; UV_ENOTCONN where the peer has reset the connection (the next read or write tells); or another
 * negative code. Never parks. */
HARNESS_API int harness_write_eof(harness_stream_t *s);

/* Whether harness_write_eof is possible: 0 where the server was started with no_eof. */
HARNESS_API int harness_can_write_eof(const harness_stream_t *s);

/* Closes this end as close(2) does: what was written still arrives, then EOF; with received data unread the
 * peer gets a reset, as TCP gives it. Never parks; a second close does nothing. NULL is ignored. */
HARNESS_API void harness_stream_close(harness_stream_t *s);

/* Resets the connection: the peer gets UV_ECONNRESET after what had been written. Never parks. */
HARNESS_API void harness_stream_abort(harness_stream_t *s);

/* The name of the peer's lane: "client", "server/1"; for a free-running peer the name its server gives to
 * such peers ("client" by default), or "peer" where this end connected to it. Never an address. */
HARNESS_API const char *harness_peer_name(const harness_stream_t *s);

/* The name of this end's lane. */
HARNESS_API const char *harness_stream_name(const harness_stream_t *s);

/* What is below the stream: for its addresses, its socket, its water marks. */
HARNESS_API harness_transport_t *harness_stream_transport(harness_stream_t *s);

#ifndef HARNESS_NO_PLACES
#define harness_connect(...) (harness_at(__FILE__, __LINE__), harness_connect)(__VA_ARGS__)
#define harness_connect_to(...) (harness_at(__FILE__, __LINE__), harness_connect_to)(__VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif

#endif
