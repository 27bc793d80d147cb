/* SPDX-License-Identifier: MIT */
/* What is done with files, and with many harnesses. Each opens and closes what it needs. */
#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <harness/cmocka.h>

#include "support.h"

#define FIXTURE(text)                                                                                        \
  "{\n  \"format\": \"harness-transcript/1\",\n  \"lanes\": [\"main\"],\n  \"events\": [\n    {\"lane\": "   \
  "\"main\", \"event\": \"log\", \"text\": \"" text "\"}\n  ]\n}\n"

static const char before[] = FIXTURE("before");
static const char now[] = FIXTURE("now");

static void prepare(const char *folder, const char *mode) {
  support_write(support_path(folder, "case.json"), before);
  (void)remove(support_path(folder, "case.new.json"));
  (void)setenv("HARNESS_FIXTURES", mode, 1);
  (void)setenv("HARNESS_GATE_RUNS", "1", 1);
  (void)unsetenv("CI");
}

void scenario_prepare_update(const char *folder) {
  prepare(folder, "update");
}

void scenario_prepare_new(const char *folder) {
  prepare(folder, "new");
}

/* Nothing but what is looked for is left in the folder; what is there is whole. */
static const char *verify(const scenario_run_t *run, const char *name, const char *text, size_t files) {
  char *found = support_read(support_path(run->folder, name));
  bool is_whole = strcmp(found, text) == 0;

  free(found);
  if (!is_whole)
    return "another text is in the file";
  return support_count(run->folder) == files ? NULL : "there is another number of files";
}

const char *scenario_verify_update(const scenario_run_t *run) {
  return verify(run, "case.json", run->result == HARNESS_CHECK_WRITTEN ? now : before, 1);
}

const char *scenario_verify_new(const scenario_run_t *run) {
  const char *wrong;

  if (!support_exists(support_path(run->folder, "case.new.json")))
    return verify(run, "case.json", before, 1);
  wrong = verify(run, "case.new.json", now, 2);
  return wrong != NULL ? wrong : verify(run, "case.json", before, 2);
}

/* The second of a clock that the last run of a recording waits for takes no time here. */
void __wrap_harness__recording_await_second(int64_t second);
void __wrap_harness__recording_await_second(int64_t second) {
  (void)second;
}

static void ignore_report(const char *text, void *arg) {
  (void)text;
  (void)arg;
}

static int check_now(void *arg) {
  const scenario_run_t *run = arg;
  harness_options_t options = {.fixtures = run->folder, .report = ignore_report};
  harness_t *h = harness_open(&options);
  int status;

  if (h == NULL)
    return harness_error_code(NULL);
  harness_log(h, "now");
  (void)harness_check_transcript(h, "case");
  status = harness_close(h);
  return status;
}

/* What the run has come to is told by the report, or, where there was no memory for one, as the last error.
 */
static int tell(scenario_run_t *run, harness_check_result_t result, harness_check_result_t expected,
                char *report) {
  const char *sentence = report != NULL ? report : harness_error(NULL);

  run->result = result;
  (void)snprintf(run->sentence, sizeof run->sentence, "%s", sentence != NULL ? sentence : "");
  free(report);
  return result == expected ? 0 : UV_ENOMEM;
}

int scenario_update(scenario_run_t *run) {
  char *report = NULL;
  harness_check_result_t result = harness_record_stable(check_now, run, NULL, &report);

  return tell(run, result, HARNESS_CHECK_WRITTEN, report);
}

int scenario_propose(scenario_run_t *run) {
  char *report = NULL;
  harness_check_result_t result = harness_record_stable(check_now, run, NULL, &report);

  return tell(run, result, HARNESS_CHECK_DIFFERENT, report);
}

int scenario_save(scenario_run_t *run) {
  harness_options_t options = {.report = ignore_report};
  harness_t *h = harness_open(&options);
  const char *sentence;
  int status = UV_ENOMEM;

  if (h != NULL) {
    harness_log(h, "now");
    status = harness_save_transcript(h, support_path(run->folder, "case.json"));
  }
  run->result = status == 0 ? HARNESS_CHECK_WRITTEN : HARNESS_CHECK_TROUBLE;
  sentence = harness_error(h);
  if (status != 0)
    (void)snprintf(run->sentence, sizeof run->sentence, "%s", sentence != NULL ? sentence : "");
  (void)harness_close(h);
  return status;
}

/* Six bytes, in reads that ask for all of them, or for what is there. */
typedef struct talk {
  harness_t *h;
  harness_server_t *server;
  bool asks_for_all;
} talk_t;

static void say_hello(harness_stream_t *stream, void *arg) {
  (void)arg;
  (void)harness_write(stream, "Hello!", 6);
}

static void *listen_to(void *arg) {
  talk_t *talk = arg;
  harness_stream_t *stream = harness_connect_to(talk->h, talk->server);
  char text[6];
  ptrdiff_t count = talk->asks_for_all ? harness_read_exactly(stream, text, sizeof text, NULL)
                                       : harness_read(stream, text, sizeof text);

  harness_stream_close(stream);
  return count == 6 ? talk : NULL;
}

static int run_talk(harness_t *h, void *arg) {
  talk_t *talk = arg;
  harness_task_t *task = NULL;
  void *result = NULL;

  talk->h = h;
  talk->server = harness_start_server(h, say_hello, NULL, NULL);
  if (talk->server != NULL)
    task = harness_schedule_coroutine(h, listen_to, talk);
  if (task != NULL)
    result = harness_run_in_foreground(h, task);
  harness_server_close(talk->server);
  return result != NULL ? 0 : UV_EPROTO;
}

static int deliver(scenario_run_t *run, bool asks_for_all, harness_check_result_t expected) {
  harness_options_t options = {.host = "memory:"};
  harness_deliveries_options_t deliveries = {.harness = &options, .seeds = 1};
  talk_t talk = {.asks_for_all = asks_for_all};
  char *report = NULL;
  harness_check_result_t result = harness_check_all_deliveries(run_talk, &talk, &deliveries, &report);

  return tell(run, result, expected, report);
}

int scenario_deliver(scenario_run_t *run) {
  return deliver(run, true, HARNESS_CHECK_SAME);
}

int scenario_deliver_broken(scenario_run_t *run) {
  return deliver(run, false, HARNESS_CHECK_DIFFERENT);
}
