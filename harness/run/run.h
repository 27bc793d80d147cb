/* SPDX-License-Identifier: MIT */
/* Private: the part of a harness that runs tasks: who is ready, what happens next, what time it is. */
#ifndef HARNESS_RUN_RUN_H
#define HARNESS_RUN_RUN_H

#include <errno.h>
#include <stdbool.h>
#include <uv.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/names.h"
#include "base/slow.h"
#include "run/agenda.h"
#include "run/coroutine.h"
#include "run/inbox.h"
#include "run/task.h"

/* Who resolved a future: the background call or, where that is NULL, the thread outside of that number; 0:
 * somebody on the harness's own thread. */
typedef struct harness__resolver {
  harness_task_t *call;
  uint64_t thread;
} harness__resolver_t;

/* What the layers above want to be told; any member may be NULL. */
typedef struct harness__run_hooks {
  void (*task_created)(harness_task_t *task);
  void (*task_ended)(harness_task_t *task);     /* before those who wait for it run */
  void (*task_cancelled)(harness_task_t *task); /* a coroutine that has begun; a future */
  void (*task_awaited)(harness_task_t *waiter, harness_task_t *task); /* waiter goes on because task ended */
  void (*call_begins)(harness_task_t *task);                          /* on the pool's thread */
  void (*call_ends)(harness_task_t *task);                            /* on the pool's thread */
  harness_task_t *(*handing_over)(harness_t *h); /* on any thread, before it resolves: its background call */
  void (*future_resolved)(harness_task_t *future, const harness__resolver_t *resolver); /* before it ends */
  void (*letter_lost)(harness_t *h);  /* something that another thread logged was lost for want of memory */
  void (*free_running)(harness_t *h); /* something free-running takes part */
  bool (*is_quiet)(harness_t *h);     /* nothing on its way from free-running peers; asked while settling */
  int (*look_outside)(harness_t *h);  /* nothing seems to be under way: takes in who stands at the door: 1
                                         where  somebody does, 0, or a code */
  int (*before_wait)(
      harness_t *h); /* the loop is about to be asked: poll what is not polled yet; 0 or a code */
  void (*report)(harness_t *h, const char *text);
  harness_task_t *(*serves_outside)(harness_t *h,
                                    size_t index); /* for the index-th free-running peer, or NULL */
  void (*describe_past)(harness_t *h, harness__buffer_t *out); /* what each party did last */
  const char *(*task_name)(const harness_task_t *task);        /* of a task that has no name of its own */
  /* Its lane's name without the number, NULL where it has none; the number, or 0; and, of what serves a
   * server's connection, where that was made. In handlers of signals, too. */
  const char *(*task_lane)(const harness_task_t *task, uint32_t *number, harness__place_t *place);
} harness__run_hooks_t;

struct harness__run {
  harness__agenda_t agenda;
  harness__arena_t arena; /* tasks, names */
  harness__names_t names;
  uint32_t counted[HARNESS__FAMILIES]; /* names given by count */
  harness_task_t *spare_tasks;
  size_t stack_size;
  bool real_time;         /* time never jumps */
  bool clock_runs;        /* time passes as real time does: always, or while the loop is waited for */
  uint64_t clock_seen_ns; /* by uv_hrtime, when now_ns was last brought up to date */
  int64_t timeout_ms;     /* negative: none */
  harness__run_hooks_t hooks;

  harness__coroutine_t *main;
  harness_task_t *current; /* the coroutine that runs; NULL: the thread's own stack */
  harness_task_t *ready_first;
  harness_task_t **ready_last;
  harness_task_t *all_first;
  harness_task_t **all_last;

  uint64_t parked;   /* coroutines, how often */
  uint64_t ended;    /* tasks, ever */
  size_t calls;      /* background calls under way */
  size_t held;       /* futures that threads outside have not resolved yet */
  size_t free_peers; /* connections to free-running peers that are open */

  harness_task_t *goal; /* the turn under way goes on until that has ended; NULL: until all is settled */
  unsigned steps;       /* of all foreground runs (run/foreground.c) */
  unsigned looks;       /* at others between them, since there was nothing to do */
  uint64_t looked_ns;   /* by uv_hrtime, the last of these */

  bool closing; /* no new tasks */
  bool failure_told;
  bool crashes_watched;
  bool in_agenda; /* an item or timer happens: no party acts */
  bool has_loop;
  bool polling;                     /* the loop is being asked */
  harness__coroutine_t *loop_stack; /* where it runs; NULL until it was first asked */
  uv_run_mode loop_mode;
  bool loop_was_left; /* by a jump: it is not turned again until all on it is closed */
  struct harness__left_stack *left_stacks;
  uv_loop_t loop;
  uv_timer_t alarm; /* ends a wait on the loop */
  uv_prepare_t before_wait;
  uint64_t wait_ended; /* ended, and the next timer's due time, when the wait began */
  uint64_t wait_due_ns;
  uv_thread_t owner;
  harness__inbox_t inbox;
  struct harness__asked *asked;   /* for a report, by a signal (run/ask.c); NULL: there is no room */
  struct harness__run *next_kept; /* closed, with futures that a thread may still hold */
};

