/* SPDX-License-Identifier: MIT */
/*
 * The turn. In this order, again from the top after each step:
 *
 *   1. a ready coroutine runs until it parks;
 *   2. the next due item or timer happens (rule 2);
 *   3. nothing is due: where something free-running is under way, the loop is asked and waited for,
 *      and time passes as real time does (run/clock.c); else, where a timer is set, time jumps to it (rule
 * 7);
 *   4. else nothing can happen any more: settled, or a deadlock (rule 8).
 *
 * The goal is looked at before each step. A loop of steps that never gets to 3 (two parties that
 * talk without end) still asks the loop and the clock every so many steps, also where each of many runs is
 * shorter than that, so that free-running parties are heard and the deadline holds.
 *
 * While something is free-running, time passes as real time does, but only in 3: what parties of the harness
 * compute takes none, so that a limit of theirs does not depend on how fast the machine is. Of those that
 * talk without end it takes some, after so many looks: else no timer would ever be due.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/ask.h"
#include "run/crash.h"
#include "run/graph.h"
#include "run/run.h"

enum { LOOKS_BEFORE_TIME_PASSES = 64, SETTLE_WAIT_NS = 1000000 };
#define LONG_WAIT_NS (UINT64_C(3600) * 1000000000)

typedef struct turn {
  harness_t *h;
  harness_task_t *task; /* NULL: until settled */
  uint64_t began_ns;    /* in the harness's time */
  uint64_t deadline_ns; /* real; UINT64_MAX: none */
} turn_t;

static bool is_traced(void) {
  static const char field[] = "TracerPid:";
  char line[256];
  bool traced = false;
  FILE *status = fopen("/proc/self/status", "re");

  if (status == NULL)
    return false;
  while (fgets(line, sizeof line, status) != NULL) {
    if (strncmp(line, field, sizeof field - 1) == 0)
      traced = strtol(line + sizeof field - 1, NULL, 10) != 0;
  }
  (void)fclose(status);
  return traced;
}

uint64_t harness__run_deadline(const harness_t *h) {
  int64_t timeout_ms = h->run->timeout_ms;

  if (timeout_ms < 0 || timeout_ms > INT64_MAX / 2000000)
    return UINT64_MAX;
  return uv_hrtime() + (uint64_t)timeout_ms * 1000000;
}

static bool is_late(turn_t *turn) {
  if (turn->deadline_ns == UINT64_MAX || uv_hrtime() < turn->deadline_ns)
    return false;
  if (!is_traced())
    return true;
  turn->deadline_ns = UINT64_MAX; /* someone looks at it in a debugger: they have all the time they want */
  return false;
}

/* How long the loop may be waited for: until the next timer or the deadline. */
static uint64_t wait_of(const turn_t *turn, uint64_t most_ns) {
  const harness__agenda_t *agenda = &turn->h->run->agenda;
  uint64_t due = harness__agenda_next_due(agenda);
  uint64_t real = uv_hrtime();
  uint64_t wait = most_ns;

  if (due <= agenda->now_ns)
    wait = 0;
  else if (due != UINT64_MAX && due - agenda->now_ns < wait)
    wait = due - agenda->now_ns;
  if (turn->deadline_ns != UINT64_MAX) {
    uint64_t left = turn->deadline_ns > real ? turn->deadline_ns - real : 1;
    wait = left < wait ? left : wait;
  }
  return wait;
}

/* Time must not jump over what a client has sent or a thread has done that nobody has seen yet. Returns 1
 * where there was such a thing, 0, or a code. */
static int somebody_came(harness_t *h) {
  if (harness__inbox_take(h))
    return 1;
  return h->run->hooks.look_outside != NULL ? h->run->hooks.look_outside(h) : 0;
}

static int idle_for_task(turn_t *turn) {
  struct harness__run *run = turn->h->run;
  uint64_t due = harness__agenda_next_due(&run->agenda);
  int came;

  if (harness__is_free_running(turn->h) || (run->real_time && due != UINT64_MAX)) {
    int status = harness__loop_poll(turn->h, wait_of(turn, LONG_WAIT_NS));
    return status == 0 && is_late(turn) ? UV_ETIMEDOUT : status;
  }
  came = somebody_came(turn->h);
  if (came != 0)
    return came > 0 ? 0 : came;
  if (due == UINT64_MAX)
    return HARNESS__DEADLOCK;
  run->agenda.now_ns = due;
  return 0;
}

