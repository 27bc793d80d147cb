/* SPDX-License-Identifier: MIT */
/* Private: what a failed test prints. */
#ifndef HARNESS_CMOCKA_REPORT_H
#define HARNESS_CMOCKA_REPORT_H

#include <harness/export.h>

/* Prints to where cmocka's print_error does, but whole: that cuts what is longer than 1023 bytes. */
void harness__cmocka_say(const char *format, ...) HARNESS_PRINTF(1, 2);

/* From hold to release the reports of the harness are kept. Release prints them, but not the one that equals
 * `said` (may be NULL), which the caller prints itself; drop throws them away. Both are for any time. */
void harness__cmocka_hold(void);
void harness__cmocka_release(const char *said);
void harness__cmocka_drop(void);

#endif
