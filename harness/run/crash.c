/* SPDX-License-Identifier: MIT */
/*
 * Crashes. A handler for the signals that end a program writes one sentence, who ran and in which lane, and
 * lets the signal take its course: what was there before it (a test framework's, a sanitizer's, the user's
 * handler) is called; where that was the default, the default is restored, and the fault happens again at its
 * place, so that exit status and core are those of a program without us.
 *
 * What can go wrong, and what answers it:
 *  - the stack has overflowed: a handler has no room on it. Each thread that runs tasks gets a stack for
 *    signals, where it has none;
 *  - whoever comes later replaces the handlers, and puts back what was there (cmocka, before and after each
 *    function of a test): each harness looks at its first run whether they are ours. Where somebody has put
 * ours back with signal(), the stack for signals and the details are forgotten: they are put in place anew;
 *  - somebody who came later calls us as who was before them: then we were here already, deeper on the stack
 *    for signals, and only the default is left;
 *  - the handler before us leaves by a jump: the signal is unblocked first, and nothing of ours has to be put
 *    back;
 *  - what ran was left by a jump, and still seems to run: whether it does is told by where the stack pointer
 *    was.
 *
 * In a handler nothing is allocated, locked or formatted by the C library: write(2) of a text made here.
 */
#include "run/crash.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <harness/runner.h>

#include "run/run.h"

enum { STACK_FOR_SIGNALS = 64 * 1024, NEAR = 64 * 1024, FAR = 1024 * 1024, TEXT = 1024 };

typedef struct watched {
  int signal;
  const char *name;
  struct sigaction before; /* whose place we took */
} watched_t;

static watched_t watched[] = {{.signal = SIGSEGV, .name = "SIGSEGV"},
                              {.signal = SIGBUS, .name = "SIGBUS"},
                              {.signal = SIGFPE, .name = "SIGFPE"},
                              {.signal = SIGILL, .name = "SIGILL"},
                              {.signal = SIGABRT, .name = "SIGABRT"}};

enum { SIGNALS = sizeof watched / sizeof watched[0] };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_key_t stack_key; /* gives a thread's stack for signals back when it ends */
static pthread_once_t stack_key_once = PTHREAD_ONCE_INIT;

/* What runs on this thread, beside the innermost coroutine. */
static _Thread_local struct {
  bool is_own;   /* a harness's */
  bool prepared; /* it has a stack for signals */
  const harness_task_t *call;
  const harness__coroutine_t *loop;
  const unsigned char *handing_on; /* the frame of the handler that has called the one before it */
} here;

/* A text of limited length, in a handler. */
typedef struct line {
  char text[TEXT];
  size_t length;
} line_t;

static void add(line_t *line, const char *text) {
  while (*text != '\0' && line->length < sizeof line->text)
    line->text[line->length++] = *text++;
}

static void add_number(line_t *line, uintptr_t number, unsigned base) {
  char digits[24];
  size_t at = sizeof digits - 1;

  digits[at] = '\0';
  do
    digits[--at] = "0123456789abcdef"[number % base];
  while ((number /= base) != 0);
  add(line, digits + at);
}

static void say(const line_t *line) {
  size_t done = 0;

  while (done < line->length) {
    ssize_t count = write(STDERR_FILENO, line->text + done, line->length - done);

    if (count <= 0 && errno != EINTR)
      return;
    done += count > 0 ? (size_t)count : 0;
  }
}

/* Where the stack was when the signal came; 0 where that can't be told. */
static uintptr_t stack_pointer(const ucontext_t *context) {
  if (context == NULL)
    return 0;
#if defined(__x86_64__)
  return (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
#elif defined(__i386__)
  return (uintptr_t)context->uc_mcontext.gregs[REG_ESP];
#elif defined(__aarch64__)
  return (uintptr_t)context->uc_mcontext.sp;
#elif defined(__riscv)
  return (uintptr_t)context->uc_mcontext.__gregs[REG_SP];
#else
  return 0;
#endif
}

typedef struct crash {
  const char *signal;
  uintptr_t stack;   /* 0: not known */
  uintptr_t address; /* of the fault, where has_address */
  bool has_address;
} crash_t;

/* Just below the stack, too, where it has overflowed. */
static bool is_on(const harness__coroutine_t *stack, const crash_t *crash) {
  return crash->stack == 0 || harness__coroutine_is_here(stack, (const void *)crash->stack) ||
         harness__coroutine_below(stack, crash->stack) < FAR;
}

/* A page below a stack is its guard. A frame that is larger than that jumps over it: then the stack pointer
 * tells. */
static bool has_overflowed(const harness__coroutine_t *stack, const crash_t *crash) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);

  return crash->has_address && (harness__coroutine_below(stack, crash->address) <= page ||
                                (crash->stack != 0 && harness__coroutine_below(stack, crash->stack) < FAR));
}

