/* SPDX-License-Identifier: MIT */
/*
 * Lanes of parties. On the loop's thread an event goes straight to the recorder. A background call
 * writes to notes of its own, without locks; they are appended to its lane when it has ended. That
 * loses nothing: the order between a free-running lane and the others is by cause only.
 *
 * The causes that parties are to each other are kept here, each with its party's past (record/past.c): a task
 * begins with its maker's, whoever waits for a task is told of what that had done when it ended, or of what
 * the one had done who resolved it. So what a party does in several lanes is in order, too, and one that does
 * nothing which is recorded hands on what it knows.
 */
#include "network/lane.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "network/datagram.h"
#include "network/server.h"

static _Thread_local harness_task_t *calling; /* the background call of this thread */

harness__past_t *harness__lane_past(harness_t *h) {
  harness_task_t *task = harness__current(h);

  if (task != NULL)
    return &task->past;
  if (!h->run->in_agenda)
    return &h->network->main_past;
  h->network->no_past = (harness__past_t){0};
  return &h->network->no_past;
}

harness__event_ref_t harness__lane_note(harness_t *h, harness__lane_t lane, harness__note_t *note) {
  note->at_ms = harness_now_ms(h);
  return harness__record_by(h->recorder, harness__lane_past(h), lane, note);
}

/* What has no name but one by count, and a maker whose own lane is numbered by chance, was counted by chance,
 * too: its lane is called after its maker's. */
static harness__lane_t new_lane(harness_t *h, const harness_task_t *task) {
  if (task != NULL && task->maker_lane != 0)
    return harness__recorder_child(h->recorder, task->maker_lane, task->maker_number);
  return harness__recorder_lane(h->recorder, task != NULL ? task->name : "main", 0, 0);
}

harness__lane_t harness__lane_of(harness_t *h, harness_task_t *task) {
  harness__lane_t *lane = task != NULL ? &task->lane : &h->network->main_lane;

  if (*lane == 0)
    *lane = new_lane(h, task);
  return *lane;
}

harness__lane_t harness__lane_for_connection(harness_t *h, harness_task_t *task) {
  harness__lane_t lane = harness__lane_of(h, task);

  if (++task->sublanes == 1 || lane == 0)
    return lane;
  return harness__recorder_child(h->recorder, lane, task->sublanes);
}

void harness__lane_give_back(harness_task_t *task) {
  task->sublanes--;
}

static void note_maker(harness_task_t *task, harness_task_t *maker) {
  harness_t *h = task->h;
  harness__lane_t lane = maker->maker_lane != 0 ? harness__lane_of(h, maker) : maker->lane;

  if (task->name == NULL || harness__names_has(&h->run->names, task->name) ||
      !harness__recorder_is_unnamed(h->recorder, lane))
    return;
  /* The first number is the second: the lane itself is the first. */
  if (maker->sublanes == 0)
    maker->sublanes = 1;
  task->maker_lane = lane;
  task->maker_number = ++maker->sublanes;
}

void harness__lane_task_created(harness_task_t *task) {
  harness_t *h = task->h;
  harness_task_t *maker = harness__current(h);

  task->past.ref = harness__past_share(harness__lane_past(h));
  if (maker != NULL)
    note_maker(task, maker);
  if (task->kind == HARNESS__TASK_BACKGROUND)
    task->notes = harness__notes_new();
}

static void append_notes(harness_task_t *task) {
  harness_t *h = task->h;

  if (task->kind == HARNESS__TASK_BACKGROUND && task->notes == NULL)
    harness__recorder_set_failed(h->recorder); /* it could not take anything down */
  if (task->notes == NULL)
    return;
  if (harness__notes_any(task->notes)) {
    harness__lane_t lane = harness__lane_of(h, task);

    harness__recorder_after(h->recorder, lane, harness__past_share(&task->past));
    harness__recorder_append(h->recorder, lane, task->notes);
    task->past.ref = harness__recorder_last(h->recorder, lane);
  }
  harness__notes_free(task->notes);
  task->notes = NULL;
}

