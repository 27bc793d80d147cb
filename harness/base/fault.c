/* SPDX-License-Identifier: MIT */
/*
 * A harness keeps its last error in a record made with it; calls without a harness, and calls from other
 * threads, use a fixed one per thread, so that a failure never needs a lock. Where there is no memory for a
 * sentence it is cut to a room that is always there: that memory is exhausted is what has to be said just
 * then.
 */
#include "base/fault.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"

struct harness__fault {
  char *text; /* NULL: it is in cut */
  int code;
  char cut[256];
};

static _Thread_local char thread_text[512];
static _Thread_local int thread_code;
static _Thread_local bool thread_foreign;

static const char out_of_memory[] = "memory is exhausted";

void harness__fault_foreign_thread(bool foreign) {
  thread_foreign = foreign;
}

bool harness__fault_new(harness_t *h) {
  if (h->fault == NULL)
    h->fault = calloc(1, sizeof *h->fault);
  return h->fault != NULL;
}

/* Whether the thread's record is meant. */
static bool is_threads(const harness_t *h) {
  return h == NULL || thread_foreign || !pthread_equal(h->owner, pthread_self());
}

static struct harness__fault *fault_of(harness_t *h) {
  if (is_threads(h))
    return NULL;
  (void)harness__fault_new(h);
  return h->fault;
}

int harness__fail_text(harness_t *h, int code, char *text) {
  struct harness__fault *fault = fault_of(h);

  if (fault == NULL) {
    (void)snprintf(thread_text, sizeof thread_text, "%s", text != NULL ? text : out_of_memory);
    thread_code = code;
    free(text);
    return code;
  }
  free(fault->text);
  fault->text = text;
  fault->code = code;
  if (text == NULL)
    (void)snprintf(fault->cut, sizeof fault->cut, "%s", out_of_memory);
  return code;
}

int harness__fail(harness_t *h, int code, const char *format, ...) {
  struct harness__fault *fault = fault_of(h);
  harness__buffer_t buffer = {0};
  char cut[sizeof fault->cut];
  va_list values;
  char *text;

  va_start(values, format);
  harness__buffer_vprintf(&buffer, format, values);
  va_end(values);
  text = harness__buffer_take(&buffer);
  if (text != NULL)
    return harness__fail_text(h, code, text);
  va_start(values, format);
  (void)vsnprintf(cut, sizeof cut, format, values); /* its values may be the sentence before */
  va_end(values);
  (void)harness__fail_text(h, code, NULL);
  (void)snprintf(fault != NULL ? fault->cut : thread_text, sizeof cut, "%s", cut);
  return code;
}

const char *harness_error(const harness_t *h) {
  if (is_threads(h))
    return thread_code != 0 ? thread_text : NULL;
  if (h->fault == NULL || h->fault->code == 0)
    return NULL;
  return h->fault->text != NULL ? h->fault->text : h->fault->cut;
}

int harness_error_code(const harness_t *h) {
  if (is_threads(h))
    return thread_code;
  return h->fault != NULL ? h->fault->code : 0;
}

void harness_clear_error(harness_t *h) {
  if (is_threads(h))
    thread_code = 0;
  else if (h->fault != NULL)
    h->fault->code = 0;
}

void harness__fault_free(harness_t *h) {
  if (h->fault != NULL)
    free(h->fault->text);
  free(h->fault);
  h->fault = NULL;
}
