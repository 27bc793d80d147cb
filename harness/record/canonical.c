/* SPDX-License-Identifier: MIT */
/*
 * The canonical form: of all the ways in which one program may have been recorded, the one that a fixture
 * holds.
 *
 * Where all parties run on the loop there is only one way, and the transcript is the order recorded. As soon
 * as something runs freely, the order recorded is one of many that chance could have brought about; what they
 * share is a partial order: program order in each lane, a send before its receive, and the edges of past.c.
 * So the transcript is made from that alone, in four steps:
 *
 * 1. What chance decides is dropped: times, and how the kernel cut what a free-running peer sent. A run of
 * receives (not of datagrams) with no other event of the lane between them becomes one, which stands where
 * its first stood. It waits for the causes of all its parts; what a later part had to wait for otherwise (a
 * task that ended between two reads) is asked of the event that follows the run, because it says nothing
 * about the bytes.
 * 2. Lanes of connections that were accepted in chance order are numbered by their content (relabel.c).
 * 3. Lanes are ranked by name, as people order names.
 * 4. Events are listed in lexicographic normal form: of the lanes whose next event may come now, the one of
 *    the lowest rank gives its event (order.c). Two recordings with the same partial order give the same
 * list.
 *
 * What placeholders stand for is looked for first, and numbered last (normal.c).
 *
 * The joined form is the same for what ran on the loop only: runs of receives are joined in every lane, and
 * times stay, but those of receives. It shows what parties did apart from how reads were cut.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "record/form.h"
#include "record/normal.h"
#include "record/redact.h"

/* The first block of what is needed on the way. */
enum { SCRATCH_SIZE = 4 * 1024 };

void *harness__form_array(harness__form_t *form, size_t count, size_t size) {
  void *array;

  if (count > SIZE_MAX / 2 / size)
    return NULL;
  array = harness__arena_alloc(&form->scratch, count * size);
  return array != NULL ? memset(array, 0, count * size) : NULL;
}

static bool lay_out(harness__form_t *form, harness__layout_t *layout) {
  harness__recorder_t *recorder = form->recorder;
  size_t *fill = harness__form_array(form, recorder->lane_count, sizeof(size_t));

  layout->start = harness__form_array(form, recorder->lane_count + 1, sizeof(size_t));
  layout->by_lane = harness__form_array(form, recorder->count, sizeof(size_t));
  layout->node_of = harness__form_array(form, recorder->count, sizeof(size_t));
  form->first = harness__form_array(form, recorder->lane_count + 1, sizeof(size_t));
  form->nodes = harness__form_array(form, recorder->count, sizeof *form->nodes);
  form->ranks = harness__form_array(form, recorder->lane_count, sizeof(size_t));
  form->labels = harness__form_array(form, recorder->lane_count, sizeof *form->labels);
  if (fill == NULL || layout->start == NULL || layout->by_lane == NULL || layout->node_of == NULL ||
      form->first == NULL || form->nodes == NULL || form->ranks == NULL || form->labels == NULL)
    return false;
  for (size_t i = 0; i < recorder->lane_count; i++) {
    fill[i] = layout->start[i];
    layout->start[i + 1] = layout->start[i] + recorder->lanes[i].count;
  }
  for (size_t i = 0; i < recorder->count; i++)
    layout->by_lane[fill[harness__event_at(recorder, i + 1)->lane - 1]++] = i;
  return true;
}

static bool is_joinable(const harness__form_t *form, const harness__event_t *event) {
  return event->kind == HARNESS__EVENT_RECEIVE && !event->is_long && event->peer == 0 &&
         (form->joined || (form->recorder->lanes[event->lane - 1].flags & HARNESS__LANE_FREE_PEER) != 0);
}

/* How many of the events from at on, before end, become one node. */
static size_t run_length(const harness__form_t *form, const size_t *at, const size_t *end) {
  size_t length = 1;

  if (!is_joinable(form, harness__event_at(form->recorder, *at + 1)))
    return 1;
  while (at + length < end && is_joinable(form, harness__event_at(form->recorder, at[length] + 1)))
    length++;
  return length;
}

static bool join(harness__form_t *form, const size_t *events, size_t length, harness__data_t *data) {
  size_t size = 0;
  char *bytes;
  char *p;

  for (size_t i = 0; i < length; i++)
    size += (size_t)harness__event_at(form->recorder, events[i] + 1)->size;
  bytes = harness__arena_bytes(&form->scratch, size);
  if (bytes == NULL)
    return false;
  p = bytes;
  for (size_t i = 0; i < length; i++) {
    const harness__event_t *event = harness__event_at(form->recorder, events[i] + 1);
    memcpy(p, event->data, (size_t)event->size);
    p += event->size;
  }
  harness__data_make(data, bytes, size, form->recorder->data_limit);
  return true;
}

