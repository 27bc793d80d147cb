/* SPDX-License-Identifier: MIT */
/* Private: one end of a connection. */
#ifndef HARNESS_NETWORK_TRANSPORT_H
#define HARNESS_NETWORK_TRANSPORT_H

#include <harness/protocol.h>

#include "network/bytes.h"
#include "network/lane.h"
#include "network/network.h"

/*
 * The inbound side counts bytes from the start of the connection:
 *
 *     0 ── consumed ──── delivered ──── written
 *          by reads      may be read    by the peer; the rest is in flight
 *          │─ received: of these bytes, those that are here: taken from the kernel and not wanted yet, or,
 *             in memory, all that the peer has written
 */
struct harness_transport {
  harness_t *h;
  harness_transport_t *peer; /* NULL: free-running */
  harness_server_t *server;  /* that accepted it; NULL: it connected */
  harness_transport_t *next; /* among the open ones */
  harness_transport_t **link;
  int fd;                 /* -1: none, or none any more */
  harness__place_t place; /* where it was connected; of an accepted end: where its server was started */
  harness__lane_t lane;
  harness__lane_t peer_lane;
  const harness_delivery_t *delivery;   /* of what this end reads; NULL until it is accepted */
  uint64_t random;                      /* its state for seeded cuts */
  struct harness__direction *direction; /* where what this end reads was cut; NULL without a plan */

  /* Side by side, so that several can be asked at once. */
  bool in_memory : 1;
  bool foreign : 1;
  bool reaching : 1; /* the kernel's connect to a foreign server is under way */
  bool answered : 1; /* the news of its connect has been delivered */
  bool no_delay : 1; /* TCP_NODELAY is set, or means nothing here */
  bool no_eof : 1;   /* the writing side can't be ended alone */
  bool closed : 1;   /* by its owner */
  bool has_written : 1;
  bool asked : 1; /* a free-running peer, and nothing has been looked for since */
  bool flows : 1; /* much has come from it at once, so that more may be there already */
  bool eof_written : 1;
  bool eof_arrived : 1;
  bool eof_noted : 1;  /* the event is recorded */
  bool broken : 1;     /* a reset has arrived, or the peer is gone */
  bool break_told : 1; /* UV_ECONNRESET was returned */
  bool window_posted : 1;
  bool lingering : 1;      /* closed by its owner, unsent bytes still to go to a foreign peer */
  bool reading_paused : 1; /* by its protocol */
  bool writing_paused : 1; /* pause_writing was called, resume_writing not yet */
  int failure;             /* the code of a broken connection, or why a connect failed */

  uint64_t written;
  uint64_t delivered;
  uint64_t consumed;
  size_t write_high;                /* of what the peer has not read: above it its writer is held back, */
  size_t write_low;                 /* until it is no more than this */
  harness__event_ref_t ended;       /* its owner's close or abort */
  harness__event_ref_t eof_cause;   /* of the peer's end of writing */
  harness__event_ref_t break_cause; /* of the reset that broke it */
  harness__parcel_t *readable;      /* delivered pieces, each read on its own */
  harness__parcel_t *readable_last;
  harness__parcel_t *sent; /* the peer's writes whose bytes are not all read, in the order of their bytes */
  harness__parcel_t *sent_last;
  harness__bytes_t received;
  harness__bytes_t unsent;

  const struct harness__maker *maker;  /* of its protocol; NULL: a stream's */
  void *state;                         /* the protocol's */
  void *lent;                          /* bytes that data_received was called with */
  bool made;                           /* connection_made was called */
  harness_task_t *owner;               /* serves this end, or has connected it; it may have ended */
  uint64_t heard;                      /* a number of when its peer wrote last, which grows; 0: never */
  const struct harness_framer *framer; /* of what it reads, where that is messages */
  harness_task_t *reader;              /* who waits for what comes, or for the connection to be made */
  harness_task_t *drainer;
  struct harness__polled *poll;
};

/* A stream is its transport, with calls that park. */
struct harness_stream {
  harness_transport_t transport;
};

harness_transport_t *harness__transport_new(harness_t *h);

static inline harness_stream_t *harness__transport_stream(harness_transport_t *t) {
  return (harness_stream_t *)t;
}

/* Who acts at this end: NULL where that is nobody, or nobody any more. */
harness_task_t *harness__transport_party(const harness_transport_t *t);

/* Adds what can be said of a wait for what the peer sends: what was asked and not answered, what has come. */
void harness__transport_describe_talk(const harness_transport_t *t, harness__buffer_t *out);

/* The same as data. */
struct harness__wait;
void harness__transport_look(const harness_transport_t *t, struct harness__wait *wait);

/* Records an event of this end, done by the party that runs. */
static inline harness__event_ref_t harness__transport_note(harness_transport_t *t, harness__note_t note) {
  return harness__lane_note(t->h, t->lane, &note);
}

/* The same for its accept, which nobody does. */
void harness__transport_note_accept(harness_transport_t *t, harness__event_ref_t cause);

void harness__transport_note_error(harness_transport_t *t, int code);

/* Records and returns why the connection is broken; the first call that meets it does. */
int harness__transport_tell_break(harness_transport_t *t);

/* Bytes that the peer has not read; those of a free-running one: that the kernel has not taken. */
static inline uint64_t harness__transport_unread(const harness_transport_t *t) {
  return t->peer != NULL ? t->peer->written - t->peer->consumed : harness__bytes_count(&t->unsent);
}

/* Gives the kernel more of what was written and it had not taken yet. Returns whether it took any. */
bool harness__transport_push_unsent(harness_transport_t *t);

/* Frees what an end holds that neither side needs any more. */
void harness__transport_free_descriptors(harness_transport_t *t);

#endif
