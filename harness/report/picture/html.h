/* SPDX-License-Identifier: MIT */
/* Private: a diagram as a page for a browser. */
#ifndef HARNESS_REPORT_PICTURE_HTML_H
#define HARNESS_REPORT_PICTURE_HTML_H

#include "report/picture/picture.h"

/* The page, which the caller frees; NULL when memory is exhausted. It is one file that asks for no other and
 * has no script: the picture, and all events as a table in which long data unfolds. */
char *harness__html(const harness__picture_t *picture);

/* The table: one row an event, with the id "e" and the item's number, from 1. */
void harness__html_events(harness__buffer_t *out, const harness__picture_t *picture);

/* Adds data, or a text as such, in quotes unless quote is '\0': what fits into a line as it is, all else as a
 * line that unfolds. */
void harness__html_value(harness__buffer_t *out, const harness__data_t *data, char quote);

#endif
