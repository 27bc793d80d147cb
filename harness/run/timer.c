/* SPDX-License-Identifier: MIT */
/*
 * Timers that call back. A callback runs on a coroutine's stack, since an assertion of a test framework may
 * leave it by a jump, and what is left like that is thrown away as a coroutine is. But a timer has a stack
 * only while its callback runs: it is a task that waits without one, is made ready by its timer in the
 * agenda, and, where it is periodic, goes back to waiting. As callbacks can't park, one stack of the pool
 * serves all timers.
 *
 * What can go wrong: periods drift (each due time is the last due time and the interval, never the
 * time of the call, and the timer is set again before the call); a timer is cancelled when it is due and not
 * yet called (ending the task is enough: one that is not ready is not run), by its own callback (it ends when
 * that returns) or by a jump out of it (its end takes the agenda's timer back).
 */
#include <string.h>

#include "run/run.h"

typedef struct call {
  harness__timer_t timer;
  harness_task_t *task;
  harness_callback_t fn;
  uint64_t interval_ns; /* 0: once */
} call_t;

static void on_due(harness__timer_t *timer) {
  call_t *call = (call_t *)timer;
  uint64_t most = UINT64_MAX - 1 - timer->due_ns;

  /* It has just left its place in the agenda, so there is room for it. */
  if (call->interval_ns != 0)
    (void)harness__agenda_set(&call->task->h->run->agenda, timer,
                              timer->due_ns + (call->interval_ns < most ? call->interval_ns : most));
  harness__make_ready(call->task);
}

void harness__timer_call(harness_task_t *task) {
  call_t *call = task->part;

  call->fn(task->arg);
  if (task->cancelled || call->interval_ns == 0)
    harness__task_end(task, task->cancelled ? UV_ECANCELED : 0, NULL);
  else
    task->state = HARNESS__TASK_WAITING;
}

void harness__timer_stop(harness_task_t *task) {
  harness__agenda_cancel(&task->h->run->agenda, &((call_t *)task->part)->timer);
}

int harness__timer_cancel(harness_task_t *task) {
  if (task->state == HARNESS__TASK_RUNNING)
    task->cancelled = true;
  else
    harness__task_end(task, UV_ECANCELED, NULL);
  return 0;
}

void harness__timer_describe(const harness_task_t *task, harness__buffer_t *out) {
  const call_t *call = task->part;
  unsigned long long due_ms = call->timer.due_ns / 1000000;

  if (task->state == HARNESS__TASK_RUNNING)
    harness__buffer_string(out, "is a timer whose callback runs");
  else if (task->state == HARNESS__TASK_READY)
    harness__buffer_string(out, "is a timer that is about to be called");
  else if (call->interval_ns == 0)
    harness__buffer_printf(out, "is a timer, due at %llu ms", due_ms);
  else
    harness__buffer_printf(out, "is a timer, due at %llu ms and every %llu ms", due_ms,
                           (unsigned long long)(call->interval_ns / 1000000));
}

static call_t *new_call(harness_t *h, harness_callback_t fn, void *arg, const char *function,
                        harness__place_t place) {
  const char *name = harness__task_claim(h, fn != NULL, NULL, HARNESS__FAMILY_TIMER, function);
  call_t *call = name != NULL ? harness__arena_alloc(&h->run->arena, sizeof *call) : NULL;
  harness_task_t *task = call != NULL ? harness__task_new(h, HARNESS__TASK_TIMER, place) : NULL;

  if (task == NULL) {
    if (name != NULL)
      harness__fail(h, UV_ENOMEM, "%s: no memory for a timer", function);
    return NULL;
  }
  memset(call, 0, sizeof *call);
  call->timer.fire = on_due;
  call->task = task;
  call->fn = fn;
  task->name = name;
  task->arg = arg;
  task->part = call;
  task->in_callback = true; /* all it ever does */
  return call;
}

static harness_task_t *start(harness_t *h, call_t *call, uint64_t delay_ms, const char *function) {
  const harness__run_hooks_t *hooks = &h->run->hooks;

  if (harness__agenda_set(&h->run->agenda, &call->timer, harness__due_after(h, delay_ms)) != 0) {
    harness__task_end(call->task, UV_ENOMEM, NULL);
    harness__fail(h, UV_ENOMEM, "%s: no memory for a timer", function);
    return NULL;
  }
  if (hooks->task_created != NULL)
    hooks->task_created(call->task);
  return call->task;
}

harness_task_t *harness_call_later(harness_t *h, uint64_t delay_ms, harness_callback_t fn, void *arg) {
  call_t *call = new_call(h, fn, arg, "harness_call_later", harness__place_take());

  return call != NULL ? start(h, call, delay_ms, "harness_call_later") : NULL;
}

harness_task_t *harness_call_every(harness_t *h, uint64_t interval_ms, harness_callback_t fn, void *arg) {
  harness__place_t place = harness__place_take();
  call_t *call;

  if (interval_ms == 0) {
    harness__fail(h, UV_EINVAL, "harness_call_every: an interval of 0 ms would never let time pass");
    return NULL;
  }
  call = new_call(h, fn, arg, "harness_call_every", place);
  if (call == NULL)
    return NULL;
  call->interval_ns = (interval_ms < UINT64_MAX / 1000000 ? interval_ms : UINT64_MAX / 1000000) * 1000000;
  return start(h, call, interval_ms, "harness_call_every");
}