/* After how many steps of a turn the loop and the clock are looked at, though there are more. */
enum { HARNESS__STEPS_BETWEEN_LOOKS = 256 };

int harness__run_open(harness_t *h, size_t stack_size, int64_t timeout_ms, const harness__run_hooks_t *hooks);

/* From now on time passes as real time does. */
void harness__clock_set_real(harness_t *h);

/* Where time passes as real time does, brings the harness's up to date. Its time is looked at through this,
 * or through harness_now_ms. */
uint64_t harness__clock_look(const harness_t *h);
static inline uint64_t harness__now_ns(const harness_t *h) {
  return h->run->clock_runs ? harness__clock_look(h) : h->run->agenda.now_ns;
}

static inline uint64_t harness__now_ms(const harness_t *h) {
  return harness__now_ns(h) / 1000000;
}

/* Time passes as real time does from here on, or no longer. */
void harness__clock_start(harness_t *h);
void harness__clock_stop(harness_t *h);

/* So much of it has passed, as after a start and a stop. No effect while it passes anyway. */
void harness__clock_pass(harness_t *h, uint64_t duration_ns);

/* Cancels every task and lets the coroutines unwind. Returns how many of the test's tasks had not ended; adds
 * a line for each to out. Background calls may still be under way afterwards. */
int harness__run_cancel_all(harness_t *h, harness__buffer_t *out);

/* The second part of it: no new task, each is cancelled, and coroutines unwind. */
void harness__run_unwind(harness_t *h);

/* Whether the test has failed by harness_fail. */
static inline bool harness__has_failed(const harness_t *h) {
  return atomic_load(&h->run->inbox.failed);
}

/* Where it has, and the thread's own stack runs: tells the runner, which may jump away; else the report; ends
 * what runs; and makes it the harness's error. Returns UV_ECANCELED. */
int harness__failure_tell(harness_t *h);

/* Closes foreign handles and the loop, counting and adding a line for each. Returns false where that takes
 * longer than the timeout: then nothing may be freed. */
bool harness__run_close_loop(harness_t *h, harness__buffer_t *out, int *open);

/* The harness does not wait for its background calls any longer: harness_left_running counts them. */
void harness__calls_leave(harness_t *h);

/* Frees everything; the loop must be closed. Where a future may still be resolved by a thread that nobody
 * waits for, what that needs is kept, h too, and h->run is not NULL afterwards. */
void harness__run_free(harness_t *h);

/* Whether something has happened on the loop that it has not been asked about yet. */
bool harness__loop_has_events(harness_t *h);

/* Gives the loop's stacks back. */
void harness__loop_free_stacks(struct harness__run *run);

/* Whether a thread outside holds a future and is waited for: not where one has gone that may have held it. */
bool harness__run_is_held(const struct harness__run *run);

/* Whether the calling thread is the one the harness belongs to. */
bool harness__run_is_own_thread(const harness_t *h);

/* When a wait that begins now must end, by uv_hrtime; UINT64_MAX: never. */
uint64_t harness__run_deadline(const harness_t *h);

/* The running coroutine, or NULL where the caller's frame lies on no coroutine's stack. */
static inline harness_task_t *harness__current(harness_t *h) {
  harness_task_t *task = h->run->current;

  if (task == NULL || !harness__coroutine_is_here(task->coroutine, __builtin_frame_address(0)))
    return NULL;
  return task;
}

/* The same where it may park: NULL also in a callback, which runs on a coroutine's stack and must return. */
static inline harness_task_t *harness__parking(harness_t *h) {
  harness_task_t *task = harness__current(h);

  return task != NULL && !task->in_callback ? task : NULL;
}

/* The coroutine of any harness on whose stack the caller is, or NULL. */
harness_task_t *harness__innermost(void);

/* The one that was switched to last on this thread and has not come back: it runs, or was left by a jump, or
 * NULL. In handlers of signals, too. */
const harness_task_t *harness__innermost_left_or_not(void);

/* Whether the calling frame is inside a coroutine of this harness or a callback of its loop (what was left by
 * a jump does not count). */
bool harness__is_inside(harness_t *h);

/* Parks the running coroutine until harness__wake. Returns 0; UV_ECANCELED (at once, or when cancelled
 * meanwhile); UV_ETIMEDOUT (at once where its deadline has passed, or when it passes); UV_ENOMEM where there
 * is none to set the deadline's timer. */
int harness__park(harness_t *h, const harness__reason_t *reason);

/* The parts of it: as above but for deadlines; for coroutines with one; and behind those that are ready. */
int harness__park_plainly(harness_task_t *task, const harness__reason_t *reason);
int harness__park_until_deadline(harness_task_t *task, const harness__reason_t *reason);
void harness__park_in_turn(harness_task_t *task);

/* Whether the turn goes on with parties and items: no look at the loop comes first, no report, not its end;
 * and whether there is one: coroutines that unwind run without. */
