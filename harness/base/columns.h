/* SPDX-License-Identifier: MIT */
/* Private: how wide text is on a terminal. */
#ifndef HARNESS_BASE_COLUMNS_H
#define HARNESS_BASE_COLUMNS_H

#include <stddef.h>

#include "base/buffer.h"

/* How many columns UTF-8 text takes: two for wide characters, none for those that combine with the one before
 * them and for control characters, else one. A byte that is no valid UTF-8 counts as one. The same in every
 * locale. */
size_t harness__columns(const char *text, size_t size);

/* The same of a buffer. */
size_t harness__columns_of(const harness__buffer_t *buffer);

/* How many bytes of the text fit into width columns: whole characters, each with what combines with it. */
size_t harness__columns_fit(const char *text, size_t size, size_t width);

/* Adds at most width columns of an escaped text; what is cut off is an ellipsis. */
void harness__columns_cut(harness__buffer_t *out, const char *text, size_t size, size_t width);

/* Adds spaces up to that many columns, where there are have. */
void harness__columns_pad(harness__buffer_t *out, size_t have, size_t want);

#endif
