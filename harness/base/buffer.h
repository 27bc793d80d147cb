/* SPDX-License-Identifier: MIT */
/* Private: a growing text. */
#ifndef HARNESS_BASE_BUFFER_H
#define HARNESS_BASE_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Zeroed, it is empty. A failed allocation sets failed and makes every later call do nothing, so
 * that only the end needs a check. text is NULL while nothing was added, else NUL-terminated. */
typedef struct harness__buffer {
  char *text;
  size_t length;
  size_t capacity;
  bool failed;
} harness__buffer_t;

void harness__buffer_add(harness__buffer_t *buffer, const void *data, size_t size);
void harness__buffer_string(harness__buffer_t *buffer, const char *text);
void harness__buffer_char(harness__buffer_t *buffer, char c);
void harness__buffer_printf(harness__buffer_t *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void harness__buffer_vprintf(harness__buffer_t *buffer, const char *format, va_list values)
    __attribute__((format(printf, 2, 0)));

/* The text, which the caller frees with free(), or NULL where an allocation had failed; the buffer is empty
 * afterwards. */
char *harness__buffer_take(harness__buffer_t *buffer);

void harness__buffer_free(harness__buffer_t *buffer);

#endif
