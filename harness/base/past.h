/* SPDX-License-Identifier: MIT */
/* Private: what comes before all that a party does next. Tasks carry it; record/past.c gives it its meaning.
 */
#ifndef HARNESS_BASE_PAST_H
#define HARNESS_BASE_PAST_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed, it is nothing. */
typedef struct harness__past {
  uint64_t ref;
  bool gathers; /* ref is a joint that nobody else knows of: more can be put into it */
} harness__past_t;

#endif
