/* SPDX-License-Identifier: MIT */
/*
 * Everything that a fixture's way to the disk consists of fails once: what was there before is there still,
 * byte for byte, nothing else is left, and a sentence says why. What is interrupted, or does a part only, is
 * not noticed.
 */
#include <harness/cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"
#include "calls.h"
#include "cli/pending.h"
#include "record/fixture.h"
#include "record/json.h"
#include "record/load.h"
#include "record/touched.h"
#include "report/check.h"
#include "support.h"
#include "torture.h"

/* What writes. Each returns 0 or a code, and then *sentence, which is freed, says why. */
typedef struct writer {
  const char *name;
  int (*write)(char **sentence);
  bool is_proposing; /* a proposal is what it leaves */
} writer_t;

static char *before; /* the old fixture */
static const char proposed[] = "an old proposal\n";
static const char name[] = "suite/case";

static const writer_t *writer;
static const char *folder;
static harness__transcript_t *transcript;
static char *json;

static const char *in_folder(const char *file) {
  return support_path(folder, file);
}

static int save(char **sentence) {
  int error = 0;

  return harness__transcript_save(transcript, in_folder("suite/case.json"), &error, sentence) ? 0 : -error;
}

static int check(harness__fixture_mode_t mode, char **sentence) {
  switch (harness__fixture_check(folder, name, mode, transcript, NULL, sentence)) {
  case HARNESS_CHECK_SAME:
  case HARNESS_CHECK_WRITTEN:
    return 0;
  default:
    return -EPROTO;
  }
}

static int update(char **sentence) {
  return check(HARNESS__FIXTURES_UPDATE, sentence);
}

/* Different is what it must be; what matters is whether the proposal is there. */
static int propose(char **sentence) {
  int status = check(HARNESS__FIXTURES_NEW, sentence);

  if (*sentence == NULL || strstr(*sentence, "The transcript is in ") == NULL)
    return status;
  free(*sentence);
  *sentence = NULL;
  return 0;
}

static int checks_in_a_harness(void *arg) {
  harness_options_t options = {.fixtures = folder};
  harness_t *h = harness_open(&options);

  (void)arg;
  if (h == NULL)
    return -1;
  harness_log(h, "always this");
  (void)harness_check_transcript(h, name);
  return harness_close(h);
}

static int record(char **sentence) {
  switch (harness_record_stable(checks_in_a_harness, NULL, NULL, sentence)) {
  case HARNESS_CHECK_WRITTEN:
  case HARNESS_CHECK_SAME:
    free(*sentence);
    *sentence = NULL;
    return 0;
  default:
    return -EPROTO;
  }
}

/* The runner's way: the test is a process of its own in the runs that follow. */
static int gate(char **sentence) {
  static const char *const again[] = {"/proc/self/exe", "checks_once", NULL};
  harness_check_result_t result = HARNESS_CHECK_TROUBLE;

  if (harness_test_begin("gate") != 0 || checks_in_a_harness(NULL) != 0)
    *sentence = strdup(harness_error(NULL));
  else
    result = harness_test_end(HARNESS_TEST_PASSED, again, sentence);
  if (result != HARNESS_CHECK_WRITTEN && result != HARNESS_CHECK_SAME)
    return -EPROTO;
  free(*sentence);
  *sentence = NULL;
  return 0;
}

static int review(harness__pending_result_t (*act)(harness__pending_t *pending, char **sentence),
                  char **sentence) {
  harness__pending_result_t result = HARNESS__PENDING_TROUBLE;
  harness__pending_t pending;
  int error = harness__pending_look(&pending, in_folder("suite/case.new.json"));

  if (error == 0)
    result = act(&pending, sentence);
  else
    *sentence = strdup(strerror(error));
  harness__pending_free(&pending);
  return result == HARNESS__PENDING_DONE ? 0 : -EPROTO;
}

static int accept_it(char **sentence) {
  return review(harness__pending_accept, sentence);
}

static int reject_it(char **sentence) {
  return review(harness__pending_reject, sentence);
}

static const writer_t writers[] = {
    {.name = "save", .write = save},
    {.name = "update", .write = update},
    {.name = "propose", .write = propose, .is_proposing = true},
    {.name = "record", .write = record},
    {.name = "gate", .write = gate},
    {.name = "accept", .write = accept_it, .is_proposing = true},
    {.name = "reject", .write = reject_it, .is_proposing = true},
};

