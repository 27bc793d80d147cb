/* SPDX-License-Identifier: MIT */
/* Private to record/: the values in a recording that stand in its transcript by name. */
#ifndef HARNESS_RECORD_NORMAL_H
#define HARNESS_RECORD_NORMAL_H

#include "record/store.h"

typedef struct harness__normal harness__normal_t;

/* Looks for the values of all placeholders. NULL when memory is exhausted, or when something is trouble,
 * which the recorder is told. */
harness__normal_t *harness__normal_new(harness__recorder_t *recorder);
void harness__normal_free(harness__normal_t *normal);

/* How many values an event has, or parts of them. */
size_t harness__normal_count(const harness__normal_t *normal, size_t event);

/* Adds the bytes of an event (an index) with names for values: blank, "$token" for all, or numbered as they
 * come. */
void harness__normal_write(harness__normal_t *normal, size_t event, bool blank, harness__buffer_t *out);

/* Gives numbers to the values of an event, as writing it would. */
void harness__normal_number(harness__normal_t *normal, size_t event);

/* Calls visit for each value that begins in the event, with a number for the value from 0 on: whatever, but
 * the same for the same value. */
void harness__normal_each(const harness__normal_t *normal, size_t event,
                          void (*visit)(void *arg, size_t value), void *arg);

/* How many values there are. */
size_t harness__normal_values(const harness__normal_t *normal);

#endif
