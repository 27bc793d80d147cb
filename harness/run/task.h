/* SPDX-License-Identifier: MIT */
/* Private: tasks from the inside. */
#ifndef HARNESS_RUN_TASK_H
#define HARNESS_RUN_TASK_H

#include <stdbool.h>
#include <uv.h>

#include <harness/task.h>

#include "base/buffer.h"
#include "base/past.h"
#include "base/place.h"
#include "run/agenda.h"
#include "run/coroutine.h"

/* Why a coroutine is parked (or what a future stands for), for reports: run/graph.h. describe adds what
 * stands behind "waits "; look says the same as data. */
struct harness__wait;
typedef struct harness__reason {
  void (*describe)(const struct harness__reason *reason, harness__buffer_t *out);
  void (*look)(const struct harness__reason *reason, struct harness__wait *wait);
  const void *what;
  const char *verb;
  uint64_t number;
  uint64_t whole;
} harness__reason_t;

/* Someone who wants to know when a task has ended; lives until then or until taken back. */
typedef struct harness__watch harness__watch_t;
struct harness__watch {
  harness__watch_t *next;
  harness__watch_t **link; /* what points here; NULL: watches nothing */
  harness_task_t *task;
  void (*ended)(harness__watch_t *watch, harness_task_t *task);
};

typedef enum harness__task_kind {
  HARNESS__TASK_COROUTINE,
  HARNESS__TASK_BACKGROUND,
  HARNESS__TASK_FUTURE,
  HARNESS__TASK_COMBINATION,
  HARNESS__TASK_TIMER /* its coroutine is there while its callback runs */
} harness__task_kind_t;

typedef enum harness__task_state {
  HARNESS__TASK_WAITING, /* scheduled and not begun; or a call, timer, future or combination under way */
  HARNESS__TASK_READY,
  HARNESS__TASK_RUNNING,
  HARNESS__TASK_PARKED,
  HARNESS__TASK_ENDED
} harness__task_state_t;

/* For a walk through the wait graph (run/culprit.c). */
typedef enum harness__mark { HARNESS__MARK_NEW, HARNESS__MARK_ON_PATH, HARNESS__MARK_DONE } harness__mark_t;

struct harness_task {
  harness_t *h;
  uint8_t kind;
  uint8_t state;
  bool cancelled;
  bool abandoned;   /* its coroutine was thrown away unfinished */
  bool handed_out;  /* by harness_current_task: an internal task that was not is used again */
  bool asked;       /* to end, as the harness closes */
  bool in_callback; /* it runs a callback of the test's: nobody may park */
  bool internal;    /* made by the harness (a connection's handler), not by the test */
  uint8_t mark;
  int status;        /* UV_EAGAIN until it has ended */
  int failure;       /* a coroutine's own word on how it ends; 0: well */
  uint32_t lane;     /* the recorder's number for it, 0 while it has none; layers above set it */
  uint32_t sublanes; /* connections that bear its name */
  unsigned refusals; /* parking calls refused since it was cancelled, or parked last under a deadline */
  harness_deadline_t deadline; /* of its parking calls; number 0: none */
  harness__past_t past;        /* what came before all that it does next; layers above keep it, and these: */
  uint64_t ended_after;        /* what had been done when it ended: who waited for it goes on after that;
                                * a future: when it was made, until then */
  uint32_t maker_lane;         /* where chance numbers its maker's lane, that lane, and its number there */
  uint32_t maker_number;
  harness__place_t place; /* where it was made; a connection's handler: where its server was */
  const char *name;       /* of the run's arena; a connection's handler has its lane's */
  void *result;
  harness_function_t fn;
  void *arg;
  harness__coroutine_t *coroutine;
  const harness__reason_t *reason;
  harness_task_t *waited_by; /* on a walk: by whom it was come to */
  uint64_t parked;           /* a number of when, which grows */
  harness__watch_t *watches;
  harness__watch_t **watches_last;
  harness_task_t *ready_next;
  harness_task_t *all_next; /* every unfinished task of the run, in the order they were made */
  harness_task_t **all_link;
  struct harness__notes *notes; /* what a background call takes down, for the layers above */
  void *part;                   /* of its kind: the background call, combination, timer, future */
};

/* A new, linked, WAITING task; NULL with a sentence when memory is exhausted. */
harness_task_t *harness__task_new(harness_t *h, harness__task_kind_t kind, harness__place_t place);

/* What names by count begin with: client, client2, client3 …; endpoint …; future …; server …; timer …. */
typedef enum harness__family_id {
  HARNESS__FAMILY_CLIENT,
  HARNESS__FAMILY_ENDPOINT,
  HARNESS__FAMILY_FUTURE,
  HARNESS__FAMILY_SERVER,
  HARNESS__FAMILY_TIMER,
  HARNESS__FAMILIES
} harness__family_id_t;

/* What the lanes of threads outside of the harness are called; no task has that name. */
#define HARNESS__OUTSIDE_NAME "thread"

/* Takes a name for a task or server: `name`, or where that is NULL the family's next free one. Returns the
 * copy, or NULL with a sentence. */
const char *harness__name_claim(harness_t *h, const char *name, harness__family_id_t family);

/* What scheduling and calling check first: arguments, thread, a harness that is being closed. Claims the
 * task's name as harness__name_claim does. Returns it, or NULL with a sentence that names the function. */
const char *harness__task_claim(harness_t *h, bool has_function, const char *name,
                                harness__family_id_t family, const char *function);

/* A coroutine of the harness's own (a connection's handler), made ready behind the others; the caller gives
 * it name and lane. */
harness_task_t *harness__task_spawn(harness_t *h, harness_function_t fn, void *arg, harness__place_t place);

/* What harness_schedule_coroutine_named does. */
harness_task_t *harness__task_schedule(harness_t *h, const char *name, harness_function_t fn, void *arg,
                                       harness__place_t place);

/* Ends a task: tells who watches it. */
void harness__task_end(harness_task_t *task, int status, void *result);

/* A coroutine of the library's own, made for the test, says how it will have ended: a negative code. */
void harness__task_fail(harness_task_t *task, int status);

void harness__task_watch(harness_task_t *task, harness__watch_t *watch,
                         void (*ended)(harness__watch_t *watch, harness_task_t *task));
void harness__task_unwatch(harness__watch_t *watch);

/* Whether h and task are given and belong together; if not, with a sentence. */
bool harness__task_check(harness_t *h, const harness_task_t *task, const char *function);

#endif