void harness__lane_task_ended(harness_task_t *task) {
  if (!harness__datagram_task_ended(task))
    harness__server_task_ended(task);
  append_notes(task);
  /* A future is ended by who resolves it. */
  task->ended_after =
      harness__past_share(task->kind == HARNESS__TASK_FUTURE ? harness__lane_past(task->h) : &task->past);
}

void harness__lane_task_cancelled(harness_task_t *task) {
  harness_t *h = task->h;

  harness__past_add(h->recorder, &task->past, harness__past_share(harness__lane_past(h)));
}

void harness__lane_task_awaited(harness_task_t *waiter, harness_task_t *task) {
  harness_t *h = task->h;

  harness__past_add(h->recorder, waiter != NULL ? &waiter->past : &h->network->main_past, task->ended_after);
}

void harness__lane_call_begins(harness_task_t *task) {
  calling = task;
}

void harness__lane_call_ends(harness_task_t *task) {
  (void)task;
  calling = NULL;
}

const char *harness__lane_task_name(const harness_task_t *task) {
  return task->lane != 0 ? harness__recorder_lane_name(task->h->recorder, task->lane) : "a handler";
}

static void show(harness_t *h, const char *lane, const char *text) {
  struct harness__network *network = h->network;

  if (network->sink != NULL)
    network->sink(lane, text, network->sink_arg);
}

static void take_line(harness_t *h, const char *text, size_t size) {
  harness__note_t note = {.kind = HARNESS__EVENT_LOG, .data = text, .size = size};

  if (calling != NULL && calling->h == h) {
    if (calling->notes != NULL)
      (void)harness__notes_add(calling->notes, &note);
    show(h, calling->name, text);
    return;
  }
  harness__lane_t lane = harness__lane_of(h, harness__current(h));
  (void)harness__lane_note(h, lane, &note);
  if (h->network->sink != NULL)
    show(h, harness__recorder_lane_name(h->recorder, lane), text);
}

static bool may_log(harness_t *h) {
  if (h == NULL) {
    harness__fail(NULL, UV_EINVAL, "harness_log: the harness is NULL");
    return false;
  }
  if ((calling != NULL && calling->h == h) || harness__run_is_own_thread(h))
    return true;
  harness__fail(NULL, UV_EPERM,
                "harness_log: this thread is neither the harness's nor one of its background calls");
  return false;
}

/* A line that can't be taken down is no reason for a transcript without it. */
static void lose_line(harness_t *h) {
  if (calling == NULL || calling->h != h)
    harness__recorder_set_failed(h->recorder);
  else if (calling->notes != NULL)
    harness__notes_set_failed(calling->notes);
}

/* What is redacted is seen by nobody, so it goes first. */
static void log_text(harness_t *h, const char *text, size_t size) {
  char *redacted;

  if (!harness__recorder_redacts(h->recorder)) {
    take_line(h, text, size);
    return;
  }
  redacted = harness__recorder_redact(h->recorder, text, &size);
  if (redacted != NULL)
    take_line(h, redacted, size);
  else
    lose_line(h);
  free(redacted);
}

void harness_log(harness_t *h, const char *format, ...) {
  char small[256];
  char *text = small;
  va_list values;
  int length;

  if (!may_log(h) || format == NULL)
    return;
  va_start(values, format);
  length = vsnprintf(small, sizeof small, format, values);
  va_end(values);
  if (length < 0) {
    lose_line(h);
    return;
  }
  if ((size_t)length >= sizeof small) {
    text = malloc((size_t)length + 1);
    if (text == NULL) {
      lose_line(h);
      return;
    }
    va_start(values, format);
    (void)vsnprintf(text, (size_t)length + 1, format, values);
    va_end(values);
  }
  if (length > 0 && text[length - 1] == '\n')
    text[--length] = '\0';
  log_text(h, text, (size_t)length);
  if (text != small)
    free(text);
}

void harness_set_log_sink(harness_t *h, harness_log_sink_t sink, void *arg) {
  if (h == NULL) {
    harness__fail(NULL, UV_EINVAL, "harness_set_log_sink: the harness is NULL");
    return;
  }
  h->network->sink = sink;
  h->network->sink_arg = arg;
}
