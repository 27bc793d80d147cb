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

/* Whether that is exactly this text, which then, loaded, equals the transcript. False, also, where such a
 * text can't be loaded, and where memory is exhausted. */
bool harness__transcript_makes(const harness__transcript_t *transcript, const char *text, size_t size);

#endif