/* The same for a thread's own stack, whose bounds nobody knows: nothing else faults beside the pointer. */
static bool thread_has_overflowed(const crash_t *crash) {
  return crash->has_address && crash->stack != 0 && crash->address < crash->stack + NEAR &&
         crash->address + NEAR > crash->stack;
}

static void add_place(line_t *line, const harness__place_t *place) {
  if (place->file == NULL)
    return;
  add(line, ", made at ");
  add(line, place->file);
  add(line, ":");
  add_number(line, (uintptr_t)place->line, 10);
}

/* What has no name of its own is what the harness made to serve the lane. */
static void add_task(line_t *line, const char *kind, const harness_task_t *task) {
  const harness__run_hooks_t *hooks = &task->h->run->hooks;
  harness__place_t place = task->place;
  uint32_t number = 0;
  const char *family = hooks->task_lane != NULL ? hooks->task_lane(task, &number, &place) : NULL;

  add(line, "lane ");
  add(line, family != NULL ? family : task->name != NULL ? task->name : "main");
  if (number != 0) {
    add(line, "/");
    add_number(line, number, 10);
  }
  add(line, task->name != NULL ? kind : ", in its handler or a callback");
  if (task->name != NULL)
    add(line, task->name);
  add_place(line, &place);
  add(line, "\n");
}

static void add_overflow(line_t *line, size_t size, const char *how) {
  add(line, "harness: its stack");
  if (size > 0) {
    add(line, " (");
    add_number(line, size / 1024, 10);
    add(line, " KiB)");
  }
  add(line, " has overflowed");
  add(line, how);
  add(line, "\n");
}

static const char *kind_of(const harness_task_t *task) {
  return task->kind == HARNESS__TASK_TIMER ? ", in the callback of " : ", in coroutine ";
}

static void describe(line_t *line, const crash_t *crash) {
  const harness_task_t *task = harness__innermost_left_or_not();

  if (task != NULL && is_on(task->coroutine, crash)) {
    add_task(line, kind_of(task), task);
    if (has_overflowed(task->coroutine, crash))
      add_overflow(line, task->h->run->stack_size, ": harness_options_t.stack_size makes it larger");
    return;
  }
  if (here.loop != NULL && is_on(here.loop, crash)) {
    add(line, "lane main, in a callback on the loop\n");
    if (has_overflowed(here.loop, crash))
      add_overflow(line, 0, "");
    return;
  }
  if (here.call != NULL)
    add_task(line, ", in background call ", here.call);
  else
    add(line, here.is_own ? "lane main, outside of tasks\n" : "on a thread that the harness did not make\n");
  if (thread_has_overflowed(crash))
    add_overflow(line, 0, "");
}

static void tell(const crash_t *crash) {
  line_t line = {.length = 0};

  add(&line, "harness: ");
  add(&line, crash->signal);
  if (crash->has_address && !thread_has_overflowed(crash)) {
    add(&line, " at address 0x");
    add_number(&line, crash->address, 16);
  }
  add(&line, ", ");
  describe(&line, crash);
  say(&line);
}

void harness__crash_say_task(const char *signal, const void *context) {
  crash_t crash = {.signal = signal, .stack = stack_pointer(context)};
  const harness_task_t *task = harness__innermost_left_or_not();

  if (task != NULL && is_on(task->coroutine, &crash))
    tell(&crash);
}

static void on_crash(int signal, siginfo_t *info, void *context);

/* The default again. A fault happens anew when we return; what was sent is sent again, and comes then. */
static void restore(const struct sigaction *before, int signal, bool is_fault) {
  (void)sigaction(signal, before, NULL);
  if (!is_fault)
    (void)raise(signal);
}

static void hand_on(const watched_t *entry, siginfo_t *info, void *context) {
  struct sigaction before = entry->before;
  const unsigned char *frame = __builtin_frame_address(0);
  sigset_t own;

  if (here.handing_on != NULL && frame < here.handing_on && here.handing_on - frame < STACK_FOR_SIGNALS)
    before = (struct sigaction){.sa_handler = SIG_DFL};
  if (before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN) {
    restore(&before, entry->signal, info != NULL && info->si_code > 0);
    return;
  }
  here.handing_on = frame;
  (void)sigemptyset(&own);
  (void)sigaddset(&own, entry->signal);
  (void)pthread_sigmask(SIG_UNBLOCK, &own, NULL);
  if ((before.sa_flags & SA_SIGINFO) != 0)
    before.sa_sigaction(entry->signal, info, context);
  else
    before.sa_handler(entry->signal);
  here.handing_on = NULL;
}

