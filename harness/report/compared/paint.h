/* SPDX-License-Identifier: MIT */
/*
 * Private: lines with marks in them, for a terminal or for plain text.
 *
 * Nothing that a report prints has control characters in it, so two of them serve as marks within a line
 * while it is put together: what stands between HARNESS__MARK and HARNESS__UNMARK is what differs. They take
 * no columns (base/columns.h), so that lines can be cut and padded with marks in them.
 */
#ifndef HARNESS_REPORT_COMPARED_PAINT_H
#define HARNESS_REPORT_COMPARED_PAINT_H

#include <stdbool.h>

#include "base/buffer.h"

#define HARNESS__MARK '\1'
#define HARNESS__UNMARK '\2'

typedef enum harness__paint {
  HARNESS__PAINT_PLAIN,
  HARNESS__PAINT_LEFT,
  HARNESS__PAINT_RIGHT
} harness__paint_t;

/* Adds a line, without its end: in colour in that paint and with the marked part reversed, else without
 * marks. */
void harness__paint(harness__buffer_t *out, const char *line, size_t size, harness__paint_t paint,
                    bool color);

/* Whether anything is marked in the line. */
bool harness__paint_is_marked(const char *line, size_t size);

/* Adds a line with carets under what is marked, spaces elsewhere. */
void harness__paint_carets(harness__buffer_t *out, const char *line, size_t size);

#endif
