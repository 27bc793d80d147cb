/* SPDX-License-Identifier: MIT */
/* What each party that has not ended did last, for reports of deadlocks and hangs. */
#include <string.h>

#include "base/columns.h"
#include "network/network.h"
#include "network/transport.h"
#include "record/recorder.h"
#include "report/text.h"
#include "run/run.h"
#include "world/world.h"

enum { EVENTS_EACH = 3, LANES_MOST = 64, NAME_WIDTH_MOST = 32, LINE_WIDTH = 96 };

typedef struct lanes {
  harness_t *h;
  harness__lane_t list[LANES_MOST];
  size_t count;
  size_t width; /* of their names */
  harness__buffer_t *out;
} lanes_t;

static void add_lane(lanes_t *lanes, harness__lane_t lane) {
  const char *name;
  size_t width;

  if (lane == 0 || lanes->count == LANES_MOST || harness__recorder_last(lanes->h->recorder, lane) == 0)
    return;
  for (size_t i = 0; i < lanes->count; i++) {
    if (lanes->list[i] == lane)
      return;
  }
  lanes->list[lanes->count++] = lane;
  name = harness__recorder_lane_name(lanes->h->recorder, lane);
  width = harness__columns(name, strlen(name));
  width = width < NAME_WIDTH_MOST ? width : NAME_WIDTH_MOST;
  lanes->width = width > lanes->width ? width : lanes->width;
}

/* Its own, then those of the further connections that it opened. */
static void add_lanes_of(lanes_t *lanes, const harness_task_t *task) {
  add_lane(lanes, task->lane);
  for (const harness_transport_t *t = lanes->h->network->transports; t != NULL; t = t->next) {
    if (t->owner == task && task->sublanes > 1)
      add_lane(lanes, t->lane);
  }
}

static void add_event(const harness__entry_t *entry, void *arg) {
  lanes_t *lanes = arg;
  const char *name = harness__recorder_lane_name(lanes->h->recorder, entry->lane);
  bool has_data = entry->kind == HARNESS__EVENT_SEND || entry->kind == HARNESS__EVENT_RECEIVE ||
                  entry->kind == HARNESS__EVENT_LOG;
  harness__entry_t shown = *entry;
  harness__buffer_t line = {0};

  /* As in transcripts: what ran freely did so at a time that is chance. */
  if (harness__recorder_is_free_running(lanes->h->recorder))
    shown.at_ms = 0;
  /* What is to be redacted may be known only when all of it is there. */
  if (has_data && harness__recorder_redacts(lanes->h->recorder)) {
    harness__report_head(&line, name, lanes->width, &shown);
    harness__buffer_string(&line, "  not shown");
  } else {
    harness__report_entry(&line, name, lanes->width, &shown);
  }
  harness__buffer_string(lanes->out, "    ");
  if (line.text != NULL)
    harness__columns_cut(lanes->out, line.text, line.length, LINE_WIDTH);
  harness__buffer_char(lanes->out, '\n');
  lanes->out->failed = lanes->out->failed || line.failed;
  harness__buffer_free(&line);
}

void harness__recent_describe(harness_t *h, harness__buffer_t *out) {
  lanes_t lanes = {.h = h, .out = out};

  if (harness__recorder_is_off(h->recorder) || h->network->plan != NULL)
    return; /* with a plan, whoever made it shows the whole transcript */
  add_lane(&lanes, h->network->main_lane);
  for (const harness_task_t *task = h->run->all_first; task != NULL && lanes.count < LANES_MOST;
       task = task->all_next)
    add_lanes_of(&lanes, task);
  if (lanes.count > 0)
    harness__buffer_string(out, "  what each did last:\n");
  for (size_t i = 0; i < lanes.count; i++)
    harness__recorder_recent(h->recorder, lanes.list[i], EVENTS_EACH, add_event, &lanes);
}
