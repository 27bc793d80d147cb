/* SPDX-License-Identifier: MIT */
/* Private: the last error of a harness, as a sentence and a code. */
#ifndef HARNESS_BASE_FAULT_H
#define HARNESS_BASE_FAULT_H

#include <stdbool.h>

#include "base/world.h"

/* Makes the record, unless there is one: a failure must not want memory. Returns false where there is none.
 */
bool harness__fault_new(harness_t *h);

/* Sets the error of h (of this thread where h is NULL) and returns code, so that a refusal is one
 * statement. Errors said inside a background call go to its thread, never to h. */
int harness__fail(harness_t *h, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same with a text of any length, which it takes over; NULL stands for exhausted memory. */
int harness__fail_text(harness_t *h, int code, char *text);

/* Marks the calling thread as one that is not the harness's own (a background call's). */
void harness__fault_foreign_thread(bool foreign);

void harness__fault_free(harness_t *h);

#endif
