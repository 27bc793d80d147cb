/* SPDX-License-Identifier: MIT */
/* Private: what ends a test from elsewhere than its own function. */
#ifndef HARNESS_CMOCKA_ENDING_H
#define HARNESS_CMOCKA_ENDING_H

/* The calling thread is the one that tests run on. */
void harness__cmocka_own_thread(void);

/* Between these two a test runs, and an exit of the process is a failure. */
void harness__cmocka_begin(void);
void harness__cmocka_end(void);

#endif
