/* SPDX-License-Identifier: MIT */
/* Private to report/: the columns of a diagram. */
#ifndef HARNESS_REPORT_PICTURE_DIAGRAM_COLUMNS_H
#define HARNESS_REPORT_PICTURE_DIAGRAM_COLUMNS_H

#include "report/picture/diagram.h"

/* Sets the columns: every lane, in the order in which the transcripts list them, and every party that is only
 * spoken of, beside the lane that first speaks of it. False when memory is exhausted. */
bool harness__diagram_parties(harness__diagram_t *diagram);

/* The column of that name, or HARNESS__NONE. */
size_t harness__diagram_find(const harness__diagram_t *diagram, const char *name);

#endif
