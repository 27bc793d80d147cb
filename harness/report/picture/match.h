/* SPDX-License-Identifier: MIT */
/* Private to report/: the arrows of a diagram. */
#ifndef HARNESS_REPORT_PICTURE_MATCH_H
#define HARNESS_REPORT_PICTURE_MATCH_H

#include "report/picture/diagram.h"

/* Sets the arrows, and peer, delivered and lost of the items, whose columns are known. False when memory is
 * exhausted. */
bool harness__diagram_match(harness__diagram_t *diagram);

#endif
