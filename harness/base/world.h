/* SPDX-License-Identifier: MIT */
/*
 * Private: the root of a harness. Each layer owns one part and knows the shape of that part only;
 * here they are incomplete types, so that no layer learns of one above it.
 */
#ifndef HARNESS_BASE_WORLD_H
#define HARNESS_BASE_WORLD_H

#include <pthread.h>

#include <harness/core.h>

#include "base/place.h"

struct harness {
  struct harness__run *run;           /* run/: tasks, clock, loop */
  struct harness__recorder *recorder; /* record/: events and lanes */
  struct harness__network *network;   /* network/: servers, connections, ledger */
  struct harness__world *world;       /* world/: options, fixtures, reports */
  struct harness__fault *fault;       /* base/: the last error */
  harness__place_t place;             /* where it was opened */
  pthread_t owner;                    /* the thread that opened it, for which alone the error is kept */
};

#endif