bool harness__run_is_held(const struct harness__run *run) {
  return run->held > 0 && !atomic_load(&run->inbox.thread_lost);
}

bool harness__others_work(const harness_t *h) {
  return h->run->calls > 0 || harness__run_is_held(h->run);
}

/* While settling, a timer only fires when others are at work: it may be what they wait for. */
static int idle_for_settled(turn_t *turn, bool *settled) {
  struct harness__run *run = turn->h->run;
  int status;

  *settled = false;
  if (!harness__is_free_running(turn->h)) {
    status = somebody_came(turn->h);
    *settled = status == 0;
    return status < 0 ? status : 0;
  }
  status = harness__loop_poll(turn->h, harness__others_work(turn->h) ? wait_of(turn, LONG_WAIT_NS) : 0);
  if (status == 0 && !harness__others_work(turn->h) && run->ready_first == NULL &&
      run->agenda.first == NULL && !harness__loop_has_events(turn->h)) {
    *settled = run->hooks.is_quiet == NULL || run->hooks.is_quiet(turn->h);
    if (!*settled)
      status = harness__loop_poll(turn->h, wait_of(turn, SETTLE_WAIT_NS));
  }
  return status == 0 && !*settled && is_late(turn) ? UV_ETIMEDOUT : status;
}

static bool is_with_timers(const turn_t *turn) {
  return turn->task != NULL || harness__others_work(turn->h);
}

/* The time since the last look, where there has been no time to wait for so many looks. */
static void let_time_pass(harness_t *h) {
  struct harness__run *run = h->run;
  uint64_t real = uv_hrtime();

  if (run->looks < LOOKS_BEFORE_TIME_PASSES)
    run->looks++;
  else
    harness__clock_pass(h, real - run->looked_ns);
  run->looked_ns = real;
}

static int look_around(turn_t *turn) {
  int status = 0;

  if (harness__is_free_running(turn->h)) {
    if (is_with_timers(turn))
      let_time_pass(turn->h);
    status = harness__loop_poll(turn->h, 0);
  } else {
    turn->h->run->looks = 0;
  }
  (void)harness__inbox_take(turn->h);
  return status == 0 && is_late(turn) ? UV_ETIMEDOUT : status;
}

static bool step_agenda(struct harness__run *run, bool with_timers) {
  bool stepped;

  run->in_agenda = true;
  stepped = harness__agenda_step(&run->agenda, with_timers);
  run->in_agenda = false;
  return stepped;
}

static int idle(turn_t *turn, bool *settled) {
  turn->h->run->looks = 0;
  return turn->task != NULL ? idle_for_task(turn) : idle_for_settled(turn, settled);
}

static int take_turns(turn_t *turn) {
  harness_t *h = turn->h;
  struct harness__run *run = h->run;

  run->goal = turn->task;
  for (;;) {
    bool settled = false;
    int status = 0;

    harness__ask_answer(h, turn->task);
    if (harness__has_failed(h))
      return UV_ECANCELED;
    if (turn->task != NULL && turn->task->state == HARNESS__TASK_ENDED)
      return 0;
    if (run->real_time)
      (void)harness__now_ns(h);
    if (++run->steps % HARNESS__STEPS_BETWEEN_LOOKS == 0)
      status = look_around(turn);
    else if (harness__run_next_ready(h))
      continue;
    else if (step_agenda(run, is_with_timers(turn)))
      continue;
    else
      status = idle(turn, &settled);
    if (status != 0 || settled)
      return harness__has_failed(h) ? UV_ECANCELED : status;
  }
}

static turn_t begin(harness_t *h, harness_task_t *task) {
  return (turn_t){
      .h = h, .task = task, .began_ns = harness__now_ns(h), .deadline_ns = harness__run_deadline(h)};
}