static inline bool harness__turn_goes_on(const harness_t *h) {
  const struct harness__run *run = h->run;

  return !run->closing && (run->steps + 1) % HARNESS__STEPS_BETWEEN_LOOKS != 0 &&
         (run->goal == NULL || run->goal->state != HARNESS__TASK_ENDED) && !harness__has_failed(h) &&
         !harness__is_slow(HARNESS__SLOW_TURNS);
}

/* For the coroutine that runs and is about to park: whether nothing else comes before the agenda's first
 * item, which there is. That may happen there and then, which is a step; it must not ask who runs. */
static inline bool harness__step_is_here(const harness_t *h) {
  const struct harness__run *run = h->run;
  const harness_task_t *task = run->current;

  return run->ready_first == NULL && !task->cancelled && task->deadline.number == 0 &&
         harness__agenda_next_due(&run->agenda) > run->agenda.now_ns && harness__turn_goes_on(h);
}

/* Makes a parked coroutine ready, behind those that are; one that is not parked is left alone. */
void harness__wake(harness_task_t *task);

/* Puts a coroutine behind those that are ready. */
void harness__make_ready(harness_task_t *task);

/* Runs the first ready coroutine until it parks or ends. Returns whether there was one. */
bool harness__run_next_ready(harness_t *h);

/* Throws away the coroutine and the run that were left by a jump, if any. Only where harness__is_inside is
 * false. */
void harness__throw_away_left(harness_t *h);

/* When a wait of that many milliseconds from now is over. */
uint64_t harness__due_after(const harness_t *h, uint64_t duration_ms);

/* Tells the layers above that waiter (NULL: main) goes on because task has ended; a combination stands for
 * its members. */
void harness__task_awaited(harness_task_t *waiter, harness_task_t *task);

/* What harness_task_cancel does for these kinds. */
int harness__call_cancel(harness_task_t *task);
void harness__combination_cancel(harness_task_t *task);
int harness__timer_cancel(harness_task_t *task);
int harness__future_cancel(harness_task_t *task);

/* harness_future_new for the library's own use: nothing comes before its end but what its resolver did. */
harness_task_t *harness__future_new(harness_t *h, harness__place_t place);

/* Whether somebody has resolved a future, though it may not have ended yet. Any thread. */
bool harness__future_is_resolved(const harness_task_t *task);

/* A timer's call, on its coroutine; and what its end takes back. */
void harness__timer_call(harness_task_t *task);
void harness__timer_stop(harness_task_t *task);

/* Whether a background call of this process has started libuv's pool, and how many threads that has or would
 * have. */
bool harness__pool_is_started(void);
size_t harness__pool_size(void);

/* For reports. */
void harness__calls_describe(harness_t *h,
                             harness__buffer_t *out); /* those that have not ended, a line each */
bool harness__call_has_begun(const harness_task_t *task);
long harness__call_thread(const harness_task_t *task); /* as the kernel calls it */
bool harness__future_is_held(const harness_task_t *task);
harness_task_t *harness__combination_member(const harness_task_t *task,
                                            size_t index); /* not ended, or NULL */
void harness__loop_describe(harness_t *h, harness__buffer_t *out);
void harness__combination_describe(const harness_task_t *task, harness__buffer_t *out);
void harness__timer_describe(const harness_task_t *task, harness__buffer_t *out);
void harness__future_describe(const harness_task_t *task, harness__buffer_t *out);

/* Turns everything until the task has ended, or, where task is NULL, until all is settled. Returns 0;
 * HARNESS__DEADLOCK: nothing can happen any more; UV_ETIMEDOUT. */
enum { HARNESS__DEADLOCK = -EDEADLK };
int harness__run_until(harness_t *h, harness_task_t *task);

/* Refuses NULL, other threads, coroutines and foreground runs, with a sentence; throws away what was left by
 * a jump. Returns 0 or the code. */
int harness__check_outside(harness_t *h, const char *function);

/* Makes the text the harness's error, and reports it. */
void harness__run_tell(harness_t *h, int status, harness__buffer_t *text);

/* Whether other threads are at work for the harness and will say when they have ended: background calls, and
 * those that hold a future. */
bool harness__others_work(const harness_t *h);

/* Waits until they don't, at most for the timeout. Returns 0 or UV_ETIMEDOUT. */
int harness__run_await_others(harness_t *h);

/* The loop, made on first use. NULL with a sentence. */
uv_loop_t *harness__loop(harness_t *h);

/* Whether something free-running is under way: other threads, open free peers, foreign handles on the loop.
 */
bool harness__is_free_running(harness_t *h);

/* Forgets a run of the loop that was left by a jump. */
void harness__loop_left(harness_t *h);

/* Asks the loop: waits at most wait_ns real nanoseconds (0: not at all) for something to happen, and adds the
 * time waited to the harness's, though never beyond the next timer. */
int harness__loop_poll(harness_t *h, uint64_t wait_ns);

/* What a task does or waits for, as it stands behind its name. The whole of it is run/graph.h. */
void harness__task_describe(const harness_task_t *task, harness__buffer_t *out);

#endif
