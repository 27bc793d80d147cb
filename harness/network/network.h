/* SPDX-License-Identifier: MIT */
/*
 * Private: the part of a harness that connects parties: servers, the ends of connections (transports), and
 * the ledger of what is on its way between them.
 *
 * A connection with both ends in this harness is a pair of transports that know each other. The kernel
 * carries their bytes, or memory does, and nothing else: connecting, EOF, close and reset are parcels in the
 * ledger (network/ledger.c), so that their order is the harness's. A transport without a peer has a
 * free-running one (a blocking client, another process): there the kernel's word counts (network/foreign.c).
 */
#ifndef HARNESS_NETWORK_NETWORK_H
#define HARNESS_NETWORK_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include <harness/server.h>
#include <harness/stream.h>

#include "base/arena.h"
#include "record/recorder.h"
#include "run/run.h"

typedef struct harness__parcel harness__parcel_t;

struct harness__network {
  harness__arena_t arena;
  harness__parcel_t *spare_parcels;
  harness_server_t *servers;            /* those that listen */
  harness_server_t *every_server;       /* those that ever did */
  harness_transport_t *transports;      /* those that are open */
  struct harness_framer *framers;       /* those of its connections */
  struct harness__datagrams *datagrams; /* endpoints and addresses; NULL until there are any */
  const harness_delivery_t *delivery;
  const char *host;           /* where servers listen that don't say it */
  char *folder;               /* of unix sockets; NULL: not made yet */
  unsigned paths;             /* made in it */
  bool delivery_forced;       /* for the whole process, whatever a test says */
  struct harness__plan *plan; /* takes down where bytes were cut; mostly NULL */
  harness__lane_t main_lane;
  harness__past_t main_past;
  harness__past_t no_past;         /* of what no party does: empty whenever it is asked for */
  struct harness__thread *threads; /* outside of the harness, that have logged something */
  uint32_t thread_count;
  struct harness__line *shown;    /* those of their lines that the log sink is shown */
  harness__lane_t unknown_peer;   /* what a foreign server is called */
  struct harness__poller *poller; /* NULL until something is polled */
  int spare_fd; /* given up to accept and refuse when there are no descriptors left; -1: none */
  int trouble;  /* why what free-running parties do can't be seen at the moment, a code; the run fails */
  int diag_fd;  /* asks the kernel about foreign peers' sockets (diag.h); -1: not open */
  harness_log_sink_t sink;
  void *sink_arg;
};

/* Who serves the index-th connection that a free-running peer has opened; NULL: there are no more. */
harness_task_t *harness__transport_serves_outside(harness_t *h, size_t index);

int harness__network_open(harness_t *h, const harness_options_t *options);

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

#endif
