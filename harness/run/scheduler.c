/* SPDX-License-Identifier: MIT */
/*
 * One party runs at a time, and until it parks (rule 1). Coroutines that can go on stand in a queue,
 * first come, first served; nothing else happens while one stands there (rule 2).
 *
 * A test framework's failed assertion may jump from a coroutine straight to the main stack. Then
 * `current` still names the coroutine that was left, though nobody is on its stack: so whether one
 * is inside a coroutine is decided by where the caller's frame lies, and what was left is thrown
 * away when that is noticed.
 */
#include "base/slow.h"
#include "run/run.h"
#include "run/stack.h"

/* Parking calls that are refused to a cancelled coroutine before it is thrown away: it ignores the refusal.
 */
enum { REFUSALS_MOST = 10000 };

harness_task_t *harness_current_task(const harness_t *h) {
  harness_task_t *task = h != NULL ? harness__current((harness_t *)h) : NULL;

  if (task != NULL)
    task->handed_out = true;
  return task;
}

/* The coroutine that runs on this thread, of whichever harness. */
static _Thread_local harness_task_t *innermost;

harness_task_t *harness__innermost(void) {
  if (innermost != NULL && harness__coroutine_is_here(innermost->coroutine, __builtin_frame_address(0)))
    return innermost;
  return NULL;
}

const harness_task_t *harness__innermost_left_or_not(void) {
  return innermost;
}

bool harness__is_inside(harness_t *h) {
  struct harness__run *run = h->run;

  if (harness__current(h) != NULL)
    return true;
  return run->polling && harness__coroutine_is_here(run->loop_stack, __builtin_frame_address(0));
}

void harness__make_ready(harness_task_t *task) {
  struct harness__run *run = task->h->run;

  task->state = HARNESS__TASK_READY;
  task->ready_next = NULL;
  if (run->ready_first == NULL)
    run->ready_last = &run->ready_first;
  *run->ready_last = task;
  run->ready_last = &task->ready_next;
}

void harness__wake(harness_task_t *task) {
  if (task->state == HARNESS__TASK_PARKED)
    harness__make_ready(task);
}

static void switch_with_places(harness__coroutine_t *from, harness__coroutine_t *to) {
  harness__places_t aside;

  harness__place_set_aside(&aside);
  harness__coroutine_switch(from, to);
  harness__place_put_back(&aside);
}

/* Whether a call's arguments park, or run others, is seen rarely. */
static void switch_to(harness__coroutine_t *from, harness__coroutine_t *to) {
  if (harness__place_is_said())
    switch_with_places(from, to);
  else
    harness__coroutine_switch(from, to);
}

static void leave_for_main(harness_task_t *task) {
  switch_to(task->coroutine, task->h->run->main);
}

/* Whoever parks lets the next one go on where it can, without main in between. Returns when somebody has let
 * the task itself go on; false: main has to. */
static bool pass_on(harness_task_t *task) {
  struct harness__run *run = task->h->run;
  harness_task_t *next = run->ready_first;

  if (next == NULL || next->coroutine == NULL || !harness__turn_goes_on(task->h))
    return false; /* what was cancelled since it was made ready had not begun */
  run->steps++;
  run->ready_first = next->ready_next;
  next->state = HARNESS__TASK_RUNNING;
  run->current = next;
  innermost = next;
  switch_to(task->coroutine, next->coroutine);
  return true;
}

static int refuse_to_park(harness_task_t *task) {
  if (++task->refusals < REFUSALS_MOST)
    return UV_ECANCELED;
  task->abandoned = true;
  harness__task_end(task, UV_ECANCELED, NULL);
  leave_for_main(task);
  return UV_ECANCELED; /* never reached: an abandoned coroutine is not switched to again */
}

void harness__park_in_turn(harness_task_t *task) {
  harness__make_ready(task);
  leave_for_main(task);
}

int harness__park_plainly(harness_task_t *task, const harness__reason_t *reason) {
  task->reason = reason;
  task->state = HARNESS__TASK_PARKED;
  task->parked = ++task->h->run->parked;
  if (!pass_on(task))
    leave_for_main(task);
  task->reason = NULL;
  return task->cancelled ? UV_ECANCELED : 0;
}

int harness__park(harness_t *h, const harness__reason_t *reason) {
  harness_task_t *task = h->run->current;

  if (task->cancelled)
    return refuse_to_park(task);
  if (task->deadline.number != 0)
    return harness__park_until_deadline(task, reason);
  return harness__park_plainly(task, reason);
}

