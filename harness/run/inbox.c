/* SPDX-License-Identifier: MIT */
/*
 * Threads that the harness did not make: a foreign library's own. What such a thread does to a harness (it
 * logs a line, it resolves a future) is put into a letter, and happens on the harness's thread between two
 * steps of others, as anything else does (rule 1). The letters of one thread keep their order.
 *
 * What can go wrong: the thread outlives the harness, and has nothing but a pointer that was one. So before
 * anything of a harness is touched it is looked up among the open ones, under one lock of the process; what
 * needs the harness to stand is done under the same lock, and closing takes the harness off the list first.
 * Nothing is waited for and nothing of the test's is called with the lock held. What is called when a letter
 * is opened (a log sink) may be left by a jump: the letters behind it are still there the next time. The
 * harness's own thread is asked for most often, and needs no lock: it remembers which harness it was found to
 * own.
 *
 * A bell (uv_async) ends a wait on the loop. It is hung up under the lock, so that a thread never rings a
 * loop that is gone.
 */
#include "run/inbox.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "run/ask.h"
#include "run/run.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static harness__inbox_t *open_ones;

static _Thread_local const harness_t *owned; /* found to belong to this thread */
static _Thread_local uint64_t thread_number;
static atomic_uint_fast64_t threads;

uint64_t harness__thread_number(void) {
  if (thread_number == 0)
    thread_number = atomic_fetch_add(&threads, 1) + 1;
  return thread_number;
}

/* Where the harness stands in the list, or where the list ends. */
static harness__inbox_t **find(const harness_t *h) {
  harness__inbox_t **link = &open_ones;

  while (*link != NULL && (*link)->h != h)
    link = &(*link)->next;
  return link;
}

harness__side_t harness__side_of(harness_t *h) {
  harness__side_t side = HARNESS__SIDE_CLOSED;
  uv_thread_t self = uv_thread_self();
  const harness__inbox_t *inbox;

  if (owned == h)
    return HARNESS__SIDE_OWN;
  (void)pthread_mutex_lock(&lock);
  inbox = *find(h);
  if (inbox != NULL)
    side = uv_thread_equal(&self, &inbox->owner) != 0 ? HARNESS__SIDE_OWN : HARNESS__SIDE_OTHER;
  (void)pthread_mutex_unlock(&lock);
  if (side == HARNESS__SIDE_OWN)
    owned = h;
  return side;
}

void harness__inbox_open(harness_t *h) {
  harness__inbox_t *inbox = &h->run->inbox;

  inbox->h = h;
  inbox->owner = h->run->owner;
  inbox->last = &inbox->first;
  atomic_init(&inbox->has_mail, false);
  atomic_init(&inbox->lost, false);
  atomic_init(&inbox->failed, false);
  atomic_init(&inbox->thread_lost, false);
  (void)pthread_mutex_lock(&lock);
  inbox->next = open_ones;
  open_ones = inbox;
  (void)pthread_mutex_unlock(&lock);
}

void harness__inbox_close(harness_t *h) {
  harness__inbox_t **link;

  (void)pthread_mutex_lock(&lock);
  link = find(h);
  if (*link != NULL)
    *link = (*link)->next;
  (void)pthread_mutex_unlock(&lock);
  if (owned == h)
    owned = NULL;
  (void)harness__inbox_take(h);
}

static void on_bell(uv_async_t *bell) {
  (void)bell; /* its only purpose is to end the wait */
}

void harness__inbox_hang_bell(harness_t *h, uv_loop_t *loop) {
  harness__inbox_t *inbox = &h->run->inbox;

  if (uv_async_init(loop, &inbox->bell, on_bell) != 0)
    return; /* letters are found all the same, when the wait has ended */
  uv_unref((uv_handle_t *)&inbox->bell);
  (void)pthread_mutex_lock(&lock);
  inbox->has_bell = true;
  harness__ask_set_bell(h->run, &inbox->bell);
  (void)pthread_mutex_unlock(&lock);
}

