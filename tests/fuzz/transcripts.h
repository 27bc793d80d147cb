/* SPDX-License-Identifier: MIT */
/* Transcripts of any input: what a fixture can hold, however unlikely. */
#ifndef TESTS_FUZZ_TRANSCRIPTS_H
#define TESTS_FUZZ_TRANSCRIPTS_H

#include "input.h"
#include "record/transcript.h"

/* A fixture's text where the input begins with a brace, else a form that is shorter: lanes, then events. NULL
 * where it is no fixture. */
harness__transcript_t *transcripts_take(input_t *input);

/* The same with some events changed, left out, doubled or in another place, by chance; perhaps none. It
 * points into the transcript. */
harness__transcript_t *transcripts_change(input_t *input, const harness__transcript_t *transcript);

/* What a recorder makes of the events when they are recorded in that order, in lanes of all sorts; NULL where
 * causes contradict each other. */
harness__transcript_t *transcripts_record(input_t *input, const harness__transcript_t *transcript);

#endif
