/* SPDX-License-Identifier: MIT */
#include "base/array.h"

#include <stdint.h>
#include <stdlib.h>

void *harness__grow(void *array, size_t count, size_t *capacity, size_t size) {
  size_t wanted = *capacity != 0 ? *capacity * 2 : 16;
  void *grown;

  if (count < *capacity)
    return array;
  if (wanted > SIZE_MAX / 2 / size)
    return NULL;
  grown = realloc(array, wanted * size);
  if (grown != NULL)
    *capacity = wanted;
  return grown;
}
