/* SPDX-License-Identifier: MIT */
/* Private: a diagram in Mermaid's language. */
#ifndef HARNESS_REPORT_PICTURE_MERMAID_H
#define HARNESS_REPORT_PICTURE_MERMAID_H

#include "report/picture/diagram.h"

/* Mermaid draws no larger text unless its maxTextSize is raised. */
enum { HARNESS__MERMAID_LIMIT = 50000 };

/* The diagram as text, which the caller frees; NULL when memory is exhausted. expected and actual are the
 * names of the transcripts; expected is NULL where there is one. */
char *harness__mermaid(const harness__diagram_t *diagram, const char *expected, const char *actual);

#endif
