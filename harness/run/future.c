/* SPDX-License-Identifier: MIT */
/*
 * Futures: tasks that somebody ends by hand, on the harness's thread or on another one. From another thread
 * the end is handed over in a letter (run/inbox.c), which is part of the future, so that resolving never
 * wants memory.
 *
 * A future may be on its way to its end twice: a thread resolves it while the harness's thread cancels it, or
 * two threads resolve it. `stage` says who was first, and is all that more than one thread changes.
 *
 * A foreign future is one that a thread outside was given. As long as that thread has not resolved it, it is
 * at work and may do anything: it is free-running, like a background call. That holds also where the future
 * was cancelled meanwhile, since the thread still has the pointer; so closing waits for it, and where that
 * takes too long keeps the harness's memory.
 */
#include "base/jitter.h"
#include "run/run.h"

enum { STAGE_OPEN, STAGE_CANCELLED, STAGE_RESOLVED };

typedef struct future {
  harness__letter_t letter; /* must come first */
  harness_task_t *task;
  atomic_int stage;
  bool held; /* by a thread outside, until it resolves it */
  int status;
  void *result;
  harness__resolver_t resolver;
} future_t;

static future_t *future_of(const harness_task_t *task) {
  return task->part;
}

static harness_task_t *make_future(harness_t *h, const char *name, const char *function,
                                   harness__place_t place) {
  const char *claimed = harness__task_claim(h, true, name, HARNESS__FAMILY_FUTURE, function);
  harness_task_t *task;
  future_t *future;

  if (h == NULL || claimed == NULL)
    return NULL;
  future = harness__arena_alloc(&h->run->arena, sizeof *future);
  if (future == NULL) {
    harness__fail(h, UV_ENOMEM, "%s: no memory for a future", function);
    return NULL;
  }
  task = harness__task_new(h, HARNESS__TASK_FUTURE, place); /* says itself why there is none */
  if (task == NULL)
    return NULL;
  future->task = task;
  atomic_init(&future->stage, STAGE_OPEN);
  future->held = false;
  task->name = claimed;
  task->part = future;
  return task;
}

static harness_task_t *new_future(harness_t *h, const char *name, const char *function,
                                  harness__place_t place) {
  harness_task_t *task = make_future(h, name, function, place);

  if (task != NULL && h->run->hooks.task_created != NULL)
    h->run->hooks.task_created(task);
  return task;
}

harness_task_t *harness__future_new(harness_t *h, harness__place_t place) {
  return make_future(h, NULL, "harness_future_new", place);
}

harness_task_t *harness_future_new_named(harness_t *h, const char *name) {
  return new_future(h, name, "harness_future_new", harness__place_take());
}

harness_task_t *harness_future_new(harness_t *h) {
  return new_future(h, NULL, "harness_future_new", harness__place_take());
}

harness_task_t *harness_future_new_foreign(harness_t *h, const char *name) {
  harness_task_t *task = new_future(h, name, "harness_future_new_foreign", harness__place_take());

  if (task == NULL)
    return NULL;
  if (harness__loop(h) == NULL) { /* nothing could end a wait for it */
    harness__task_end(task, harness_error_code(h), NULL);
    return NULL;
  }
  future_of(task)->held = true;
  h->run->held++;
  if (h->run->hooks.free_running != NULL)
    h->run->hooks.free_running(h);
  return task;
}

static void release(future_t *future) {
  if (future->held)
    future->task->h->run->held--;
  future->held = false;
}

/* On the harness's thread. */
static void end(future_t *future) {
  harness_task_t *task = future->task;
  const harness__run_hooks_t *hooks = &task->h->run->hooks;

  release(future);
  if (task->state == HARNESS__TASK_ENDED)
    return;
  if (hooks->future_resolved != NULL)
    hooks->future_resolved(task, &future->resolver);
  harness__task_end(task, future->status, future->result);
}

static void open_letter(harness_t *h, harness__letter_t *letter) {
  if (h->run->hooks.free_running != NULL)
    h->run->hooks.free_running(h); /* when it came is chance */
  end((future_t *)letter);
}

/* Says who resolves it, and ends it or hands that over. */
static int hand_over(future_t *future, harness__side_t side) {
  harness_t *h = future->task->h;

  future->resolver = (harness__resolver_t){0};
  if (side == HARNESS__SIDE_OWN) {
    end(future);
    return 0;
  }
  harness__jitter(); /* which of several threads is the first is chance */
  future->resolver.thread = harness__thread_number();
  if (h->run->hooks.handing_over != NULL)
    future->resolver.call = h->run->hooks.handing_over(h);
  future->letter.open = open_letter;
  return harness__inbox_post(h, &future->letter);
}

static int resolve(harness_task_t *task, int status, void *result, const char *function) {
  harness__side_t side;
  future_t *future;
  int before;

  if (task == NULL || task->kind != HARNESS__TASK_FUTURE || status > 0)
    return harness__fail(NULL, UV_EINVAL, "%s: %s", function,
                         task == NULL ? "the future is NULL"
                         : status > 0 ? "the status of a failure is negative"
                                      : "the task is no future");
  side = harness__side_of(task->h);
  if (side == HARNESS__SIDE_CLOSED)
    return harness__fail(NULL, UV_ECANCELED, "%s: the harness is closed", function);
  future = future_of(task);
  before = atomic_exchange(&future->stage, STAGE_RESOLVED);
  if (before == STAGE_RESOLVED)
    return UV_EALREADY;
  future->status = status;
  future->result = result;
  status = hand_over(future, side);
  return before == STAGE_CANCELLED ? UV_EALREADY : status;
}

int harness_future_resolve(harness_task_t *future, void *result) {
  return resolve(future, 0, result, "harness_future_resolve");
}

int harness_future_fail(harness_task_t *future, int status) {
  return resolve(future, status != 0 ? status : 1, NULL, "harness_future_fail");
}

int harness__future_cancel(harness_task_t *task) {
  int open = STAGE_OPEN;

  (void)atomic_compare_exchange_strong(&future_of(task)->stage, &open, STAGE_CANCELLED);
  if (task->h->run->hooks.task_cancelled != NULL)
    task->h->run->hooks.task_cancelled(task);
  harness__task_end(task, UV_ECANCELED, NULL);
  return 0;
}

bool harness__future_is_resolved(const harness_task_t *task) {
  return atomic_load(&future_of(task)->stage) == STAGE_RESOLVED;
}

bool harness__future_is_held(const harness_task_t *task) {
  return future_of(task)->held;
}

void harness__future_describe(const harness_task_t *task, harness__buffer_t *out) {
  harness__buffer_string(out, future_of(task)->held
                                  ? "waits for a thread outside of the harness to resolve it"
                                  : "is a future that nobody has resolved");
}