int harness__run_until(harness_t *h, harness_task_t *task) {
  turn_t turn = begin(h, task);

  return take_turns(&turn);
}

int harness__run_await_others(harness_t *h) {
  turn_t turn = begin(h, NULL);

  while (harness__others_work(h)) {
    int status = harness__loop_poll(h, wait_of(&turn, LONG_WAIT_NS));
    harness__ask_answer(h, NULL);
    if (status != 0 || (harness__others_work(h) && is_late(&turn)))
      return status != 0 ? status : UV_ETIMEDOUT;
  }
  return 0;
}

int harness__check_outside(harness_t *h, const char *function) {
  harness_task_t *innermost = harness__innermost();

  if (h == NULL)
    return harness__fail(NULL, UV_EINVAL, "%s: the harness is NULL", function);
  if (!harness__run_is_own_thread(h))
    return harness__fail(NULL, UV_EPERM, "%s: the harness belongs to another thread", function);
  if (innermost != NULL)
    return harness__fail(h, UV_EBUSY, "%s is not for coroutines (called in %s); there, use harness_await",
                         function, harness_task_name(innermost));
  if (harness__is_inside(h))
    return harness__fail(h, UV_EBUSY, "%s: a foreground run is under way", function);
  harness__throw_away_left(h);
  return 0;
}

/* The report gets a text of its own: what it calls may fail, and so change the harness's error. */
void harness__run_tell(harness_t *h, int status, harness__buffer_t *text) {
  harness__buffer_t copy = {0};

  harness__buffer_add(&copy, text->text, text->length);
  harness__fail_text(h, status, harness__buffer_take(text));
  if (h->run->hooks.report != NULL && copy.text != NULL)
    h->run->hooks.report(h, copy.text);
  harness__buffer_free(&copy);
}

/* The first line of a report: who is to blame. */
static void add_culprit(turn_t *turn, const char *what, harness__buffer_t *out) {
  harness__buffer_string(out, what);
  harness__culprit_describe(turn->h, turn->task, out);
  harness__buffer_char(out, '\n');
}

static void explain(turn_t *turn, int status) {
  const harness_task_t *task = turn->task;
  harness__buffer_t text = {0};
  harness_t *h = turn->h;

  if (status == HARNESS__DEADLOCK)
    add_culprit(turn, "deadlock: ", &text);
  else if (status != UV_ETIMEDOUT)
    harness__buffer_printf(&text, "main can't wait for %s: %s\n", harness_task_name(task),
                           uv_strerror(status));
  else
    add_culprit(turn, "the time is up: ", &text);
  if (status == UV_ETIMEDOUT)
    harness__buffer_printf(&text,
                           "  main has waited for %s for %lld ms, in which the harness's time has come "
                           "from %llu to %llu ms\n",
                           harness_task_name(task), (long long)h->run->timeout_ms,
                           (unsigned long long)(turn->began_ns / 1000000),
                           (unsigned long long)harness_now_ms(h));
  else if (status == HARNESS__DEADLOCK)
    harness__buffer_printf(&text, "  main waits for %s, and nothing can happen any more\n",
                           harness_task_name(task));
  harness__run_describe(h, &text);
  harness__run_tell(h, status, &text);
}

void *harness_run_in_foreground(harness_t *h, harness_task_t *task) {
  turn_t turn;
  int status;

  if (!harness__task_check(h, task, "harness_run_in_foreground"))
    return NULL;
  if (harness__check_outside(h, "harness_run_in_foreground") != 0)
    return NULL;
  harness__crash_watch(h);
  turn = begin(h, task);
  status = take_turns(&turn);
  if (harness__has_failed(h)) {
    (void)harness__failure_tell(h);
    return NULL;
  }
  if (status != 0) {
    explain(&turn, status);
    return NULL;
  }
  harness__task_awaited(NULL, task);
  if (task->status != 0) {
    harness__fail(h, task->status, "%s ended with %s (%s)", harness_task_name(task),
                  uv_err_name(task->status), uv_strerror(task->status));
    return NULL;
  }
  return task->result;
}
