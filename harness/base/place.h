/* SPDX-License-Identifier: MIT */
/* Private: places in the test's sources. */
#ifndef HARNESS_BASE_PLACE_H
#define HARNESS_BASE_PLACE_H

#include <harness/place.h>

#include "base/buffer.h"

/* Zeroed: not known. */
typedef struct harness__place {
  const char *file;
  int line;
} harness__place_t;

/* What every public function that makes something does first, whatever comes of it: gets the place that its
 * caller said, none where it said none. */
harness__place_t harness__place_take(void);

/* Forgets places that were said for calls which never came, since a jump led away from them. */
void harness__place_forget(void);

/* Adds before, "file:line" and after, or nothing where the place is not known. */
void harness__place_add(harness__buffer_t *out, const char *before, harness__place_t place,
                        const char *after);

#endif
