/* SPDX-License-Identifier: MIT */
/* Private: places in the test's sources. */
#ifndef HARNESS_BASE_PLACE_H
#define HARNESS_BASE_PLACE_H

#include <stdbool.h>

#include <harness/place.h>

#include "base/buffer.h"

/* Zeroed: not known. */
typedef struct harness__place {
  const char *file;
  int line;
} harness__place_t;

/* Those that calls have said on one stack and not taken yet. */
enum { HARNESS__PLACES = 16 };
typedef struct harness__places {
  harness__place_t places[HARNESS__PLACES];
  unsigned depth;
} harness__places_t;

/* What every public function that makes something does first, whatever comes of it: gets the place that its
 * caller said, none where it said none. */
harness__place_t harness__place_take(void);

/* Where the thread goes on on another stack, and comes back later: calls whose arguments park take their own
 * then. */
bool harness__place_is_said(void);
void harness__place_set_aside(harness__places_t *aside);
void harness__place_put_back(const harness__places_t *aside);

/* Forgets places that were said for calls which never came, since a jump led away from them. */
void harness__place_forget(void);

/* Adds before, "file:line" and after, or nothing where the place is not known. */
void harness__place_add(harness__buffer_t *out, const char *before, harness__place_t place,
                        const char *after);

#endif
