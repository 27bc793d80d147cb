/* SPDX-License-Identifier: MIT */
/* Private: what ends a test from elsewhere than its own function. */
#ifndef HARNESS_CMOCKA_ENDING_H
#define HARNESS_CMOCKA_ENDING_H

#include <stdbool.h>

/* A test begins, on the calling thread. */
void harness__cmocka_test_begins(void);

/* The same where its function is called from here, so that what doesn't come back is known to have ended
 * early. The name is kept as it is. */
void harness__cmocka_test_begins_as(const char *name);

/* Its function is about to be called; and it has come back. The test is left by a jump then where another
 * thread has failed it. Returns whether it has passed: cmocka is about to fail it where something that it
 * expected is left over. Twice is as once. */
void harness__cmocka_function_begins(void);
bool harness__cmocka_test_returned(void);

/* The same where it may not have come back: a crash is told to nobody. */
void harness__cmocka_function_ends(void);

/* cmocka begins to tell why the test fails, be it when its function has come back (blocks of test_malloc are
 * left). Returns whether the caller is on the test's thread, and the test not being left already. */
bool harness__cmocka_test_fails(void);

/* Whether the function has come back, and nothing has failed the test so far. */
bool harness__cmocka_test_has_passed(void);

/* Whether the test was failed there. */
bool harness__cmocka_test_was_left_at(const char *file, int line);

/* cmocka is about to leave the test by a jump. */
void harness__cmocka_leaves(void);

/* Whether the caller is on another thread than the test's; on that one while a test runs, its set-up and
 * tear-down taken in; and in its function. */
bool harness__cmocka_is_elsewhere(void);
bool harness__cmocka_in_test(void);
bool harness__cmocka_in_function(void);

/* Whether the test that began last failed, was skipped or crashed; told once, so that it is never held
 * against the next one. Where the test is not called from here a crash is not known, and with a static
 * libcmocka nothing is. */
bool harness__cmocka_test_ended_early(void);

/* Whether it was skipped. With a static libcmocka that is not known. */
bool harness__cmocka_test_was_skipped(void);

/* Between these two tests run, and an exit of the process is a failure. */
void harness__cmocka_begin(void);
void harness__cmocka_end(void);

#endif
