/* SPDX-License-Identifier: MIT */
#ifndef HARNESS_TRANSCRIPT_H
#define HARNESS_TRANSCRIPT_H

#include <harness/core.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What every party did, in canonical order. All of these settle first (harness_settle), so a transcript
 * never depends on where a run stopped; inside a coroutine they are refused.
 */

/* What a check of a transcript against its fixture found. */
typedef enum harness_check_result {
  HARNESS_CHECK_SAME = 0,  /* equal to the fixture */
  HARNESS_CHECK_WRITTEN,   /* mode update: the fixture is written, see below */
  HARNESS_CHECK_DIFFERENT, /* not equal; harness_error has the difference */
  HARNESS_CHECK_MISSING,   /* no such fixture */
  HARNESS_CHECK_TROUBLE    /* unreadable, malformed or unwritable; harness_error tells */
} harness_check_result_t;

/* Compares the transcript with the fixture <fixtures>/<name>.json; the name is "suite/case", or "case" alone.
 *
 * HARNESS_FIXTURES selects the mode. "check" compares only and writes nothing; where CI is set (and not
 * empty, "0" or "false") it is the only mode. "new", the default elsewhere, fails on a mismatch or a missing
 * fixture and leaves case.new.json beside it. "update" writes what differs. Nothing is written at once: the
 * runner of the test, or harness_record_stable, runs it again first (harness/runner.h), and WRITTEN means
 * that it will be written then. Without either nothing is written: DIFFERENT or MISSING, in both modes.
 *
 * harness_error(h) holds a sentence for every result but SAME and WRITTEN. */
HARNESS_API harness_check_result_t harness_check_transcript(harness_t *h, const char *name);

/* The transcript as text, one event a line, or as JSON in the format of a fixture. Returns a
 * string that the caller frees with free(), or NULL with a sentence. */
HARNESS_API char *harness_transcript_text(harness_t *h);
HARNESS_API char *harness_transcript_json(harness_t *h);

/* Writes the transcript to a file, atomically. Returns 0 or a negative code with a sentence. */
HARNESS_API int harness_save_transcript(harness_t *h, const char *path);

/* Quotes bytes for a log line, as 'Hello' with \n, \\, \' and \xNN escapes, into out, which is always
 * NUL-terminated. Returns out; what does not fit ends in "…'". Any thread. */
HARNESS_API char *harness_quote(char *out, size_t out_size, const void *data, size_t size);

#ifdef __cplusplus
}
#endif

#endif
