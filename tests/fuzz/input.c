/* SPDX-License-Identifier: MIT */
#include "input.h"

#include <string.h>

void input_open(input_t *input, const unsigned char *data, size_t size) {
  *input = (input_t){.data = data, .size = size, .state = 14695981039346656037U};
  for (size_t i = 0; i < size; i++)
    input->state = (input->state ^ data[i]) * 1099511628211U;
}

unsigned char input_byte(input_t *input) {
  if (input->size == 0)
    return 0;
  input->size--;
  return *input->data++;
}

const char *input_bytes(input_t *input, size_t most, size_t *size) {
  const char *bytes = (const char *)input->data;

  *size = input->size < most ? input->size : most;
  input->data += *size;
  input->size -= *size;
  return bytes;
}

const char *input_until(input_t *input, unsigned char end, size_t *size) {
  const unsigned char *found = input->size > 0 ? memchr(input->data, end, input->size) : NULL;
  const char *bytes = input_bytes(input, found != NULL ? (size_t)(found - input->data) : input->size, size);

  if (found != NULL)
    (void)input_byte(input);
  return bytes;
}

size_t input_chance(input_t *input, size_t below) {
  input->state = input->state * 6364136223846793005U + 1442695040888963407U;
  return (size_t)(input->state >> 33) % below;
}
