/* SPDX-License-Identifier: MIT */
/*
 * Lines from other threads, as letters. A thread that the harness did not make has no name here: its lane is
 * thread/1, thread/2 …, and which thread has which number is chance, so they are numbered by content, like
 * connections of free-running peers. What one thread logs for a future is in the future's lane instead.
 */
#include "network/thread.h"

#include <stdlib.h>
#include <string.h>

#include "network/lane.h"

typedef struct harness__line {
  harness__letter_t letter; /* must come first */
  struct harness__line *next_shown;
  char *redacted;         /* what is recorded in its place; NULL: nothing is redacted */
  harness_task_t *future; /* NULL: the lane is the thread's */
  harness_task_t *call;   /* the background call whose thread it is; NULL: the thread is one outside */
  uint64_t thread;
  size_t size;
  char text[];
} line_t;

/* A thread that has logged something. */
struct harness__thread {
  struct harness__thread *next;
  uint64_t number;
  harness__lane_t lane;
};

harness__lane_t harness__thread_lane(const harness_t *h, uint64_t thread) {
  const struct harness__thread *known = h->network->threads;

  while (known != NULL && known->number != thread)
    known = known->next;
  return known != NULL ? known->lane : 0;
}

/* 0 when memory is exhausted: then the recorder has no transcript any more. */
static harness__lane_t new_lane(harness_t *h, uint64_t thread) {
  struct harness__network *network = h->network;
  struct harness__thread *added = harness__arena_alloc(&network->arena, sizeof *added);

  if (added == NULL)
    return 0;
  added->number = thread;
  added->lane = harness__recorder_lane(h->recorder, HARNESS__OUTSIDE_NAME, ++network->thread_count,
                                       HARNESS__LANE_BY_CONTENT);
  added->next = network->threads;
  network->threads = added;
  return added->lane;
}

/* A line from outside comes after those of its lane and nothing else: what a thread of a pool has done
 * before, for whichever operation, is chance. */
static void record_line(harness_t *h, const line_t *line, const char *text, size_t size) {
  harness__note_t note = {.kind = HARNESS__EVENT_LOG, .data = text, .size = size};
  harness__lane_t lane;

  if (line->future != NULL) {
    harness__lane_note_for(line->future, line->call != NULL ? &line->call->past : NULL, &note);
    harness__lane_show(h, line->future->name, text);
    return;
  }
  lane = harness__thread_lane(h, line->thread);
  if (lane == 0)
    lane = new_lane(h, line->thread);
  (void)harness__record(h->recorder, lane, &note);
  harness__lane_show(h, HARNESS__OUTSIDE_NAME, text);
}

static void free_line(line_t *line) {
  free(line->redacted);
  free(line);
}

void harness__thread_free_shown(struct harness__network *network) {
  while (network->shown != NULL) {
    line_t *line = network->shown;
    network->shown = line->next_shown;
    free_line(line);
  }
}

/* Where the log sink is left by a jump (a failed assertion), the line is freed with the harness. */
static void open_line(harness_t *h, harness__letter_t *letter) {
  struct harness__network *network = h->network;
  line_t *line = (line_t *)letter;
  const char *text = line->text;
  size_t size = line->size;

  harness__recorder_set_free_running(h->recorder);
  line->redacted = harness__lane_redact(h, &text, &size);
  if (text != line->text)
    explicit_bzero(line->text, line->size); /* the secret was in there */
  line->next_shown = network->shown;
  network->shown = line;
  if (text != NULL)
    record_line(h, line, text, size);
  else
    harness__recorder_set_failed(h->recorder);
  network->shown = line->next_shown;
  free_line(line);
}

void harness__thread_post_line(harness_t *h, harness_task_t *future, const char *text, size_t size) {
  line_t *line = malloc(sizeof *line + size + 1);

  if (line == NULL) {
    harness__inbox_lose(h);
    return;
  }
  line->letter.open = open_line;
  line->redacted = NULL;
  line->future = future;
  line->call = harness__lane_handing_over(h);
  line->thread = harness__thread_number();
  line->size = size;
  memcpy(line->text, text, size);
  line->text[size] = '\0';
  if (harness__inbox_post(h, &line->letter) != 0) {
    harness__fail(NULL, UV_ECANCELED, "the harness was closed while this thread logged");
    free(line);
  }
}

typedef struct bundle {
  harness__letter_t letter; /* must come first */
  harness_task_t *call;
  harness__notes_t *notes;
} bundle_t;

static void open_bundle(harness_t *h, harness__letter_t *letter) {
  bundle_t *bundle = (bundle_t *)letter;

  (void)h;
  harness__lane_append_notes(bundle->call, bundle->notes);
  harness__notes_free(bundle->notes);
  free(bundle);
}

void harness__thread_post_notes(harness_task_t *call) {
  bundle_t *bundle = malloc(sizeof *bundle);
  harness__notes_t *fresh = harness__notes_new();

  if (bundle == NULL || fresh == NULL) {
    harness__notes_set_failed(call->notes);
    harness__notes_free(fresh);
    free(bundle);
    return;
  }
  bundle->letter.open = open_bundle;
  bundle->call = call;
  bundle->notes = call->notes;
  if (harness__inbox_post(call->h, &bundle->letter) == 0) {
    call->notes = fresh;
  } else { /* never: a harness is not closed while its calls run */
    harness__notes_free(fresh);
    free(bundle);
  }
}
