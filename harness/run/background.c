/* SPDX-License-Identifier: MIT */
/*
 * Background calls: blocking functions on libuv's thread pool. The pool is the process's, made on
 * first use with UV_THREADPOOL_SIZE threads, 4 unless told; as calls may block on each other's
 * progress, four would be a deadlock that nobody asked for, so the harness asks for more unless the
 * user has spoken (run/pool_threads.c). The function runs on its own thread and touches nothing of the
 * harness but its notes (the lane's events, see network/lane.c); its end is told on the loop's thread.
 *
 * A runner whose assertion fails inside a call leaves it by harness_leave_thread: a jump to where the pool's
 * thread entered the function, so that the thread is free for the next call.
 */
#undef _FORTIFY_SOURCE /* its longjmp forbids to leave a stack for one that lies elsewhere */
#define _FORTIFY_SOURCE 0

#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include <harness/runner.h>

#include "base/jitter.h"
#include "run/crash.h"
#include "run/pool_threads.h"
#include "run/run.h"

/* LEFT: its harness was closed, and did not wait any longer. */
enum { CALL_QUEUED, CALL_RUNNING, CALL_LEFT, CALL_RETURNED };

static atomic_int left; /* calls of the process */

typedef struct call {
  uv_work_t work;
  harness_task_t *task;
  void *result;
  bool left;
  atomic_int progress;
  atomic_long thread;
} call_t;

static _Thread_local jmp_buf *entry; /* of the call that runs on this thread */

/* In a frame of its own, which no variable of the caller's survives a jump in. */
static void enter(call_t *call) {
  jmp_buf here;

  entry = &here;
  if (_setjmp(here) == 0)
    call->result = call->task->fn(call->task->arg);
  else
    call->left = true;
  entry = NULL;
}

void harness_leave_thread(void) {
  if (entry != NULL)
    _longjmp(*entry, 1);
  harness__inbox_lose_thread();
  pthread_exit(NULL);
}

/* Neither is true of the child of a fork: it has no pool until it starts one, and its one thread has another
 * number. */
static atomic_bool pool_is_started;
static _Thread_local long own_number; /* of this thread, as the kernel calls it; 0: not asked yet */

static void begin_child(void) {
  atomic_store(&pool_is_started, false);
  own_number = 0;
}

static void watch_forks(void) {
  (void)pthread_atfork(NULL, NULL, begin_child);
}

bool harness__pool_is_started(void) {
  return atomic_load(&pool_is_started);
}

static void note_pool(void) {
  static pthread_once_t watched = PTHREAD_ONCE_INIT;

  (void)pthread_once(&watched, watch_forks);
  if (!atomic_load_explicit(&pool_is_started, memory_order_relaxed))
    atomic_store(&pool_is_started, true);
}

static long number_of_thread(void) {
  if (own_number == 0)
    own_number = (long)gettid();
  return own_number;
}

/* As libuv reads it. */
size_t harness__pool_size(void) {
  enum { UNLESS_TOLD = 4, MOST = 1024 };
  const char *text = getenv("UV_THREADPOOL_SIZE");
  long size = text != NULL ? strtol(text, NULL, 10) : UNLESS_TOLD;

  return size < 1 ? 1 : size > MOST ? MOST : (size_t)size;
}

static void on_pool_thread(uv_work_t *work) {
  call_t *call = work->data;
  harness_task_t *task = call->task;
  harness__run_hooks_t *hooks = &task->h->run->hooks;

  atomic_store(&call->thread, number_of_thread());
  atomic_store(&call->progress, CALL_RUNNING);
  harness__fault_foreign_thread(true);
  if (hooks->call_begins != NULL)
    hooks->call_begins(task);
  harness__jitter();
  harness__crash_call(task);
  enter(call);
  harness__crash_call(NULL);
  if (hooks->call_ends != NULL)
    hooks->call_ends(task);
  harness__fault_foreign_thread(false);
  if (atomic_exchange(&call->progress, CALL_RETURNED) == CALL_LEFT)
    atomic_fetch_sub(&left, 1);
}