static void run_coroutine(void *arg) {
  harness_task_t *task = arg;
  void *result;

  if (task->kind == HARNESS__TASK_TIMER) {
    harness__timer_call(task);
    return;
  }
  result = task->fn(task->arg);
  harness__task_end(task, task->cancelled ? UV_ECANCELED : task->failure, result);
}

/* A coroutine gets its stack when it first runs: one that waits for its turn costs a task only. */
static bool begin(struct harness__run *run, harness_task_t *task) {
  task->coroutine = harness__coroutine_new(run->stack_size, run_coroutine, task, run->main);
  if (task->coroutine != NULL)
    return true;
  harness__fail(task->h, UV_ENOMEM, "%s: %s", harness_task_name(task), harness__stack_explain());
  harness__task_end(task, UV_ENOMEM, NULL);
  return false;
}

/* It has run to its end, for this time. */
static void give_back_stack(struct harness__run *run, harness_task_t *task) {
  harness__coroutine_delete(task->coroutine, !task->abandoned);
  task->coroutine = NULL;
  if (task->internal && !task->handed_out && !task->abandoned && !harness__is_slow(HARNESS__SLOW_POOLS)) {
    task->ready_next = run->spare_tasks;
    run->spare_tasks = task;
  }
}

bool harness__run_next_ready(harness_t *h) {
  struct harness__run *run = h->run;
  harness_task_t *task = run->ready_first;

  if (task == NULL)
    return false;
  run->ready_first = task->ready_next;
  if (task->state != HARNESS__TASK_READY)
    return true; /* cancelled before it began */
  if (task->coroutine == NULL && !begin(run, task))
    return true;
  task->state = HARNESS__TASK_RUNNING;
  run->current = task;
  innermost = task;
  switch_to(run->main, task->coroutine);
  task = run->current; /* who has come back: not always the one that was let go on */
  innermost = NULL;
  run->current = NULL;
  if (task->state == HARNESS__TASK_ENDED || task->state == HARNESS__TASK_WAITING)
    give_back_stack(run, task);
  return true;
}

void harness__throw_away_left(harness_t *h) {
  struct harness__run *run = h->run;
  harness_task_t *task = run->current;

  if (innermost != NULL && innermost->h == h)
    innermost = NULL;
  harness__loop_left(h);
  if (task == NULL)
    return;
  run->current = NULL;
  harness__coroutine_left_by_jump(task->coroutine, run->main);
  task->abandoned = true;
  if (task->state != HARNESS__TASK_ENDED)
    harness__task_end(task, UV_ECANCELED, NULL);
  harness__coroutine_delete(task->coroutine, false);
  task->coroutine = NULL;
}

static harness_task_t *schedule(harness_t *h, harness_function_t fn, void *arg, const char *name,
                                harness__place_t place) {
  struct harness__run *run = h->run;
  harness_task_t *task = harness__task_new(h, HARNESS__TASK_COROUTINE, place);

  if (task == NULL)
    return NULL;
  task->fn = fn;
  task->arg = arg;
  task->name = name;
  harness__make_ready(task);
  if (run->hooks.task_created != NULL)
    run->hooks.task_created(task);
  return task;
}

harness_task_t *harness__task_schedule(harness_t *h, const char *name, harness_function_t fn, void *arg,
                                       harness__place_t place) {
  const char *claimed =
      harness__task_claim(h, fn != NULL, name, HARNESS__FAMILY_CLIENT, "harness_schedule_coroutine");

  return claimed != NULL ? schedule(h, fn, arg, claimed, place) : NULL;
}

harness_task_t *harness_schedule_coroutine_named(harness_t *h, const char *name, harness_function_t fn,
                                                 void *arg) {
  return harness__task_schedule(h, name, fn, arg, harness__place_take());
}

harness_task_t *harness_schedule_coroutine(harness_t *h, harness_function_t fn, void *arg) {
  return harness__task_schedule(h, NULL, fn, arg, harness__place_take());
}

harness_task_t *harness__task_spawn(harness_t *h, harness_function_t fn, void *arg, harness__place_t place) {
  harness_task_t *task = schedule(h, fn, arg, NULL, place);

  if (task != NULL)
    task->internal = true;
  return task;
}
