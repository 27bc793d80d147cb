/* SPDX-License-Identifier: MIT */
#include "run/run.h"
#include "run/ask.h"

#include <pthread.h>
#include <stdlib.h>

int harness__run_open(harness_t *h, size_t stack_size, int64_t timeout_ms,
                      const harness__run_hooks_t *hooks) {
  struct harness__run *run = calloc(1, sizeof *run);

  if (run == NULL)
    return UV_ENOMEM;
  run->main = harness__coroutine_new_main();
  if (run->main == NULL) {
    free(run);
    return UV_ENOMEM;
  }
  run->all_last = &run->all_first;
  run->stack_size = stack_size;
  run->timeout_ms = timeout_ms;
  run->hooks = *hooks;
  run->owner = uv_thread_self();
  h->run = run;
  harness__inbox_open(h);
  harness__ask_begin(run);
  return 0;
}

/* A task that the test made and could have waited for; a combination only stands for others. */
static bool is_the_tests(const harness_task_t *task) {
  return !task->internal && task->kind != HARNESS__TASK_COMBINATION;
}

static harness_task_t *first_not_asked(const struct harness__run *run) {
  harness_task_t *task = run->all_first;

  while (task != NULL && task->asked)
    task = task->all_next;
  return task;
}

int harness__run_cancel_all(harness_t *h, harness__buffer_t *out) {
  struct harness__run *run = h->run;
  int open = 0;

  for (harness_task_t *task = run->all_first; task != NULL; task = task->all_next) {
    if (!is_the_tests(task))
      continue;
    open++;
    harness__buffer_printf(out, "  task %s had not ended: it ", harness_task_name(task));
    harness__task_describe(task, out);
    harness__place_add(out, " (made at ", task->place, ")");
    harness__buffer_char(out, '\n');
  }
  harness__run_unwind(h);
  return open;
}

void harness__run_unwind(harness_t *h) {
  struct harness__run *run = h->run;

  run->closing = true;
  /* A cancel may end other tasks, and a coroutine that unwinds may make new ones: look from the front each
   * time. */
  for (harness_task_t *task = first_not_asked(run); task != NULL; task = first_not_asked(run)) {
    task->asked = true;
    (void)harness_task_cancel(task);
    while (harness__run_next_ready(h)) {
    }
  }
}

/* Resolving a future of a closed harness is a call like any other, so that what it looks at stays. The list
 * is there for those who look for leaks. */
static void keep(struct harness__run *run) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  static struct harness__run *kept;

  (void)pthread_mutex_lock(&lock);
  run->next_kept = kept;
  kept = run;
  (void)pthread_mutex_unlock(&lock);
}

void harness__run_free(harness_t *h) {
  struct harness__run *run = h->run;

  harness__ask_end(run);
  harness__inbox_close(h);
  free(run->inbox.failure.text);
  run->inbox.failure.text = NULL;
  harness__loop_free_stacks(run);
  harness__agenda_free(&run->agenda);
  harness__coroutine_delete(run->main, true);
  harness__names_free(&run->names);
  if (run->held > 0) {
    keep(run);
    return;
  }
  harness__arena_free(&run->arena);
  free(run);
  h->run = NULL;
}

bool harness__run_is_own_thread(const harness_t *h) {
  uv_thread_t self = uv_thread_self();
  return uv_thread_equal(&self, &h->run->owner) != 0;
}