static bool add_node(harness__form_t *form, const size_t *events, size_t length) {
  const harness__event_t *event = harness__event_at(form->recorder, events[0] + 1);
  harness__node_t *node = &form->nodes[form->count++];

  harness__event_entry(form->recorder, events[0] + 1, &node->entry);
  if (form->recorder->free_running || event->kind == HARNESS__EVENT_RECEIVE)
    node->entry.at_ms = 0;
  node->lane = event->lane;
  node->peer = event->peer;
  node->from = event->from;
  node->events = events;
  node->length = length;
  return (length == 1 || join(form, events, length, &node->entry.data)) &&
         harness__form_write(form, events, length, true, &node->entry);
}

static bool add_nodes(harness__form_t *form, harness__layout_t *layout) {
  for (size_t lane = 0; lane < form->recorder->lane_count; lane++) {
    size_t *at = layout->by_lane + layout->start[lane];
    size_t *end = layout->by_lane + layout->start[lane + 1];

    while (at < end) {
      size_t length = run_length(form, at, end);
      for (size_t i = 0; i < length; i++)
        layout->node_of[at[i]] = form->count;
      if (!add_node(form, at, length))
        return false;
      at += length;
    }
    form->first[lane + 1] = form->count;
  }
  return true;
}

static int compare_lanes(const void *a, const void *b, void *arg) {
  const harness__form_t *form = arg;
  return harness__text_compare_natural(form->labels[*(const size_t *)a], form->labels[*(const size_t *)b]);
}

/* Lists the lanes that have events, in order of name, and ranks them. */
static bool rank_lanes(harness__form_t *form) {
  size_t lanes = form->recorder->lane_count;
  size_t *sorted = harness__form_array(form, lanes, sizeof(size_t));
  size_t count = 0;

  form->transcript->lanes =
      harness__arena_alloc(&form->transcript->arena, (lanes + 1) * sizeof *form->transcript->lanes);
  if (sorted == NULL || form->transcript->lanes == NULL)
    return false;
  for (size_t i = 0; i < lanes; i++)
    if (form->first[i + 1] > form->first[i])
      sorted[count++] = i;
  qsort_r(sorted, count, sizeof *sorted, compare_lanes, form);
  for (size_t i = 0; i < count; i++) {
    form->ranks[sorted[i]] = i;
    form->transcript->lanes[i] = form->labels[sorted[i]];
  }
  form->transcript->lane_count = count;
  return true;
}

/* Copies what an entry points at into the transcript, but for names, which are there already. */
static bool own_entry(harness__arena_t *arena, harness__entry_t *entry) {
  if (entry->data.head != NULL) {
    entry->data.head = harness__arena_copy(arena, entry->data.head, entry->data.head_size);
    if (entry->data.head == NULL)
      return false;
  }
  if (entry->text != NULL) {
    entry->text = harness__arena_copy(arena, entry->text, entry->text_size);
    if (entry->text == NULL)
      return false;
  }
  if (entry->code != NULL)
    entry->code = harness__arena_string(arena, entry->code);
  return entry->kind != HARNESS__EVENT_ERROR || entry->code != NULL;
}

static bool fill_entries(harness__form_t *form) {
  harness__transcript_t *transcript = form->transcript;

  transcript->entries =
      harness__arena_alloc(&transcript->arena, (form->count + 1) * sizeof(harness__entry_t));
  if (transcript->entries == NULL)
    return false;
  for (size_t i = 0; i < form->count; i++) {
    const harness__node_t *node = &form->nodes[form->order[i]];
    harness__entry_t *entry = &transcript->entries[transcript->count++];
    const char **peer;

    *entry = node->entry;
    entry->lane = (uint32_t)form->ranks[node->lane - 1];
    peer = harness__entry_peer(entry, node->peer, node->from);
    if (peer != NULL)
      *peer =
          node->peer != 0 && node->peer <= form->recorder->lane_count ? form->labels[node->peer - 1] : "?";
    if (!harness__form_write(form, node->events, node->length, false, entry) ||
        !own_entry(&transcript->arena, entry))
      return false;
  }
  return true;
}

