/* SPDX-License-Identifier: MIT */
/* Whole tests of cmocka's, many times. */
#ifndef HARNESS_BENCH_TESTS_H
#define HARNESS_BENCH_TESTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Runs a group of count times that test, with the standard streams going nowhere. Returns the nanoseconds it
 * took; ends the program where one fails. */
uint64_t bench_tests(struct CMUnitTest test, size_t count);

#endif
