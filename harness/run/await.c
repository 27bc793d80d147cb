/* SPDX-License-Identifier: MIT */
/* Waiting: for a task, for time; and taking tasks back. */
#include "run/graph.h"
#include "run/run.h"

typedef struct waiter {
  harness__watch_t watch;
  harness_task_t *waiting;
} waiter_t;

static void wake_waiter(harness__watch_t *watch, harness_task_t *task) {
  (void)task;
  harness__wake(((waiter_t *)watch)->waiting);
}

typedef struct awaiting {
  harness__reason_t reason; /* first */
  harness_task_t *task;
} awaiting_t;

static void describe_task(const harness__reason_t *reason, harness__buffer_t *out) {
  const harness_task_t *task = ((const awaiting_t *)reason)->task;

  if (task->kind == HARNESS__TASK_COMBINATION)
    harness__combination_describe(task, out);
  else
    harness__buffer_printf(out, "for %s to end", harness_task_name(task));
}

static void look_at_task(const harness__reason_t *reason, harness__wait_t *wait) {
  wait->kind = HARNESS__WAIT_TASK;
  wait->party = ((const awaiting_t *)reason)->task;
}

static int await_unfinished(harness_t *h, harness_task_t *self, harness_task_t *task) {
  awaiting_t awaiting = {.reason = {.describe = describe_task, .look = look_at_task}, .task = task};
  waiter_t waiter = {.waiting = self};
  int status;

  harness__task_watch(task, &waiter.watch, wake_waiter);
  status = harness__park(h, &awaiting.reason);
  harness__task_unwatch(&waiter.watch);
  return status;
}

int harness_await(harness_task_t *task, void **result) {
  harness_t *h = task != NULL ? task->h : NULL;
  harness_task_t *self = h != NULL ? harness__parking(h) : NULL;
  int status = 0;

  if (result != NULL)
    *result = NULL;
  if (h == NULL)
    return harness__fail(NULL, UV_EINVAL, "harness_await: the task is NULL");
  if (self == NULL)
    return harness__fail(h, UV_EPERM, "harness_await parks: it is for coroutines of the task's own harness");
  if (self->cancelled)
    return harness__park(h, NULL);
  if (self == task)
    return harness__fail(h, UV_EINVAL, "harness_await: %s would wait for itself", harness_task_name(task));
  if (task->state != HARNESS__TASK_ENDED)
    status = await_unfinished(h, self, task);
  if (status != 0)
    return status;
  harness__task_awaited(self, task);
  if (result != NULL)
    *result = task->result;
  return task->status;
}

typedef struct sleeper {
  harness__timer_t timer;
  harness_task_t *sleeping;
} sleeper_t;

static void wake_sleeper(harness__timer_t *timer) {
  harness__wake(((sleeper_t *)timer)->sleeping);
}

static void describe_sleep(const harness__reason_t *reason, harness__buffer_t *out) {
  harness__buffer_printf(out, "until %llu ms", (unsigned long long)reason->number);
}

static void look_at_sleep(const harness__reason_t *reason, harness__wait_t *wait) {
  (void)reason;
  wait->kind = HARNESS__WAIT_TIME;
}

int harness_sleep(harness_t *h, uint64_t duration_ms) {
  harness__reason_t reason = {.describe = describe_sleep, .look = look_at_sleep};
  sleeper_t sleeper = {.timer = {.fire = wake_sleeper}};
  int status;

  sleeper.sleeping = h != NULL ? harness__parking(h) : NULL;
  if (sleeper.sleeping == NULL)
    return harness__fail(h, UV_EPERM, "harness_sleep parks: it is for coroutines of a harness");
  if (sleeper.sleeping->cancelled)
    return harness__park(h, &reason);
  status = harness__agenda_set(&h->run->agenda, &sleeper.timer, harness__due_after(h, duration_ms));
  if (status != 0)
    return harness__fail(h, status, "harness_sleep: no memory for a timer");
  reason.number = sleeper.timer.due_ns / 1000000;
  status = harness__park(h, &reason);
  harness__agenda_cancel(&h->run->agenda, &sleeper.timer);
  return status;
}

static int cancel_coroutine(harness_task_t *task) {
  if (task->coroutine == NULL) {
    harness__task_end(task, UV_ECANCELED, NULL);
    return 0;
  }
  task->cancelled = true;
  task->refusals = 0;
  if (task->h->run->hooks.task_cancelled != NULL)
    task->h->run->hooks.task_cancelled(task);
  harness__wake(task);
  return 0;
}

int harness_task_cancel(harness_task_t *task) {
  if (task == NULL)
    return harness__fail(NULL, UV_EINVAL, "harness_task_cancel: the task is NULL");
  if (!harness__run_is_own_thread(task->h))
    return harness__fail(NULL, UV_EPERM, "a task is cancelled on the thread of its harness");
  if (task->state == HARNESS__TASK_ENDED)
    return UV_EALREADY;
  switch ((harness__task_kind_t)task->kind) {
  case HARNESS__TASK_COROUTINE:
    return cancel_coroutine(task);
  case HARNESS__TASK_BACKGROUND:
    return harness__call_cancel(task);
  case HARNESS__TASK_COMBINATION:
    harness__combination_cancel(task);
    return 0;
  case HARNESS__TASK_TIMER:
    return harness__timer_cancel(task);
  case HARNESS__TASK_FUTURE:
    break;
  }
  return harness__future_cancel(task);
}
