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
 *
 * A future is no party, but has a past, too, for the lines in its lane: it begins with its maker's, and its
 * resolver's is added when it ends. A callback on the loop that logs for a future does so as nobody:
 * callbacks of other operations may have come before by chance. So does a thread that the harness did not
 * make, which hands its lines over one by one (network/thread.c).
 */
#include "network/lane.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "network/datagram.h"
#include "network/server.h"
#include "network/thread.h"

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

void harness__lane_note_for(harness_task_t *future, harness__past_t *party, const harness__note_t *note) {
  harness_t *h = future->h;
  harness__lane_t lane = harness__lane_of(h, future);
  harness__note_t timed = *note;

  timed.at_ms = harness_now_ms(h);
  if (party != NULL)
    harness__past_add(h->recorder, &future->past, harness__past_share(party));
  (void)harness__record_by(h->recorder, &future->past, lane, &timed);
  if (party != NULL)
    *party = (harness__past_t){.ref = harness__past_share(&future->past)};
}

/* What has no name but one by count, and a maker whose own lane is numbered by chance, was counted by chance,
 * too: its lane is called after its maker's. */
static harness__lane_t new_lane(harness_t *h, const harness_task_t *task) {
  if (task != NULL && task->maker_lane != 0)
    return harness__recorder_child(h->recorder, task->maker_lane, task->maker_number);
  if (task != NULL && task->name == NULL) { /* a connection's, and there was no memory for its lane */
    harness__recorder_set_failed(h->recorder);
    return 0;
  }
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
  if (task->kind == HARNESS__TASK_FUTURE)
    task->ended_after = task->past.ref;
  if (maker != NULL)
    note_maker(task, maker);
  if (task->kind == HARNESS__TASK_BACKGROUND)
    task->notes = harness__notes_new();
}

void harness__lane_append_notes(harness_task_t *call, const harness__notes_t *notes) {
  harness_t *h = call->h;
  harness__lane_t lane;

  if (!harness__notes_any(notes))
    return;
  lane = harness__lane_of(h, call);
  if (call->past.ref != harness__recorder_last(h->recorder, lane))
    harness__recorder_after(h->recorder, lane, harness__past_share(&call->past));
  harness__recorder_append(h->recorder, lane, notes);
  call->past = (harness__past_t){.ref = harness__recorder_last(h->recorder, lane)};
}

static void end_notes(harness_task_t *task) {
  if (task->kind == HARNESS__TASK_BACKGROUND && task->notes == NULL)
    harness__recorder_set_failed(task->h->recorder); /* it could not take anything down */
  if (task->notes == NULL)
    return;
  harness__lane_append_notes(task, task->notes);
  harness__notes_free(task->notes);
  task->notes = NULL;
}

void harness__lane_task_ended(harness_task_t *task) {
  if (!harness__datagram_task_ended(task))
    harness__server_task_ended(task);
  end_notes(task);
  if (task->kind != HARNESS__TASK_FUTURE) /* that is ended by others, who have told */
    task->ended_after = harness__past_share(&task->past);
}

void harness__lane_future_resolved(harness_task_t *future, const harness__resolver_t *resolver) {
  harness_t *h = future->h;
  harness__event_ref_t before;

  if (resolver->call != NULL)
    before = harness__past_share(&resolver->call->past);
  else if (resolver->thread != 0)
    before = harness__recorder_last(h->recorder, harness__thread_lane(h, resolver->thread));
  else
    before = harness__past_share(harness__lane_past(h));
  harness__past_add(h->recorder, &future->past, before);
  future->ended_after = harness__past_share(&future->past);
}

/* How far others had come with a future is chance, so of what is in its lane nothing counts. */
static void cancel_future(harness_task_t *future) {
  harness_t *h = future->h;
  harness__past_t past = {.ref = future->ended_after};

  harness__past_add(h->recorder, &past, harness__past_share(harness__lane_past(h)));
  future->ended_after = harness__past_share(&past);
}

void harness__lane_task_cancelled(harness_task_t *task) {
  harness_t *h = task->h;

  if (task->kind == HARNESS__TASK_FUTURE)
    cancel_future(task);
  else
    harness__past_add(h->recorder, &task->past, harness__past_share(harness__lane_past(h)));
}

void harness__lane_task_awaited(harness_task_t *waiter, harness_task_t *task) {
  harness_t *h = task->h;

  harness__past_add(h->recorder, waiter != NULL ? &waiter->past : &h->network->main_past, task->ended_after);
}

