/* SPDX-License-Identifier: MIT */
/*
 * Private: the recorder takes down what every party does, as it happens and as cheaply as it can:
 * one fixed-size event and one copy of the data, nothing formatted. What it holds becomes a
 * transcript (record/transcript.h) through harness__recorder_transcript (record/canonical.c).
 */
#ifndef HARNESS_RECORD_RECORDER_H
#define HARNESS_RECORD_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/past.h"
#include "record/event.h"
#include "record/transcript.h"

typedef struct harness__recorder harness__recorder_t;

/* A lane; 0 is none. Servers have one too, so that events can name them. */
typedef uint32_t harness__lane_t;

/* An event, or a joint of several, as something later events may depend on; 0 is none. */
typedef uint64_t harness__event_ref_t;

enum {
  /* Its peer is free-running: the cutting of its receives is the kernel's, so consecutive ones are joined. */
  HARNESS__LANE_FREE_PEER = 1,
  /* A connection accepted from a free-running peer, or what a datagram endpoint and such a peer exchange:
   * which of two was first is chance, so its number within its family is given by content
   * (record/relabel.c). Implies FREE_PEER. */
  HARNESS__LANE_BY_CONTENT = 2,
  /* A connection accepted from a client of the harness. As soon as anything runs freely, which client came
   * first may be chance, too: then these are numbered by content as well, before the others. */
  HARNESS__LANE_ACCEPTED = 4,
  /* The same where the client's own lane is numbered by content. */
  HARNESS__LANE_FROM_UNNAMED = 8
};

/* What an event holds beside its lane; unused members are zero. Copied by harness__record. */
typedef struct harness__note {
  harness__event_kind_t kind;
  /* connect, eof and reset by this lane, send of a datagram: to whom; accept, eof and reset seen, receive of
   * a datagram: from whom. The sends and receives of connections have none. */
  harness__lane_t peer;
  bool from;        /* eof, reset: seen by this lane rather than done by it */
  const char *code; /* error: the symbolic name ("ECONNREFUSED"); a string constant */
  const void *data; /* send, receive: bytes; log: text, redacted (harness__recorder_redact) */
  size_t size;
  harness__event_ref_t cause; /* what had to happen first: the send of a receive, the connect of an accept */
  uint64_t left;              /* receive: how many bytes its cause has sent behind the last one of these */
  uint64_t at_ms;             /* virtual time */
} harness__note_t;

/* data_limit: longer data keeps length, digest and head only. NULL when memory is exhausted. */
harness__recorder_t *harness__recorder_new(size_t data_limit);
void harness__recorder_free(harness__recorder_t *recorder);

/* The lane named family (number 0) or "family/number", made where there is none. The family's text is copied
 * once per family. flags are added to those the lane has. Returns 0 when memory is exhausted. */
harness__lane_t harness__recorder_lane(harness__recorder_t *recorder, const char *family, uint32_t number,
                                       unsigned flags);

/* The same with the family of another lane: a copy-free way to make "server/1" from "server". */
harness__lane_t harness__recorder_sublane(harness__recorder_t *recorder, harness__lane_t family,
                                          uint32_t number, unsigned flags);

/* A further lane of whoever has that one: "client/2" of "client", "server/1/2" of "server/1". Where chance
 * numbers that one, its own name follows. Returns 0 when memory is exhausted. */
harness__lane_t harness__recorder_child(harness__recorder_t *recorder, harness__lane_t parent,
                                        uint32_t number);

/* Whether a part of the lane's name is a number given by content. */
bool harness__recorder_is_unnamed(const harness__recorder_t *recorder, harness__lane_t lane);

/* From now on the events of this lane and of all others of the same chain (any lane, which stands for them)
 * keep the order in which they are recorded. */
void harness__recorder_set_chain(harness__recorder_t *recorder, harness__lane_t lane, harness__lane_t chain);

/* Adds flags to a lane. */
void harness__recorder_set_flags(harness__recorder_t *recorder, harness__lane_t lane, unsigned flags);

/* The lane's name, valid as long as the recorder; "?" for 0. Where memory is exhausted the one is NULL; the
 * other is "?" too, and the recorder has failed, since the name is for what may be recorded. */
const char *harness__recorder_spell_lane(harness__recorder_t *recorder, harness__lane_t lane);
const char *harness__recorder_lane_name(harness__recorder_t *recorder, harness__lane_t lane);

/* The name without its number, and that, 0 where it has none: nothing is allocated. */
const char *harness__recorder_lane_family(const harness__recorder_t *recorder, harness__lane_t lane,
                                          uint32_t *number);

/* Takes down an event. Returns its reference, or 0 when memory is exhausted (harness__recorder_failed tells
 * from then on). */
harness__event_ref_t harness__record(harness__recorder_t *recorder, harness__lane_t lane,
                                     const harness__note_t *note);

/* The next event of this lane happens after that one (start after schedule, what follows a wait after the end
 * waited for). */
