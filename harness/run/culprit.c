/* SPDX-License-Identifier: MIT */
/*
 * Who is to blame that a task does not end. From that task on the wait graph is followed, in depth: at its
 * end there is a cycle, or somebody who waits for nobody of the harness. A combination may lead to several
 * ends; the one with the most blame is told, of equals the first.
 *
 * In a cycle everybody waits for everybody; yet mostly one has broken the conversation. Who does not read
 * keeps its peer from writing on, whatever else it waits for; who waits for the rest of a message tells that
 * its peer and it disagree about where messages end; who was told something and reads on owes an answer, or
 * waits for an end that is not sent; who has asked and waits for the answer does what it should. Among
 * equals it is who came last to wait: it closed the cycle.
 *
 * The marks of the walk are in the tasks. A walk goes through each task once, and is only deep where
 * combinations hold each other.
 */
#include "run/graph.h"
#include "run/run.h"

enum { CLAUSES_MOST = 8, DEPTH_MOST = 64 };

typedef enum blame {
  BLAME_NONE,
  BLAME_ASKED,   /* it waits for an answer */
  BLAME_WAITS,   /* for a task, for time, for somebody outside */
  BLAME_SILENT,  /* it waits to be spoken to, and so does its peer */
  BLAME_TOLD,    /* it has been told something and answers nothing */
  BLAME_PARTLY,  /* it waits for the rest of something */
  BLAME_NOBODY,  /* it waits for somebody who is not there */
  BLAME_RUNS,    /* it does not let others run */
  BLAME_NO_READ, /* it does not read what its peer is held up by */
} blame_t;

typedef struct search {
  harness__buffer_t text; /* of the best so far */
  blame_t blame;
  bool resolves; /* it is about a future that somebody should have resolved */
} search_t;

static blame_t blame_for(const harness_task_t *task) {
  harness__wait_t wait = harness__task_wait(task);

  if (task->kind == HARNESS__TASK_COMBINATION)
    return BLAME_NONE; /* it only stands for others */
  switch (wait.kind) {
  case HARNESS__WAIT_NONE:
    return BLAME_RUNS;
  case HARNESS__WAIT_RESUME:
  case HARNESS__WAIT_RESOLVE:
    return BLAME_NOBODY;
  case HARNESS__WAIT_READ:
    if (wait.partly)
      return BLAME_PARTLY;
    if (wait.party == NULL)
      return BLAME_NOBODY;
    return wait.asked ? BLAME_ASKED : wait.told ? BLAME_TOLD : BLAME_SILENT;
  case HARNESS__WAIT_TURN: /* a thread: those that have one may have to wait for this one */
    return wait.party == NULL || task->kind == HARNESS__TASK_BACKGROUND ? BLAME_NOBODY : BLAME_ASKED;
  case HARNESS__WAIT_ROOM:
    return wait.party == NULL ? BLAME_NOBODY : BLAME_ASKED;
  case HARNESS__WAIT_TASK:
  case HARNESS__WAIT_TIME:
  case HARNESS__WAIT_OUTSIDE:
    break;
  }
  return BLAME_WAITS;
}

/* The same for one that `waiter` waits for. */
static blame_t blame_of(const harness_task_t *task, const harness_task_t *waiter) {
  return waiter != NULL && harness__task_wait(waiter).kind == HARNESS__WAIT_ROOM ? BLAME_NO_READ
                                                                                 : blame_for(task);
}

/* Who waits for a task, whatever combinations it is in; NULL: main. */
static const harness_task_t *waiter_of(const harness_task_t *task) {
  const harness_task_t *waiter = task->waited_by;

  while (waiter != NULL && waiter->kind == HARNESS__TASK_COMBINATION)
    waiter = waiter->waited_by;
  return waiter;
}

