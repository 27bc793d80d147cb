/* SPDX-License-Identifier: MIT */
/* Private: what belongs to a harness as a whole. */
#ifndef HARNESS_WORLD_WORLD_H
#define HARNESS_WORLD_WORLD_H

#include <harness/core.h>

#include "record/fixture.h"
#include "world/leaks.h"

struct harness__world {
  char *fixtures; /* the folder */
  harness__fixture_mode_t mode;
  harness_report_t report;
  void *report_arg;
  char *last_report; /* said while closing */
  harness__leaks_t leaks;
};

/* Says why the recorder gave no transcript. */
void harness__fail_transcript(harness_t *h);

/* Adds what each party that has not ended did last. */
void harness__recent_describe(harness_t *h, harness__buffer_t *out);

#endif
