/* SPDX-License-Identifier: MIT */
/* Private: what a CI system shows beside the line of a test. */
#ifndef HARNESS_REPORT_ANNOTATION_H
#define HARNESS_REPORT_ANNOTATION_H

/* A workflow command of GitHub Actions, one line with its end: "::error file=…,line=…,title=…::text". The
 * file is told relative to root (NULL: as it is), where it is below. The caller frees it; NULL when memory is
 * exhausted. */
char *harness__annotation(const char *root, const char *file, int line, const char *title, const char *text);

#endif
