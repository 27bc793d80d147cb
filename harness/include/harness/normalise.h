/* SPDX-License-Identifier: MIT */
#ifndef HARNESS_NORMALISE_H
#define HARNESS_NORMALISE_H

#include <harness/core.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Values that must not stand in a transcript as they are: those that differ between runs get a name, those
 * that are secret are taken out before they are recorded.
 *
 *   harness_placeholder(h, "token", "session=(\\w+)");      session=8f3a… becomes session=$token1
 *   harness_redact(h, "password", "PASS (\\S+)");           PASS hunter2 becomes PASS ${password}
 *
 * What is searched is all that a lane sent, and all that it received, from connection to close, so that a
 * value is found however it was cut; a datagram, and a line of harness_log, is searched by itself. The name
 * stands in the event where the value begins; the rest of the value is missing from the events that follow.
 * Data longer than data_limit is digested after its values have been replaced. Lanes, addresses, error codes
 * and what a test prints by itself are not searched.
 *
 * The regular expression is PCRE2's, over bytes: a dot is one byte and stops at \r and \n, text stands for
 * its UTF-8, letters and digits are those of ASCII, $ is the very end, and no locale has a say. With (?m) a
 * line begins behind each end of a line, the last one too. The value is what it matches, or, where it has a
 * group, what that matches; a second group is refused. Of two that overlap the one that begins first is
 * taken, of two that begin at one place the one that was asked for first. The search goes on right behind a
 * value: what its expression asks for behind that may be part of another match. An empty match, or one whose
 * group has no part in it or is empty, is none, and the search goes on one byte behind where it began. An
 * expression that takes more than 1,000,000 steps at one place, or very many at many, gives up; one with \G,
 * (*COMMIT) or (*SKIP), by which it matters where a search began, is refused.
 *
 * A name is letters, digits and _, with no digit first or last, at most 64, and used once. Where the data
 * goes on with a letter, a digit or _, a name stands in braces, ${token1}; that of a redacted value always
 * does. Data in which such a name occurs by itself could not be told from it. That, and an expression that
 * gave up, is trouble: then there is no transcript, and every call that needs one fails with a sentence that
 * says so.
 *
 * All return 0, or UV_EINVAL (NULL, a name or an expression that is malformed or in use, too late), UV_EPERM
 * (not the harness's thread) or UV_ENOMEM, with a sentence and no effect. None parks.
 */

/* Each value that matches stands in the transcript as $name1, $name2 …, numbered in order of appearance: the
 * same value by the same name throughout, two values never by one. Looked for when a transcript is made, also
 * in what was recorded before the call; but it must come before any data longer than data_limit. */
HARNESS_API int harness_placeholder(harness_t *h, const char *name, const char *regex);

/* The same for what has one value in the whole transcript, and stands there as $name. A second value is
 * trouble, as above. */
HARNESS_API int harness_placeholder_single(harness_t *h, const char *name, const char *regex);

/* Each value that matches is recorded as ${name}, whichever it is; it gets into no transcript, difference,
 * fixture or report, nor to the log sink. Must come before anything is recorded, and while no background call
 * is under way.
 *
 * What may be the beginning of a value is held back until it is decided, which is at the latest when the
 * stream ends, and overwritten then. A transcript made before that is searched as if it ended there. More
 * than 1 MiB in a row that may be a beginning is trouble, as above. */
HARNESS_API int harness_redact(harness_t *h, const char *name, const char *regex);

#ifdef __cplusplus
}
#endif

#endif
