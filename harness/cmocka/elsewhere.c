/* SPDX-License-Identifier: MIT */
/*
 * Assertions on other threads. cmocka knows one test per thread: on a thread where none runs it keeps the
 * values that were compared in a buffer of that thread, and then ends the process. So two of its functions
 * are defined here, which the dynamic linker prefers: cm_print_error, by which all its assertions tell their
 * values, and, in ending.c, _fail and _skip, in which they end. On the test's own thread they only pass on.
 * On another one
 *
 *  - the sentence, the file and the line are taken down (the first failure of a test counts);
 *  - every open harness is told that the test has failed, which ends a foreground run or a wait at once;
 *  - what runs there is left: a background call by a jump, the pool's thread stays; any other thread ends.
 *
 * The test's thread looks in each foreground run, when it settles, when an assertion of its own fails (which
 * is then a consequence), when its function has returned, and when its harness has closed. There cmocka gets
 * the same sentence, file and line as if the assertion stood there.
 *
 * The definitions are weak: with a static libcmocka they give way, and all is as cmocka has it.
 */
#include "elsewhere.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <harness/cmocka.h>

#include "ending.h"
#include "report.h"

typedef struct failure {
  char *text; /* may be NULL */
  const char *file;
  int line;
  bool skips;
} failure_t;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool watching; /* a test runs */
static bool is_pending;
static failure_t pending; /* file and line stay until the next test begins */
static size_t strays;

static _Thread_local char *noted;

/* What a harness has as its failure where it is none. */
static const char skipped_elsewhere[] = "the test was skipped on another thread";

/* One that is cmocka's alone: without a use of it, a linker that leaves out libraries nobody needs leaves
 * cmocka out of a program which uses nothing but what stands here too. */
static void (*const volatile needed)(enum cm_message_output output) = cmocka_set_message_output;

void *harness__cmocka_real(const char *name) {
  (void)needed;
  return dlsym(RTLD_NEXT, name);
}

/* NULL where memory is exhausted. */
static char *formatted(const char *format, va_list values) HARNESS_PRINTF(1, 0);
static char *formatted(const char *format, va_list values) {
  char *text = NULL;

  return vasprintf(&text, format, values) >= 0 ? text : NULL;
}

static void note(const char *text) {
  size_t before = noted != NULL ? strlen(noted) : 0;
  char *longer = realloc(noted, before + strlen(text) + 1);

  if (longer == NULL)
    return;
  memcpy(longer + before, text, strlen(text) + 1);
  noted = longer;
}

void harness__cmocka_note(const char *format, ...) {
  va_list values;
  char *text;

  va_start(values, format);
  text = formatted(format, values);
  va_end(values);
  if (text != NULL)
    note(text);
  free(text);
}

static void say(const failure_t *failure) {
  harness__cmocka_say("[  ERROR   ] --- %s[   LINE   ] --- %s:%d: error: %s\n",
                      failure->text != NULL ? failure->text : "", failure->file, failure->line,
                      failure->skips ? "Skipped!" : "Failure!");
}

/* Takes what was noted on this thread. Only the first failure of a test's is kept: the others follow from it,
 * or it is chance which of them came first. A failure counts more than that the test was to be skipped. */
static void take_down(bool skips, const char *file, int line) {
  failure_t failure = {noted, file, line, skips};
  bool is_stray;

  noted = NULL;
  (void)pthread_mutex_lock(&lock);
  is_stray = !watching;
  if (is_stray) {
    strays++;
  } else if (!is_pending || (pending.skips && !skips)) {
    failure_t before = pending;

    pending = failure;
    failure = before;
    if (!is_pending)
      failure.text = NULL;
    is_pending = true;
  }
  (void)pthread_mutex_unlock(&lock);
  if (is_stray) {
    harness__cmocka_say("On another thread, when its test had ended:\n");
    say(&failure);
  }
  free(failure.text);
}

void harness__cmocka_leave_elsewhere(bool skips, const char *file, int line) {
  const char *text = noted != NULL ? noted : "an assertion failed\n";
  char *copy = strdup(skips ? skipped_elsewhere : text);

  take_down(skips, file, line);
  (void)harness_fail_at(NULL, file, line, "%s", copy != NULL ? copy : "an assertion failed");
  free(copy);
  harness_leave_thread();
}