static void on_crash(int signal, siginfo_t *info, void *context) {
  int error = errno;
  struct sigaction now = {0};
  const watched_t *entry = watched;
  crash_t crash = {0};

  while (entry->signal != signal)
    entry++;
  /* Without this flag we were only told the signal. */
  if (sigaction(signal, NULL, &now) == 0 && (now.sa_flags & SA_SIGINFO) == 0) {
    info = NULL;
    context = NULL;
  }
  crash.signal = entry->name;
  crash.stack = stack_pointer(context);
  crash.has_address = info != NULL && info->si_code > 0 && (signal == SIGSEGV || signal == SIGBUS);
  crash.address = crash.has_address ? (uintptr_t)info->si_addr : 0;
  tell(&crash);
  errno = error;
  hand_on(entry, info, context);
}

/* A stack for signals that was ours; what somebody has put in its place is theirs. */
static void give_stack_back(void *stack) {
  stack_t now;

  if (sigaltstack(NULL, &now) == 0 && now.ss_sp == stack) {
    now.ss_flags = SS_DISABLE;
    (void)sigaltstack(&now, NULL);
  }
  (void)munmap(stack, STACK_FOR_SIGNALS);
}

static void make_stack_key(void) {
  (void)pthread_key_create(&stack_key, give_stack_back);
}

/* Without one, a crash is told all the same, but for an overflow. */
static void prepare_thread(void) {
  stack_t stack = {.ss_size = STACK_FOR_SIGNALS};

  here.prepared = true;
  if (sigaltstack(NULL, &stack) != 0 || (stack.ss_flags & SS_DISABLE) == 0)
    return;
  stack = (stack_t){.ss_size = STACK_FOR_SIGNALS};
  stack.ss_sp = mmap(NULL, STACK_FOR_SIGNALS, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (stack.ss_sp == MAP_FAILED)
    return;
  (void)pthread_once(&stack_key_once, make_stack_key);
  if (sigaltstack(&stack, NULL) != 0 || pthread_setspecific(stack_key, stack.ss_sp) != 0)
    give_stack_back(stack.ss_sp);
}

static bool is_off(void) {
  static atomic_int known; /* 1: off, 2: on */
  int value = atomic_load_explicit(&known, memory_order_relaxed);

  if (value == 0) {
    const char *text = getenv("HARNESS_CRASH_REPORTS");

    value = text != NULL && strcmp(text, "0") == 0 ? 1 : 2;
    atomic_store_explicit(&known, value, memory_order_relaxed);
  }
  return value == 1;
}

static bool is_ours(const struct sigaction *action) {
  return action->sa_sigaction == on_crash && (action->sa_flags & SA_SIGINFO) != 0;
}

static void take(watched_t *entry) {
  struct sigaction ours = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  struct sigaction now;

  if (sigaction(entry->signal, NULL, &now) != 0 || is_ours(&now))
    return;
  /* Put back by signal(), it is still ours, and whose place we took is as it was. */
  if (now.sa_sigaction != on_crash)
    entry->before = now;
  (void)sigemptyset(&ours.sa_mask);
  (void)sigaction(entry->signal, &ours, NULL);
}

void harness_watch_crashes(void) {
  struct sigaction now;

  if (is_off())
    return;
  if (!here.prepared)
    prepare_thread();
  here.is_own = true;
  /* Who takes the place of one takes that of all: one question, mostly. */
  if (sigaction(SIGSEGV, NULL, &now) == 0 && is_ours(&now))
    return;
  (void)pthread_mutex_lock(&lock);
  for (size_t i = 0; i < SIGNALS; i++)
    take(&watched[i]);
  (void)pthread_mutex_unlock(&lock);
}

/* To ask the kernel in front of each run would be a tenth of what a short one costs. */
void harness__crash_watch(harness_t *h) {
  if (!h->run->crashes_watched)
    harness_watch_crashes();
  h->run->crashes_watched = true;
}

void harness__crash_call(const harness_task_t *task) {
  here.call = task;
  if (!here.prepared && !is_off())
    prepare_thread();
}

void harness__crash_loop(const harness__coroutine_t *stack) {
  here.loop = stack;
}
