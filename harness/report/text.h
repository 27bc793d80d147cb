/* SPDX-License-Identifier: MIT */
/* Private: a transcript as people read it, one event a line. Nothing that comes from data, logs or names is
 * printed raw: control characters are escaped. */
#ifndef HARNESS_REPORT_TEXT_H
#define HARNESS_REPORT_TEXT_H

#include "base/buffer.h"
#include "record/transcript.h"

/* How many columns the longest name of a lane takes, within reason. */
size_t harness__report_lane_width(const harness__transcript_t *transcript);

/* How many digits a number has. */
size_t harness__report_digits(size_t number);

/* Adds an event: its lane padded to lane_width columns (NULL: without), its name, what it holds. No newline.
 */
void harness__report_entry(harness__buffer_t *out, const char *lane, size_t lane_width,
                           const harness__entry_t *entry);

/* Adds what an event holds besides its lane, name and time, each part behind two spaces. */
void harness__report_detail(harness__buffer_t *out, const harness__entry_t *entry);

/* The parts of that: lane, name and peer; data, code or text, as far as the event has them; the time, with
 * two spaces before it, where it has one. Between the first two stand two spaces, where there is a second. */
void harness__report_head(harness__buffer_t *out, const char *lane, size_t lane_width,
                          const harness__entry_t *entry);
void harness__report_payload(harness__buffer_t *out, const harness__entry_t *entry);
void harness__report_time(harness__buffer_t *out, const harness__entry_t *entry);

/* The whole transcript; the caller frees it. NULL when memory is exhausted. */
char *harness__report_text(const harness__transcript_t *transcript);

/* The same lane by lane: each lane's name, below it its events with their numbers in the whole. Only of the
 * lanes that are named ("server" stands for "server/1" … as well), where names, which ends with NULL, is
 * neither NULL nor empty. */
char *harness__report_by_lane(const harness__transcript_t *transcript, const char *const *names);

#endif
