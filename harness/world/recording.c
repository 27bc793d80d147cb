/* SPDX-License-Identifier: MIT */
/*
 * What the test under way checked. harness_check_transcript knows neither tests nor runners; it tells the
 * recording under way of each transcript, and gives it what is to be written. Two kinds end it:
 * harness_test_end, for tests that a runner can run again as processes (test.c), and harness_record_stable,
 * for functions (stable.c).
 *
 * A rehearsal is one more run: it goes the same way as the first, because every check comes to the same
 * result, but nothing is written. In another process (HARNESS_REHEARSAL) it leaves its transcripts in a
 * folder; in this one they stay in the take.
 */
#include "world/recording.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "record/json.h"
#include "world/test.h"

enum { RUNS = 3, MOST_RUNS = 100 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static harness__recording_t current;

const char *harness__recording_rehearsal(void) {
  const char *folder = harness__test_variable("HARNESS_REHEARSAL");

  return folder != NULL && folder[0] != '\0' ? folder : NULL;
}

/* Whether anybody wants to know. In mode check a transcript is not even made into text. */
static bool is_noted(harness__fixture_mode_t mode) {
  return mode == HARNESS__FIXTURES_NEW || mode == HARNESS__FIXTURES_UPDATE || harness__test_is_recorded() ||
         harness__recording_rehearsal() != NULL;
}

static void note(void *arg, const char *fixture, const harness__transcript_t *transcript, char *json) {
  const char *folder = harness__recording_rehearsal();
  harness__fixture_mode_t mode = *(const harness__fixture_mode_t *)arg;
  int error = 0;

  if (!is_noted(mode)) {
    free(json);
    return;
  }
  if (json == NULL)
    json = harness__transcript_json(transcript);
  (void)pthread_mutex_lock(&lock);
  if (json != NULL && folder != NULL)
    error = harness__take_save(folder, fixture, json);
  if (json == NULL || error != 0)
    current.failed = true;
  if (error != 0)
    current.error = error;
  if (json != NULL && folder == NULL && !current.is_rehearsal)
    harness__test_touch(fixture, json);
  if (current.is_active)
    current.failed = harness__take_add(&current.take, fixture, json) == NULL || current.failed;
  else
    free(json);
  (void)pthread_mutex_unlock(&lock);
}

/* Why what was noted for the fixture can't be written, or NULL. */
static const char *obstacle(const char *fixture, harness__checked_t **checked) {
  if (!current.is_active)
    return "nobody can run the test again to see whether it is always so: that is for harness_record_stable, "
           "or for "
           "the runner (harness_test_begin; HARNESS_CMOCKA_MAIN does it)";
  if (current.process != getpid())
    return "it was checked in a process that the test forked, and what that one holds back is lost";
  *checked = harness__take_find(&current.take, fixture);
  if (*checked == NULL || current.failed)
    return "memory is exhausted";
  if ((*checked)->is_ambiguous)
    return "the test checks it twice, with different transcripts: each check needs a name of its own";
  if (harness__test_touched_otherwise(fixture))
    return "another test of this program checked it with another transcript: each needs a fixture of its own";
  return NULL;
}

static bool keep(void *arg, const char *fixture, const char *proposal, bool is_update, char **sentence) {
  harness__checked_t *checked = NULL;
  harness__buffer_t text = {0};
  const char *why = NULL;

  (void)arg;
  *sentence = NULL;
  if (harness__recording_rehearsal() != NULL)
    return true;
  (void)pthread_mutex_lock(&lock);
  if (!current.is_rehearsal) {
    why = obstacle(fixture, &checked);
    if (why == NULL && !harness__checked_intend(
                           checked, is_update ? HARNESS__INTENT_UPDATE : HARNESS__INTENT_PROPOSE, proposal))
      why = "memory is exhausted";
  }
  (void)pthread_mutex_unlock(&lock);
  if (why == NULL)
    return true;
  harness__text_path(&text, is_update ? fixture : proposal);
  harness__buffer_printf(&text, " was not written: %s.", why);
  *sentence = harness__buffer_take(&text);
  return false;
}

harness__keeper_t harness__recording_keeper(harness__fixture_mode_t mode) {
  static harness__fixture_mode_t modes[] = {HARNESS__FIXTURES_CHECK, HARNESS__FIXTURES_NEW,
                                            HARNESS__FIXTURES_UPDATE, HARNESS__FIXTURES_NEW_IN_CI,
                                            HARNESS__FIXTURES_UPDATE_IN_CI};
  harness__keeper_t keeper = {.arg = &modes[mode], .note = note, .keep = keep};

  (void)pthread_mutex_lock(&lock);
  keeper.is_rehearsal = current.is_rehearsal || harness__recording_rehearsal() != NULL;
  (void)pthread_mutex_unlock(&lock);
  return keeper;
}

/* WRITTEN is nothing bad. */
static int badness(harness_check_result_t result) {
  return result == HARNESS_CHECK_WRITTEN ? 0 : (int)result;
}

void harness__recording_note_result(harness_check_result_t result, const char *sentence) {
  (void)pthread_mutex_lock(&lock);
  if (current.is_active && badness(result) > badness(current.worst)) {
    current.worst = result;
    free(current.sentence);
    current.sentence = sentence != NULL ? strdup(sentence) : NULL;
  } else if (current.worst == HARNESS_CHECK_SAME && result == HARNESS_CHECK_WRITTEN) {
    current.worst = result;
  }
  (void)pthread_mutex_unlock(&lock);
}

void harness__recording_enter(harness__recording_t *recording, bool is_rehearsal,
                              harness__recording_t *before) {
  *recording = (harness__recording_t){0};
  (void)pthread_mutex_lock(&lock);
  *before = current;
  current = (harness__recording_t){.is_active = true, .is_rehearsal = is_rehearsal, .process = getpid()};
  (void)pthread_mutex_unlock(&lock);
}

void harness__recording_leave(harness__recording_t *recording, harness__recording_t *before) {
  (void)pthread_mutex_lock(&lock);
  *recording = current;
  current = *before;
  (void)pthread_mutex_unlock(&lock);
}

void harness__recording_clear(harness__recording_t *recording) {
  harness__take_clear(&recording->take);
  free(recording->sentence);
  *recording = (harness__recording_t){0};
}

unsigned harness__recording_runs(harness__buffer_t *out) {
  const char *text = getenv("HARNESS_GATE_RUNS");
  char *end;
  unsigned long runs;

  if (text == NULL || text[0] == '\0')
    return RUNS;
  runs = strtoul(text, &end, 10);
  if (*end == '\0' && text[0] >= '0' && text[0] <= '9' && runs >= 1 && runs <= MOST_RUNS)
    return (unsigned)runs;
  harness__buffer_string(out, "HARNESS_GATE_RUNS must be a number from 1 to 100\n");
  return 0;
}

bool harness__recording_is_perturbed(unsigned number, unsigned runs) {
  return number > 1 || runs == 1;
}

char *harness__recording_run_name(unsigned number, bool is_perturbed) {
  harness__buffer_t name = {0};

  harness__buffer_printf(&name, "run %u%s", number + 1, is_perturbed ? " (perturbed)" : "");
  return harness__buffer_take(&name);
}

size_t harness__recording_held(const harness__take_t *take) {
  return harness__take_count(take, HARNESS__INTENT_UPDATE) +
         harness__take_count(take, HARNESS__INTENT_PROPOSE);
}

/* What an earlier run proposed must not be accepted by mistake. Returns whether it is gone; else that is
 * told.
 */
static bool remove_proposal(const char *proposal, harness__buffer_t *out) {
  int error;

  if (unlink(proposal) == 0 || errno == ENOENT || errno == ENOTDIR)
    return true;
  error = errno;
  harness__text_path(out, proposal);
  harness__buffer_printf(out, " can't be removed: %s\n", strerror(error));
  return false;
}

static bool write_to(const char *path, const harness__checked_t *checked, harness__buffer_t *out) {
  bool is_update = checked->intent == HARNESS__INTENT_UPDATE;
  char *trouble = NULL;
  char *place = is_update ? harness__fixture_place(path, &trouble) : strdup(path);
  bool written = place != NULL && harness__fixture_write(place, checked->json, NULL, &trouble);

  if (!written)
    harness__buffer_printf(out, "%s\n", trouble != NULL ? trouble : "memory is exhausted");
  free(trouble);
  free(place);
  return written;
}

static bool commit_to(const char *fixture, const char *proposal, const harness__checked_t *checked,
                      harness__buffer_t *out) {
  bool is_update = checked->intent == HARNESS__INTENT_UPDATE;

  if (!write_to(is_update ? fixture : proposal, checked, out))
    return false;
  if (is_update) {
    harness__text_path(out, fixture);
    harness__buffer_string(out, " was written.\n");
    return remove_proposal(proposal, out);
  }
  harness__report_proposal(out, proposal);
  harness__buffer_char(out, '\n');
  return true;
}

/* The test may have gone to another folder since it checked. */
static bool commit_one(const harness__checked_t *checked, harness__buffer_t *out) {
  char *fixture = harness__file_place(checked->here, checked->fixture);
  char *proposal = harness__file_place(checked->here, checked->proposal);
  bool done = fixture != NULL && proposal != NULL && commit_to(fixture, proposal, checked, out);

  if (fixture == NULL || proposal == NULL)
    harness__buffer_string(out, "memory is exhausted\n");
  free(fixture);
  free(proposal);
  return done;
}

bool harness__recording_commit(const harness__take_t *take, unsigned runs, harness__buffer_t *out) {
  harness__buffer_printf(out, "In %u more run%s the transcript was the same.\n", runs, runs == 1 ? "" : "s");
  for (size_t i = 0; i < take->count; i++)
    if (take->list[i].intent != HARNESS__INTENT_NONE && !commit_one(&take->list[i], out))
      return false;
  return true;
}

static void drop_proposal(const harness__checked_t *checked, harness__buffer_t *out) {
  char *proposal = harness__file_place(checked->here, checked->proposal);

  if (proposal != NULL)
    (void)remove_proposal(proposal, out);
  free(proposal);
}

void harness__recording_refuse(const harness__take_t *take, harness__buffer_t *out, const char *why) {
  for (size_t i = 0; i < take->count; i++) {
    const harness__checked_t *checked = &take->list[i];

    if (checked->intent != HARNESS__INTENT_NONE) {
      harness__text_path(out,
                         checked->intent == HARNESS__INTENT_UPDATE ? checked->fixture : checked->proposal);
      harness__buffer_printf(out, " was not written%s\n", why);
    }
    /* What an earlier run proposed is not what the test does now, and must not be accepted by mistake. */
    if (checked->intent == HARNESS__INTENT_PROPOSE)
      drop_proposal(checked, out);
  }
}

bool harness__recording_is_ambiguous(const harness__take_t *take, harness__buffer_t *out) {
  for (size_t i = 0; i < take->count; i++) {
    if (take->list[i].intent == HARNESS__INTENT_NONE || !take->list[i].is_ambiguous)
      continue;
    harness__recording_refuse(take, out, "");
    harness__buffer_printf(
        out, "%s is checked twice, with different transcripts: each check needs a name of its own\n",
        take->list[i].fixture);
    return true;
  }
  return false;
}

int64_t harness__recording_second(void) {
  return (int64_t)time(NULL);
}

/* time() may lag behind the clock by a tick. */
void harness__recording_await_second(int64_t second) {
  enum { TICK_NS = 20000000, SECOND_NS = 1000000000 };
  struct timespec now;

  while (clock_gettime(CLOCK_REALTIME, &now) == 0 && harness__recording_second() == second) {
    struct timespec rest = {.tv_nsec = SECOND_NS - now.tv_nsec};

    if (rest.tv_nsec < TICK_NS || rest.tv_nsec == SECOND_NS)
      rest.tv_nsec = TICK_NS;
    (void)nanosleep(&rest, NULL);
  }
}
