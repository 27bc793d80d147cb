/* SPDX-License-Identifier: MIT */
/*
 * What is left behind. What a harness has made it knows, and counts by itself. Descriptors and threads of the
 * code under test it does not know: those are what the process has at the end and did not have at the
 * beginning.
 *
 * To ask that costs as much as a whole small test. Where every party runs on the loop the tests' own code
 * makes no descriptors, or the test asks for it (HARNESS_LEAKS_FAIL); so by default the beginning is where
 * something free-running first takes part.
 *
 * What can go wrong, and what answers it:
 *  - libuv makes things for the whole process when they are first needed: a pipe with the first loop, which
 *    is made before the beginning, and the threads of its pool, which are counted;
 *  - another harness of the process, in this thread or in another, makes and closes things meanwhile: then
 *    nothing can be told, and nothing is;
 *  - a number is given to the next descriptor when it was closed: what it is open on counts, too;
 *  - a socket whose peer has been reset does not know any more who that was: so where connections with peers
 *    outside are open, what is open is looked at before they are closed, too;
 *  - a detached thread that has done its work, and said so, is on its way out for as long as the scheduler
 * likes, and nobody can wait for its end: it is given a tenth of a second, which only those cost that stay.
 */
#include "world/leaks.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fault.h"
#include "base/sanitizers.h"
#include "network/descriptor.h"
#include "run/run.h"
#include "world/world.h"

/* ThreadSanitizer makes one of its own when the process makes its first. */
#ifdef HARNESS__WITH_TSAN
enum { OF_THE_SANITIZER = 1 };
#else
enum { OF_THE_SANITIZER = 0 };
#endif

enum { ENDING_WAIT_MS = 100 };

static atomic_uint open_now;
static atomic_uint opened_ever;

bool harness__leaks_choose(harness__leaks_t *leaks, harness_leaks_t option) {
  static const char *const names[] = {"default", "fail", "note", "ignore"};
  const char *text = getenv("HARNESS_LEAKS");

  leaks->choice = option;
  if ((unsigned)option > HARNESS_LEAKS_IGNORE) {
    harness__fail(NULL, UV_EINVAL, "harness_open: harness_options_t.leaks is %d, which is no such choice",
                  (int)option);
    return false;
  }
  if (option != HARNESS_LEAKS_DEFAULT || text == NULL || text[0] == '\0')
    return true;
  for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (strcmp(text, names[i]) == 0) {
      leaks->choice = (harness_leaks_t)i;
      return true;
    }
  }
  harness__fail(NULL, UV_EINVAL, "HARNESS_LEAKS is '%s': it takes fail, note, ignore or default", text);
  return false;
}

void harness__leaks_opened(harness__leaks_t *leaks) {
  leaks->opened = atomic_fetch_add(&opened_ever, 1) + 1;
  leaks->was_alone = atomic_fetch_add(&open_now, 1) == 0;
}

static void free_suspects(harness__leaks_t *leaks) {
  for (size_t i = 0; i < leaks->suspect_count; i++)
    free(leaks->suspects[i].text);
  free(leaks->suspects);
  leaks->suspects = NULL;
  leaks->suspect_count = 0;
}

void harness__leaks_closed(harness__leaks_t *leaks) {
  if (leaks->opened != 0)
    (void)atomic_fetch_sub(&open_now, 1);
  harness__descriptors_free(&leaks->before);
  free_suspects(leaks);
}

static bool is_alone(const harness__leaks_t *leaks) {
  return leaks->was_alone && atomic_load(&opened_ever) == leaks->opened;
}

/* Where the loop can't be made, whoever needs it says so. */
void harness__leaks_begin(harness_t *h) {
  harness__leaks_t *leaks = &h->world->leaks;
  harness__buffer_t names = {0};

  if (leaks->has_begun || leaks->choice == HARNESS_LEAKS_IGNORE || !is_alone(leaks) ||
      harness__loop(h) == NULL)
    return;
  leaks->has_begun = harness__descriptors_read(&leaks->before) == 0;
  if (!leaks->has_begun)
    harness__descriptors_free(&leaks->before);
  leaks->had_pool = harness__pool_is_started();
  /* Those by which the pool's were tried out may be on their way out still, and are not counted. */
  leaks->threads = leaks->had_pool ? harness__threads_count() : (size_t)harness__threads_list(0, &names);
  harness__buffer_free(&names);
}

