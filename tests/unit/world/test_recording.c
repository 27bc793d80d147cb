/* SPDX-License-Identifier: MIT */
/* harness_record_stable: functions that record. What a runner does is in ../cmocka/gate.c. */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "base/buffer.h"
#include "record/load.h"
#include "support.h"

/* What a recording does, and how often it was run. */
typedef struct script {
  const char *folder;
  const char *const *names; /* the fixtures that it checks, ended by NULL */
  const char *lines[8];     /* what is logged in each run; NULL: as in the one before */
  int statuses[8];          /* what it returns in each */
  int runs;
  harness_check_result_t last; /* what the last check came to */
} script_t;

static const char *const one_name[] = {"suite/case", NULL};

static int records(void *arg) {
  script_t *script = arg;
  harness_options_t options = {.fixtures = script->folder};
  harness_t *h = harness_open(&options);
  int run = script->runs < 8 ? script->runs : 7;
  const char *line = "first";

  assert_non_null(h);
  for (int i = 0; i <= run; i++)
    line = script->lines[i] != NULL ? script->lines[i] : line;
  script->runs++;
  for (const char *const *name = script->names; *name != NULL; name++) {
    harness_log(h, "%s", line);
    script->last = harness_check_transcript(h, *name);
  }
  assert_int_equal(harness_close(h), 0);
  return script->statuses[run];
}

static harness_check_result_t record(script_t *script, const char *mode, char **report) {
  (void)unsetenv("CI");
  (void)unsetenv("HARNESS_DELIVERY");
  (void)setenv("HARNESS_FIXTURES", mode, 1);
  if (script->names == NULL)
    script->names = one_name;
  return harness_record_stable(records, script, NULL, report);
}

static void assert_record(script_t *script, const char *mode, harness_check_result_t expected,
                          const char *words) {
  char *report;
  harness_check_result_t result = record(script, mode, &report);

  if (result != expected)
    fail_msg("the result is %d instead of %d: %s", (int)result, (int)expected, report);
  if (words == NULL)
    assert_null(report);
  else if (report == NULL || strstr(report, words) == NULL)
    fail_msg("\"%s\" is not said: %s", words, report);
  free(report);
}

static void stable_recording_is_written(void **state) {
  script_t script = {.folder = *state};

  assert_record(&script, "update", HARNESS_CHECK_WRITTEN, "In 3 more runs the transcript was the same.\n");
  assert_int_equal(script.runs, 4);
  assert_true(support_exists(support_path(*state, "suite/case.json")));
  /* There is nothing to write any more, so that it is run once. */
  assert_record(&script, "update", HARNESS_CHECK_SAME, NULL);
  assert_record(&script, "new", HARNESS_CHECK_SAME, NULL);
  assert_record(&script, "check", HARNESS_CHECK_SAME, NULL);
  assert_int_equal(script.runs, 7);
}

static void stable_proposal_is_left(void **state) {
  script_t script = {.folder = *state};

  assert_record(&script, "new", HARNESS_CHECK_MISSING, "To review it: harness review ");
  assert_int_equal(script.runs, 4);
  assert_false(support_exists(support_path(*state, "suite/case.json")));
  assert_true(support_exists(support_path(*state, "suite/case.new.json")));
  script.runs = 0;
  assert_record(&script, "update", HARNESS_CHECK_WRITTEN, "case.json was written.");
  assert_false(support_exists(support_path(*state, "suite/case.new.json")));
  script = (script_t){.folder = *state, .lines = {"changed"}};
  assert_record(&script, "new", HARNESS_CHECK_DIFFERENT, "differ at event 1 (main): text");
  assert_true(support_exists(support_path(*state, "suite/case.new.json")));
}

static void chance_is_not_written(void **state) {
  script_t script = {.folder = *state, .lines = {"token=11aa", NULL, "token=22bb"}};

  assert_record(&script, "update", HARNESS_CHECK_DIFFERENT,
                "the first run and run 3 (perturbed) differ at event 1 (main): text");
  assert_int_equal(script.runs, 3);
  script.runs = 0;
  assert_record(&script, "update", HARNESS_CHECK_DIFFERENT,
                "harness_placeholder(h, \"token\", \"token=([0-9a-f]{4})\");");
  script.runs = 0;
  assert_record(&script, "new", HARNESS_CHECK_DIFFERENT, "was not written, since not every run is the same:");
  assert_int_equal(support_count(*state), 0);
}

