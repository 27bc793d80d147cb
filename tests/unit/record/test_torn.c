/* SPDX-License-Identifier: MIT */
/*
 * Bar: jobs in update mode that write the same and different fixtures a thousand times, some of which are
 * killed meanwhile, and readers to whom each fixture is whole at any moment. The writers compare and write as
 * a check in update mode does, without the runs that come before.
 */
#include <harness/cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/folder.h"
#include "record/load.h"
#include "report/check.h"
#include "support.h"

enum { TIMES = 1000, EVENTS = 40, NOBODY = 65534 };

/* A transcript that tells who wrote it: each event is that one word, and there are EVENTS + number of them.
 */
static harness__transcript_t *make(const char *word, int number) {
  harness__buffer_t events = {0};
  harness__transcript_t *transcript;

  for (int i = 0; i < EVENTS + number; i++)
    harness__buffer_printf(&events, "%s{'lane': 'a', 'event': 'log', 'text': '%s'}", i > 0 ? ", " : "", word);
  transcript = support_transcript("'a'", events.text);
  harness__buffer_free(&events);
  return transcript;
}

static harness_check_result_t update(const char *folder, const char *name,
                                     const harness__transcript_t *transcript) {
  char *sentence = NULL;
  harness_check_result_t result =
      harness__fixture_check(folder, name, HARNESS__FIXTURES_UPDATE, transcript, NULL, &sentence);

  free(sentence);
  return result;
}

/* A job: writes its own fixture and the common one, with one text and the other in turns. */
static pid_t start_job(const char *folder, const char *word, int times) {
  pid_t child = fork();
  bool good = true;

  assert_int_not_equal(child, -1);
  if (child != 0)
    return child;
  harness__transcript_t *transcripts[2] = {make(word, 0), make(word, 1)};
  for (int i = 0; i < times && good; i++) {
    harness_check_result_t common = update(folder, "suite/common", transcripts[i % 2]);
    harness_check_result_t own = update(folder, word, transcripts[i % 2]);

    good = (common == HARNESS_CHECK_WRITTEN || common == HARNESS_CHECK_SAME) &&
           (own == HARNESS_CHECK_WRITTEN || own == HARNESS_CHECK_SAME);
  }
  _exit(good ? 0 : 1);
}

/* The fixture is one of those that somebody wrote, from its first event to its last. */
static void assert_whole(const char *path) {
  char *sentence;
  harness__transcript_t *transcript = harness__transcript_load(path, NULL, &sentence);

  if (transcript == NULL) {
    fail_msg("%s", sentence);
    return;
  }
  assert_in_range(transcript->count, EVENTS, EVENTS + 1);
  for (size_t i = 1; i < transcript->count; i++)
    assert_string_equal(transcript->entries[i].text, transcript->entries[0].text);
  harness__transcript_free(transcript);
}

static void never_torn(void **state) {
  static const char *const words[] = {"left", "right"};
  harness__transcript_t *first = make("first", 0);
  int running = 2;
  int reads = 0;

  assert_int_equal(update(*state, "suite/common", first), HARNESS_CHECK_WRITTEN);
  assert_int_equal(update(*state, "left", first), HARNESS_CHECK_WRITTEN);
  assert_int_equal(update(*state, "right", first), HARNESS_CHECK_WRITTEN);
  harness__transcript_free(first);
  for (size_t i = 0; i < 2; i++)
    (void)start_job(*state, words[i], TIMES);
  while (running > 0) {
    int status;

    assert_whole(support_path(*state, "suite/common.json"));
    assert_whole(support_path(*state, "left.json"));
    assert_whole(support_path(*state, "right.json"));
    reads++;
    if (waitpid(-1, &status, WNOHANG) > 0) {
      assert_int_equal(status, 0);
      running--;
    }
  }
  assert_in_range(reads, 1, 1 << 30);
  assert_int_equal(support_count(*state), 3);
  assert_int_equal(support_count(support_path(*state, "suite")), 1);
}

/* Killed at whatever point it is at: the reader's own progress says when, not a clock. */
static void killed_jobs_tear_nothing(void **state) {
  enum { KILLS = 100 };
  harness__transcript_t *first = make("first", 0);
  harness__files_t files = {0};

  assert_int_equal(update(*state, "suite/common", first), HARNESS_CHECK_WRITTEN);
  harness__transcript_free(first);
  for (int i = 0; i < KILLS; i++) {
    pid_t job = start_job(*state, "job", 1 << 30);
    int status;

    for (int reads = 0; reads <= i % 10; reads++)
      assert_whole(support_path(*state, "suite/common.json"));
    assert_int_equal(kill(job, SIGKILL), 0);
    assert_int_equal(waitpid(job, &status, 0), job);
    assert_true(WIFSIGNALED(status));
    assert_whole(support_path(*state, "suite/common.json"));
  }
  /* What they left is no fixture: its name goes on behind ".json". */
  assert_int_equal(harness__files_add(&files, *state, NULL), 0);
  for (size_t i = 0; i < files.count; i++)
    if (strcmp(files.list[i] + strlen(files.list[i]) - 5, ".json") == 0)
      assert_whole(files.list[i]);
    else
      assert_non_null(strstr(files.list[i], ".json."));
  harness__files_free(&files);
}

/* Runs a change of the common fixture in a child that has been prepared; the fixture must be what it was. */
static void assert_refused(const char *folder, void (*prepare)(const char *folder)) {
  char *before = support_read(support_path(folder, "suite/common.json"));
  char *after;
  size_t count = support_count(support_path(folder, "suite"));
  int status;
  pid_t child = fork();

  assert_int_not_equal(child, -1);
  if (child == 0) {
    harness__transcript_t *changed = make("changed", 1);

    prepare(folder);
    _exit(update(folder, "suite/common", changed) == HARNESS_CHECK_TROUBLE ? 0 : 1);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  after = support_read(support_path(folder, "suite/common.json"));
  assert_string_equal(after, before);
  assert_int_equal(support_count(support_path(folder, "suite")), count);
  free(after);
  free(before);
}

/* A limit on the size of files fails a write in its middle, as a full disk does. */
static void limit_files(const char *folder) {
  struct rlimit limit = {100, 100};

  (void)folder;
  (void)signal(SIGXFSZ, SIG_IGN);
  if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
    _exit(2);
}

static void full_disk_loses_nothing(void **state) {
  harness__transcript_t *first = make("first", 0);

  assert_int_equal(update(*state, "suite/common", first), HARNESS_CHECK_WRITTEN);
  harness__transcript_free(first);
  assert_refused(*state, limit_files);
}

/* To root every folder is writable. */
static void lock_folder(const char *folder) {
  (void)folder;
  if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) != 0)
    _exit(2);
}

static void unwritable_folder_loses_nothing(void **state) {
  harness__transcript_t *first = make("first", 0);

  assert_int_equal(update(*state, "suite/common", first), HARNESS_CHECK_WRITTEN);
  harness__transcript_free(first);
  assert_int_equal(chmod(*state, 0755), 0);
  assert_int_equal(chmod(support_path(*state, "suite"), 0555), 0);
  assert_refused(*state, lock_folder);
  assert_int_equal(chmod(support_path(*state, "suite"), 0755), 0);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, support_make_folder, support_remove_folder)

static const struct CMUnitTest tests[] = {
    in_folder(never_torn),
    in_folder(killed_jobs_tear_nothing),
    in_folder(full_disk_loses_nothing),
    in_folder(unwritable_folder_loses_nothing),
};

HARNESS_CMOCKA_MAIN("record/torn", tests)