static bool make_canonical(harness__form_t *form) {
  harness__layout_t layout;

  return lay_out(form, &layout) && add_nodes(form, &layout) && harness__form_link(form, &layout) &&
         harness__form_list_uses(form) && harness__form_relabel(form) && rank_lanes(form) &&
         harness__form_order(form) && harness__form_number(form) && fill_entries(form);
}

/* The transcript's copy of a lane's name, made when it is first needed. */
static const char *label_of(harness__form_t *form, harness__lane_t lane) {
  if (lane == 0 || lane > form->recorder->lane_count)
    return "?";
  if (form->labels[lane - 1] == NULL) {
    const char *name = harness__recorder_spell_lane(form->recorder, lane);

    if (name != NULL)
      form->labels[lane - 1] = harness__arena_string(&form->transcript->arena, name);
  }
  return form->labels[lane - 1];
}

static bool add_recorded(harness__form_t *form, size_t index, bool *seen) {
  const harness__event_t *event = harness__event_at(form->recorder, index + 1);
  harness__transcript_t *transcript = form->transcript;
  harness__entry_t *entry = &transcript->entries[transcript->count++];
  const char *label = label_of(form, event->lane);
  const char **peer;

  harness__event_entry(form->recorder, index + 1, entry);
  if (!seen[event->lane - 1]) {
    seen[event->lane - 1] = true;
    form->ranks[event->lane - 1] = transcript->lane_count;
    transcript->lanes[transcript->lane_count++] = label;
  }
  entry->lane = (uint32_t)form->ranks[event->lane - 1];
  peer = harness__entry_peer(entry, event->peer, event->from);
  if (peer != NULL)
    *peer = label_of(form, event->peer);
  return label != NULL && (peer == NULL || *peer != NULL) &&
         harness__form_write(form, &index, 1, false, entry) && own_entry(&transcript->arena, entry);
}

/* Nothing ran freely: the order recorded, the lanes as they first appear. */
static bool make_recorded(harness__form_t *form) {
  harness__recorder_t *recorder = form->recorder;
  harness__transcript_t *transcript = form->transcript;
  bool *seen = harness__form_array(form, recorder->lane_count, sizeof *seen);

  form->ranks = harness__form_array(form, recorder->lane_count, sizeof(size_t));
  form->labels = harness__form_array(form, recorder->lane_count, sizeof *form->labels);
  transcript->entries =
      harness__arena_alloc(&transcript->arena, (recorder->count + 1) * sizeof *transcript->entries);
  transcript->lanes =
      harness__arena_alloc(&transcript->arena, (recorder->lane_count + 1) * sizeof *transcript->lanes);
  if (seen == NULL || form->ranks == NULL || form->labels == NULL || transcript->entries == NULL ||
      transcript->lanes == NULL)
    return false;
  for (size_t i = 0; i < recorder->count; i++)
    if (!add_recorded(form, i, seen))
      return false;
  return true;
}

/* Finds the values that stand in the transcript by name. False where there is trouble, or no memory. */
static bool normalise(harness__form_t *form) {
  harness__recorder_t *recorder = form->recorder;

  form->transcript->renamed = recorder->redactions.count > 0 || recorder->placeholders.count > 0;
  if (!harness__redact_show(recorder) || harness__recorder_trouble(recorder) != NULL)
    return false;
  if (recorder->placeholders.count == 0)
    return true;
  form->normal = harness__normal_new(recorder);
  return form->normal != NULL;
}

static harness__transcript_t *make_transcript(harness__recorder_t *recorder, bool joined) {
  harness__form_t form = {.recorder = recorder, .joined = joined, .scratch.first = SCRATCH_SIZE};
  bool done;

  if (recorder->failed)
    return NULL;
  form.transcript = calloc(1, sizeof *form.transcript);
  if (form.transcript == NULL)
    return NULL;
  form.transcript->arena.first = HARNESS__TRANSCRIPT_SIZE;
  done =
      normalise(&form) && (recorder->free_running || joined ? make_canonical(&form) : make_recorded(&form));
  harness__normal_free(form.normal);
  harness__arena_free(&form.scratch);
  if (done)
    return form.transcript;
  harness__transcript_free(form.transcript);
  return NULL;
}

harness__transcript_t *harness__recorder_transcript(harness__recorder_t *recorder) {
  return make_transcript(recorder, false);
}

harness__transcript_t *harness__recorder_joined_transcript(harness__recorder_t *recorder) {
  return make_transcript(recorder, true);
}
