/* SPDX-License-Identifier: MIT */
/*
 * The wait graph: each unfinished task, whom it waits for, and the same as text. What a coroutine waits for
 * only the place where it parked knows, which may be a layer above: so its reason tells (task.h). Everything
 * is looked up when a report is made; nothing is kept for it while the test runs but the reason itself.
 */
#include "run/graph.h"

#include "run/run.h"

/* A report of more tasks than these helps nobody. */
enum { LISTED_MOST = 100 };

/* One of the calls that keep others from having a thread. */
static harness_task_t *running_call(const harness_t *h) {
  for (harness_task_t *task = h->run->all_first; task != NULL; task = task->all_next) {
    if (task->kind == HARNESS__TASK_BACKGROUND && harness__call_has_begun(task))
      return task;
  }
  return NULL;
}

static harness__wait_t coroutine_wait(const harness_task_t *task) {
  harness__wait_t wait = {HARNESS__WAIT_NONE, NULL, false, false, false};

  if (task->state == HARNESS__TASK_PARKED && task->reason != NULL)
    task->reason->look(task->reason, &wait);
  return wait;
}

harness__wait_t harness__task_wait(const harness_task_t *task) {
  harness__wait_t wait = {HARNESS__WAIT_NONE, NULL, false, false, false};

  switch ((harness__task_kind_t)task->kind) {
  case HARNESS__TASK_COROUTINE:
    return coroutine_wait(task);
  case HARNESS__TASK_BACKGROUND:
    wait.kind = harness__call_has_begun(task) ? HARNESS__WAIT_OUTSIDE : HARNESS__WAIT_TURN;
    if (wait.kind == HARNESS__WAIT_TURN)
      wait.party = running_call(task->h);
    break;
  case HARNESS__TASK_COMBINATION:
    wait.kind = HARNESS__WAIT_TASK;
    break;
  case HARNESS__TASK_TIMER:
    if (task->state == HARNESS__TASK_WAITING)
      wait.kind = HARNESS__WAIT_TIME;
    break;
  case HARNESS__TASK_FUTURE:
    wait.kind = harness__future_is_held(task) ? HARNESS__WAIT_OUTSIDE : HARNESS__WAIT_RESOLVE;
    if (task->reason != NULL)
      task->reason->look(task->reason, &wait);
    break;
  }
  return wait;
}

static void describe_call(const harness_task_t *task, harness__buffer_t *out) {
  if (harness__call_has_begun(task)) {
    harness__buffer_string(out, "runs in the background");
    harness__thread_describe(harness__call_thread(task), out);
  } else {
    harness__buffer_string(
        out, "waits for a thread: all threads of the pool are busy (UV_THREADPOOL_SIZE sets their number)");
  }
}

static void describe_reason(const harness_task_t *task, harness__buffer_t *out) {
  harness__buffer_string(out, "waits ");
  task->reason->describe(task->reason, out);
  if (task->deadline.number != 0)
    harness__buffer_printf(out, ", at most until %llu ms",
                           (unsigned long long)(task->deadline.due_ns / 1000000));
}

static void describe_coroutine(const harness_task_t *task, harness__buffer_t *out) {
  if (task->state == HARNESS__TASK_READY)
    harness__buffer_string(out, task->coroutine == NULL ? "has not begun" : "is ready to run");
  else if (task->state == HARNESS__TASK_RUNNING)
    harness__buffer_string(out, "runs");
  else if (task->reason != NULL)
    describe_reason(task, out);
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
    if (task->reason != NULL)
      describe_reason(task, out);
    else
      harness__future_describe(task, out);
    break;
  }
}

void harness__task_clause(const harness_task_t *task, harness__buffer_t *out) {
  harness__buffer_printf(out, "%s ", harness_task_name(task));
  harness__task_describe(task, out);
}

static void describe_tasks(const harness_t *h, harness__buffer_t *out) {
  size_t listed = 0;
  size_t more = 0;

  for (const harness_task_t *task = h->run->all_first; task != NULL; task = task->all_next) {
    if (listed == LISTED_MOST) {
      more++;
      continue;
    }
    listed++;
    harness__buffer_string(out, "  ");
    harness__task_clause(task, out);
    harness__place_add(out, ", made at ", task->place, "");
    harness__buffer_char(out, '\n');
  }
  if (more > 0)
    harness__buffer_printf(out, "  and %zu more\n", more);
}

void harness__run_describe(harness_t *h, harness__buffer_t *out) {
  describe_tasks(h, out);
  harness__loop_describe(h, out);
  if (h->run->hooks.describe_past != NULL)
    h->run->hooks.describe_past(h, out);
}
