/* SPDX-License-Identifier: MIT */
/* Private: which events of a transcript belong to which end of which TCP connection. */
#ifndef HARNESS_REPORT_CAPTURE_CONVERSATIONS_H
#define HARNESS_REPORT_CAPTURE_CONVERSATIONS_H

#include "report/capture/parties.h"

/* One end. The counters are TCP's numbers, but never wrap: the SYN is number 0, the first byte 1. */
typedef struct harness__end {
  size_t party;
  size_t peer;      /* the other end's index */
  const char *goal; /* who is connected to, or was accepted; NULL: not told */
  size_t sibling;   /* the lane's next connect to that goal, index + 1 */
  uint16_t port;
  bool observed; /* there are events of its lane */
  bool is_client;
  bool is_paired; /* both ends are observed */
  bool is_used;   /* there are events after the connect */
  bool has_failed;
  bool sees_eof;
  /* As the capture goes on. */
  bool has_ended; /* its FIN is sent */
  bool has_closed;
  bool is_dead;   /* reset, from either side */
  uint64_t next;  /* number that it sends */
  uint64_t acked; /* number that it has told to await */
  uint64_t read;  /* bytes received */
} harness__end_t;

typedef struct harness__conversations {
  harness__parties_t parties;
  harness__end_t *ends; /* those observed first, in the order of their first events */
  size_t count;
  size_t capacity;
  size_t entered;  /* of those observed */
  size_t *current; /* of each lane: the index of its end, + 1 */
  void *connects;  /* json_t: a lane and a server -> the first connect that no accept was found for */
} harness__conversations_t;

/* Fills in all. False when memory is exhausted or there are more names than addresses. */
bool harness__conversations_find(harness__conversations_t *all, const harness__transcript_t *transcript);

/* The end that an event belongs to; NULL for what belongs to none. To be called for each event, in order. */
harness__end_t *harness__conversations_end(harness__conversations_t *all, const harness__entry_t *entry);

void harness__conversations_free(harness__conversations_t *all);

#endif
