/* SPDX-License-Identifier: MIT */
/* The wait graph as text: each unfinished task and what it waits for. */
#include "run/run.h"

static void describe_call(const harness_task_t *task, harness__buffer_t *out) {
  if (harness__call_has_begun(task))
    harness__buffer_string(out, "runs in the background");
  else
    harness__buffer_string(
        out, "waits for a thread: all threads of the pool are busy (UV_THREADPOOL_SIZE sets their number)");
}

static void describe_coroutine(const harness_task_t *task, harness__buffer_t *out) {
  if (task->state == HARNESS__TASK_READY) {
    harness__buffer_string(out, task->coroutine == NULL ? "has not begun" : "is ready to run");
  } else if (task->state == HARNESS__TASK_RUNNING) {
    harness__buffer_string(out, "runs");
  } else if (task->reason != NULL) {
    harness__buffer_string(out, "waits ");
    task->reason->describe(task->reason, out);
    if (task->deadline.number != 0)
      harness__buffer_printf(out, ", at most until %llu ms",
                             (unsigned long long)(task->deadline.due_ns / 1000000));
  }
}

void harness__task_describe(const harness_task_t *task, harness__buffer_t *out) {
  switch ((harness__task_kind_t)task->kind) {
  case HARNESS__TASK_COROUTINE:
    describe_coroutine(task, out);
    break;
  case HARNESS__TASK_BACKGROUND:
    describe_call(task, out);
    break;
  case HARNESS__TASK_COMBINATION:
    harness__buffer_string(out, "waits ");
    harness__combination_describe(task, out);
    break;
  case HARNESS__TASK_TIMER:
    harness__timer_describe(task, out);
    break;
  case HARNESS__TASK_FUTURE:
    harness__future_describe(task, out);
    break;
  }
}

void harness__run_describe(harness_t *h, harness__buffer_t *out) {
  for (const harness_task_t *task = h->run->all_first; task != NULL; task = task->all_next) {
    harness__buffer_printf(out, "  %s ", harness_task_name(task));
    harness__task_describe(task, out);
    harness__buffer_char(out, '\n');
  }
}