/* A proposal of an earlier run is not what the test does now. */
static void chance_takes_an_older_proposal_away(void **state) {
  script_t script = {.folder = *state};

  assert_record(&script, "new", HARNESS_CHECK_MISSING, "The transcript is in ");
  script = (script_t){.folder = *state, .lines = {"a", "b"}};
  assert_record(&script, "new", HARNESS_CHECK_DIFFERENT, "was not written");
  assert_false(support_exists(support_path(*state, "suite/case.new.json")));
}

static void every_check_has_to_be_stable(void **state) {
  static const char *const names[] = {"suite/one", "suite/two", NULL};
  script_t script = {.folder = *state, .names = names};

  assert_record(&script, "update", HARNESS_CHECK_WRITTEN, "one.json was written.");
  assert_int_equal(support_count(support_path(*state, "suite")), 2);
  script = (script_t){.folder = *state, .names = names, .lines = {"a", NULL, NULL, "b"}};
  assert_record(&script, "update", HARNESS_CHECK_DIFFERENT, "run 4");
}

static void one_name_is_one_transcript(void **state) {
  static const char *const names[] = {"suite/case", "suite/case", NULL};
  script_t script = {.folder = *state, .names = names};

  assert_record(&script, "update", HARNESS_CHECK_TROUBLE,
                "the test checks it twice, with different transcripts: each check needs a name of its own");
  assert_int_equal(support_count(*state), 0);
}

static void failed_recording_is_not_written(void **state) {
  script_t script = {.folder = *state, .statuses = {7}};

  assert_record(&script, "update", HARNESS_CHECK_TROUBLE, "since the recording did not return 0");
  assert_int_equal(script.runs, 1);
  script = (script_t){.folder = *state, .statuses = {0, 7}};
  assert_record(&script, "update", HARNESS_CHECK_DIFFERENT, "run 2 returned 7, the first 0");
  assert_int_equal(support_count(*state), 0);
  script = (script_t){.folder = *state};
  assert_record(&script, "update", HARNESS_CHECK_WRITTEN, "was written");
  script = (script_t){.folder = *state, .statuses = {7}};
  assert_record(&script, "check", HARNESS_CHECK_TROUBLE, "the recording returned 7");
}

static void check_mode_runs_once(void **state) {
  script_t script = {.folder = *state};

  assert_record(&script, "check", HARNESS_CHECK_MISSING, "there is no fixture");
  assert_int_equal(script.runs, 1);
  (void)setenv("HARNESS_FIXTURES", "update", 1);
  (void)setenv("CI", "true", 1);
  assert_int_equal(harness_record_stable(records, &script, NULL, NULL), HARNESS_CHECK_MISSING);
  (void)unsetenv("CI");
  assert_int_equal(script.runs, 2);
  assert_int_equal(support_count(*state), 0);
}

static void number_of_runs_can_be_set(void **state) {
  static const char *const wrong[] = {"0", "101", "-1", "three", "3x", " 3"};
  script_t script = {.folder = *state};

  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    (void)setenv("HARNESS_GATE_RUNS", wrong[i], 1);
    assert_record(&script, "update", HARNESS_CHECK_TROUBLE,
                  "HARNESS_GATE_RUNS must be a number from 1 to 100");
  }
  assert_int_equal(support_count(*state), 0);
  script.runs = 0;
  (void)setenv("HARNESS_GATE_RUNS", "1", 1);
  assert_record(&script, "update", HARNESS_CHECK_WRITTEN, "In 1 more run the transcript was the same.");
  assert_int_equal(script.runs, 2);
  (void)unsetenv("HARNESS_GATE_RUNS");
}

static void refuses_no_recording(void **state) {
  char *report;

  (void)state;
  assert_int_equal(harness_record_stable(NULL, NULL, NULL, &report), HARNESS_CHECK_TROUBLE);
  assert_non_null(strstr(report, "the recording is NULL"));
  free(report);
  assert_int_equal(harness_record_stable(NULL, NULL, NULL, NULL), HARNESS_CHECK_TROUBLE);
  assert_non_null(strstr(harness_error(NULL), "the recording is NULL"));
}

