/* SPDX-License-Identifier: MIT */
#ifndef HARNESS_TRANSPORT_H
#define HARNESS_TRANSPORT_H

#include <harness/core.h>

#ifdef __cplusplus
extern "C" {
#endif

struct iovec; /* <sys/uio.h> */

/*
 * One end of a connection: what a protocol's callbacks write to, and what a stream reads and writes through.
 * Transports are TCP on 127.0.0.1 or ::1, unix-domain sockets, and memory, which has no kernel in it. Between
 * two ends of one harness all of them behave as TCP does, and give the same transcript to the byte.
 *
 * A transport stays valid (though useless once closed) until harness_close. No function here parks; all
 * belong to the harness's thread. Codes, beside what a function's own comment says:
 *
 *   UV_EINVAL      a NULL argument, or a length beyond SSIZE_MAX
 *   UV_EBADF       this end was closed or aborted by its owner
 *   UV_ECONNRESET  the peer reset the connection; said once, then UV_EPIPE
 */
typedef struct harness_transport harness_transport_t;

enum { HARNESS_WRITE_HIGH = 64 * 1024, HARNESS_WRITE_LOW = 16 * 1024 };

/* Writes all of data to the peer, in one delivery as far as the policy goes; takes a copy of what the kernel
 * does not take at once. Returns size, UV_EPIPE where this end has written its EOF or the peer is known to be
 * gone, or a negative code. Writing 0 bytes does nothing. Where more than the high water mark is then unread
 * by the peer, the protocol's pause_writing is called before this returns; nothing is ever refused for that.
 */
HARNESS_API ptrdiff_t harness_transport_write(harness_transport_t *t, const void *data, size_t size);

/* The same for several pieces: one write, one event in the transcript. Returns the sum of their sizes. */
HARNESS_API ptrdiff_t harness_transport_writev(harness_transport_t *t, const struct iovec *pieces,
                                               size_t count);

/* Whether harness_transport_write_eof is possible: 0 where the server was started with no_eof, else 1. */
HARNESS_API int harness_transport_can_write_eof(const harness_transport_t *t);

/* Ends the writing side: the peer sees EOF after what was written; reading goes on. Returns 0, also the
 * second time, UV_ENOTSUP where it is not possible, or a negative code. */
HARNESS_API int harness_transport_write_eof(harness_transport_t *t);

/* Closes this end as close(2) does: what was written still arrives, then EOF; with received data unread the
 * peer gets a reset, as TCP gives it. The protocol's connection_lost follows, with 0, when the running
 * callback has returned. A second close does nothing. NULL is ignored. */
HARNESS_API void harness_transport_close(harness_transport_t *t);

/* Resets the connection: the peer gets UV_ECONNRESET after what had been written; connection_lost follows
 * here, with 0. (A free-running peer on a unix socket sees EOF: these know no reset.) */
HARNESS_API void harness_transport_abort(harness_transport_t *t);

/* Whether this end was closed or aborted; 1 for NULL. */
HARNESS_API int harness_transport_is_closing(const harness_transport_t *t);

/* Stops calling data_received, and eof_received, until reading is resumed; what arrives meanwhile waits, and
 * its writer is paused once too much of it does. Only for protocols: a stream reads when it is asked to.
 * Return 0, also where nothing changes, UV_ENOTSUP for a stream's transport, or a negative code. */
HARNESS_API int harness_transport_pause_reading(harness_transport_t *t);
HARNESS_API int harness_transport_resume_reading(harness_transport_t *t);

/* Sets how much of what was written here may be unread by the peer (with a free-running peer: not yet taken
 * by the kernel) before pause_writing, and how little it must be for resume_writing; harness_drain parks by
 * the same marks. 64 KiB and 16 KiB unless told. Returns 0, or UV_EINVAL where low is greater than high. */
HARNESS_API int harness_transport_set_write_limits(harness_transport_t *t, size_t high, size_t low);

/* The bytes that these marks count. */
HARNESS_API uint64_t harness_transport_unread(const harness_transport_t *t);

/* Overrides how what is written here is cut into the peer's reads, from the next delivery on. Returns 0,
 * UV_EINVAL, or UV_ENOTSUP with a free-running peer, where the kernel cuts. */
HARNESS_API int harness_transport_set_delivery(harness_transport_t *t, harness_delivery_t delivery);

/* The name of this end's lane, and of the peer's: "client", "server/1"; for a free-running peer the name its
 * server gives to such peers ("client" by default), or "peer" where this end connected to it. */
HARNESS_API const char *harness_transport_name(const harness_transport_t *t);
HARNESS_API const char *harness_transport_peer_name(const harness_transport_t *t);

/* What asyncio calls extra information, as text that is valid until harness_close; NULL for what there is
 * not:
 *
 *   "transport"  "tcp4", "tcp6", "unix" or "memory"
 *   "sockname"   the address of this end: "127.0.0.1:34567", "[::1]:34567", "unix:/path", "unix:@name",
 *                "memory:server/1"
 *   "peername"   that of the peer; "unix:" where a client is bound to nothing
 *   "peercred"   unix: "pid=… uid=… gid=…" of the peer
 *
 * Addresses differ from run to run: they are for logs of programs that do not compare transcripts. */
HARNESS_API const char *harness_transport_info(harness_transport_t *t, const char *what);

/* The socket, for getsockopt and the like; -1 for memory and where it is closed. It stays the harness's: who
 * reads or writes it, or closes it, takes bytes away from the ledger. */
HARNESS_API int harness_transport_fd(const harness_transport_t *t);

#ifdef __cplusplus
}
#endif

#endif
