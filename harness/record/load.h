/* SPDX-License-Identifier: MIT */
/* Private: fixtures are read strictly: what is not exactly a transcript is refused with a sentence. */
#ifndef HARNESS_RECORD_LOAD_H
#define HARNESS_RECORD_LOAD_H

#include "record/transcript.h"

/* The transcript that text holds; name is what the sentence calls it. NULL where it holds none: then
 * *sentence, which the caller frees, says why (NULL: memory is exhausted). Nothing in it steers a terminal.
 */
harness__transcript_t *harness__transcript_parse(const char *name, const char *text, size_t size,
                                                 char **sentence);

/* The same from a file. *missing (may be NULL): whether there is no such file. */
harness__transcript_t *harness__transcript_load(const char *path, bool *missing, char **sentence);

/* The same from a file that may well hold just what this transcript makes: then nothing is loaded, and *text,
 * which is NULL else, is what it holds; the caller frees it. */
harness__transcript_t *harness__transcript_load_other(const char *path, const harness__transcript_t *known,
                                                      char **text, bool *missing, char **sentence);

#endif