void harness__inbox_take_bell_down(harness_t *h) {
  harness__inbox_t *inbox = &h->run->inbox;
  bool had_bell;

  (void)pthread_mutex_lock(&lock);
  had_bell = inbox->has_bell;
  harness__ask_set_bell(h->run, NULL);
  inbox->has_bell = false;
  (void)pthread_mutex_unlock(&lock);
  if (had_bell)
    uv_close((uv_handle_t *)&inbox->bell, NULL);
}

int harness__inbox_post(harness_t *h, harness__letter_t *letter) {
  int status = UV_ECANCELED;
  harness__inbox_t *inbox;

  letter->next = NULL;
  (void)pthread_mutex_lock(&lock);
  inbox = *find(h);
  if (inbox != NULL) {
    *inbox->last = letter;
    inbox->last = &letter->next;
    atomic_store(&inbox->has_mail, true);
    if (inbox->has_bell)
      (void)uv_async_send(&inbox->bell);
    status = 0;
  }
  (void)pthread_mutex_unlock(&lock);
  return status;
}

void harness__inbox_lose(harness_t *h) {
  harness__inbox_t *inbox;

  (void)pthread_mutex_lock(&lock);
  inbox = *find(h);
  if (inbox != NULL) {
    atomic_store(&inbox->lost, true);
    atomic_store(&inbox->has_mail, true);
  }
  (void)pthread_mutex_unlock(&lock);
}

static int fail(harness__inbox_t *inbox, const char *file, int line, const char *text) {
  if (atomic_load(&inbox->failed))
    return UV_EALREADY;
  inbox->failure = (harness__failure_t){text != NULL ? strdup(text) : NULL, file, line};
  atomic_store(&inbox->failed, true);
  if (inbox->has_bell)
    (void)uv_async_send(&inbox->bell);
  return 0;
}

int harness__inbox_fail(harness_t *h, const char *file, int line, const char *text) {
  int status = UV_ECANCELED;

  (void)pthread_mutex_lock(&lock);
  for (harness__inbox_t *inbox = open_ones; inbox != NULL; inbox = inbox->next) {
    if (h == NULL || inbox->h == h)
      status = fail(inbox, file, line, text) == 0 || status == 0 ? 0 : UV_EALREADY;
  }
  (void)pthread_mutex_unlock(&lock);
  return status;
}

void harness__inbox_lose_thread(void) {
  (void)pthread_mutex_lock(&lock);
  for (harness__inbox_t *inbox = open_ones; inbox != NULL; inbox = inbox->next) {
    atomic_store(&inbox->thread_lost, true);
    if (inbox->has_bell)
      (void)uv_async_send(&inbox->bell);
  }
  (void)pthread_mutex_unlock(&lock);
}

/* Puts what has come behind what was taken before. */
static void take_all(harness__inbox_t *inbox) {
  harness__letter_t **end = &inbox->taken;

  while (*end != NULL)
    end = &(*end)->next;
  (void)pthread_mutex_lock(&lock);
  *end = inbox->first;
  inbox->first = NULL;
  inbox->last = &inbox->first;
  atomic_store(&inbox->has_mail, false);
  (void)pthread_mutex_unlock(&lock);
}

bool harness__inbox_take(harness_t *h) {
  struct harness__run *run = h->run;
  harness__inbox_t *inbox = &run->inbox;

  if (!atomic_load(&inbox->has_mail) && inbox->taken == NULL)
    return false;
  take_all(inbox);
  if (atomic_exchange(&inbox->lost, false) && run->hooks.letter_lost != NULL)
    run->hooks.letter_lost(h);
  while (inbox->taken != NULL) {
    harness__letter_t *letter = inbox->taken;
    inbox->taken = letter->next;
    letter->open(h, letter);
  }
  return true;
}
