/* SPDX-License-Identifier: MIT */
/* Private: arrays that grow. */
#ifndef HARNESS_BASE_ARRAY_H
#define HARNESS_BASE_ARRAY_H

#include <stddef.h>

/* An array with room for one element more, doubled where it is full, NULL when memory is exhausted (the old
 * one stays). */
void *harness__grow(void *array, size_t count, size_t *capacity, size_t size);

#endif
