/* SPDX-License-Identifier: MIT */
/* Private: bytes in a row, taken from the front and added at the back. */
#ifndef HARNESS_NETWORK_BYTES_H
#define HARNESS_NETWORK_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct harness__bytes {
  unsigned char *data;
  size_t start;
  size_t end;
  size_t capacity;
} harness__bytes_t;

/* Makes room for more bytes behind the last. Returns false when memory is exhausted. */
bool harness__bytes_reserve(harness__bytes_t *bytes, size_t more);
static inline bool harness__bytes_add(harness__bytes_t *bytes, const void *data, size_t size) {
  if (bytes->capacity - bytes->end <= size && !harness__bytes_reserve(bytes, size))
    return false;
  memcpy(bytes->data + bytes->end, data, size);
  bytes->end += size;
  return true;
}

void harness__bytes_free(harness__bytes_t *bytes);

/* All has been taken: a large buffer is freed, a small one kept. */
void harness__bytes_clear(harness__bytes_t *bytes);

/* Takes the first size bytes away. */
static inline void harness__bytes_drop(harness__bytes_t *bytes, size_t size) {
  bytes->start += size;
  if (bytes->start >= bytes->end)
    harness__bytes_clear(bytes);
}

static inline size_t harness__bytes_count(const harness__bytes_t *bytes) {
  return bytes->end - bytes->start;
}

#endif
