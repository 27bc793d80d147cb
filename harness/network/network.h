/* SPDX-License-Identifier: MIT */
/*
 * Private: the part of a harness that connects parties: servers, the ends of connections, and the
 * ledger of what is on its way between them.
 *
 * A connection with both ends in this harness is a pair of streams that know each other. The kernel
 * carries their bytes and nothing else: connecting, EOF, close and reset are parcels in the ledger
 * (network/ledger.c), so that their order is the harness's. A stream without a peer has a
 * free-running one (a blocking client, another process): there the kernel's word counts
 * (network/foreign.c).
 */
#ifndef HARNESS_NETWORK_NETWORK_H
#define HARNESS_NETWORK_NETWORK_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include <harness/server.h>
#include <harness/stream.h>

#include "base/arena.h"
#include "network/address.h"
#include "record/recorder.h"
#include "run/run.h"

typedef struct harness__parcel harness__parcel_t;

/* Bytes in a row: taken from the front, added at the back. */
typedef struct harness__bytes {
  unsigned char *data;
  size_t start;
  size_t end;
  size_t capacity;
} harness__bytes_t;

struct harness_server {
  harness_t *h;
  harness_server_t *next; /* among those that listen */
  harness_server_t **link;
  const char *name;
  const char *foreign_name;
  harness_handler_t handler;
  void *arg;
  harness__address_t address;
  int fd; /* -1: closed */
  const harness_delivery_t *delivery;
  harness__lane_t lane;    /* its name, for events that point to it */
  harness__lane_t foreign; /* the name of its foreign peers */
  uint32_t accepted;
  uv_poll_t *poll; /* NULL until the loop was first asked */
};

/*
 * The inbound side of a stream counts bytes from the start of the connection:
 *
 *     0 ── consumed ──── delivered ──── written
 *          by reads      may be read    by the peer; the rest is in flight
 *          │─ received: of these bytes, those already taken from the kernel
 */
struct harness_stream {
  harness_t *h;
  harness_stream_t *peer;   /* NULL: free-running */
  harness_server_t *server; /* that accepted it; NULL: connected by harness_connect */
  harness_stream_t *next;   /* among the open ones */
  harness_stream_t **link;
  int fd;
  harness__lane_t lane;
  harness__lane_t peer_lane;
  const harness_delivery_t *delivery; /* of what this end reads; NULL until it is accepted */
  uint64_t random;                    /* its state for seeded cuts */

  bool foreign;
  bool reaching; /* the kernel's connect to a foreign server is under way */
  bool answered; /* the news of its connect has been delivered */
  bool no_delay; /* TCP_NODELAY is set */
  bool closed;   /* by its owner */
  bool has_written;
  bool eof_written;
  bool eof_arrived;
  bool eof_noted;  /* the event is recorded */
  bool broken;     /* a reset has arrived, or the peer is gone */
  bool break_told; /* UV_ECONNRESET was returned */
  bool window_posted;
  bool lingering; /* closed by its owner, unsent bytes still to go to a foreign peer */
  int failure;    /* the code of a broken connection, or why a connect failed */

  uint64_t written;
  uint64_t delivered;
  uint64_t consumed;
  harness__event_ref_t last_send; /* the peer's latest */
  harness__event_ref_t eof_cause;
  harness__parcel_t *readable; /* delivered pieces, each read on its own */
  harness__parcel_t *readable_last;
  harness__bytes_t received;
  harness__bytes_t unsent;

  harness_task_t *reader; /* also who waits for it to be connected */
  harness_task_t *drainer;
  struct harness__poll *poll;
};

struct harness__network {
  harness__arena_t arena;
  harness__parcel_t *spare_parcels;
  harness_server_t *servers;
  harness_stream_t *streams;
  const harness_delivery_t *delivery;
  bool delivery_forced; /* for the whole process, whatever a test says */
  harness__lane_t main_lane;
  harness__lane_t unknown_peer; /* what a foreign server is called */
  int spare_fd; /* given up to accept and refuse when there are no descriptors left; -1: none */
  int diag_fd;  /* asks the kernel about foreign peers' sockets; -1: not open */
  harness_log_sink_t sink;
  void *sink_arg;
};

enum { HARNESS__WINDOW_HIGH = 64 * 1024, HARNESS__WINDOW_LOW = 16 * 1024 };

/* network.c */
int harness__network_open(harness_t *h, const harness_delivery_t *delivery);
/* The policy that is in force below `outer` for one that asks for `own`: a copy, or NULL when memory is
 * exhausted. */
const harness_delivery_t *harness__network_delivery(harness_t *h, const harness_delivery_t *own,
                                                    const harness_delivery_t *outer);
/* Counts what the test left open, with a line for each. */
int harness__network_count_open(harness_t *h, harness__buffer_t *out);
/* Closes every descriptor. What a free-running peer has not taken is lost with a reset: counted, with a line
 * for each. */
void harness__network_shut(harness_t *h, harness__buffer_t *out, int *open);
void harness__network_close(harness_t *h);
harness_stream_t *harness__stream_new(harness_t *h);

/* bytes.c */
bool harness__bytes_reserve(harness__bytes_t *bytes, size_t more);
bool harness__bytes_add(harness__bytes_t *bytes, const void *data, size_t size);
void harness__bytes_drop(harness__bytes_t *bytes, size_t size);
static inline size_t harness__bytes_count(const harness__bytes_t *bytes) {
  return bytes->end - bytes->start;
}

/* server.c */
/* The listening server of that address, NULL where none of this harness listens there. */
harness_server_t *harness__server_find(harness_t *h, const harness__address_t *address);
/* Starts the handler of a stream that the server has accepted. */
int harness__server_serve(harness_server_t *server, harness_stream_t *stream);

/* Closes the connection of a handler that ended without returning. */
void harness__server_task_ended(harness_task_t *task);

/* stream.c: what other files of the layer do to streams */
void harness__stream_note(harness_stream_t *s, harness__note_t note);
void harness__stream_note_error(harness_stream_t *s, int code);
void harness__stream_free_descriptors(harness_stream_t *s);

#endif
