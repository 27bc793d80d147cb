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

#include "base/buffer.h"
#include "base/fault.h"
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
  if (world->fixtures != NULL && harness__fixture_mode(&world->mode, &sentence))
    return world;
  harness__fail_text(NULL, world->fixtures == NULL ? UV_ENOMEM : UV_EINVAL, sentence);
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
                                             .free_running = note_free_running,
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
  if (open_parts(h, options != NULL ? options : &defaults) == 0)
    return h;
  free_parts(h);
  return NULL;
}

/* Ends everything that runs. Returns whether all of it ended: else nothing may be freed. */
static bool end_all(harness_t *h, harness__buffer_t *lines, int *open) {
  *open = harness__network_count_open(h, lines);
  *open += harness__run_cancel_all(h, lines);
  harness__network_shut(h, lines, open);
  if (!h->run->loop_was_left && harness__run_await_others(h) != 0) {
    harness__calls_describe(h, lines);
    harness__calls_leave(h);
    if (h->run->held > 0)
      harness__buffer_string(
          lines, "  a thread outside did not resolve its future in time: what it uses is left as it is\n");
    return false;
  }
  return harness__run_close_loop(h, lines, open);
}

/* Said once, while the harness still stands: a report may jump away, and the harness be closed again. Frees
 * lines. */
static void tell(harness_t *h, int open, harness__buffer_t *lines) {
  harness__buffer_t text = {0};

  if (open > 0)
    harness__buffer_printf(&text, "when the harness was closed, %d thing%s still open\n%s", open,
                           open == 1 ? " was" : "s were", lines->text != NULL ? lines->text : "");
  harness__buffer_free(lines);
  if (open == 0)
    return;
  free(h->world->last_report);
  h->world->last_report = harness__buffer_take(&text);
  if (h->world->last_report != NULL)
    report(h, h->world->last_report);
}

int harness_close(harness_t *h) {
  harness__buffer_t lines = {0};
  int open = 0;
  bool ended;
  bool failed;

  if (h == NULL)
    return 0;
  if (harness__check_outside(h, "harness_close") != 0)
    return UV_EBUSY;
  if (!harness__others_work(h) && !h->run->loop_was_left && !h->run->closing)
    (void)harness__run_until(h, NULL);
  ended = end_all(h, &lines, &open);
  failed = harness__has_failed(h);
  if (failed && ended) { /* what it left open follows from that */
    open = 0;
    harness__buffer_free(&lines);
  }
  tell(h, open, &lines);
  if (ended)
    free_parts(h);
  return failed && ended ? 1 : open;
}