void harness__recorder_after(harness__recorder_t *recorder, harness__lane_t lane,
                             harness__event_ref_t before);

/* What a party does next comes after `before`, too. */
void harness__past_add(harness__recorder_t *recorder, harness__past_t *past, harness__event_ref_t before);

/* All of a party's past as one reference, for others to come after. */
harness__event_ref_t harness__past_share(harness__past_t *past);

/* As harness__record, for what a party does: it comes after the party's past, and is its past from now on. */
harness__event_ref_t harness__record_by(harness__recorder_t *recorder, harness__past_t *past,
                                        harness__lane_t lane, const harness__note_t *note);

/* The same for bytes that one end of a connection has sent, or received; the parameters are a note's. */
harness__event_ref_t harness__record_sent(harness__recorder_t *recorder, harness__past_t *past,
                                          harness__lane_t lane, const void *data, size_t size,
                                          uint64_t at_ms);
harness__event_ref_t harness__record_received(harness__recorder_t *recorder, harness__past_t *past,
                                              harness__lane_t lane, const void *data, size_t size,
                                              uint64_t at_ms, harness__event_ref_t cause, uint64_t left);

/* The lane's last event, 0 where it has none. */
harness__event_ref_t harness__recorder_last(const harness__recorder_t *recorder, harness__lane_t lane);

/* From now on the transcript is put in canonical order: something free-running took part. */
void harness__recorder_set_free_running(harness__recorder_t *recorder);
bool harness__recorder_is_free_running(const harness__recorder_t *recorder);

/* From now on nothing is kept: recording does nothing, and there is no transcript to ask for. */
void harness__recorder_set_off(harness__recorder_t *recorder);
bool harness__recorder_is_off(const harness__recorder_t *recorder);

/* An event was lost before it came here: no transcript is given out any more. */
void harness__recorder_set_failed(harness__recorder_t *recorder);

/* Whether an event was lost for want of memory. */
bool harness__recorder_failed(const harness__recorder_t *recorder);

/* Something makes every transcript wrong: none is given out any more, and harness__recorder_trouble says why.
 * Takes the sentence over; the first one stays. NULL stands for exhausted memory. Any thread. */
void harness__recorder_set_trouble(harness__recorder_t *recorder, char *sentence);

/* That sentence, or NULL. */
const char *harness__recorder_trouble(const harness__recorder_t *recorder);

/* From now on what matches is recorded as ${name}. Before anything is recorded, and while no other thread
 * logs. False with a sentence, which the caller frees (NULL: memory is exhausted). */
bool harness__recorder_add_redaction(harness__recorder_t *recorder, const char *name, const char *regex,
                                     char **sentence);

/* Transcripts have $name1, $name2 … for what matches; $name, for single. False as above; also where long data
 * was digested already. */
bool harness__recorder_add_placeholder(harness__recorder_t *recorder, const char *name, const char *regex,
                                       bool single, char **sentence);

/* Whether anything is redacted. Any thread. */
bool harness__recorder_redacts(const harness__recorder_t *recorder);

/* A line of a log without what is redacted; whoever logs calls it, since lines go to others than the recorder
 * too. The caller frees the text; *size is set to its length. NULL when memory is exhausted. Any thread. */
char *harness__recorder_redact(harness__recorder_t *recorder, const char *text, size_t *size);

/* The events of a lane so far, for reports: calls visit for the last count events (64 at most), oldest first.
 * The entry lasts as long as the call; its lane is the handle, not an index. */
void harness__recorder_recent(harness__recorder_t *recorder, harness__lane_t lane, size_t count,
                              void (*visit)(const harness__entry_t *entry, void *arg), void *arg);

/* The transcript of all that was recorded, in canonical order; freed with harness__transcript_free. NULL when
 * memory is exhausted (or had been: a transcript with a hole is not given out), when causes contradict
 * each other, or when there is trouble (harness__recorder_trouble). */
harness__transcript_t *harness__recorder_transcript(harness__recorder_t *recorder);

/* The same in canonical order whatever ran, receives that follow each other in a lane joined, receives
 * without times. Data has to be whole: the recorder's data_limit is SIZE_MAX. Where a joined receive would
 * have to come before its own cause (a lane that started a task between two reads, which made the peer
 * write), it does. */
harness__transcript_t *harness__recorder_joined_transcript(harness__recorder_t *recorder);

/*
 * Notes: what a background call takes down on its own thread, without locks; the loop's thread appends
 * them to the call's lane when the call has ended.
 */
typedef struct harness__notes harness__notes_t;
harness__notes_t *harness__notes_new(void);
bool harness__notes_add(harness__notes_t *notes, const harness__note_t *note);
void harness__notes_set_failed(harness__notes_t *notes);
/* Whether anything was taken down, or should have been. */
bool harness__notes_any(const harness__notes_t *notes);
void harness__recorder_append(harness__recorder_t *recorder, harness__lane_t lane,
                              const harness__notes_t *notes);
void harness__notes_free(harness__notes_t *notes);

#endif
