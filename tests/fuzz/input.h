/* SPDX-License-Identifier: MIT */
/* What an entry function makes of its bytes: numbers and pieces from the front, and chance that they decide.
 */
#ifndef TESTS_FUZZ_INPUT_H
#define TESTS_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

typedef struct input {
  const unsigned char *data;
  size_t size;
  uint64_t state;
} input_t;

/* The same bytes, the same chance. */
void input_open(input_t *input, const unsigned char *data, size_t size);

/* The next byte, 0 behind the last one. */
unsigned char input_byte(input_t *input);

/* The next bytes up to that one, which is dropped, or all; *size is how many. */
const char *input_until(input_t *input, unsigned char end, size_t *size);

/* The next bytes, at most that many; *size is how many there are. */
const char *input_bytes(input_t *input, size_t most, size_t *size);

/* A number below that one, which is not 0, by chance. */
size_t input_chance(input_t *input, size_t below);

#endif
