/* SPDX-License-Identifier: MIT */
/* Private: text in XML and HTML. */
#ifndef HARNESS_REPORT_PICTURE_MARKUP_H
#define HARNESS_REPORT_PICTURE_MARKUP_H

#include "base/buffer.h"

/* Adds a text that is already safe to print (base/text.h), fit to stand between tags and in attributes. */
void harness__markup_add(harness__buffer_t *out, const char *text, size_t size);

/* Adds any text, escaped for people first. */
void harness__markup_string(harness__buffer_t *out, const char *text);

/* The same, of which most columns are shown. */
void harness__markup_short(harness__buffer_t *out, const char *text, size_t columns);

/* ' ', '-', '+' or '~' as a character that is as wide as the others; "" for ' '. */
const char *harness__markup_sign(char sign);

#endif
