/* SPDX-License-Identifier: MIT */
#ifndef HARNESS_DELIVERY_H
#define HARNESS_DELIVERY_H

/* How written bytes are cut into reads. Every policy is deterministic. */
typedef enum harness_delivery {
  HARNESS_DELIVERY_DEFAULT = 0, /* what the enclosing server or harness has; at the top: as written */
  HARNESS_DELIVERY_AS_WRITTEN,  /* one write, one delivery */
  HARNESS_DELIVERY_COALESCED    /* all that is in flight in that direction at once */
} harness_delivery_t;

#endif