const char *harness__cmocka_failure(const harness_t *h, const char **file, int *line) {
  const char *text = harness_failure(h, file, line);
  bool known;

  if (text == NULL || strcmp(text, skipped_elsewhere) == 0)
    return NULL;
  (void)pthread_mutex_lock(&lock);
  known = pending.file != NULL && pending.line == *line && strcmp(pending.file, *file) == 0;
  (void)pthread_mutex_unlock(&lock);
  return known ? NULL : text;
}

static bool take(failure_t *failure) {
  bool taken;

  (void)pthread_mutex_lock(&lock);
  taken = is_pending;
  *failure = pending;
  is_pending = false;
  (void)pthread_mutex_unlock(&lock);
  return taken;
}

bool harness__cmocka_tell_late(void) {
  failure_t failure;

  if (!take(&failure))
    return false;
  say(&failure);
  free(failure.text);
  return true;
}

/* By harness_fail or harness_check; what other threads said is raised before. The harness may be another
 * thread's: that goes on, and the test's is told. */
static void on_raise(harness_t *h) {
  const char *file = "";
  int line = 0;
  const char *text;

  harness__cmocka_raise();
  text = harness__cmocka_failure(h, &file, &line);
  if (text == NULL)
    return;
  if (harness__cmocka_is_elsewhere()) {
    harness__cmocka_note("%s\n", text);
    take_down(false, file, line);
  } else if (harness__cmocka_in_test()) {
    cm_print_error("%s\n", text);
    _fail(file, line);
  }
}

void harness__cmocka_watch_begin(void) {
  if (harness__cmocka_tell_late())
    strays++;
  harness_set_raise(on_raise);
  (void)pthread_mutex_lock(&lock);
  if (!is_pending)
    pending.file = NULL;
  watching = true;
  (void)pthread_mutex_unlock(&lock);
}

void harness__cmocka_watch_end(void) {
  if (harness__cmocka_tell_late())
    strays++;
  (void)pthread_mutex_lock(&lock);
  watching = false;
  (void)pthread_mutex_unlock(&lock);
}

size_t harness__cmocka_strays(void) {
  size_t count;

  (void)pthread_mutex_lock(&lock);
  count = strays;
  strays = 0;
  (void)pthread_mutex_unlock(&lock);
  return count;
}

void harness__cmocka_raise(void) {
  failure_t failure;

  if (!harness__cmocka_in_test() || !take(&failure))
    return;
  if (failure.text != NULL)
    cm_print_error("%s", failure.text);
  free(failure.text);
  if (failure.skips)
    _skip(failure.file, failure.line);
  else
    _fail(failure.file, failure.line);
}

typedef void (*print_t)(const char *format, ...) HARNESS_PRINTF(1, 2);

HARNESS_API __attribute__((weak)) void cm_print_error(const char *const format, ...) {
  char cut[1024];
  print_t real;
  va_list values;
  char *text;

  /* What is told here follows from what another thread has failed. */
  if (harness__cmocka_test_fails())
    harness__cmocka_raise();
  va_start(values, format);
  text = formatted(format, values);
  va_end(values);
  if (text == NULL) {
    va_start(values, format);
    (void)vsnprintf(cut, sizeof cut, format, values);
    va_end(values);
  }
  if (harness__cmocka_is_elsewhere()) {
    note(text != NULL ? text : cut);
  } else {
    *(void **)&real = harness__cmocka_real("cm_print_error");
    real("%s", text != NULL ? text : cut);
  }
  free(text);
}

/* cmocka's: an assert() of the code under test. On the test's thread it may be expected. */
HARNESS_API __attribute__((weak)) void mock_assert(const int result, const char *const expression,
                                                   const char *const file, const int line) {
  void (*real)(int result, const char *expression, const char *file, int line);

  if (harness__cmocka_is_elsewhere()) {
    if (result != 0)
      return;
    harness__cmocka_note("ASSERT: %s\n", expression);
    harness__cmocka_leave_elsewhere(false, file, line);
  }
  *(void **)&real = harness__cmocka_real("mock_assert");
  real(result, expression, file, line);
}
