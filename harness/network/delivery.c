/* SPDX-License-Identifier: MIT */
#include "network/delivery.h"

harness_delivery_t harness__delivery_choose(harness_delivery_t own, harness_delivery_t outer) {
  if (own != HARNESS_DELIVERY_DEFAULT)
    return own;
  return outer != HARNESS_DELIVERY_DEFAULT ? outer : HARNESS_DELIVERY_AS_WRITTEN;
}

bool harness__delivery_is_valid(harness_delivery_t delivery) {
  return delivery >= HARNESS_DELIVERY_DEFAULT && delivery <= HARNESS_DELIVERY_COALESCED;
}

uint64_t harness__delivery_cut(harness_delivery_t delivery, const harness__cut_t *cut) {
  if (delivery == HARNESS_DELIVERY_COALESCED)
    return cut->written;
  return cut->parcel > cut->delivered ? cut->parcel : cut->delivered;
}

bool harness__delivery_joins(harness_delivery_t delivery) {
  return delivery == HARNESS_DELIVERY_COALESCED;
}
