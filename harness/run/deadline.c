/* SPDX-License-Identifier: MIT */
/*
 * Deadlines: a limit on all that a coroutine waits for, as trio's scopes, in C: begin returns what held
 * before, end puts it back. A deadline is a due time and the number it drew when it began, so that among
 * timers of the same time it stands where it was set, though its timer is only set when something parks: on
 * the parked coroutine's stack, and only while it is parked. Without a deadline that costs one comparison.
 *
 * What can go wrong: the timer outlives the frame (it is taken back before the park returns, and a parked
 * coroutine is never thrown away); deadline and result come together (whichever was first woke the coroutine:
 * no timer fires while one is ready); a coroutine that goes on calling past its deadline would never let
 * anybody run, and its foreground run would never see its own limit (every so many refusals it takes its turn
 * behind the others).
 */
#include "run/run.h"

enum { REFUSALS_A_TURN = 1000 };

typedef struct limit {
  harness__timer_t timer;
  harness_task_t *task;
  bool passed;
} limit_t;

static void on_deadline(harness__timer_t *timer) {
  limit_t *limit = (limit_t *)timer;

  limit->passed = true;
  harness__wake(limit->task);
}

static int refuse_late(harness_task_t *task) {
  if (++task->refusals % REFUSALS_A_TURN == 0)
    harness__park_in_turn(task);
  return task->cancelled ? UV_ECANCELED : UV_ETIMEDOUT;
}

int harness__park_until_deadline(harness_task_t *task, const harness__reason_t *reason) {
  harness_t *h = task->h;
  harness__agenda_t *agenda = &h->run->agenda;
  limit_t limit = {.timer = {.fire = on_deadline}, .task = task};
  int status;

  if (task->deadline.due_ns <= harness__now_ns(h))
    return refuse_late(task);
  status = harness__agenda_set_as(agenda, &limit.timer, task->deadline.due_ns, task->deadline.number);
  if (status != 0)
    return harness__fail(h, status, "%s: no memory for its deadline", harness_task_name(task));
  task->refusals = 0;
  status = harness__park_plainly(task, reason);
  harness__agenda_cancel(agenda, &limit.timer);
  return status == 0 && limit.passed ? UV_ETIMEDOUT : status;
}

static harness_task_t *check_caller(harness_t *h, const char *function) {
  harness_task_t *self = NULL;

  if (h == NULL)
    harness__fail(NULL, UV_EINVAL, "%s: the harness is NULL", function);
  else if (!harness__run_is_own_thread(h))
    harness__fail(NULL, UV_EPERM, "%s: the harness belongs to another thread", function);
  else {
    self = harness__parking(h);
    if (self == NULL)
      harness__fail(h, UV_EPERM, "%s is for coroutines of the harness: others don't wait", function);
  }
  return self;
}

harness_deadline_t harness_begin_deadline(harness_t *h, uint64_t timeout_ms) {
  harness_task_t *self = check_caller(h, "harness_begin_deadline");
  harness_deadline_t outer = {0, 0};
  uint64_t due;

  if (self == NULL)
    return outer;
  outer = self->deadline;
  if (timeout_ms == HARNESS_NO_DEADLINE) {
    self->deadline = (harness_deadline_t){0, 0};
    return outer;
  }
  due = harness__due_after(h, timeout_ms);
  if (outer.number == 0 || due < outer.due_ns)
    self->deadline = (harness_deadline_t){.due_ns = due, .number = ++h->run->agenda.number};
  return outer;
}

int harness_end_deadline(harness_t *h, harness_deadline_t outer) {
  harness_task_t *self = check_caller(h, "harness_end_deadline");

  if (self == NULL)
    return h != NULL ? UV_EPERM : UV_EINVAL;
  self->deadline = outer;
  return 0;
}
