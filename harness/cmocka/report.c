/* SPDX-License-Identifier: MIT */
/*
 * A harness reports deadlocks and what was left open by itself, when that happens. In a test the same is
 * often told anyway (a deadlock is the sentence of the assertion that ran into it) or follows from the
 * failure (what a test that failed did not come to close). So the adapter keeps reports back while it calls
 * the harness, until it knows whether they tell anything new.
 */
#include "report.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <harness/cmocka.h>

static _Thread_local bool holding;
static _Thread_local char *held;

void harness__cmocka_say(const char *format, ...) {
  va_list values;

  (void)fflush(stdout);
  va_start(values, format);
  (void)vfprintf(stderr, format, values);
  va_end(values);
}

static void print(const char *text) {
  size_t length = strlen(text);

  harness__cmocka_say("harness: %s%s", text, length > 0 && text[length - 1] == '\n' ? "" : "\n");
}

static void print_held(void) {
  if (held != NULL)
    print(held);
  free(held);
  held = NULL;
}

void harness_cmocka_report(const char *text, void *arg) {
  (void)arg;
  /* Who asks by a signal wants the answer now. */
  if (strncmp(text, "SIGUSR1", strlen("SIGUSR1")) == 0) {
    print(text);
    return;
  }
  print_held();
  if (holding)
    held = strdup(text);
  if (held == NULL)
    print(text);
}

void harness__cmocka_hold(void) {
  print_held();
  holding = true;
}

void harness__cmocka_release(const char *said) {
  holding = false;
  if (said != NULL && held != NULL && strcmp(said, held) == 0)
    harness__cmocka_drop();
  print_held();
}

void harness__cmocka_drop(void) {
  holding = false;
  free(held);
  held = NULL;
}
