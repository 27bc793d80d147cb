/* SPDX-License-Identifier: MIT */
/* Private: what other threads hand over to a harness. */
#ifndef HARNESS_RUN_INBOX_H
#define HARNESS_RUN_INBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include <harness/core.h>

/* Something to be done on the harness's thread. open is called there, once, and frees the letter where it has
 * to be freed. */
typedef struct harness__letter harness__letter_t;
struct harness__letter {
  harness__letter_t *next;
  void (*open)(harness_t *h, harness__letter_t *letter);
};

/* By what the test failed; text is NULL where there was no memory for it. */
typedef struct harness__failure {
  char *text;
  const char *file;
  int line;
} harness__failure_t;

typedef struct harness__inbox {
  harness_t *h;
  uv_thread_t owner;
  struct harness__inbox *next; /* of the process's open harnesses */
  harness__letter_t *first;
  harness__letter_t **last;
  harness__letter_t *taken; /* and not opened yet: the harness's thread only */
  atomic_bool has_mail;
  atomic_bool lost;           /* there was no memory for something that belongs into the transcript */
  atomic_bool failed;         /* and never again not; the failure is there before, and stays */
  harness__failure_t failure; /* written under the lock */
  atomic_bool thread_lost;    /* a thread outside has ended, which may hold a future */
  bool has_bell;              /* this one, the list and the letters under the lock (run/inbox.c) */
  uv_async_t bell;            /* ends a wait on the loop */
} harness__inbox_t;

/* Whose thread the caller is on. CLOSED: there is no such harness (any more); nothing of it was touched. */
typedef enum harness__side { HARNESS__SIDE_OWN, HARNESS__SIDE_OTHER, HARNESS__SIDE_CLOSED } harness__side_t;
harness__side_t harness__side_of(harness_t *h);

/* Lets other threads find the harness, and no longer. Closing opens the letters that are left. */
void harness__inbox_open(harness_t *h);
void harness__inbox_close(harness_t *h);

/* The loop is there, and is going to be closed: a post rings on it meanwhile. */
void harness__inbox_hang_bell(harness_t *h, uv_loop_t *loop);
void harness__inbox_take_bell_down(harness_t *h);

/* Hands a letter over. Any thread. Returns 0, or UV_ECANCELED where the harness is closed: the letter stays
 * the caller's. */
int harness__inbox_post(harness_t *h, harness__letter_t *letter);

/* Notes that a letter could not be made. Any thread. */
void harness__inbox_lose(harness_t *h);

/* The harness, or every open one where h is NULL, has failed. Copies the text. Any thread. Returns 0,
 * UV_EALREADY where it had, UV_ECANCELED where none is open. */
int harness__inbox_fail(harness_t *h, const char *file, int line, const char *text);

/* A thread that no harness made is about to end, in the middle of whatever it does for the open ones. */
void harness__inbox_lose_thread(void);

/* Opens what has come, in the order in which it was posted. Returns whether there was anything. */
bool harness__inbox_take(harness_t *h);

/* The calling thread's number: from 1, never used again in the process. */
uint64_t harness__thread_number(void);

#endif