/* Where the runs that follow find what they need, and leave what they must not. */
static void set_environment(void) {
  (void)mkdir(in_folder("tmp"), 0700);
  (void)setenv("TMPDIR", in_folder("tmp"), 1);
  (void)unsetenv("CI"); /* where nothing is written */
  (void)setenv("HARNESS_FIXTURES", "update", 1);
  (void)setenv("HARNESS_FIXTURES_DIR", folder, 1);
  (void)setenv("HARNESS_TOUCHED", in_folder("records"), 1);
  (void)setenv("HARNESS_GATE_RUNS", "1", 1);
  calls_hurry(true);
}

static void clear_environment(void) {
  calls_hurry(false);
  (void)unsetenv("HARNESS_GATE_RUNS");
  (void)unsetenv("HARNESS_TOUCHED");
  (void)unsetenv("HARNESS_FIXTURES_DIR");
  (void)setenv("HARNESS_FIXTURES", "check", 1);
  (void)unsetenv("TMPDIR");
}

/* Reviews have a transcript to accept, others an old one that is in the way. */
static void lay_out(void) {
  bool is_review = writer->write == accept_it || writer->write == reject_it;

  (void)unlink(in_folder("suite/case.new.json"));
  support_write(in_folder("suite/case.json"), before);
  if (writer->is_proposing || writer->write == update)
    support_write(in_folder("suite/case.new.json"), is_review ? json : proposed);
}

static bool is_text(const char *file, const char *text) {
  char *found = support_exists(in_folder(file)) ? support_read(in_folder(file)) : NULL;
  bool same = found == NULL ? text == NULL : text != NULL && strcmp(found, text) == 0;

  free(found);
  return same;
}

/* What can't be removed stays: that is all there is to say of it. */
static void assert_nothing_else(void) {
  harness__files_t files = {0};
  bool was_removal = strcmp(calls_last(), "unlink") == 0 || strcmp(calls_last(), "rmdir") == 0;

  if (writer->write == gate && was_removal) {
    void *tmp = strdup(in_folder("tmp"));

    assert_int_equal(support_remove_folder(&tmp), 0);
    return;
  }
  assert_int_equal(support_count(in_folder("tmp")), 0);
  assert_int_equal(harness__files_add(&files, folder, NULL), 0);
  for (size_t i = 0; i < files.count; i++)
    if (strstr(files.list[i], "/records/") == NULL &&
        strcmp(files.list[i], in_folder("suite/case.json")) != 0 &&
        strcmp(files.list[i], in_folder("suite/case.new.json")) != 0)
      fail_msg("%s: after %s went wrong, there is %s", writer->name, calls_last(), files.list[i]);
  harness__files_free(&files);
}

/* After a success what should be there is there; else the old fixture, or, from a review, what was accepted
 * in one step, is; or a sentence says that the new one is there, and what went wrong after that. Where the
 * old one could not even be put back, the new one is whole. */
static void assert_intact(int status, const char *sentence) {
  bool is_old = is_text("suite/case.json", before);
  bool is_new = is_text("suite/case.json", json);
  bool has_proposal = support_exists(in_folder("suite/case.new.json"));
  bool is_undone = strcmp(calls_last(), "renameat2") == 0;
  bool is_told = sentence != NULL && strstr(sentence, "was written.") != NULL;
  bool is_denied = sentence != NULL && strstr(sentence, " can't be ") != NULL;
  bool good;

  assert_nothing_else();
  if (writer->write == propose)
    good = is_old && is_text("suite/case.new.json", status == 0 || is_undone ? json : proposed);
  else if (writer->write == accept_it)
    good = (status == 0 ? is_new && !has_proposal : is_old == has_proposal && is_new != has_proposal) &&
           (has_proposal || !is_denied);
  else if (writer->write == reject_it)
    good = is_old && (status != 0 || !has_proposal) && (has_proposal || !is_denied);
  else if (writer->write == update) /* the proposal goes after the fixture was written */
    good = status == 0 ? is_new && !has_proposal : has_proposal;
  else
    good = status == 0 ? is_new : is_old || (is_new && (is_undone || is_told));
  if (!good)
    fail_msg("%s: after %s went wrong: %d, %s: the fixture is %s, the proposal %s", writer->name,
             calls_last(), status, sentence != NULL ? sentence : "nothing said",
             is_old   ? "old"
             : is_new ? "new"
                      : "neither",
             has_proposal ? "there" : "gone");
}

