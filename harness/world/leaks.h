/* SPDX-License-Identifier: MIT */
/* Private: what a harness and its test leave behind (world/leaks.c). */
#ifndef HARNESS_WORLD_LEAKS_H
#define HARNESS_WORLD_LEAKS_H

#include "base/process.h"
#include "base/world.h"

/* A descriptor that may turn out to be left, with what it is. */
typedef struct harness__suspect {
  harness__descriptor_t descriptor;
  char *text; /* NULL: no memory for it */
} harness__suspect_t;

typedef struct harness__leaks {
  harness_leaks_t choice;
  unsigned opened; /* harnesses of the process, when this one was */
  bool was_alone;  /* none of them was open then */
  bool has_begun;  /* what follows is known */
  bool had_pool;   /* libuv's threads were there */
  size_t threads;
  harness__descriptors_t before;
  harness__suspect_t *suspects;
  size_t suspect_count;
} harness__leaks_t;

/* By the option, or HARNESS_LEAKS where that is DEFAULT. False with a sentence. */
bool harness__leaks_choose(harness__leaks_t *leaks, harness_leaks_t option);

/* A harness is opened; and gone, with all it had. */
void harness__leaks_opened(harness__leaks_t *leaks);
void harness__leaks_closed(harness__leaks_t *leaks);

/* Takes down what is open, where that was not done: what is there later and is not there now was left. */
void harness__leaks_begin(harness_t *h);

/* Takes down what descriptors lead to, while all still stands. */
void harness__leaks_look(harness_t *h);

/* When all of the harness is closed: adds a line for each descriptor and thread that is left. Returns how
 * many there are. */
int harness__leaks_list(harness_t *h, harness__buffer_t *out);

#endif
