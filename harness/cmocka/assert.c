/* SPDX-License-Identifier: MIT */
/*
 * Set-up, tear-down and assertions for cmocka, on the public API alone, so that an adapter for another
 * runner can be written in the same way.
 */
#include <stdlib.h>
#include <string.h>

#include <harness/cmocka.h>

#include "elsewhere.h"
#include "ending.h"
#include "report.h"

int harness_cmocka_setup(void **state) {
  harness_options_t options = {.report = harness_cmocka_report};
  harness_t *h = harness_open(&options);

  harness__cmocka_test_begins();
  *state = h;
  if (h)
    return 0;
  const char *why = harness_error(NULL);
  harness__cmocka_say("harness_cmocka_setup: %s\n", why ? why : "harness_open failed");
  return -1;
}

/* What harness_fail or harness_check said, where the test has not ended by that: its function has passed over
 * it, or has ended otherwise before it was raised. */
static bool tell_failure(const harness_t *h) {
  const char *file = "";
  int line = 0;
  const char *text = harness__cmocka_failure(h, &file, &line);

  if (text == NULL || harness__cmocka_test_was_left_at(file, line))
    return false;
  harness__cmocka_say("%s:%d: %s\n", file, line, text);
  return true;
}

/* A call that is waited for may fail while the harness closes: that is told last. */
int harness_cmocka_close(harness_t *h) {
  bool early = harness__cmocka_test_ended_early();
  bool failed = harness_failure(h, NULL, NULL) != NULL;
  bool told = tell_failure(h);
  harness__cmocka_hold();
  int left = harness_close(h);
  /* A test that failed or was skipped did not come to its own closing: what it left is no failure, and would
   * only stand in front of the cause, which cmocka prints later. */
  bool late = harness__cmocka_tell_late();
  if ((early || failed) && left >= 0) {
    harness__cmocka_drop();
    return (told || late) && (!early || harness__cmocka_test_was_skipped()) ? -1 : 0;
  }
  harness__cmocka_release(NULL);
  if (left == 0 || late)
    return late ? -1 : 0;
  if (left < 0)
    harness__cmocka_say("The harness can't be closed: %s\n", strerror(-left));
  else
    harness__cmocka_say("The test left %d thing%s open, reported above.\n", left, left == 1 ? "" : "s");
  return -1;
}

int harness_cmocka_teardown(void **state) {
  harness_t *h = (harness_t *)*state;
  *state = NULL;
  return harness_cmocka_close(h);
}

/* The last sentence of h, or the thread's where h is NULL. */
static const char *sentence(const harness_t *h) {
  const char *why = harness_error(h);
  return why ? why : "no reason was given";
}

/* A code in words. libuv's codes are negated errno values here, except for its own, beyond them. */
static const char *code_text(int code) {
  enum { END_OF_FILE = -4095 };
  return code == END_OF_FILE ? "end of file" : strerror(-code);
}

/* Prints the sentence of h after the expression (NULL: alone), and what was held, unless it is the same. */
static void say_sentence(const harness_t *h, const char *expression) {
  const char *why = sentence(h);
  size_t length = strlen(why);

  harness__cmocka_release(why);
  harness__cmocka_say("%s%s%s%s", expression ? expression : "", expression ? ": " : "", why,
                      length > 0 && why[length - 1] == '\n' ? "" : "\n");
}

/* Shows a failure beside its line, where a CI system does that. */
static void annotate(const char *file, int line, const char *title, const char *text) {
  char *annotation = harness_annotation(file, line, title, text);

  if (annotation)
    harness__cmocka_say("%s", annotation);
  free(annotation);
}

void harness_cmocka_transcript(harness_t *h, const char *name, const char *file, int line) {
  harness__cmocka_hold();
  harness_check_result_t result = harness_check_transcript(h, name);
  if (result == HARNESS_CHECK_SAME || result == HARNESS_CHECK_WRITTEN) {
    harness__cmocka_release(NULL);
    return;
  }
  say_sentence(h, NULL);
  annotate(file, line, name ? name : "transcript", sentence(h));
  _fail(file, line);
}

void *harness_cmocka_run(harness_t *h, harness_task_t *task, const char *expression, const char *file,
                         int line) {
  /* A result may be NULL, so the status tells: it has turned to 0. Where it had been 0 before, nothing ran,
   * and a sentence can only be a refusal; else a sentence may be about what a coroutine tried and overcame.
   * A missing task's sentence is that of the call which should have made it. */
  if (task && harness__cmocka_is_elsewhere()) {
    (void)harness_run_in_foreground(h, task); /* refuses with a sentence, and touches nothing */
  } else if (task) {
    int before = harness_task_status(task);
    harness_clear_error(h);
    harness__cmocka_hold();
    void *result = harness_run_in_foreground(h, task);
    if (harness_task_status(task) == 0 && (before != 0 || !harness_error(h))) {
      harness__cmocka_release(NULL);
      return result;
    }
  }
  say_sentence(h, expression);
  _fail(file, line);
  return NULL;
}

void *harness_cmocka_made(harness_t *h, const void *pointer, const char *expression, const char *file,
                          int line) {
  if (!pointer) {
    harness__cmocka_say("%s is NULL: %s\n", expression, sentence(h));
    _fail(file, line);
  }
  return (void *)(uintptr_t)pointer;
}

ptrdiff_t harness_cmocka_ok(harness_t *h, ptrdiff_t value, const char *expression, const char *file,
                            int line) {
  if (value < 0) {
    /* The sentence is told only where it goes with this code: an older one would mislead. */
    const char *why = value == harness_error_code(h) ? harness_error(h) : NULL;
    harness__cmocka_say("%s is %td: %s\n", expression, value, why ? why : code_text((int)value));
    _fail(file, line);
  }
  return value;
}

void harness_cmocka_all_deliveries(harness_scenario_t scenario, void *arg,
                                   const harness_deliveries_options_t *options, const char *file, int line) {
  char *report;

  if (harness_check_all_deliveries(scenario, arg, options, &report) == HARNESS_CHECK_SAME)
    return;
  harness__cmocka_say("%s", report ? report : "harness_assert_all_deliveries: memory is exhausted\n");
  annotate(file, line, "deliveries", report ? report : "memory is exhausted");
  free(report);
  _fail(file, line);
}
