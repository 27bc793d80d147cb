/* SPDX-License-Identifier: MIT */
/* Private: the delivery policies. */
#ifndef HARNESS_NETWORK_DELIVERY_H
#define HARNESS_NETWORK_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#include <harness/delivery.h>

/* As written: what is in force where nobody has said anything. */
extern const harness_delivery_t harness__delivery_as_written;

/* Whether there is such a policy, and its offsets ascend. */
bool harness__delivery_is_valid(const harness_delivery_t *delivery);

/* A delivery that is due: which bytes it makes readable. All offsets count from the start of the stream. */
typedef struct harness__cut {
  uint64_t delivered; /* what was before */
  uint64_t parcel;    /* end of the write that is due */
  uint64_t written;   /* end of all that is in flight */
} harness__cut_t;

/* The offset up to which bytes become readable now: more than delivered wherever parcel is. *random is the
 * direction's own state for seeded cuts; 0 before the first: then it begins with name, which tells directions
 * apart. */
uint64_t harness__delivery_cut(const harness_delivery_t *delivery, const harness__cut_t *cut,
                               uint64_t *random, const char *name);

/* Whether pieces that were delivered one after the other and not read yet are read as one. */
bool harness__delivery_joins(const harness_delivery_t *delivery);

#endif
