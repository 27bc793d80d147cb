/* SPDX-License-Identifier: MIT */
/* Private: what is noted of the fixtures that the tests of this process touch. The caller holds the
 * recording's lock. */
#ifndef HARNESS_WORLD_TEST_H
#define HARNESS_WORLD_TEST_H

#include <stdbool.h>

/* A variable of the environment as it was when the test began, since a test may clear it; outside of a test
 * as it is. NULL: there is none. */
const char *harness__test_variable(const char *name);

/* Whether HARNESS_TOUCHED asks for records. */
bool harness__test_is_recorded(void);

/* Notes a transcript of the test under way. */
void harness__test_touch(const char *fixture, const char *json);

/* Whether the last one noted for a fixture was another than an earlier test's. */
bool harness__test_touched_otherwise(const char *fixture);

#endif
