/* SPDX-License-Identifier: MIT */
/* Crashes in every place, one by name, for test_crashes.c to look at from outside. Not a test by itself. */
#include <harness/harness.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

static harness_t *h;

/* An address where nothing is. No constant: compilers know better. */
static volatile uintptr_t nowhere = 16;

static void touches_nothing(void) {
  *(volatile char *)nowhere = 1;
}

static void aborts(void) {
  abort();
}

static void divides(void) {
  (void)raise(SIGFPE);
}

static void does_what_is_illegal(void) {
  (void)raise(SIGILL);
}

/* A file that ends before the page begins. */
static void reads_behind_the_end(void) {
  int fd = memfd_create("empty", MFD_CLOEXEC);
  volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

  (void)page[0];
}

static volatile int depth = 1 << 30;

static int recurses(int left) {
  volatile char frame[1024];

  memset((char *)(uintptr_t)frame, left & 127, sizeof frame);
  return left > 0 ? recurses(left - 1) + frame[left % 1024] : 0;
}

static void overflows(void) {
  (void)recurses(depth);
}

/* A frame larger than the stack and its guard: what lies there is somebody else's. */
static void overflows_at_once(void) {
  volatile char frame[1000 * 1024];

  frame[0] = 1;
  touches_nothing();
  (void)frame[0];
}

static void (*crash)(void) = touches_nothing;

static void *in_task(void *arg) {
  harness_log(h, "now");
  crash();
  return arg;
}

static void in_callback(void *arg) {
  (void)arg;
  crash();
}

static void in_handler(harness_stream_t *stream, void *arg) {
  (void)stream;
  (void)arg;
  crash();
}

static void *visits(void *arg) {
  char byte;
  harness_stream_t *stream = harness_connect_to(h, arg);

  (void)harness_read(stream, &byte, 1);
  return NULL;
}

static void *sleeps(void *arg) {
  (void)harness_sleep(h, 1000);
  return arg;
}

static void run(harness_task_t *task) {
  (void)harness_run_in_foreground(h, task);
}

static void in_a_coroutine(void) {
  run(harness_schedule_coroutine_named(h, "caller", in_task, NULL));
}

static void in_a_handler(void) {
  harness_server_t *server = harness_start_server(h, in_handler, NULL, NULL);

  run(harness_schedule_coroutine(h, visits, server));
}

static void in_a_timer(void) {
  (void)harness_call_later(h, 10, in_callback, NULL);
  run(harness_schedule_coroutine(h, sleeps, NULL));
}

static void on_loop_timer(uv_timer_t *timer) {
  (void)timer;
  crash();
}

static void on_the_loop(void) {
  static uv_timer_t timer;

  (void)uv_timer_init(harness_loop(h), &timer);
  (void)uv_timer_start(&timer, on_loop_timer, 0, 0);
  run(harness_future_new(h));
}

static void in_the_background(void) {
  run(harness_call_in_background_named(h, "blocking", in_task, NULL));
}

static void outside_of_tasks(void) {
  run(harness_schedule_coroutine(h, sleeps, NULL));
  crash();
}

static void *on_thread(void *arg) {
  crash();
  return arg;
}

static void on_a_thread_outside(void) {
  pthread_t thread;

  run(harness_schedule_coroutine(h, sleeps, NULL));
  if (pthread_create(&thread, NULL, on_thread, NULL) == 0)
    (void)pthread_join(thread, NULL);
}

static struct sigaction before_ours;

static void is_told(int number) {
  static const char text[] = "the handler before was called\n";

  (void)number;
  (void)!write(STDERR_FILENO, text, sizeof text - 1);
  _exit(9);
}

static void tells_who_was_before(int number, siginfo_t *info, void *context) {
  static const char text[] = "the handler in front was called\n";

  (void)!write(STDERR_FILENO, text, sizeof text - 1);
  before_ours.sa_sigaction(number, info, context);
}

/* Handlers of the test's own: one that was there first, and one that comes later and calls ours. */
static void with_a_handler_before(void) {
  struct sigaction action = {.sa_handler = is_told};

  (void)sigaction(SIGSEGV, &action, NULL);
  in_a_coroutine();
}

static void with_a_handler_in_front(void) {
  struct sigaction action = {.sa_sigaction = tells_who_was_before, .sa_flags = SA_SIGINFO | SA_ONSTACK};

  run(harness_schedule_coroutine(h, sleeps, NULL));
  (void)sigaction(SIGSEGV, &action, &before_ours);
  in_a_coroutine();
}

static void on_a_small_stack(void) {
  struct rlimit limit = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};

  (void)getrlimit(RLIMIT_STACK, &limit);
  limit.rlim_cur = (rlim_t)512 * 1024;
  (void)setrlimit(RLIMIT_STACK, &limit);
}

typedef struct choice {
  const char *name;
  void (*function)(void);
} choice_t;

static const choice_t crashes[] = {{"segv", touches_nothing},
                                   {"abort", aborts},
                                   {"fpe", divides},
                                   {"ill", does_what_is_illegal},
                                   {"bus", reads_behind_the_end},
                                   {"overflow", overflows},
                                   {"overflow_at_once", overflows_at_once}};

static const choice_t places[] = {{"coroutine", in_a_coroutine},
                                  {"handler", in_a_handler},
                                  {"timer", in_a_timer},
                                  {"loop", on_the_loop},
                                  {"background", in_the_background},
                                  {"main", outside_of_tasks},
                                  {"thread", on_a_thread_outside},
                                  {"handler_before", with_a_handler_before},
                                  {"handler_in_front", with_a_handler_in_front}};

static void (*find(const choice_t *choices, size_t count, const char *name))(void) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(choices[i].name, name) == 0)
      return choices[i].function;
  fprintf(stderr, "there is no %s\n", name);
  exit(2);
}

int main(int argc, char **argv) {
  static const struct rlimit no_core = {0, 0};
  void (*place)(void);

  if (argc != 3)
    return 2;
  (void)setrlimit(RLIMIT_CORE, &no_core);
  crash = find(crashes, sizeof crashes / sizeof crashes[0], argv[1]);
  place = find(places, sizeof places / sizeof places[0], argv[2]);
  on_a_small_stack();
  h = harness_open(NULL);
  if (h == NULL)
    return 2;
  place();
  return 0;
}
