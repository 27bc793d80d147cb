/* SPDX-License-Identifier: MIT */
/* Private: bytes in a row, taken from the front and added at the back. */
#ifndef HARNESS_NETWORK_BYTES_H
#define HARNESS_NETWORK_BYTES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct harness__bytes {
  unsigned char *data;
  size_t start;
  size_t end;
  size_t capacity;
} harness__bytes_t;

/* Makes room for more bytes behind the last. Returns false when memory is exhausted. */
bool harness__bytes_reserve(harness__bytes_t *bytes, size_t more);
bool harness__bytes_add(harness__bytes_t *bytes, const void *data, size_t size);

/* Takes the first size bytes away. A large buffer that is empty then is freed, a small one kept. */
void harness__bytes_drop(harness__bytes_t *bytes, size_t size);
void harness__bytes_free(harness__bytes_t *bytes);

static inline size_t harness__bytes_count(const harness__bytes_t *bytes) {
  return bytes->end - bytes->start;
}

#endif
