/* SPDX-License-Identifier: MIT */
#ifndef HARNESS_FAIL_H
#define HARNESS_FAIL_H

#include <harness/core.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Failing a test without the assertions of a runner, from wherever it is noticed: the test's function, a
 * coroutine, a callback, a background call, any other thread. (With cmocka, its own assertions do all of this
 * unmodified: docs/failures.md.)
 *
 *   if (!harness_check(h, size == 12))
 *     return NULL;
 *
 * The calls return, everywhere: it is for the caller to leave its function, as it would after an error. What
 * ends the test is that the harness has failed, for good. From then on
 *
 *  - a foreground run, one under way too, ends at once and gives NULL; settling and checking a transcript
 *    fail. harness_error has "file:line: sentence", harness_error_code is UV_ECANCELED;
 *  - every task is cancelled, so that coroutines unwind; no new one can be made;
 *  - nothing is left to do but to close the harness: harness_close returns 1, and does not report what was
 *    left open. Before that harness_failure tells whether the test has failed.
 *
 * The first failure is the one that is told; it is also reported (harness_options_t.report), once: by the run
 * that it ends, else by harness_close.
 */

/* Fails the test: a printf format and its values. h may be NULL, for code that does not know the harness: all
 * open ones of the process fail. Returns 0; UV_EALREADY where the harness had failed before; UV_ECANCELED
 * where it is closed (with NULL: none is open). Any thread. Never parks. */
#define harness_fail(h, ...) harness_fail_at((h), __FILE__, __LINE__, __VA_ARGS__)

/* Fails the test where the condition, which is evaluated once, does not hold; its text is the sentence. Gives
 * 1 where it holds, else 0. Any thread. Never parks. */
#define harness_check(h, condition)                                                                          \
  ((condition) ? 1 : harness_check_failed((h), #condition, __FILE__, __LINE__))

/* What stands behind the macros. The file's name is not copied: it has to be a string literal, or to live as
 * long as one. check_failed returns 0. */
HARNESS_API int harness_fail_at(harness_t *h, const char *file, int line, const char *format, ...)
    HARNESS_PRINTF(4, 5);
HARNESS_API int harness_check_failed(harness_t *h, const char *expression, const char *file, int line);

/* The sentence by which the test failed, without its place, or NULL where it has not failed (so far as
 * harness_fail, harness_check and a runner's assertions on other threads go). *file and *line get the place;
 * either pointer may be NULL. Valid until the harness is closed. NULL for a NULL harness. The harness's
 * thread. */
HARNESS_API const char *harness_failure(const harness_t *h, const char **file, int *line);

#ifdef __cplusplus
}
#endif

#endif
