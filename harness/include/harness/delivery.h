/* SPDX-License-Identifier: MIT */
#ifndef HARNESS_DELIVERY_H
#define HARNESS_DELIVERY_H

#include <stddef.h>
#include <stdint.h>

#include <harness/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How written bytes are cut into reads, between two ends of one harness. Every policy is deterministic: the
 * same test is cut in the same places on every run. */
typedef enum harness_delivery_kind {
  HARNESS_DELIVERY_DEFAULT = 0, /* what the enclosing server or harness has; at the top: as written */
  HARNESS_DELIVERY_AS_WRITTEN,  /* one write, one delivery */
  HARNESS_DELIVERY_COALESCED,   /* all that is in flight in that direction at once */
  HARNESS_DELIVERY_BYTEWISE,    /* every byte by itself */
  HARNESS_DELIVERY_SPLIT_AT,    /* coalesced, but cut at these offsets of the direction's stream */
  HARNESS_DELIVERY_SEEDED       /* pieces of sizes drawn from a seed, across the borders of writes */
} harness_delivery_kind_t;

enum { HARNESS_DELIVERY_OFFSETS = 16 };

/* A policy, by value: {.kind = HARNESS_DELIVERY_SPLIT_AT, .offsets = {21, 37}}. */
typedef struct harness_delivery {
  harness_delivery_kind_t kind;
  /* SEEDED: the seed. Each direction of each connection draws from its own sequence. */
  uint64_t seed;
  /* SPLIT_AT: at least one offset, counted from the direction's first byte, ascending; 0 ends the list. */
  uint64_t offsets[HARNESS_DELIVERY_OFFSETS];
} harness_delivery_t;

/* Reads "as_written", "coalesced", "bytewise", "split_at:21,37" or "seeded:42". Returns 0, or UV_EINVAL for
 * anything else; then *delivery is untouched and harness_error(NULL) tells. Any thread. */
HARNESS_API int harness_delivery_parse(const char *text, harness_delivery_t *delivery);

#ifdef __cplusplus
}
#endif

#endif