harness_task_t *harness__lane_handing_over(harness_t *h) {
  if (calling == NULL || calling->h != h)
    return NULL;
  if (calling->notes != NULL && harness__notes_any(calling->notes))
    harness__thread_post_notes(calling);
  return calling;
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

const char *harness__lane_of_task(const harness_task_t *task, uint32_t *number, harness__place_t *place) {
  const harness_server_t *server = harness__server_of_task(task);

  if (server != NULL)
    *place = server->place;
  return task->lane != 0 ? harness__recorder_lane_family(task->h->recorder, task->lane, number) : NULL;
}

void harness__lane_show(harness_t *h, const char *lane, const char *text) {
  struct harness__network *network = h->network;

  if (network->sink != NULL)
    network->sink(lane, text, network->sink_arg);
}

char *harness__lane_redact(harness_t *h, const char **text, size_t *size) {
  char *redacted;

  if (!harness__recorder_redacts(h->recorder))
    return NULL;
  redacted = harness__recorder_redact(h->recorder, *text, size);
  *text = redacted;
  return redacted;
}

/* Where a line goes: the notes of the background call that calls; a lane; or by letter. */
typedef struct writer {
  harness_t *h;
  harness_task_t *future; /* NULL: the calling party's lane */
  bool in_call;
  bool is_own_thread;
} writer_t;

static void record_line(const writer_t *writer, harness__note_t *note) {
  harness_t *h = writer->h;
  harness_task_t *task = writer->future != NULL ? writer->future : harness__current(h);
  harness__lane_t lane = harness__lane_of(h, task);

  if (writer->future == NULL)
    (void)harness__lane_note(h, lane, note);
  else if (harness__current(h) == NULL && harness__is_inside(h))
    harness__lane_note_for(task, NULL, note);
  else
    harness__lane_note_for(task, harness__lane_past(h), note);
  if (h->network->sink != NULL)
    harness__lane_show(h, harness__recorder_lane_name(h->recorder, lane), note->data);
}

static void take_line(const writer_t *writer, const char *text, size_t size) {
  harness__note_t note = {.kind = HARNESS__EVENT_LOG, .data = text, .size = size};

  if (!writer->in_call) {
    record_line(writer, &note);
    return;
  }
  if (calling->notes != NULL)
    (void)harness__notes_add(calling->notes, &note);
  harness__lane_show(writer->h, calling->name, text);
}

/* A line that can't be taken down is no reason for a transcript without it. */
static void lose_line(const writer_t *writer) {
  if (!writer->in_call)
    harness__inbox_lose(writer->h);
  else if (calling->notes != NULL)
    harness__notes_set_failed(calling->notes);
}

static void write_line(const writer_t *writer, const char *text, size_t size) {
  char *redacted;

  if (!writer->in_call && !writer->is_own_thread) {
    harness__thread_post_line(writer->h, writer->future, text, size);
    return;
  }
  redacted = harness__lane_redact(writer->h, &text, &size);
  if (text != NULL)
    take_line(writer, text, size);
  else
    lose_line(writer);
  free(redacted);
}

static void format_line(const writer_t *writer, const char *format, va_list values) {
  char small[256];
  char *text = small;
  va_list again;
  int length;

  va_copy(again, values);
  length = vsnprintf(small, sizeof small, format, values);
  if (length >= 0 && (size_t)length >= sizeof small) {
    text = malloc((size_t)length + 1);
    if (text != NULL)
      (void)vsnprintf(text, (size_t)length + 1, format, again);
  }
  va_end(again);
  if (length < 0 || text == NULL) {
    lose_line(writer);
    return;
  }
  if (length > 0 && text[length - 1] == '\n')
    text[--length] = '\0';
  write_line(writer, text, (size_t)length);
  if (text != small)
    free(text);
}

/* Whether there is a harness to log to; if not, with a sentence. */
static bool find_writer(harness_t *h, writer_t *writer, const char *function) {
  harness__side_t side = HARNESS__SIDE_CLOSED;

  writer->h = h;
  writer->in_call = h != NULL && writer->future == NULL && calling != NULL && calling->h == h;
  if (h != NULL && !writer->in_call)
    side = harness__side_of(h);
  writer->is_own_thread = side == HARNESS__SIDE_OWN;
  if (writer->in_call || side != HARNESS__SIDE_CLOSED)
    return true;
  harness__fail(NULL, h == NULL ? UV_EINVAL : UV_ECANCELED, "%s: the harness is %s", function,
                h == NULL ? "NULL" : "closed");
  return false;
}

void harness_log(harness_t *h, const char *format, ...) {
  writer_t writer = {0};
  va_list values;

  if (!find_writer(h, &writer, "harness_log") || format == NULL)
    return;
  va_start(values, format);
  format_line(&writer, format, values);
  va_end(values);
}

void harness_future_log(harness_task_t *future, const char *format, ...) {
  writer_t writer = {.future = future};
  va_list values;

  if (future == NULL || future->kind != HARNESS__TASK_FUTURE) {
    harness__fail(NULL, UV_EINVAL, "harness_future_log: the %s",
                  future == NULL ? "future is NULL" : "task is no future");
    return;
  }
  if (!find_writer(future->h, &writer, "harness_future_log") || format == NULL)
    return;
  if (harness__future_is_resolved(future)) {
    harness__fail(NULL, UV_EALREADY, "harness_future_log: %s has been resolved, and its lane has ended",
                  future->name);
    return;
  }
  va_start(values, format);
  format_line(&writer, format, values);
  va_end(values);
}

void harness_set_log_sink(harness_t *h, harness_log_sink_t sink, void *arg) {
  if (h == NULL) {
    harness__fail(NULL, UV_EINVAL, "harness_set_log_sink: the harness is NULL");
    return;
  }
  h->network->sink = sink;
  h->network->sink_arg = arg;
}
