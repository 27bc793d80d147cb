/* SPDX-License-Identifier: MIT */
#ifndef HARNESS_EXPORT_H
#define HARNESS_EXPORT_H

/* HARNESS_API marks what a shared build exports; everything else is hidden. */
#if defined(HARNESS_BUILD_SHARED) || defined(__GNUC__)
#define HARNESS_API __attribute__((visibility("default")))
#else
#define HARNESS_API
#endif

/* HARNESS_NORETURN, behind a declaration: the function never returns. */
#if defined(__GNUC__)
#define HARNESS_NORETURN __attribute__((noreturn))
#else
#define HARNESS_NORETURN
#endif

/* HARNESS_PRINTF(f, a): argument f is a printf format, its values start at argument a. */
#if defined(__GNUC__)
#define HARNESS_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define HARNESS_PRINTF(f, a)
#endif

#endif
