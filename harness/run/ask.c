/* SPDX-License-Identifier: MIT */
/*
 * SIGUSR1. The handler can't look at anything that may be in the middle of a change: so it marks every open
 * harness as asked and ends the waits on their loops, and each answers on its own thread between two steps.
 *
 * A coroutine that never parks never comes to that. So the thread of each harness gets the signal, too, and
 * where a task runs there when it comes, its handler says so at once, as that of a crash does.
 *
 * The open harnesses stand in slots that are never freed, and what a handler may do with one is atomic. A
 * loop's bell may not go while a handler rings it: whoever takes it down waits for the handlers that are
 * under way, which wait for nobody. Where all slots are taken, a further harness is not asked.
 */
#include "run/ask.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "run/crash.h"
#include "run/graph.h"
#include "run/run.h"

enum { SLOTS = 64 };

struct harness__asked {
  atomic_bool used;
  atomic_bool asked;
  atomic_bool passed_on; /* a signal, to its thread, and it has not come there yet */
  atomic_long thread;    /* of the harness, as the kernel calls it */
  _Atomic(uv_async_t *) bell;
};

static struct harness__asked slots[SLOTS];
static atomic_int ringing; /* handlers under way */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static size_t answering; /* harnesses, under the lock */

/* Whether the signal was passed on to the calling thread: its harnesses have been asked. */
static bool was_passed_on(long self) {
  bool passed_on = false;

  for (size_t i = 0; i < SLOTS; i++) {
    if (atomic_load(&slots[i].thread) == self && atomic_exchange(&slots[i].passed_on, false))
      passed_on = true;
  }
  return passed_on;
}

static void ring_all(long self) {
  for (size_t i = 0; i < SLOTS; i++) {
    long thread = atomic_load(&slots[i].thread);
    uv_async_t *bell;

    if (!atomic_load(&slots[i].used))
      continue;
    atomic_store(&slots[i].asked, true);
    bell = atomic_load(&slots[i].bell);
    if (bell != NULL)
      (void)uv_async_send(bell);
    if (thread == self)
      continue;
    atomic_store(&slots[i].passed_on, true);
    (void)syscall(SYS_tgkill, (long)getpid(), thread, SIGUSR1);
  }
}

static void on_signal(int signal, siginfo_t *info, void *context) {
  long self = syscall(SYS_gettid);
  int error = errno;

  (void)signal;
  (void)info;
  atomic_fetch_add(&ringing, 1);
  if (!was_passed_on(self))
    ring_all(self);
  harness__crash_say_task("SIGUSR1", context);
  atomic_fetch_sub(&ringing, 1);
  errno = error;
}

static bool is_ours(const struct sigaction *action) {
  return (action->sa_flags & SA_SIGINFO) != 0 && action->sa_sigaction == on_signal;
}

static void take_signal(void) {
  struct sigaction ours = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
  struct sigaction before;

  (void)sigemptyset(&ours.sa_mask);
  if (sigaction(SIGUSR1, NULL, &before) == 0 && (before.sa_flags & SA_SIGINFO) == 0 &&
      before.sa_handler == SIG_DFL)
    (void)sigaction(SIGUSR1, &ours, NULL);
}

static void give_signal_back(void) {
  struct sigaction plain = {.sa_handler = SIG_DFL};
  struct sigaction now;

  (void)sigemptyset(&plain.sa_mask);
  if (sigaction(SIGUSR1, NULL, &now) == 0 && is_ours(&now))
    (void)sigaction(SIGUSR1, &plain, NULL);
}

static struct harness__asked *free_slot(void) {
  for (size_t i = 0; i < SLOTS; i++) {
    if (!atomic_load(&slots[i].used))
      return &slots[i];
  }
  return NULL;
}

void harness__ask_begin(struct harness__run *run) {
  (void)pthread_mutex_lock(&lock);
  run->asked = free_slot();
  if (run->asked != NULL) {
    if (answering++ == 0)
      take_signal();
    atomic_store(&run->asked->asked, false);
    atomic_store(&run->asked->passed_on, false);
    atomic_store(&run->asked->thread, syscall(SYS_gettid));
    atomic_store(&run->asked->used, true);
  }
  (void)pthread_mutex_unlock(&lock);
}

void harness__ask_set_bell(struct harness__run *run, uv_async_t *bell) {
  if (run->asked == NULL)
    return;
  atomic_store(&run->asked->bell, bell);
  while (bell == NULL && atomic_load(&ringing) > 0)
    (void)sched_yield();
}

void harness__ask_end(struct harness__run *run) {
  if (run->asked == NULL)
    return;
  harness__ask_set_bell(run, NULL);
  (void)pthread_mutex_lock(&lock);
  atomic_store(&run->asked->used, false);
  run->asked = NULL;
  if (--answering == 0)
    give_signal_back();
  (void)pthread_mutex_unlock(&lock);
}

static void answer(harness_t *h, harness_task_t *task) {
  harness__buffer_t text = {0};

  harness__buffer_string(&text, "SIGUSR1: ");
  if (task != NULL && task->state != HARNESS__TASK_ENDED)
    harness__culprit_describe(h, task, &text);
  else
    harness__buffer_string(&text, "what is under way is waited for");
  harness__buffer_printf(&text, "\n  at %llu ms of the harness's time\n",
                         (unsigned long long)harness_now_ms(h));
  harness__run_describe(h, &text);
  if (text.text != NULL && !text.failed && h->run->hooks.report != NULL)
    h->run->hooks.report(h, text.text);
  harness__buffer_free(&text);
}

void harness__ask_answer(harness_t *h, harness_task_t *task) {
  struct harness__asked *asked = h->run->asked;

  if (asked != NULL && atomic_load_explicit(&asked->asked, memory_order_relaxed) &&
      atomic_exchange(&asked->asked, false))
    answer(h, task);
}
