/* SPDX-License-Identifier: MIT */
/* Private to cli/: one run of `harness call`, between what was asked for (call.c) and how each style does it
 * (call_styles.c). */
#ifndef HARNESS_CLI_CALL_H
#define HARNESS_CLI_CALL_H

#include "cli/window.h"

typedef struct harness__reply {
  char *data;
  size_t size;
  bool came;
} harness__reply_t;

typedef struct harness__call {
  harness_t *h;
  harness__style_t style;
  const char *target; /* as it was given */
  char *host;
  uint16_t port;
  uint64_t pool;
  uint64_t deadline_ms;
  bool verbose;
  char **messages;
  size_t count;
  size_t next;               /* message that no worker has taken */
  harness__reply_t *replies; /* framed: of each message; else one */
  int status;                /* of what failed first; 0 */
  harness_transport_t *transport;
  harness_task_t *ended; /* protocol: its connection */
} harness__call_t;

/* Sends the messages and keeps the replies, in the call's style, until all is answered, something fails
 * (call->status) or the deadline is over. */
void harness__call_run(harness__call_t *call);

#endif
