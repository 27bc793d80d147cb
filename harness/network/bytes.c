/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "network/network.h"

bool harness__bytes_reserve(harness__bytes_t *bytes, size_t more) {
  size_t count = bytes->end - bytes->start;
  size_t capacity = bytes->capacity != 0 ? bytes->capacity : 1024;
  unsigned char *data;

  if (bytes->capacity - bytes->end >= more && bytes->data != NULL)
    return true;
  if (count > 0)
    memmove(bytes->data, bytes->data + bytes->start, count);
  bytes->start = 0;
  bytes->end = count;
  if (more > SIZE_MAX / 4 - count)
    return false;
  while (capacity - count < more)
    capacity *= 2;
  if (capacity == bytes->capacity)
    return true;
  data = realloc(bytes->data, capacity);
  if (data == NULL)
    return false;
  bytes->data = data;
  bytes->capacity = capacity;
  return true;
}

bool harness__bytes_add(harness__bytes_t *bytes, const void *data, size_t size) {
  if (!harness__bytes_reserve(bytes, size))
    return false;
  memcpy(bytes->data + bytes->end, data, size);
  bytes->end += size;
  return true;
}

void harness__bytes_drop(harness__bytes_t *bytes, size_t size) {
  bytes->start += size;
  if (bytes->start == bytes->end) {
    free(bytes->data);
    memset(bytes, 0, sizeof *bytes);
  }
}
