/* SPDX-License-Identifier: MIT */
/* Private: a review: what is pending and what became of it. */
#ifndef HARNESS_CLI_REVIEW_H
#define HARNESS_CLI_REVIEW_H

#include "cli/pending.h"
#include "report/compared/compared.h"

typedef struct harness__review {
  harness__pending_list_t list;
  harness__look_t look; /* its width is the terminal's at each moment */
  size_t accepted;
  size_t rejected;
  size_t left;
  bool trouble;
  bool whole; /* the next thing shown is the whole transcript, nothing of it cut off */
} harness__review_t;

/* Tells a path and the text behind it on a line of standard output. */
void harness__review_tell(const char *before, const char *path, const char *behind);

/* Whether fixtures may be changed: not where CI is set. Says so on standard error. */
bool harness__review_may_accept(void);

/* Accepts or rejects what was looked at, tells that, and counts it; where it can't be done, says why on
 * standard error and counts trouble. Returns false where it was not done. */
bool harness__review_accept(harness__review_t *review, harness__pending_t *pending);
bool harness__review_reject(harness__review_t *review, harness__pending_t *pending);

/* Looks at a pending file, which harness__pending_free frees in any case. Returns false where there is
 * nothing to decide: it is gone, which is told, or memory is exhausted, which is trouble. */
bool harness__review_look(harness__review_t *review, size_t index, harness__pending_t *pending);

/* Shows one after the other on the terminal and does as the keys say. */
void harness__review_keys(harness__review_t *review);

#endif