/* A task that waits for nobody of the harness. */
static void describe_end(const harness_task_t *task, harness__buffer_t *out) {
  harness__wait_t wait = harness__task_wait(task);
  const harness_task_t *waiter = waiter_of(task);

  if (wait.kind == HARNESS__WAIT_RESOLVE) {
    harness__buffer_printf(out, "nobody resolves %s, which %s waits for", harness_task_name(task),
                           waiter != NULL ? harness_task_name(waiter) : "main");
    return;
  }
  harness__task_clause(task, out);
  if (wait.kind == HARNESS__WAIT_TURN && wait.party != NULL) {
    harness__buffer_string(out, "; ");
    harness__task_clause(wait.party, out);
  } else if (waiter != NULL) {
    harness__buffer_string(out, "; ");
    harness__task_clause(waiter, out);
  }
}

/* Those on the way to a cycle who wait for what others have. */
static void add_turns(const harness_task_t *task, harness__buffer_t *out) {
  for (; task != NULL; task = task->waited_by) {
    if (harness__task_wait(task).kind == HARNESS__WAIT_TURN) {
      harness__buffer_string(out, "; ");
      harness__task_clause(task, out);
    }
  }
}

/* Whom a task on the cycle waits for: a combination for the member that the walk is at. It has come back from
 * others, which lead elsewhere. */
static harness_task_t *next_on_cycle(const harness_task_t *task) {
  harness_task_t *member = NULL;

  if (task->kind != HARNESS__TASK_COMBINATION)
    return harness__task_wait(task).party;
  for (size_t i = 0; (member = harness__combination_member(task, i)) != NULL; i++) {
    if (member->waited_by == task && member->mark == HARNESS__MARK_ON_PATH)
      break;
  }
  return member;
}

/* The cycle, from its culprit on. */
static void describe_cycle(const harness_task_t *culprit, blame_t blame, harness__buffer_t *out) {
  const harness_task_t *task = culprit;
  size_t clauses = 0;
  size_t more = 0;

  do {
    if (task->kind == HARNESS__TASK_COMBINATION) {
      task = next_on_cycle(task);
      continue;
    }
    if (clauses == CLAUSES_MOST) {
      more++;
    } else {
      harness__buffer_string(out, clauses > 0 ? "; " : "");
      if (clauses == 0 && blame == BLAME_NO_READ)
        harness__buffer_printf(out, "%s does not read what %s writes, it ", harness_task_name(task),
                               harness_task_name(task->waited_by));
      else
        harness__buffer_printf(out, "%s ", harness_task_name(task));
      harness__task_describe(task, out);
      clauses++;
    }
    task = next_on_cycle(task);
  } while (task != NULL && task != culprit);
  if (more > 0)
    harness__buffer_printf(out, "; and %zu more", more);
}

/* Forgets what was found where this is worse. Returns whether it is. */
static bool is_worse(search_t *search, blame_t blame) {
  if (search->text.length > 0 && blame <= search->blame)
    return false;
  harness__buffer_free(&search->text);
  search->blame = blame;
  search->resolves = false;
  return true;
}

/* `last` waits for `first`, from which the walk came to it. */
static void judge_cycle(search_t *search, harness_task_t *first, harness_task_t *last) {
  harness_task_t *came_by = first->waited_by;
  const harness_task_t *culprit = NULL;
  blame_t most = BLAME_NONE;

  first->waited_by = last;
  for (const harness_task_t *task = last; task != NULL; task = task != first ? task->waited_by : NULL) {
    blame_t blame = blame_of(task, task->waited_by);

    if (culprit == NULL || blame > most || (blame == most && task->parked > culprit->parked)) {
      culprit = task;
      most = blame;
    }
  }
  if (culprit != NULL && is_worse(search, most)) {
    describe_cycle(culprit, most, &search->text);
    add_turns(came_by, &search->text);
  }
  first->waited_by = came_by;
}

static void judge_end(search_t *search, const harness_task_t *task) {
  const harness_task_t *waiter = task->waited_by;
  blame_t blame = blame_of(task, waiter);

  if (!is_worse(search, blame))
    return;
  if (blame == BLAME_NO_READ) {
    harness__buffer_printf(&search->text, "%s does not read what %s writes, it ", harness_task_name(task),
                           harness_task_name(waiter));
    harness__task_describe(task, &search->text);
    harness__buffer_string(&search->text, "; ");
    harness__task_clause(waiter, &search->text);
    return;
  }
  describe_end(task, &search->text);
  search->resolves = harness__task_wait(task).kind == HARNESS__WAIT_RESOLVE;
}

