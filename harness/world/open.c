/* SPDX-License-Identifier: MIT */
/*
 * Opening and closing. A harness is its layers' parts, made from below and taken apart from above.
 *
 * Closing. First what is in flight is delivered, so that a test that ended properly has nothing
 * open. What is open then is counted and reported. Tasks are cancelled, and coroutines unwind; next
 * all connections go, which wakes background calls that wait for them; those are waited for, and threads
 * outside that hold a future, since a thread can't be ended from outside. One that does not end in time still
 * uses the harness, so then, and only then, its memory stays.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <harness/fail.h>

#include "base/buffer.h"
#include "base/fault.h"
#include "base/slow.h"
#include "network/foreign.h"
#include "network/lane.h"
#include "network/network.h"
#include "record/recorder.h"
#include "run/run.h"
#include "world/world.h"

enum { TIMEOUT_MS = 10000, STACK_SIZE = 256 * 1024, STACK_LEAST = 16 * 1024 };

const char *harness_version(void) {
  return HARNESS_VERSION;
}

static void report(harness_t *h, const char *text) {
  const struct harness__world *world = h->world;

  if (world->report != NULL)
    world->report(text, world->report_arg);
  else
    (void)fprintf(stderr, "harness: %s%s", text, text[strlen(text) - 1] == '\n' ? "" : "\n");
}

static void note_free_running(harness_t *h) {
  harness__recorder_set_free_running(h->recorder);
}

static void begin_free_running(harness_t *h) {
  note_free_running(h);
  harness__leaks_begin(h);
}

static void note_lost(harness_t *h) {
  harness__recorder_set_failed(h->recorder);
}

static bool timeout_from_environment(int64_t *timeout_ms) {
  const char *text = getenv("HARNESS_TIMEOUT_MS");
  char *end;

  *timeout_ms = TIMEOUT_MS;
  if (text == NULL || text[0] == '\0')
    return true;
  errno = 0;
  *timeout_ms = strtoll(text, &end, 10);
  if (*end == '\0' && errno == 0 && *timeout_ms != 0 && *timeout_ms < INT64_MAX / 1000000)
    return true;
  harness__fail(NULL, UV_EINVAL, "HARNESS_TIMEOUT_MS is '%s': it takes milliseconds, or -1 for no limit",
                text);
  return false;
}

static struct harness__world *world_new(const harness_options_t *options) {
  struct harness__world *world = calloc(1, sizeof *world);
  const char *fixtures = options->fixtures != NULL ? options->fixtures : getenv("HARNESS_FIXTURES_DIR");
  char *sentence = NULL;

  if (world == NULL) {
    harness__fail(NULL, UV_ENOMEM, "no memory for a harness");
    return NULL;
  }
  world->report = options->report;
  world->report_arg = options->report_arg;
  world->fixtures = strdup(fixtures != NULL && fixtures[0] != '\0' ? fixtures : "fixtures");
  if (world->fixtures == NULL || !harness__slow_choose(&sentence) ||
      !harness__fixture_mode(&world->mode, &sentence))
    harness__fail_text(NULL, world->fixtures == NULL ? UV_ENOMEM : UV_EINVAL, sentence);
  else if (harness__leaks_choose(&world->leaks, options->leaks))
    return world;
  free(world->fixtures);
  free(world);
  return NULL;
}

static int open_run(harness_t *h, const harness_options_t *options, int64_t timeout_ms) {
  static const harness__run_hooks_t hooks = {.task_created = harness__lane_task_created,
                                             .task_ended = harness__lane_task_ended,
                                             .task_cancelled = harness__lane_task_cancelled,
                                             .task_awaited = harness__lane_task_awaited,
                                             .call_begins = harness__lane_call_begins,
                                             .call_ends = harness__lane_call_ends,
                                             .handing_over = harness__lane_handing_over,
                                             .future_resolved = harness__lane_future_resolved,
                                             .letter_lost = note_lost,
                                             .free_running = begin_free_running,
                                             .is_quiet = harness__foreign_is_quiet,
                                             .look_outside = harness__foreign_look_outside,
                                             .before_wait = harness__foreign_before_wait,
                                             .report = report,
                                             .serves_outside = harness__transport_serves_outside,
                                             .describe_past = harness__recent_describe,
                                             .task_name = harness__lane_task_name,
                                             .task_lane = harness__lane_of_task};
  size_t stack_size = options->stack_size != 0 ? options->stack_size : STACK_SIZE;

  return harness__run_open(h, stack_size < STACK_LEAST ? STACK_LEAST : stack_size, timeout_ms, &hooks);
}

static void free_parts(harness_t *h) {
  if (h->run != NULL)
    harness__run_free(h);
  harness__network_close(h);
  harness__recorder_free(h->recorder);
  if (h->world != NULL) {
    harness__leaks_closed(&h->world->leaks);
    free(h->world->fixtures);
    free(h->world->last_report);
  }
  free(h->world);
  harness__fault_free(h);
  if (h->run == NULL)
    free(h);
}

static int open_parts(harness_t *h, const harness_options_t *options) {
  int64_t timeout_ms;
  int status;

  if (!timeout_from_environment(&timeout_ms))
    return UV_EINVAL;
  if (!harness__fault_new(h))
    return harness__fail(NULL, UV_ENOMEM, "no memory for a harness");
  if (options->timeout_ms != 0)
    timeout_ms = options->timeout_ms;
  h->world = world_new(options);
  if (h->world == NULL)
    return UV_EINVAL;
  h->recorder = harness__recorder_new(options->data_limit);
  if (h->recorder == NULL)
    return harness__fail(NULL, UV_ENOMEM, "no memory for a harness");
  if (options->no_transcript != 0)
    harness__recorder_set_off(h->recorder);
  status = open_run(h, options, timeout_ms);
  if (status == 0 && options->real_time != 0) {
    harness__clock_set_real(h);
    note_free_running(h);
  }
  if (status == 0)
    status = harness__network_open(h, options);
  if (status != 0 && status != UV_EINVAL) /* that has been said */
    harness__fail(NULL, status, "a harness can't be opened: %s", uv_strerror(status));
  return status;
}

