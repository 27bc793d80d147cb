/* SPDX-License-Identifier: MIT */
/* Private: what a person reads when a transcript is not the expected one. */
#ifndef HARNESS_REPORT_DIFFERENCE_H
#define HARNESS_REPORT_DIFFERENCE_H

#include "record/transcript.h"

/*
 * The difference of two transcripts, in lines of at most some 100 columns:
 *
 *   echo/hello.json and the transcript differ at event 4 (server/1): data, from byte 6 on
 *
 *       2  server/1  accept   from client
 *       3  client    send     'Hello World!'
 *   -   4  server/1  receive  'Hello World!'
 *   +   4  server/1  receive  'Hello Mars!'
 *       5  server/1  close
 *
 *   data of event 4, from byte 6 on:
 *     expected (12 bytes)  'Hello World!'
 *     actual   (11 bytes)  'Hello Mars!'
 *                                 ^
 *   1 expected event is missing, 1 is new (- expected, + actual)
 *
 * Returns a text that the caller frees, NULL when memory is exhausted or the two are equal. expected_name and
 * actual_name are what the first line calls them.
 */
char *harness__difference(const harness__transcript_t *expected, const char *expected_name,
                          const harness__transcript_t *actual, const char *actual_name);

#endif
