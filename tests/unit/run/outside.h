/* SPDX-License-Identifier: MIT */
/* What tests with threads that the harness did not make share. */
#ifndef TESTS_UNIT_RUN_OUTSIDE_H
#define TESTS_UNIT_RUN_OUTSIDE_H

#include <pthread.h>

#include <harness/harness.h>

enum { OUTSIDE_REPORT_SIZE = 2000 };

/* The harness that the test's threads know; and what was reported, or what a thread found. */
extern harness_t *outside_world;
extern char outside_reported[OUTSIDE_REPORT_SIZE];

/* Opens a harness that becomes outside_world, and whose reports go to outside_reported. */
harness_t *outside_open(int64_t timeout_ms);

pthread_t outside_start(void *(*fn)(void *), void *arg);
void outside_join(pthread_t thread);

/* The transcript of the harness is that text. */
void outside_assert_text(harness_t *h, const char *expected);

#endif
