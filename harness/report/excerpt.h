/* SPDX-License-Identifier: MIT */
/* Private: the neighbourhood of one byte, on both sides of a comparison. */
#ifndef HARNESS_REPORT_EXCERPT_H
#define HARNESS_REPORT_EXCERPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

typedef struct harness__side {
  const char *name;
  const char *bytes; /* as far as they are known */
  size_t size;
  uint64_t whole;     /* how many there are */
  const char *digest; /* "" where all are known */
} harness__side_t;

/* Adds both sides, one a line, and a caret under the byte at offset where there is one; else the digests. */
void harness__excerpt(harness__buffer_t *out, const harness__side_t sides[2], bool has_offset, size_t offset);

#endif
