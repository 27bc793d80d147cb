/* SPDX-License-Identifier: MIT */
/* Threads that can't be made. The pool is the process's, and made once: so each case has a process of its
 * own. */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "calls.h"

enum { WANTED = 4, ENDED_WELL = 0, REFUSED = 3, WRONG = 4 };

static void *call(void *arg) {
  return arg;
}

/* Two calls, which need not run at once. */
static int call_twice(harness_t *h) {
  harness_task_t *first = harness_call_in_background(h, call, h);
  harness_task_t *second = first != NULL ? harness_call_in_background(h, call, h) : NULL;

  if (first == NULL)
    return harness_error_code(h) == UV_EAGAIN && strstr(harness_error(h), "no thread can be made") != NULL
               ? REFUSED
               : WRONG;
  if (harness_run_in_foreground(h, first) != h || harness_run_in_foreground(h, second) != h)
    return WRONG;
  return ENDED_WELL;
}

/* What comes of two calls where there may be so many threads. After a refusal, and without the limit, all is
 * well. */
static int in_a_process(int most) {
  pid_t child;
  int status = -1;

  (void)fflush(NULL); /* else the child prints it, too */
  child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    harness_t *h = harness_open(NULL);
    int result;

    calls_limit_threads(most);
    result = call_twice(h);
    calls_limit_threads(-1);
    if (result == REFUSED && call_twice(h) != ENDED_WELL)
      result = WRONG;
    exit(harness_close(h) == 0 ? result : WRONG); /* libuv ends its pool as the process ends in order */
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static void calls_have_the_threads_there_are(void **state) {
  (void)state;
  assert_int_equal(setenv("UV_THREADPOOL_SIZE", "4", 1), 0);
  assert_int_equal(in_a_process(0), REFUSED);
  for (int most = 1; most <= WANTED; most++)
    assert_int_equal(in_a_process(most), ENDED_WELL);
  print_message("torture: threads: %d limits, each told or enough\n", WANTED + 1);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(calls_have_the_threads_there_are),
};

HARNESS_CMOCKA_MAIN("torture/threads", tests)