static int play(scenario_run_t *run) {
  char *sentence = NULL;
  bool spared = calls_spare(true);
  int status;

  folder = run->folder;
  set_environment();
  lay_out();
  (void)calls_spare(spared);
  status = writer->write(&sentence);
  (void)calls_spare(true);
  assert_intact(status, sentence);
  if (sentence != NULL)
    (void)snprintf(run->sentence, sizeof run->sentence, "%s", sentence);
  free(sentence);
  clear_environment();
  (void)calls_spare(spared);
  return status;
}

/* A transcript that says this, as a fixture has it. */
static char *make_json(const char *text) {
  harness_t *h = harness_open(NULL);
  char *made;

  assert_non_null(h);
  harness_log(h, "%s", text);
  made = harness_transcript_json(h);
  assert_int_equal(harness_close(h), 0);
  return made;
}

static void make_transcripts(void) {
  char *sentence;

  before = make_json("formerly that");
  json = make_json("always this");
  transcript = harness__transcript_parse("this", json, strlen(json), &sentence);
  assert_non_null(transcript);
}

/* The gate runs a process each time: it has its part in one mode each. */
static void torture_writers(const char *names, int error, const char *what, torture_mode_t mode,
                            bool is_gated) {
  torture_t torture = {.what = what, .mode = mode, .is_harmless = error < 0 || error == EINTR};
  const char *only = getenv("TORTURE_WRITER");
  unsigned long wrong = 0;

  make_transcripts();
  calls_choose(names, error);
  for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++) {
    scenario_t scenario = {.name = writers[i].name, .alone = play};

    writer = &writers[i];
    if ((writer->write != gate || is_gated) && (only == NULL || strcmp(only, writer->name) == 0))
      wrong += torture_run(&torture, &scenario);
  }
  calls_choose("", 0);
  harness__transcript_free(transcript);
  free(json);
  free(before);
  assert_int_equal(wrong, 0);
}

static const char steps[] = " open open64 read mkostemp write fchmod fsync close rename renameat2 unlink "
                            "mkdir mkdtemp memfd_create pipe2 fork ";

static void a_failure_is_told(void **state) {
  static const struct {
    int error;
    const char *what;
  } errors[] = {{ENOSPC, "steps to the disk (ENOSPC)"}, {EIO, "steps to the disk (EIO)"}};

  (void)state;
  for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
    torture_writers(steps, errors[i].error, errors[i].what, TORTURE_ONE, errors[i].error == EIO);
}

/* From one step on nothing is allowed any more, but to take away what was made. */
static void a_disk_that_stays_bad_is_told(void **state) {
  static const char makes[] = " open open64 mkostemp write fchmod fsync rename renameat2 mkdir mkdtemp ";

  (void)state;
  torture_writers(makes, EROFS, "steps to the disk (EROFS)", TORTURE_REST, false);
  torture_writers(" mkostemp rename renameat2 mkdir mkdtemp ", EACCES, "steps to the disk (EACCES)",
                  TORTURE_REST, false);
  torture_writers(" write fsync ", EDQUOT, "steps to the disk (EDQUOT)", TORTURE_REST, false);
}

static void an_interruption_changes_nothing(void **state) {
  (void)state;
  torture_writers(" open open64 read write fsync close mkostemp waitid waitpid poll ", EINTR,
                  "interruptions (EINTR)", TORTURE_REST, true);
  torture_writers(" read write ", CALLS_SHORT, "transfers cut short", TORTURE_REST, false);
}

/* What "gate" runs again. By itself it is nothing. */
static void checks_once(void **state) {
  (void)state;
  if (getenv("HARNESS_REHEARSAL") == NULL)
    skip();
  assert_int_equal(checks_in_a_harness(NULL), 0);
}

/* Whatever a test before has left. */
static int begin(void **state) {
  (void)state;
  (void)calls_spare(false);
  return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(a_failure_is_told, begin),
    cmocka_unit_test_setup(a_disk_that_stays_bad_is_told, begin),
    cmocka_unit_test_setup(an_interruption_changes_nothing, begin),
    cmocka_unit_test(checks_once),
};

HARNESS_CMOCKA_MAIN("torture/writes", tests)
