/* SPDX-License-Identifier: MIT */
/* Private: text that is safe to print. */
#ifndef HARNESS_BASE_TEXT_H
#define HARNESS_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* Adds the bytes with \n \r \t \\ and the quote escaped, every other byte that is not printable ASCII or part
 * of valid printable UTF-8 as \xNN. quote may be '\0': no quotes around, none escaped. */
void harness__text_escape(harness__buffer_t *out, const void *data, size_t size, char quote);

/* Adds a path to a sentence: the same, without quotes. */
void harness__text_path(harness__buffer_t *out, const char *path);

/* Whether the bytes are valid UTF-8 of printable characters, \t, \n and \r (so, fit to stand as a JSON string
 * that people read). */
bool harness__text_is_readable(const void *data, size_t size);

/* The code point of the UTF-8 sequence at data, and its length in bytes (1 to 4); 0 where the bytes, of which
 * there must be one, are no valid sequence. */
size_t harness__text_decode(const void *data, size_t size, uint32_t *code);

/* Compares names as people order them: digits by value ("server/2" before "server/10"). */
int harness__text_compare_natural(const char *a, const char *b);

/* Writes a number in decimal, with a NUL behind it, and returns where that is; out has HARNESS__NUMBER_SIZE
 * bytes. What every life cycle needs is not formatted by printf. */
enum { HARNESS__NUMBER_SIZE = 11 };
char *harness__text_number(char *out, uint32_t number);

#endif