/* A runner that knows nothing of this: in a child, where no test was begun. */
static void nobody_writes_without_a_runner(void **state) {
  script_t script = {.folder = *state, .names = one_name};
  int status;
  pid_t child;

  (void)unsetenv("CI");
  (void)setenv("HARNESS_FIXTURES", "update", 1);
  assert_int_equal(harness_test_end(HARNESS_TEST_PASSED, NULL, NULL), HARNESS_CHECK_SAME);
  child = fork();
  assert_int_not_equal(child, -1);
  if (child == 0) {
    (void)records(&script);
    _exit(script.last == HARNESS_CHECK_MISSING ? 0 : 1);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_int_equal(support_count(*state), 0);
  assert_int_equal(harness_test_begin("again"), 0);
}

static void runner_is_told_of_wrong_calls(void **state) {
  char *report;

  (void)state;
  assert_int_equal(harness_test_begin(NULL), UV_EINVAL);
  assert_non_null(strstr(harness_error(NULL), "the name is NULL"));
  assert_int_equal(harness_test_end((harness_test_ending_t)9, NULL, &report), HARNESS_CHECK_TROUBLE);
  assert_null(report);
  assert_int_equal(harness_test_end(HARNESS_TEST_PASSED, NULL, &report), HARNESS_CHECK_SAME);
  assert_int_equal(harness_test_end(HARNESS_TEST_PASSED, NULL, &report), HARNESS_CHECK_TROUBLE);
  assert_non_null(strstr(harness_error(NULL), "no test was begun"));
  assert_int_equal(harness_test_begin("one"), 0);
  assert_int_equal(harness_test_begin("two, and one is forgotten"), 0);
}

/* A conversation: the server writes six bytes at once, the client reads them as it is told. */
typedef struct talk {
  const char *folder;
  int reads_all;
  int is_random;
  harness_t *h;
  harness_server_t *server;
  int runs;
} talk_t;

static void says_six(harness_stream_t *stream, void *arg) {
  (void)arg;
  harness_write(stream, "Hello!", 6);
}

static void *listens(void *arg) {
  talk_t *talk = arg;
  char text[6];
  harness_stream_t *stream = harness_connect_to(talk->h, talk->server);
  ptrdiff_t count = talk->reads_all ? harness_read_exactly(stream, text, sizeof text, NULL)
                                    : harness_read(stream, text, sizeof text);

  if (!talk->reads_all)
    harness_log(talk->h, "%td bytes", count);
  harness_stream_close(stream);
  return NULL;
}

static int talks(void *arg) {
  talk_t *talk = arg;
  harness_options_t options = {.fixtures = talk->folder};

  talk->runs++;
  talk->h = harness_open(&options);
  talk->server = harness_start_server(talk->h, says_six, NULL, NULL);
  (void)harness_run_in_foreground(talk->h, harness_schedule_coroutine(talk->h, listens, talk));
  harness_server_close(talk->server);
  (void)harness_check_transcript(talk->h, "suite/talk");
  return harness_close(talk->h);
}

/* What depends on the cutting is stable by itself; whoever says that it must not, is told. */
static void cutting_may_matter_or_not(void **state) {
  static const harness_recording_options_t any = {.any_delivery = 1};
  talk_t talk = {.folder = *state, .reads_all = 1};
  char *report;

  (void)unsetenv("CI");
  (void)unsetenv("HARNESS_DELIVERY");
  (void)setenv("HARNESS_FIXTURES", "update", 1);
  assert_int_equal(harness_record_stable(talks, &talk, &any, &report), HARNESS_CHECK_WRITTEN);
  free(report);
  assert_int_equal(talk.runs, 8);
  assert_null(getenv("HARNESS_DELIVERY"));
  talk = (talk_t){.folder = *state};
  assert_int_equal(harness_record_stable(talks, &talk, &any, &report), HARNESS_CHECK_DIFFERENT);
  assert_non_null(strstr(report, "the run under HARNESS_DELIVERY=bytewise"));
  free(report);
  assert_null(getenv("HARNESS_DELIVERY"));
  assert_int_equal(harness_record_stable(talks, &talk, NULL, &report), HARNESS_CHECK_WRITTEN);
  free(report);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, support_make_folder, support_remove_folder)

static const struct CMUnitTest tests[] = {
    in_folder(stable_recording_is_written),     in_folder(stable_proposal_is_left),
    in_folder(chance_is_not_written),           in_folder(chance_takes_an_older_proposal_away),
    in_folder(every_check_has_to_be_stable),    in_folder(one_name_is_one_transcript),
    in_folder(failed_recording_is_not_written), in_folder(check_mode_runs_once),
    in_folder(number_of_runs_can_be_set),       cmocka_unit_test(refuses_no_recording),
    in_folder(nobody_writes_without_a_runner),  cmocka_unit_test(runner_is_told_of_wrong_calls),
    in_folder(cutting_may_matter_or_not),
};

HARNESS_CMOCKA_MAIN("world/recording", tests)
