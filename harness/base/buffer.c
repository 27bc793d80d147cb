/* SPDX-License-Identifier: MIT */
#include "base/buffer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(harness__buffer_t *buffer, size_t more) {
  size_t capacity = buffer->capacity != 0 ? buffer->capacity : 128;
  char *text;

  if (buffer->failed || more > SIZE_MAX / 4 - buffer->length) {
    buffer->failed = true;
    return false;
  }
  while (capacity < buffer->length + more + 1)
    capacity *= 2;
  if (capacity == buffer->capacity)
    return true;
  text = realloc(buffer->text, capacity);
  if (text == NULL) {
    buffer->failed = true;
    return false;
  }
  buffer->text = text;
  buffer->capacity = capacity;
  return true;
}

void harness__buffer_add(harness__buffer_t *buffer, const void *data, size_t size) {
  if (!reserve(buffer, size))
    return;
  if (size > 0)
    memcpy(buffer->text + buffer->length, data, size);
  buffer->length += size;
  buffer->text[buffer->length] = '\0';
}

void harness__buffer_string(harness__buffer_t *buffer, const char *text) {
  harness__buffer_add(buffer, text, strlen(text));
}

void harness__buffer_char(harness__buffer_t *buffer, char c) {
  harness__buffer_add(buffer, &c, 1);
}

void harness__buffer_vprintf(harness__buffer_t *buffer, const char *format, va_list values) {
  va_list again;
  int length;

  va_copy(again, values);
  length = vsnprintf(NULL, 0, format, again);
  va_end(again);
  if (length < 0) {
    buffer->failed = true;
    return;
  }
  if (!reserve(buffer, (size_t)length))
    return;
  (void)vsnprintf(buffer->text + buffer->length, (size_t)length + 1, format, values);
  buffer->length += (size_t)length;
}

void harness__buffer_printf(harness__buffer_t *buffer, const char *format, ...) {
  va_list values;

  va_start(values, format);
  harness__buffer_vprintf(buffer, format, values);
  va_end(values);
}

char *harness__buffer_take(harness__buffer_t *buffer) {
  char *text;

  if (buffer->text == NULL)
    (void)reserve(buffer, 0);
  text = buffer->failed ? NULL : buffer->text;
  if (text == NULL)
    free(buffer->text);
  else
    text[buffer->length] = '\0';
  memset(buffer, 0, sizeof *buffer);
  return text;
}

void harness__buffer_free(harness__buffer_t *buffer) {
  free(buffer->text);
  memset(buffer, 0, sizeof *buffer);
}
