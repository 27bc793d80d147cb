/* SPDX-License-Identifier: MIT */
/* Private: a transcript as the text of a fixture. */
#ifndef HARNESS_RECORD_JSON_H
#define HARNESS_RECORD_JSON_H

#include "record/transcript.h"

/* The one format there is. */
#define HARNESS__FORMAT "harness-transcript/1"

/* The JSON text, one event a line, with a newline at its end; the caller frees it with free(). NULL when
 * memory is exhausted. */
char *harness__transcript_json(const harness__transcript_t *transcript);

#endif