static void on_loop_thread(uv_work_t *work, int status) {
  call_t *call = work->data;
  harness_task_t *task = call->task;

  task->h->run->calls--;
  (void)harness__inbox_take(task->h); /* what the call handed over comes before its end */
  if (status == 0 && call->left)
    status = UV_ECANCELED;
  harness__task_end(task, status, status == 0 ? call->result : NULL);
}

static bool have_threads(harness_t *h) {
  int status = harness__threads_make_sure();

  if (status != 0)
    harness__fail(h, status, "harness_call_in_background: no thread can be made: %s", uv_strerror(status));
  return status == 0;
}

static harness_task_t *start(harness_t *h, const char *name, harness_function_t fn, void *arg,
                             harness__place_t place) {
  struct harness__run *run = h->run;
  uv_loop_t *loop = harness__loop(h);
  call_t *call = harness__arena_alloc(&run->arena, sizeof *call);
  harness_task_t *task =
      loop != NULL && call != NULL ? harness__task_new(h, HARNESS__TASK_BACKGROUND, place) : NULL;

  if (loop != NULL && call == NULL)
    harness__fail(h, UV_ENOMEM, "harness_call_in_background: no memory for a call");
  if (task == NULL) /* else the loop or the task says why */
    return NULL;
  task->fn = fn;
  task->arg = arg;
  task->name = name;
  task->part = call;
  call->task = task;
  call->work.data = call;
  call->result = NULL;
  call->left = false;
  atomic_init(&call->progress, CALL_QUEUED);
  atomic_init(&call->thread, 0);
  if (run->hooks.task_created != NULL)
    run->hooks.task_created(task);
  if (run->hooks.free_running != NULL)
    run->hooks.free_running(h);
  harness__crash_watch(h);
  run->calls++;
  note_pool();
  (void)uv_queue_work(loop, &call->work, on_pool_thread, on_loop_thread); /* fails only without a function */
  return task;
}

static harness_task_t *call_at(harness_t *h, const char *name, harness_function_t fn, void *arg,
                               harness__place_t place) {
  const char *claimed =
      harness__task_claim(h, fn != NULL, name, HARNESS__FAMILY_CLIENT, "harness_call_in_background");

  return claimed != NULL && have_threads(h) ? start(h, claimed, fn, arg, place) : NULL;
}

harness_task_t *harness_call_in_background_named(harness_t *h, const char *name, harness_function_t fn,
                                                 void *arg) {
  return call_at(h, name, fn, arg, harness__place_take());
}

harness_task_t *harness_call_in_background(harness_t *h, harness_function_t fn, void *arg) {
  return call_at(h, NULL, fn, arg, harness__place_take());
}

int harness__call_cancel(harness_task_t *task) {
  call_t *call = task->part;
  int status = uv_cancel((uv_req_t *)&call->work);

  return status == 0 ? 0 : UV_EBUSY;
}

bool harness__call_has_begun(const harness_task_t *task) {
  const call_t *call = task->part;
  return atomic_load(&call->progress) != CALL_QUEUED;
}

long harness__call_thread(const harness_task_t *task) {
  const call_t *call = task->part;
  return atomic_load(&call->thread);
}

void harness__calls_describe(harness_t *h, harness__buffer_t *out) {
  for (const harness_task_t *task = h->run->all_first; task != NULL; task = task->all_next) {
    if (task->kind != HARNESS__TASK_BACKGROUND)
      continue;
    harness__buffer_printf(out, "  background call %s did not end in time: it ", harness_task_name(task));
    harness__task_describe(task, out);
    harness__place_add(out, ", made at ", task->place, "");
    harness__buffer_string(out, "; what it uses is left as it is\n");
  }
}

void harness__calls_leave(harness_t *h) {
  for (const harness_task_t *task = h->run->all_first; task != NULL; task = task->all_next) {
    call_t *call = task->part;
    int running = CALL_RUNNING;

    if (task->kind != HARNESS__TASK_BACKGROUND)
      continue;
    atomic_fetch_add(&left, 1);
    if (!atomic_compare_exchange_strong(&call->progress, &running, CALL_LEFT))
      atomic_fetch_sub(&left, 1); /* it has returned meanwhile, was left before, or has no thread yet */
  }
}

int harness_left_running(void) {
  return atomic_load(&left);
}
