/* SPDX-License-Identifier: MIT */
/* Private: which lane a party's events belong to. */
#ifndef HARNESS_NETWORK_LANE_H
#define HARNESS_NETWORK_LANE_H

#include "network/network.h"

/* The lane of a coroutine, of "main" where task is NULL; made on first use. 0 when memory is exhausted. */
harness__lane_t harness__lane_of(harness_t *h, harness_task_t *task);

/* What came before all that the party which runs does next: a coroutine, or main with all callbacks on the
 * loop, since what runs on the harness's thread outside of coroutines is one party. Where an item or timer
 * happens, nobody does it. */
harness__past_t *harness__lane_past(harness_t *h);

/* The same, mostly without a call. */
static inline harness__past_t *harness__lane_past_here(harness_t *h) {
  harness_task_t *task = harness__current(h);

  return task != NULL ? &task->past : harness__lane_past(h);
}

/* Records what the party that runs does, in whichever lane; the note gets the time. */
static inline harness__event_ref_t harness__lane_note(harness_t *h, harness__lane_t lane,
                                                      harness__note_t *note) {
  note->at_ms = harness__now_ms(h);
  return harness__record_by(h->recorder, harness__lane_past_here(h), lane, note);
}

/* Records a line in a future's lane. party is the past of who does so, NULL where that is nobody whose doings
 * have an order of their own: a callback on the loop, a thread that the harness did not make. */
void harness__lane_note_for(harness_task_t *future, harness__past_t *party, const harness__note_t *note);

/* Appends to a background call's lane what it has taken down. */
void harness__lane_append_notes(harness_task_t *call, const harness__notes_t *notes);

/* The lane for a connection that this coroutine opens: its own for the first one, "name/2" … for
 * further ones, so that every event belongs to one connection. */
harness__lane_t harness__lane_for_connection(harness_t *h, harness_task_t *task);

/* Gives back what harness__lane_for_connection gave last: the connection did not come to be. */
void harness__lane_give_back(harness_task_t *task);

/* Takes out of a line what is redacted, before anybody sees it. Returns a copy, which the caller frees and
 * *text is set to; NULL where nothing is redacted, or, with *text set to NULL, for want of memory. Any
 * thread. */
char *harness__lane_redact(harness_t *h, const char **text, size_t *size);

/* Tells the log sink of a line. */
void harness__lane_show(harness_t *h, const char *lane, const char *text);

/* What the run layer tells about tasks, so that lanes know what came before what. */
void harness__lane_task_created(harness_task_t *task);
void harness__lane_task_ended(harness_task_t *task);
void harness__lane_task_cancelled(harness_task_t *task);
void harness__lane_task_awaited(harness_task_t *waiter, harness_task_t *task);
void harness__lane_call_begins(harness_task_t *task);
void harness__lane_call_ends(harness_task_t *task);
harness_task_t *harness__lane_handing_over(harness_t *h);
void harness__lane_future_resolved(harness_task_t *future, const harness__resolver_t *resolver);
const char *harness__lane_task_name(const harness_task_t *task);
const char *harness__lane_of_task(const harness_task_t *task, uint32_t *number, harness__place_t *place);

#endif