harness_t *harness_open(const harness_options_t *options) {
  static const harness_options_t defaults;
  harness__place_t place = harness__place_take();
  harness_t *h = calloc(1, sizeof *h);

  harness__place_forget();
  if (h == NULL) {
    harness__fail(NULL, UV_ENOMEM, "no memory for a harness");
    return NULL;
  }
  h->place = place;
  h->owner = pthread_self();
  if (open_parts(h, options != NULL ? options : &defaults) != 0) {
    free_parts(h);
    return NULL;
  }
  harness__leaks_opened(&h->world->leaks);
  if (h->world->leaks.choice == HARNESS_LEAKS_FAIL)
    harness__leaks_begin(h);
  return h;
}

/* What was still open: things of the harness, and others. */
typedef struct remains {
  int open;
  int others;
  harness__buffer_t lines;
  harness__buffer_t other_lines;
} remains_t;

/* Ends everything that runs. Returns whether all of it ended: else nothing may be freed. */
static bool end_all(harness_t *h, remains_t *remains) {
  harness__buffer_t *lines = &remains->lines;

  if (!harness__others_work(h))
    harness__leaks_look(h);
  remains->open = harness__network_count_open(h, lines);
  remains->open += harness__run_cancel_all(h, lines);
  harness__network_shut(h, lines, &remains->open);
  if (!h->run->loop_was_left && harness__run_await_others(h) != 0) {
    harness__calls_describe(h, lines);
    harness__calls_leave(h);
    if (h->run->held > 0)
      harness__buffer_string(
          lines, "  a thread outside did not resolve its future in time: what it uses is left as it is\n");
    return false;
  }
  if (!harness__run_close_loop(h, lines, &remains->open))
    return false;
  remains->others = harness__leaks_list(h, &remains->other_lines);
  return true;
}

static void add_remains(harness__buffer_t *text, const remains_t *remains, bool parted) {
  const char *lines = remains->lines.text != NULL ? remains->lines.text : "";
  const char *others = remains->other_lines.text != NULL ? remains->other_lines.text : "";
  int count = remains->open > 0 && parted ? remains->open : remains->open + remains->others;

  harness__buffer_printf(text, "when the harness was closed, %d thing%s%s still open\n", count,
                         count == 1 ? "" : "s", count == 1 ? " was" : " were");
  harness__buffer_string(text, lines);
  if (parted && remains->others > 0)
    harness__buffer_string(text, remains->open > 0
                                     ? "and what the harness did not make, which is a note only\n"
                                     : "which the harness did not make: a note only\n");
  harness__buffer_string(text, others);
}

/* While the harness still stands: a report may jump away, and the harness be closed again. */
static void say(harness_t *h, harness__buffer_t *text) {
  free(h->world->last_report);
  h->world->last_report = harness__buffer_take(text);
  if (h->world->last_report != NULL)
    report(h, h->world->last_report);
}

/* By what the test has failed, where no run has told it. */
static void say_failure(harness_t *h) {
  harness__buffer_t text = {0};
  const char *file = "";
  int line = 0;
  const char *sentence = harness_failure(h, &file, &line);

  if (sentence == NULL || h->run->failure_told)
    return;
  h->run->failure_told = true;
  harness__buffer_printf(&text, "%s:%d: %s", file, line, sentence);
  say(h, &text);
}

/* Said once. What has not ended is a failure whatever was chosen. Frees the lines; returns how many failures
 * there are. */
static int tell(harness_t *h, remains_t *remains, bool ended) {
  harness_leaks_t choice = ended ? h->world->leaks.choice : HARNESS_LEAKS_DEFAULT;
  bool own = choice == HARNESS_LEAKS_DEFAULT || choice == HARNESS_LEAKS_FAIL;
  int failures = (own ? remains->open : 0) + (choice == HARNESS_LEAKS_FAIL ? remains->others : 0);
  harness__buffer_t text = {0};

  if (remains->open + remains->others > 0 && choice != HARNESS_LEAKS_IGNORE)
    add_remains(&text, remains, choice == HARNESS_LEAKS_DEFAULT);
  harness__buffer_free(&remains->lines);
  harness__buffer_free(&remains->other_lines);
  if (text.length > 0 || text.failed)
    say(h, &text);
  return failures;
}

int harness_close(harness_t *h) {
  remains_t remains = {0};
  int failures;
  bool ended;
  bool failed;

  if (h == NULL)
    return 0;
  if (harness__check_outside(h, "harness_close") != 0)
    return UV_EBUSY;
  say_failure(h);
  if (!harness__others_work(h) && !h->run->loop_was_left && !h->run->closing)
    (void)harness__run_until(h, NULL);
  ended = end_all(h, &remains);
  failed = harness__has_failed(h);
  if (failed && ended) { /* what it left open follows from that */
    remains.open = 0;
    remains.others = 0;
  }
  failures = tell(h, &remains, ended);
  if (ended)
    free_parts(h);
  return failed && ended ? 1 : failures;
}