/* A held up writer's peer is to blame wherever its own waiting leads, and so is a pool without a thread left:
 * it is told there and then. */
static bool ends_at(const harness_task_t *task) {
  const harness_task_t *waiter = task->waited_by;

  if (task->kind == HARNESS__TASK_BACKGROUND)
    return true;
  return waiter != NULL && harness__task_wait(waiter).kind == HARNESS__WAIT_ROOM &&
         harness__task_wait(task).kind != HARNESS__WAIT_ROOM;
}

static void walk(search_t *search, harness_task_t *task, harness_task_t *from, unsigned depth);

static void walk_members(search_t *search, harness_task_t *whole, unsigned depth) {
  harness_task_t *member;

  for (size_t i = 0; depth < DEPTH_MOST && (member = harness__combination_member(whole, i)) != NULL; i++)
    walk(search, member, whole, depth + 1);
}

/* A background call may wait for any of those who serve connections from outside. */
static void walk_servers(search_t *search, harness_task_t *call, unsigned depth) {
  const harness__run_hooks_t *hooks = &call->h->run->hooks;
  harness_task_t *serving;

  if (hooks->serves_outside == NULL || depth == DEPTH_MOST || !harness__call_has_begun(call))
    return;
  for (size_t i = 0; (serving = hooks->serves_outside(call->h, i)) != NULL; i++)
    walk(search, serving, call, depth + 1);
}

/* Whom the walk goes to next; NULL: nobody, and what that means has been judged. */
static harness_task_t *go_on(search_t *search, harness_task_t *task, unsigned depth) {
  harness_task_t *next = NULL;

  if (task->kind == HARNESS__TASK_COMBINATION) {
    walk_members(search, task, depth);
    return NULL;
  }
  if (!ends_at(task))
    next = harness__task_wait(task).party;
  if (next == NULL || next->state == HARNESS__TASK_ENDED) {
    judge_end(search, task);
    if (task->kind == HARNESS__TASK_BACKGROUND)
      walk_servers(search, task, depth);
    return NULL;
  }
  return next;
}

/* Goes on from task, which `from` waits for; NULL: main. */
static void walk(search_t *search, harness_task_t *task, harness_task_t *from, unsigned depth) {
  harness_task_t *last = from;

  while (task != NULL && task->mark == HARNESS__MARK_NEW) {
    task->mark = HARNESS__MARK_ON_PATH;
    task->waited_by = last;
    last = task;
    task = go_on(search, task, depth);
  }
  if (task != NULL && task->mark == HARNESS__MARK_ON_PATH)
    judge_cycle(search, task, last);
  for (; last != from; last = last->waited_by)
    last->mark = HARNESS__MARK_DONE;
}

/* Who should have resolved a future is not known: it may be one of the others that don't get on. */
static void add_others(harness_t *h, search_t *search) {
  search_t others = {.blame = BLAME_NONE};

  for (harness_task_t *task = h->run->all_first; task != NULL; task = task->all_next) {
    if (task->mark == HARNESS__MARK_NEW && task->kind == HARNESS__TASK_COROUTINE)
      walk(&others, task, NULL, 0);
  }
  if (others.text.text != NULL && others.blame >= BLAME_TOLD && !others.resolves) {
    harness__buffer_string(&search->text, "; ");
    harness__buffer_add(&search->text, others.text.text, others.text.length);
  }
  harness__buffer_free(&others.text);
}

void harness__culprit_describe(harness_t *h, harness_task_t *task, harness__buffer_t *out) {
  search_t search = {.blame = BLAME_NONE};

  for (harness_task_t *each = h->run->all_first; each != NULL; each = each->all_next) {
    each->mark = HARNESS__MARK_NEW;
    each->waited_by = NULL;
  }
  walk(&search, task, NULL, 0);
  if (search.resolves)
    add_others(h, &search);
  if (search.text.failed)
    out->failed = true;
  else if (search.text.text != NULL)
    harness__buffer_add(out, search.text.text, search.text.length);
  harness__buffer_free(&search.text);
}
