/* SPDX-License-Identifier: MIT */
/* Private: an escaped text, cut into lines as wide as there is room. */
#ifndef HARNESS_REPORT_PICTURE_WRAP_H
#define HARNESS_REPORT_PICTURE_WRAP_H

#include <stddef.h>

/* How many bytes of a text that base/text.h escaped make its next line: at most width columns, up to and with
 * an escaped newline, cut behind a space rather than within a word, no escape torn apart; at least one
 * character. Newlines at the very end, with the quote behind them, stay together. *columns is how many it
 * takes. */
size_t harness__wrap_next(const char *text, size_t size, size_t width, size_t *columns);

/* How many bytes may be left out at the beginning of both of two texts, since they are the same there, so
 * that the first difference stands within width columns and not behind a second newline, with something
 * before it; 0 where it does so anyway.
 */
size_t harness__wrap_skip(const char *a, size_t size_a, const char *b, size_t size_b, size_t width);

#endif
