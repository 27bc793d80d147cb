/* SPDX-License-Identifier: MIT */
/* Private: the descriptors that the loop polls for the network, in a set of epoll's of a harness's own. */
#ifndef HARNESS_NETWORK_POLLER_H
#define HARNESS_NETWORK_POLLER_H

#include <sys/epoll.h>

#include "network/network.h"

/* One descriptor. events: what it is polled for, of EPOLLIN and EPOLLOUT; 0: nothing, which is so after an
 * error, too. Lives as long as the harness. */
typedef struct harness__polled {
  struct harness__polled *next;
  struct harness__polled **link;
  void (*tell)(void *what, int events); /* after an error: both, so that a call learns which it was */
  void *what;
  uint64_t forgotten; /* while what batch was told, where it is */
  int fd;             /* -1: forgotten */
  int events;
} harness__polled_t;

/* Prepares to poll a descriptor, making the loop and the set where there are none. Returns 0 or a code. */
int harness__poller_add(harness_t *h, int fd, void (*tell)(void *what, int events), void *what,
                        harness__polled_t **polled);

/* Polls for these events, and no others. Returns 0 or a code. */
int harness__poller_set(harness_t *h, harness__polled_t *polled, int events);

/* Stops polling; the descriptor is about to be closed. polled may be NULL. */
void harness__poller_forget(harness_t *h, harness__polled_t *polled);

/* Closes the set; nothing is polled any more. */
void harness__poller_close(harness_t *h);

#endif
