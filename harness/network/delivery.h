/* SPDX-License-Identifier: MIT */
/* Private: the delivery policies. */
#ifndef HARNESS_NETWORK_DELIVERY_H
#define HARNESS_NETWORK_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#include <harness/delivery.h>

/* The policy that is in force: the first of these that is not the default, else as written. */
harness_delivery_t harness__delivery_choose(harness_delivery_t own, harness_delivery_t outer);

bool harness__delivery_is_valid(harness_delivery_t delivery);

/* A delivery that is due: which bytes it makes readable. All offsets count from the start of the stream. */
typedef struct harness__cut {
  uint64_t delivered; /* what was before */
  uint64_t parcel;    /* end of the write that is due */
  uint64_t written;   /* end of all that is in flight */
} harness__cut_t;

/* The offset up to which bytes become readable now. */
uint64_t harness__delivery_cut(harness_delivery_t delivery, const harness__cut_t *cut);

/* Whether pieces that were delivered one after the other and not read yet are read as one. */
bool harness__delivery_joins(harness_delivery_t delivery);

#endif
