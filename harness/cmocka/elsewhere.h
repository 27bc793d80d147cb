/* SPDX-License-Identifier: MIT */
/* Private: assertions that fail on another thread than the test's. */
#ifndef HARNESS_CMOCKA_ELSEWHERE_H
#define HARNESS_CMOCKA_ELSEWHERE_H

#include <stdbool.h>
#include <stddef.h>

#include <harness/core.h>

/* cmocka's, declared in no header of it. */
HARNESS_API void cm_print_error(const char *format, ...) HARNESS_PRINTF(1, 2);

/* What libcmocka has under that name, behind the definition that stands here. */
void *harness__cmocka_real(const char *name);

/* Adds to what cmocka has to say about a failure on the calling thread, which is not the test's. */
void harness__cmocka_note(const char *format, ...) HARNESS_PRINTF(1, 2);

/* Fails the test, or skips it, from a thread that is not the test's, with what was noted; leaves that
 * thread's work. */
void harness__cmocka_leave_elsewhere(bool skips, const char *file, int line) HARNESS_NORETURN;

/* As harness_failure; NULL also where another thread has only skipped the test, and where what failed there
 * is raised, or going to be. */
const char *harness__cmocka_failure(const harness_t *h, const char **file, int *line);

/* From here on, and no longer, a failure of another thread is the running test's. What comes outside of tests
 * is told at once, and counted. begin forgets what an earlier test has left. */
void harness__cmocka_watch_begin(void);
void harness__cmocka_watch_end(void);
size_t harness__cmocka_strays(void);

/* On the test's thread: where another thread has failed the test, or skipped it, ends it here in its name. */
void harness__cmocka_raise(void);

/* The same where the test has ended already: tells what has failed. Returns whether anything had. */
bool harness__cmocka_tell_late(void);

#endif
