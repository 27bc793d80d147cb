/* SPDX-License-Identifier: MIT */
/*
 * Tests as a runner has them. Each ends with the question whether what it holds back may be written: it is
 * run again (rerun.c) and compared, and looked up in what other tests touched. The order of that matters
 * where two processes write one fixture: each publishes what it touched before it looks at the others'
 * records, so that at least the later one sees the other.
 */
#include <harness/runner.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/text.h"
#include "record/touched.h"
#include "report/annotation.h"
#include "report/unstable.h"
#include "world/recording.h"
#include "world/rerun.h"
#include "world/test.h"

enum { TIMEOUT_MS = 10000, MOST_TIMEOUT_MS = 3600000 };

static struct {
  bool is_begun;
  char *here; /* where it began, and with what: it may leave both otherwise */
  char **environment;
  int64_t second; /* of the wall clock, when it began */
  int64_t begin_ms;
  harness__recording_t before;
  harness__record_t record; /* of all tests of this process */
  harness__record_t own;    /* of the one under way */
  char **otherwise;         /* fixtures that tests of this process checked with different transcripts */
  size_t otherwise_count;
} test;

static int64_t now_ms(void) {
  struct timespec now = {0};

  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const char *harness__test_variable(const char *name) {
  size_t length = strlen(name);

  if (test.environment == NULL)
    return getenv(name);
  for (size_t i = 0; test.environment[i] != NULL; i++)
    if (strncmp(test.environment[i], name, length) == 0 && test.environment[i][length] == '=')
      return test.environment[i] + length + 1;
  return NULL;
}

static const char *touched_folder(void) {
  const char *folder = harness__test_variable("HARNESS_TOUCHED");

  return folder != NULL && folder[0] != '\0' && harness__recording_rehearsal() == NULL ? folder : NULL;
}

bool harness__test_is_recorded(void) {
  return touched_folder() != NULL;
}

/* One that a test of another name checked before in this process, with another transcript. */
static void note_otherwise(const char *fixture) {
  char **list = realloc(test.otherwise, (test.otherwise_count + 1) * sizeof *list);

  if (list == NULL)
    return;
  test.otherwise = list;
  list[test.otherwise_count] = strdup(fixture);
  test.otherwise_count += list[test.otherwise_count] != NULL;
}

static void touch(const char *fixture, const char *file, const char *json) {
  char *path = harness__touched_path(file);
  bool is_other = false;
  bool own_is_other = false;

  if (path == NULL)
    return;
  (void)harness__record_touch(&test.own, path, json, &own_is_other);
  (void)harness__record_touch(&test.record, path, json, &is_other);
  if (is_other && !own_is_other)
    note_otherwise(fixture);
  free(path);
}

/* Where it is a link, what that leads to is needed as well. */
void harness__test_touch(const char *fixture, const char *json) {
  struct stat status;
  char *target = lstat(fixture, &status) == 0 && S_ISLNK(status.st_mode) ? realpath(fixture, NULL) : NULL;

  touch(fixture, fixture, json);
  if (target != NULL)
    touch(fixture, target, json);
  free(target);
}

bool harness__test_touched_otherwise(const char *fixture) {
  for (size_t i = 0; i < test.otherwise_count; i++)
    if (strcmp(test.otherwise[i], fixture) == 0)
      return true;
  return false;
}

static void forget_start(void) {
  for (size_t i = 0; test.environment != NULL && test.environment[i] != NULL; i++)
    free(test.environment[i]);
  free((void *)test.environment);
  free(test.here);
  test.environment = NULL;
  test.here = NULL;
}

static bool copy_environment(void) {
  size_t count = 0;

  while (environ != NULL && environ[count] != NULL)
    count++;
  test.environment = (char **)calloc(count + 1, sizeof *test.environment);
  for (size_t i = 0; test.environment != NULL && i < count; i++)
    if ((test.environment[i] = strdup(environ[i])) == NULL)
      return false;
  return test.environment != NULL;
}

/* Takes down how the test starts, so that it can be started so again. */
static bool note_start(void) {
  forget_start();
  test.here = harness__file_here();
  if (test.here != NULL && copy_environment())
    return true;
  forget_start();
  return false;
}

/* The folder of records, where the test meant it; the caller frees it. */
static char *place_of_records(void) {
  const char *folder = touched_folder();

  return folder != NULL ? harness__file_place(test.here, folder) : NULL;
}

/* Writes what is known so far: a process that ends before its time leaves a test that is still running. */
static int publish(harness__ending_t ending) {
  char *folder = place_of_records();
  harness__ending_t kept = test.record.ending;
  int error;

  if (folder == NULL)
    return touched_folder() != NULL ? ENOMEM : 0;
  if (ending > kept)
    test.record.ending = ending;
  error = harness__record_save(folder, &test.record);
  free(folder);
  if (ending == HARNESS__ENDING_NONE)
    test.record.ending = kept;
  return error;
}

static int fail_publishing(int error) {
  return error == 0 ? 0
                    : harness__fail(NULL, uv_translate_sys_error(error),
                                    "HARNESS_TOUCHED: a record in %s: %s", touched_folder(), strerror(error));
}

int harness_test_begin(const char *name) {
  const char *known = getenv("HARNESS_TEST");
  harness__recording_t forgotten;

  if (name == NULL)
    return harness__fail(NULL, UV_EINVAL, "harness_test_begin: the name is NULL");
  if (test.is_begun) {
    harness__recording_leave(&forgotten, &test.before);
    harness__recording_clear(&forgotten);
    test.is_begun = false;
  }
  harness__record_clear(&test.own);
  if (test.record.test == NULL)
    test.record.test = strdup(known != NULL && known[0] != '\0' ? known : name);
  if (test.record.test == NULL || !note_start())
    return harness__fail(NULL, UV_ENOMEM, "harness_test_begin: memory is exhausted");
  test.is_begun = true;
  test.second = harness__recording_second();
  test.begin_ms = now_ms();
  harness__recording_enter(&forgotten, false, &test.before);
  return fail_publishing(publish(HARNESS__ENDING_NONE));
}

static const harness__touch_t *find_touch(const harness__record_t *record, const char *path) {
  for (size_t i = 0; i < record->count; i++)
    if (strcmp(record->touches[i].path, path) == 0)
      return &record->touches[i];
  return NULL;
}

/* Whether a test of another process has checked it with another transcript; then that is told. */
static bool is_disputed(const harness__checked_t *checked, const harness__record_t *records, size_t count,
                        harness__buffer_t *out) {
  char *path = harness__touched_path(checked->fixture);
  const harness__touch_t *own = path != NULL ? find_touch(&test.own, path) : NULL;
  bool disputed = false;

  for (size_t i = 0; own != NULL && i < count && !disputed; i++) {
    const harness__touch_t *other =
        strcmp(records[i].test, test.record.test) != 0 ? find_touch(&records[i], path) : NULL;

    disputed = other != NULL && strcmp(other->digest, own->digest) != 0;
    if (disputed)
      harness__buffer_printf(
          out, "%s is checked by %s, too, with another transcript: each needs a fixture of its own\n",
          checked->fixture, records[i].test);
  }
  free(path);
  return disputed;
}

/* Whether other tests of the same run are content; else that is told. */
static bool is_undisputed(const harness__take_t *take, harness__buffer_t *out) {
  char *folder = place_of_records();
  harness__record_t *records;
  char *sentence;
  size_t count;
  bool good = true;

  if (touched_folder() == NULL)
    return true;
  records = folder != NULL ? harness__records_load(folder, &count, &sentence) : NULL;
  if (folder == NULL)
    sentence = NULL;
  free(folder);
  if (records == NULL) {
    harness__buffer_printf(out, "%s\n", sentence != NULL ? sentence : "memory is exhausted");
    free(sentence);
    return false;
  }
  for (size_t i = 0; i < take->count && good; i++)
    good = take->list[i].intent == HARNESS__INTENT_NONE || !is_disputed(&take->list[i], records, count, out);
  harness__records_free(records, count);
  return good;
}

/* Whether one more run gave the same transcripts. */
static bool agrees(const harness__take_t *take, harness__rerun_t *rerun, harness__buffer_t *out) {
  for (size_t i = 0; i < take->count; i++) {
    const harness__checked_t *checked = &take->list[i];
    char *json;
    int error;
    bool same;

    if (checked->intent == HARNESS__INTENT_NONE)
      continue;
    error = harness__take_load(rerun->folder, checked->fixture, &json);
    if (error != 0) {
      harness__buffer_printf(out, "%s did not come to check ", rerun->name);
      harness__text_path(out, checked->fixture);
      harness__buffer_string(out, ": ");
      harness__rerun_explain(rerun, out);
      return false;
    }
    same = harness__is_stable(out, checked->json, json, rerun->name, false);
    free(json);
    if (!same)
      return false;
  }
  if (harness__take_count(take, HARNESS__INTENT_UPDATE) == 0 || harness__rerun_passed(rerun))
    return true;
  harness__buffer_printf(out, "%s did not pass: ", rerun->name);
  harness__rerun_explain(rerun, out);
  return false;
}

/* How long a run may take: what one foreground run may, and ten times as long as the first took. */
static int64_t limit_of_runs(void) {
  const char *text = getenv("HARNESS_TIMEOUT_MS");
  long long timeout_ms = text != NULL ? strtoll(text, NULL, 10) : 0;

  if (timeout_ms <= 0 || timeout_ms > MOST_TIMEOUT_MS)
    timeout_ms = TIMEOUT_MS;
  return timeout_ms + 10 * (now_ms() - test.begin_ms);
}

/* Runs the test again. SAME: every run agreed. */
static harness_check_result_t rehearse(const harness__take_t *take, const char *const *argv, unsigned runs,
                                       harness__buffer_t *out) {
  int64_t limit_ms = limit_of_runs();

  for (unsigned i = 1; i <= runs; i++) {
    harness__rerun_t rerun = {.argv = argv,
                              .folder_of_start = test.here[0] != '\0' ? test.here : ".",
                              .environment = (const char *const *)test.environment,
                              .number = i,
                              .is_perturbed = harness__recording_is_perturbed(i, runs),
                              .limit_ms = limit_ms};
    harness_check_result_t result = HARNESS_CHECK_TROUBLE;

    if (i == runs)
      harness__recording_await_second(test.second);
    if (harness__rerun(&rerun, out))
      result = agrees(take, &rerun, out) ? HARNESS_CHECK_SAME : HARNESS_CHECK_DIFFERENT;
    harness__rerun_free(&rerun);
    if (result != HARNESS_CHECK_SAME)
      return result;
  }
  return HARNESS_CHECK_SAME;
}

/* What is held back is written or not. */
static harness_check_result_t decide(const harness__take_t *take, harness_test_ending_t ending,
                                     const char *const *argv, harness__buffer_t *out) {
  unsigned runs = harness__recording_runs(out);
  harness__buffer_t why = {0};
  harness_check_result_t result = HARNESS_CHECK_TROUBLE;

  if (runs == 0)
    harness__recording_refuse(take, out, "");
  else if (ending != HARNESS_TEST_PASSED && harness__take_count(take, HARNESS__INTENT_UPDATE) > 0)
    harness__recording_refuse(take, out, ", since the test did not pass");
  else if (argv == NULL || argv[0] == NULL)
    harness__recording_refuse(take, out, ", since the test can't be run again");
  else if (harness__recording_is_ambiguous(take, out))
    ;
  else if (!is_undisputed(take, &why))
    harness__recording_refuse(take, out, ":");
  else {
    result = rehearse(take, argv, runs, &why);
    if (result == HARNESS_CHECK_DIFFERENT)
      harness__recording_refuse(take, out, ", since not every run is the same:");
    else if (result != HARNESS_CHECK_SAME)
      harness__recording_refuse(take, out, ", since the test could not be run again:");
    else
      result = harness__recording_commit(take, runs, out) ? HARNESS_CHECK_WRITTEN : HARNESS_CHECK_TROUBLE;
  }
  if (why.text != NULL)
    harness__buffer_string(out, why.text);
  out->failed = out->failed || why.failed;
  harness__buffer_free(&why);
  return result;
}

harness_check_result_t harness_test_end(harness_test_ending_t ending, const char *const *argv,
                                        char **report) {
  static const harness__ending_t endings[] = {HARNESS__ENDING_PASSED, HARNESS__ENDING_SKIPPED,
                                              HARNESS__ENDING_FAILED};
  harness_check_result_t result = HARNESS_CHECK_SAME;
  harness__recording_t recording;
  harness__buffer_t out = {0};
  int error;

  if (report != NULL)
    *report = NULL;
  if (!test.is_begun || ending < HARNESS_TEST_PASSED || ending > HARNESS_TEST_FAILED) {
    harness__fail(NULL, UV_EINVAL, "harness_test_end: no test was begun, or this is no way to end");
    return HARNESS_CHECK_TROUBLE;
  }
  test.is_begun = false;
  harness__recording_leave(&recording, &test.before);
  error = publish(endings[ending]);
  if (error != 0) {
    harness__buffer_printf(&out, "HARNESS_TOUCHED: a record in %s: %s\n", touched_folder(), strerror(error));
    result = HARNESS_CHECK_TROUBLE;
  } else if (harness__recording_rehearsal() != NULL && recording.failed) {
    harness__buffer_printf(&out, "what this run has checked can't be left in %s: %s\n",
                           harness__recording_rehearsal(),
                           strerror(recording.error != 0 ? recording.error : ENOMEM));
    result = HARNESS_CHECK_TROUBLE;
  } else if (harness__recording_rehearsal() == NULL && harness__recording_held(&recording.take) > 0) {
    result = decide(&recording.take, ending, argv, &out);
  }
  /* What was only tried to be written does not count as a test that failed when it comes to unused fixtures.
   */
  harness__recording_clear(&recording);
  forget_start();
  if (report != NULL && (out.text != NULL || out.failed))
    *report = harness__buffer_take(&out);
  harness__buffer_free(&out);
  return result;
}

char *harness_annotation(const char *file, int line, const char *title, const char *text) {
  const char *actions = getenv("GITHUB_ACTIONS");

  if (actions == NULL || strcmp(actions, "true") != 0 || file == NULL || title == NULL || text == NULL)
    return NULL;
  return harness__annotation(getenv("GITHUB_WORKSPACE"), file, line, title, text);
}
