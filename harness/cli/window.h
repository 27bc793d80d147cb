/* SPDX-License-Identifier: MIT */
/* Private: what `harness serve` and `harness call` share: two programs in two windows. */
#ifndef HARNESS_CLI_WINDOW_H
#define HARNESS_CLI_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <harness/harness.h>

typedef enum harness__style {
  HARNESS__STYLE_PROTOCOL, /* callbacks */
  HARNESS__STYLE_STREAM,   /* coroutines */
  HARNESS__STYLE_FRAMED    /* messages that end with HARNESS__SEPARATOR */
} harness__style_t;

#define HARNESS__SEPARATOR "\r\n\r\n"

/* A message with its separator is no longer than this. */
enum { HARNESS__SEPARATOR_SIZE = 4, HARNESS__MESSAGE_MOST = 1024 * 1024 };

/* Reads the name of a style. Returns false after a sentence on standard error where it is none. */
bool harness__window_style(const char *command, const char *name, harness__style_t *style);

/* Reads a number from least to most; what tells what it is. Returns false after a sentence. */
bool harness__window_number(const char *command, const char *what, const char *text, uint64_t least,
                            uint64_t most, uint64_t *number);

/* Logs "<who>: <what> b'…'", without "<who>: " where who is NULL. Bytes beyond what a line has room for
 * become "…". */
void harness__window_log(harness_t *h, const char *who, const char *what, const void *data, size_t size);

/* A harness without a transcript and without a time limit, which logs to out (a FILE *; NULL: nowhere). NULL
 * after a sentence on standard error. */
harness_t *harness__window_open(const char *command, void *out);

#endif
