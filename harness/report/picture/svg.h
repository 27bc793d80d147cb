/* SPDX-License-Identifier: MIT */
/* Private: a diagram as SVG, by itself or in parts for a page. */
#ifndef HARNESS_REPORT_PICTURE_SVG_H
#define HARNESS_REPORT_PICTURE_SVG_H

#include "report/picture/picture.h"

/* A whole SVG file, which the caller frees; NULL when memory is exhausted. Readable in light and dark, with a
 * title and a description that tell all that the picture shows. */
char *harness__svg(const harness__picture_t *picture);

/* The style sheet of both parts. */
void harness__svg_style(harness__buffer_t *out);

/* The parts: elements to stand within <svg>. The heads take HARNESS__PICTURE_HEADS pixels, the body
 * picture->height. with_numbers: each row has its number. */
void harness__svg_heads(harness__buffer_t *out, const harness__picture_t *picture);
void harness__svg_body(harness__buffer_t *out, const harness__picture_t *picture, bool with_numbers);

/* The number of the row that begins with that item, with its sign: "~ 6–7". */
void harness__svg_number(harness__buffer_t *out, const harness__picture_t *picture, size_t index);

/* "14 events of client, server/1", and for two transcripts how many differ. */
void harness__svg_summary(harness__buffer_t *out, const harness__picture_t *picture);

#endif
