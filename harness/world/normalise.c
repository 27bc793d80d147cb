/* SPDX-License-Identifier: MIT */
/* Placeholders and redaction, as callers ask for them. */
#include <harness/normalise.h>

#include <stdlib.h>

#include "base/buffer.h"
#include "base/fault.h"
#include "record/recorder.h"
#include "run/run.h"

static int check_arguments(harness_t *h, const char *name, const char *regex, const char *caller) {
  if (h == NULL)
    return harness__fail(NULL, UV_EINVAL, "%s: the harness is NULL", caller);
  if (!harness__run_is_own_thread(h))
    return harness__fail(NULL, UV_EPERM, "%s: this is not the harness's thread", caller);
  if (name == NULL || regex == NULL)
    return harness__fail(h, UV_EINVAL, "%s: the %s is NULL", caller,
                         name == NULL ? "name" : "regular expression");
  return 0;
}

/* Gives the recorder's answer to the caller; frees the sentence. */
static int answer(harness_t *h, bool added, char *sentence, const char *caller) {
  int status = 0;

  if (!added && sentence != NULL)
    status = harness__fail(h, UV_EINVAL, "%s: %s", caller, sentence);
  else if (!added)
    status = harness__fail(h, UV_ENOMEM, "%s: memory is exhausted", caller);
  free(sentence);
  return status;
}

static int add_placeholder(harness_t *h, const char *name, const char *regex, bool single,
                           const char *caller) {
  int status = check_arguments(h, name, regex, caller);
  char *sentence = NULL;
  bool added;

  if (h == NULL || status != 0)
    return status;
  added = harness__recorder_add_placeholder(h->recorder, name, regex, single, &sentence);
  return answer(h, added, sentence, caller);
}

int harness_placeholder(harness_t *h, const char *name, const char *regex) {
  return add_placeholder(h, name, regex, false, "harness_placeholder");
}

int harness_placeholder_single(harness_t *h, const char *name, const char *regex) {
  return add_placeholder(h, name, regex, true, "harness_placeholder_single");
}

int harness_redact(harness_t *h, const char *name, const char *regex) {
  int status = check_arguments(h, name, regex, "harness_redact");
  char *sentence = NULL;
  bool added;

  if (h == NULL || status != 0)
    return status;
  if (h->run->calls > 0)
    return harness__fail(h, UV_EINVAL, "harness_redact: a background call is under way, which may log");
  added = harness__recorder_add_redaction(h->recorder, name, regex, &sentence);
  return answer(h, added, sentence, "harness_redact");
}
