/* SPDX-License-Identifier: MIT */
#ifndef HARNESS_PLACE_H
#define HARNESS_PLACE_H

#include <harness/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Where something was made: the reports of deadlocks, hangs, crashes and leaks say it of each task, server,
 * connection and endpoint ("made at test_login.c:42"). Each function that makes something has a macro of its
 * own name beside it, which says so before the call; nobody else needs to do anything.
 *
 * Where HARNESS_NO_PLACES is defined before a header of the harness is taken in there are no such macros, and
 * what is made there is reported without a place. A call by pointer, or as (harness_connect)(...), does
 * without as well, as do languages that call the library without its headers.
 */

/* Says where the next call on this thread that makes something is written. file must live as long as what
 * is made: a string literal. Calls nest as the calls that they are for do. Any thread. Does not park. */
HARNESS_API void harness_at(const char *file, int line);

#ifdef __cplusplus
}
#endif

#endif
