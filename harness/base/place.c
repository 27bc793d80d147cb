/* SPDX-License-Identifier: MIT */
/*
 * A call's arguments may hold calls that say places of their own, before or after the outer one's is said,
 * as the compiler likes: so places are kept as a stack. One that a jump out of the arguments leaves behind is
 * taken for nobody's own: the next call that says its place finds that on top.
 */
#include "base/place.h"

enum { DEPTH = HARNESS__PLACES };

static _Thread_local harness__places_t said;

void harness_at(const char *file, int line) {
  said.places[said.depth % DEPTH] = (harness__place_t){.file = file, .line = line};
  said.depth++;
}

harness__place_t harness__place_take(void) {
  if (said.depth == 0)
    return (harness__place_t){0};
  said.depth--;
  return said.places[said.depth % DEPTH];
}

bool harness__place_is_said(void) {
  return said.depth != 0;
}

void harness__place_set_aside(harness__places_t *aside) {
  *aside = said;
  said.depth = 0;
}

void harness__place_put_back(const harness__places_t *aside) {
  said = *aside;
}

void harness__place_forget(void) {
  said.depth = 0;
}

void harness__place_add(harness__buffer_t *out, const char *before, harness__place_t place,
                        const char *after) {
  if (place.file != NULL)
    harness__buffer_printf(out, "%s%s:%d%s", before, place.file, place.line, after);
}
