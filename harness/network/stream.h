/* SPDX-License-Identifier: MIT */
/* Private: what the reading calls of a stream share with the others. */
#ifndef HARNESS_NETWORK_STREAM_H
#define HARNESS_NETWORK_STREAM_H

#include "network/transport.h"

/* Refuses what no parking call can work with. Returns 0 or the code. */
int harness__stream_refuse_parking(harness_stream_t *s);

static inline int harness__stream_check_parking(harness_stream_t *s) {
  const harness_task_t *self = s != NULL ? harness__parking(s->transport.h) : NULL;

  return self != NULL && !self->cancelled && !s->transport.closed ? 0 : harness__stream_refuse_parking(s);
}

#endif
