/* SPDX-License-Identifier: MIT */
/* Private: what ends a test from elsewhere than its own function. */
#ifndef HARNESS_CMOCKA_ENDING_H
#define HARNESS_CMOCKA_ENDING_H

#include <stdbool.h>

/* A test begins, on the calling thread. */
void harness__cmocka_test_begins(void);

/* Whether an assertion has failed since the test began; told once, so that it is never held against the next
 * test. Never with a static libcmocka. */
bool harness__cmocka_test_failed(void);

/* Between these two tests run, and an exit of the process is a failure. */
void harness__cmocka_begin(void);
void harness__cmocka_end(void);

#endif
