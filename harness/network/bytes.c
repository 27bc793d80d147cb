/* SPDX-License-Identifier: MIT */
#include "network/bytes.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Most connections never have more than a few hundred bytes on their way, and there may be a million. */
enum { FIRST = 256, KEPT = 4096 };

/* Bytes are moved to the front only when that frees at least as much as is moved, so that taking and
 * adding in turn stays linear. */
bool harness__bytes_reserve(harness__bytes_t *bytes, size_t more) {
  size_t count = bytes->end - bytes->start;
  size_t capacity = bytes->capacity != 0 ? bytes->capacity : FIRST;
  unsigned char *data;

  if (bytes->data != NULL && bytes->capacity - bytes->end >= more)
    return true;
  if (bytes->data != NULL && bytes->start >= count && bytes->capacity - count >= more) {
    memcpy(bytes->data, bytes->data + bytes->start, count);
    bytes->start = 0;
    bytes->end = count;
    return true;
  }
  if (more > SIZE_MAX / 4 - bytes->end)
    return false;
  while (capacity - bytes->end < more)
    capacity *= 2;
  data = realloc(bytes->data, capacity);
  if (data == NULL)
    return false;
  bytes->data = data;
  bytes->capacity = capacity;
  return true;
}

void harness__bytes_clear(harness__bytes_t *bytes) {
  bytes->start = 0;
  bytes->end = 0;
  if (bytes->capacity > KEPT)
    harness__bytes_free(bytes);
}

void harness__bytes_free(harness__bytes_t *bytes) {
  free(bytes->data);
  memset(bytes, 0, sizeof *bytes);
}
