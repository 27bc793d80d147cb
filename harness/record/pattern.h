/* SPDX-License-Identifier: MIT */
/* Private: regular expressions over bytes. */
#ifndef HARNESS_RECORD_PATTERN_H
#define HARNESS_RECORD_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct harness__pattern harness__pattern_t;

typedef enum harness__match {
  HARNESS__MATCH_NONE,
  HARNESS__MATCH_FOUND,
  HARNESS__MATCH_PARTIAL, /* what follows the bytes decides */
  HARNESS__MATCH_GAVE_UP  /* found.trouble says why */
} harness__match_t;

typedef struct harness__found {
  size_t start; /* where the match, or what may become one, begins */
  size_t end;
  size_t from; /* the value: the group where there is one, else the match; never empty */
  size_t to;
  const char *trouble; /* "it takes more than …", static */
} harness__found_t;

/* What the places of some data have cost that took more than a few steps, of all expressions that looked at
 * it. Zeroed, nothing. */
typedef struct harness__effort {
  uint64_t steps;
  uint64_t bytes; /* how many there are to be looked at */
} harness__effort_t;

/* Compiles a regular expression; freed with harness__pattern_free. Else NULL and in *reason, which the caller
 * frees, what is wrong with it and where; NULL there, too, when memory is exhausted. */
harness__pattern_t *harness__pattern_new(const char *regex, char **reason);
void harness__pattern_free(harness__pattern_t *pattern);

/* The expression; what fixtures have as their pattern is such a text. */
const char *harness__pattern_text(const harness__pattern_t *pattern);
harness__pattern_t *harness__pattern_of(const char *text);

/* How many groups it has that capture. */
size_t harness__pattern_groups(const harness__pattern_t *pattern);

/* How many bytes before a match it may look at. */
size_t harness__pattern_lookbehind(const harness__pattern_t *pattern);

/* A part that makes what is found depend on where a search began or what it passed, which is where data was
 * cut; NULL where there is none. Such a text within a class or a comment counts, too. */
const char *harness__pattern_unsearchable(const harness__pattern_t *pattern);

/* The first match with a value that begins at from or later. partial: more bytes will follow, so that a match
 * that they might change is MATCH_PARTIAL. What it costs is added to the effort, which has a limit. Any
 * thread.
 */
harness__match_t harness__pattern_find(const harness__pattern_t *pattern, const char *bytes, size_t size,
                                       size_t from, bool partial, harness__effort_t *effort,
                                       harness__found_t *found);

/* Whether it matches all of the bytes, from the first to the last. One that has given up once, for want of
 * memory or for the work it makes, matches nothing any more; *trouble (may be NULL) gets the reason, else
 * NULL. */
bool harness__pattern_matches(harness__pattern_t *pattern, const char *bytes, size_t size,
                              const char **trouble);

#endif