/* Those that were not open at the beginning. Returns false where there is nothing to be found out. */
static bool read_new(const harness__leaks_t *leaks, harness__descriptors_t *now) {
  size_t kept = 0;

  if (!leaks->has_begun || !is_alone(leaks) || !harness__descriptors_have_others(&leaks->before) ||
      harness__descriptors_read(now) != 0)
    return false;
  for (size_t i = 0; i < now->count; i++)
    if (!harness__descriptors_have(&leaks->before, &now->list[i]))
      now->list[kept++] = now->list[i];
  now->count = kept;
  return true;
}

void harness__leaks_look(harness_t *h) {
  harness__leaks_t *leaks = &h->world->leaks;
  harness__descriptors_t now = {0};

  free_suspects(leaks); /* a close that is tried again */
  if (h->run->free_peers > 0 && read_new(leaks, &now) && now.count > 0)
    leaks->suspects = calloc(now.count, sizeof *leaks->suspects);
  for (size_t i = 0; leaks->suspects != NULL && i < now.count; i++) {
    harness__buffer_t text = {0};

    harness__descriptor_explain(h, now.list[i].fd, &text);
    leaks->suspects[i] = (harness__suspect_t){now.list[i], harness__buffer_take(&text)};
    leaks->suspect_count++;
  }
  harness__descriptors_free(&now);
}

static const char *known_as(const harness__leaks_t *leaks, const harness__descriptor_t *descriptor) {
  for (size_t i = 0; i < leaks->suspect_count; i++) {
    const harness__descriptor_t *seen = &leaks->suspects[i].descriptor;

    if (seen->fd == descriptor->fd && seen->device == descriptor->device && seen->inode == descriptor->inode)
      return leaks->suspects[i].text;
  }
  return NULL;
}

/* Whether there are more than these, also after those that are about to end have had the time for it. */
static bool threads_stay(size_t known) {
  const struct timespec step = {.tv_nsec = 1000000};

  for (int waited = 0; waited < ENDING_WAIT_MS; waited++) {
    if (harness__threads_count() <= known)
      return false;
    (void)nanosleep(&step, NULL);
  }
  return harness__threads_count() > known;
}

/* Threads of libuv's pool are nobody's; where the code under test has started it, they are as many as that
 * has.
 */
static int list_threads(const harness__leaks_t *leaks, harness__buffer_t *out) {
  size_t known = leaks->threads;
  size_t now;

  if (!leaks->has_begun || known == 0 || !is_alone(leaks))
    return 0;
  now = harness__threads_count();
  if (!leaks->had_pool && (harness__pool_is_started() || now == known + harness__pool_size()))
    known += harness__pool_size() + (leaks->threads == 1 ? OF_THE_SANITIZER : 0);
  return threads_stay(known) ? harness__threads_list(known, out) : 0;
}

int harness__leaks_list(harness_t *h, harness__buffer_t *out) {
  const harness__leaks_t *leaks = &h->world->leaks;
  harness__descriptors_t now = {0};
  int count = 0;

  if (read_new(leaks, &now)) {
    for (size_t i = 0; i < now.count; i++) {
      const char *known = known_as(leaks, &now.list[i]);

      harness__buffer_printf(out, "  descriptor %d was still open: ", now.list[i].fd);
      if (known != NULL)
        harness__buffer_string(out, known);
      else
        harness__descriptor_explain(h, now.list[i].fd, out);
      harness__buffer_char(out, '\n');
    }
    count = (int)now.count;
  }
  harness__descriptors_free(&now);
  return count + list_threads(leaks, out);
}
