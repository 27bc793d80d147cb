/* SPDX-License-Identifier: MIT */
#include "run/task.h"

#include <string.h>

#include "base/text.h"
#include "run/run.h"

enum { NAME_MOST = 100, FAMILY_MOST = 8 }; /* of one that is given, and of those below */

static const char *const families[HARNESS__FAMILIES] = {"client", "endpoint", "future", "server", "timer"};

/* Whether a name was given by count. Those are not kept in the set: there may be a million of them. */
static bool is_counted(const struct harness__run *run, const char *name) {
  for (size_t i = 0; i < HARNESS__FAMILIES; i++) {
    size_t length = strlen(families[i]);
    uint64_t number = 0;

    if (strncmp(name, families[i], length) != 0)
      continue;
    if (name[length] == '\0')
      return run->counted[i] >= 1;
    if (name[length] < '1' || name[length] > '9')
      return false;
    for (const char *p = name + length; *p >= '0' && *p <= '9' && number <= UINT32_MAX; p++) {
      number = number * 10 + (uint64_t)(*p - '0');
      if (p[1] == '\0')
        return number >= 2 && number <= run->counted[i];
    }
  }
  return false;
}

static const char *claim_given(harness_t *h, const char *name) {
  struct harness__run *run = h->run;
  const char *copy;

  if (name[0] == '\0' || strlen(name) > NAME_MOST || strchr(name, '/') != NULL ||
      !harness__text_is_readable(name, strlen(name)) || strpbrk(name, "\n\r\t") != NULL) {
    harness__fail(h, UV_EINVAL, "a name has 1 to %d printable characters and no '/'", NAME_MOST);
    return NULL;
  }
  /* The lanes of lines that no task logs: the thread's own, and those of threads outside. */
  if (strcmp(name, "main") == 0 || strcmp(name, HARNESS__OUTSIDE_NAME) == 0 ||
      harness__names_has(&run->names, name) || is_counted(run, name)) {
    harness__fail(h, UV_EEXIST, "the name '%s' is taken in this harness", name);
    return NULL;
  }
  copy = harness__arena_string(&run->arena, name);
  if (copy == NULL || !harness__names_add(&run->names, copy)) {
    harness__fail(h, UV_ENOMEM, "no memory for the name '%s'", name);
    return NULL;
  }
  return copy;
}

const char *harness__name_claim(harness_t *h, const char *name, harness__family_id_t family) {
  uint32_t *count = &h->run->counted[family];
  const char *copy;
  char text[FAMILY_MOST + HARNESS__NUMBER_SIZE];

  if (name != NULL)
    return claim_given(h, name);
  do {
    ++*count;
    memcpy(text, families[family], strlen(families[family]) + 1);
    if (*count > 1)
      (void)harness__text_number(text + strlen(text), *count);
  } while (harness__names_has(&h->run->names, text));
  copy = harness__arena_string(&h->run->arena, text);
  if (copy == NULL) {
    --*count;
    harness__fail(h, UV_ENOMEM, "no memory for the name '%s'", text);
  }
  return copy;
}

static void link_task(struct harness__run *run, harness_task_t *task) {
  task->all_link = run->all_last;
  *run->all_last = task;
  run->all_last = &task->all_next;
}

static void unlink_task(struct harness__run *run, harness_task_t *task) {
  *task->all_link = task->all_next;
  if (task->all_next != NULL)
    task->all_next->all_link = task->all_link;
  else
    run->all_last = task->all_link;
}

static bool may_make_task(harness_t *h) {
  if (!harness__run_is_own_thread(h)) {
    harness__fail(NULL, UV_EPERM, "a task can't be made here: the harness belongs to another thread");
    return false;
  }
  if (h->run->closing) {
    harness__fail(h, UV_ECANCELED,
                  harness__has_failed(h) ? "the test has failed: no new task"
                                         : "the harness is being closed: no new task");
    return false;
  }
  return true;
}

harness_task_t *harness__task_new(harness_t *h, harness__task_kind_t kind, harness__place_t place) {
  struct harness__run *run = h->run;
  harness_task_t *task = run->spare_tasks;

  if (!may_make_task(h))
    return NULL;

  if (task != NULL)
    run->spare_tasks = task->ready_next;
  else
    task = harness__arena_alloc(&run->arena, sizeof *task);
  if (task == NULL) {
    harness__fail(h, UV_ENOMEM, "no memory for a task");
    return NULL;
  }
  memset(task, 0, sizeof *task);
  task->h = h;
  task->kind = (uint8_t)kind;
  task->place = place;
  task->status = UV_EAGAIN;
  task->watches_last = &task->watches;
  link_task(run, task);
  return task;
}

void harness__task_end(harness_task_t *task, int status, void *result) {
  struct harness__run *run = task->h->run;

  run->ended++;
  task->state = HARNESS__TASK_ENDED;
  task->status = status;
  task->result = result;
  unlink_task(run, task);
  if (task->kind == HARNESS__TASK_TIMER)
    harness__timer_stop(task);
  if (run->hooks.task_ended != NULL)
    run->hooks.task_ended(task);
  while (task->watches != NULL) {
    harness__watch_t *watch = task->watches;
    harness__task_unwatch(watch);
    watch->ended(watch, task);
  }
}

void harness__task_fail(harness_task_t *task, int status) {
  task->failure = status;
}

void harness__task_watch(harness_task_t *task, harness__watch_t *watch,
                         void (*ended)(harness__watch_t *watch, harness_task_t *task)) {
  watch->ended = ended;
  watch->next = NULL;
  watch->link = task->watches_last;
  watch->task = task;
  *task->watches_last = watch;
  task->watches_last = &watch->next;
}

void harness__task_unwatch(harness__watch_t *watch) {
  if (watch->link == NULL)
    return;
  *watch->link = watch->next;
  if (watch->next != NULL)
    watch->next->link = watch->link;
  else
    watch->task->watches_last = watch->link;
  watch->link = NULL;
}

const char *harness__task_claim(harness_t *h, bool has_function, const char *name,
                                harness__family_id_t family, const char *function) {
  if (h == NULL || !has_function) {
    harness__fail(h, UV_EINVAL, "%s: the %s is NULL", function, h == NULL ? "harness" : "function");
    return NULL;
  }
  if (!may_make_task(h))
    return NULL;
  return harness__name_claim(h, name, family);
}

bool harness__task_check(harness_t *h, const harness_task_t *task, const char *function) {
  if (h == NULL || task == NULL) {
    harness__fail(h, UV_EINVAL, "%s: the %s is NULL", function, h == NULL ? "harness" : "task");
    return false;
  }
  if (task->h != h) {
    harness__fail(h, UV_EINVAL, "%s: the task belongs to another harness", function);
    return false;
  }
  return true;
}

void *harness_task_result(const harness_task_t *task) {
  return task != NULL ? task->result : NULL;
}

int harness_task_status(const harness_task_t *task) {
  return task != NULL ? task->status : UV_EINVAL;
}

const char *harness_task_name(const harness_task_t *task) {
  harness__run_hooks_t *hooks;

  if (task == NULL)
    return "";
  hooks = &task->h->run->hooks;
  if (task->name == NULL && hooks->task_name != NULL)
    return hooks->task_name(task);
  return task->name != NULL ? task->name : "";
}
