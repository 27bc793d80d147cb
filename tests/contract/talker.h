/* SPDX-License-Identifier: MIT */
/*
 * A pair that never stops talking, in memory or over TCP, of coroutines or protocols.
 *
 * Nothing here is timed. The pair counts its turns. After TALK_SOME of them it makes sure that what it might
 * starve has come, as far as the kernel or a thread is concerned; from then on the harness has TALK_MOST
 * turns to notice.
 */
#ifndef HARNESS_TESTS_CONTRACT_TALKER_H
#define HARNESS_TESTS_CONTRACT_TALKER_H

#include <harness/cmocka.h>

#include <stdbool.h>
#include <stddef.h>

enum { TALK_SOME = 200, TALK_MOST = 1000, TALK_KINDS = 4, TALK_LIMIT_MS = 60000 };

/* Of the talk that is under way. */
extern harness_t *world;
extern bool happened;    /* what it must not starve; the talk ends then */
extern size_t talk_most; /* turns until it ends all the same */

/* Opens a harness and begins a talk of the kind (0 to TALK_KINDS - 1) in it. sure may be NULL; it is called
 * in the midst of the talk. Returns a task that ends with the talk. */
harness_task_t *talk_open(size_t kind, harness_options_t options, void (*sure)(void));

/* Asserts that nothing is left. */
void talk_close(void);

/* Each kind of talk: begins it, and what begin begins, and talks until that has happened; asserts that it
 * has. */
void talk_starves_nobody(harness_options_t options, void (*begin)(void), void (*sure)(void));

/* A server's handler, for talks beside it. */
void talk_echo(harness_stream_t *stream, void *arg);

/* The other end of it: one turn. */
void talk_trip(harness_stream_t *stream);

/* Makes it happen. */
void happen(void *arg);

#endif
