/* SPDX-License-Identifier: MIT */
/*
 * Tasks made of tasks: all, first, and one with a time limit. Each watches its members and ends when
 * what it stands for has happened; it takes its watches back as it ends, so that a member may
 * outlive it. Memory is the run's arena.
 */
#include <string.h>

#include "run/run.h"

typedef struct member {
  harness__watch_t watch;
  harness_task_t *whole;
} member_t;

typedef enum rule { RULE_ALL, RULE_FIRST, RULE_LIMIT } rule_t;

typedef struct combination {
  harness__timer_t timer; /* RULE_LIMIT */
  harness_task_t *whole;
  rule_t rule;
  size_t count;
  size_t unfinished;
  harness_task_t **tasks;
  member_t *members;
} combination_t;

static void finish(combination_t *c, int status, void *result) {
  for (size_t i = 0; i < c->count; i++)
    harness__task_unwatch(&c->members[i].watch);
  harness__agenda_cancel(&c->whole->h->run->agenda, &c->timer);
  harness__task_end(c->whole, status, result);
}

static int first_failure(const combination_t *c) {
  for (size_t i = 0; i < c->count; i++) {
    if (c->tasks[i]->status != 0)
      return c->tasks[i]->status;
  }
  return 0;
}

static void note_end(combination_t *c, harness_task_t *task) {
  c->unfinished--;
  if (c->rule == RULE_LIMIT)
    finish(c, task->status, task->result);
  else if (c->rule == RULE_FIRST)
    finish(c, 0, task);
  else if (c->unfinished == 0)
    finish(c, first_failure(c), NULL);
}

static void member_ended(harness__watch_t *watch, harness_task_t *task) {
  note_end(((member_t *)watch)->whole->part, task);
}

static void time_is_up(harness__timer_t *timer) {
  combination_t *c = (combination_t *)timer;
  harness_task_t *task = c->tasks[0];

  finish(c, UV_ETIMEDOUT, NULL);
  (void)harness_task_cancel(task);
}

void harness__combination_cancel(harness_task_t *task) {
  combination_t *c = task->part;
  harness_task_t *inner = c->rule == RULE_LIMIT ? c->tasks[0] : NULL;

  finish(c, UV_ECANCELED, NULL);
  if (inner != NULL)
    (void)harness_task_cancel(inner);
}

static bool check_members(harness_t *h, harness_task_t *const *tasks, size_t count, const char *function) {
  if (h == NULL || tasks == NULL || count == 0) {
    harness__fail(h, UV_EINVAL, "%s: %s", function,
                  h == NULL ? "the harness is NULL" : "there is no task to wait for");
    return false;
  }
  for (size_t i = 0; i < count; i++) {
    if (!harness__task_check(h, tasks[i], function))
      return false;
  }
  return true;
}

static combination_t *allocate(harness_t *h, size_t count) {
  harness__arena_t *arena = &h->run->arena;
  combination_t *c = harness__arena_alloc(arena, sizeof *c);

  if (c == NULL || count > SIZE_MAX / sizeof *c->members)
    return NULL;
  memset(c, 0, sizeof *c);
  c->tasks = harness__arena_alloc(arena, count * sizeof(harness_task_t *));
  c->members = harness__arena_alloc(arena, count * sizeof *c->members);
  if (c->tasks == NULL || c->members == NULL)
    return NULL;
  memset(c->members, 0, count * sizeof *c->members);
  c->count = count;
  return c;
}

static harness_task_t *combine(harness_t *h, harness_task_t *const *tasks, size_t count, rule_t rule,
                               harness__place_t place) {
  combination_t *c = allocate(h, count);
  harness_task_t *whole = c != NULL ? harness__task_new(h, HARNESS__TASK_COMBINATION, place) : NULL;

  if (c == NULL)
    harness__fail(h, UV_ENOMEM, "no memory to wait for %zu tasks", count);
  if (whole == NULL) /* else the task says why */
    return NULL;
  whole->name = rule == RULE_ALL ? "all" : rule == RULE_FIRST ? "the first" : "the wait";
  whole->part = c;
  c->whole = whole;
  c->rule = rule;
  c->unfinished = count;
  memcpy(c->tasks, tasks, count * sizeof(harness_task_t *));
  for (size_t i = 0; i < count; i++)
    c->members[i].whole = whole;
  for (size_t i = 0; i < count && whole->state != HARNESS__TASK_ENDED; i++) {
    if (tasks[i]->state == HARNESS__TASK_ENDED)
      note_end(c, tasks[i]);
    else
      harness__task_watch(tasks[i], &c->members[i].watch, member_ended);
  }
  return whole;
}

harness_task_t *harness_wait_all(harness_t *h, harness_task_t *const *tasks, size_t count) {
  harness__place_t place = harness__place_take();

  return check_members(h, tasks, count, "harness_wait_all") ? combine(h, tasks, count, RULE_ALL, place)
                                                            : NULL;
}

harness_task_t *harness_wait_first(harness_t *h, harness_task_t *const *tasks, size_t count) {
  harness__place_t place = harness__place_take();

  return check_members(h, tasks, count, "harness_wait_first") ? combine(h, tasks, count, RULE_FIRST, place)
                                                              : NULL;
}

harness_task_t *harness_wait_for(harness_t *h, harness_task_t *task, uint64_t timeout_ms) {
  harness__place_t place = harness__place_take();
  harness_task_t *whole;
  combination_t *c;

  if (!harness__task_check(h, task, "harness_wait_for"))
    return NULL;
  whole = combine(h, &task, 1, RULE_LIMIT, place);
  if (whole == NULL || whole->state == HARNESS__TASK_ENDED)
    return whole;
  c = whole->part;
  c->timer.fire = time_is_up;
  if (harness__agenda_set(&h->run->agenda, &c->timer, harness__due_after(h, timeout_ms)) != 0) {
    finish(c, UV_ENOMEM, NULL);
    harness__fail(h, UV_ENOMEM, "harness_wait_for: no memory for a timer");
    return NULL;
  }
  return whole;
}

/* Who waited for a combination waited for those of its members that made it end. */
void harness__task_awaited(harness_task_t *waiter, harness_task_t *task) {
  const combination_t *c = task->kind == HARNESS__TASK_COMBINATION ? task->part : NULL;
  harness__run_hooks_t *hooks = &task->h->run->hooks;

  if (c == NULL) {
    if (hooks->task_awaited != NULL)
      hooks->task_awaited(waiter, task);
  } else if (c->rule == RULE_FIRST) {
    if (task->result != NULL)
      harness__task_awaited(waiter, task->result);
  } else if (c->unfinished == 0) {
    for (size_t i = 0; i < c->count; i++)
      harness__task_awaited(waiter, c->tasks[i]);
  }
}

harness_task_t *harness__combination_member(const harness_task_t *task, size_t index) {
  const combination_t *c = task->part;

  for (size_t i = 0; i < c->count; i++) {
    if (c->tasks[i]->state != HARNESS__TASK_ENDED && index-- == 0)
      return c->tasks[i];
  }
  return NULL;
}

void harness__combination_describe(const harness_task_t *task, harness__buffer_t *out) {
  const combination_t *c = task->part;
  bool some = false;

  harness__buffer_string(out, c->rule == RULE_FIRST ? "for one of" : "for");
  for (size_t i = 0; i < c->count; i++) {
    if (c->tasks[i]->state == HARNESS__TASK_ENDED)
      continue;
    harness__buffer_printf(out, "%s %s", some ? "," : "", harness_task_name(c->tasks[i]));
    some = true;
  }
}
