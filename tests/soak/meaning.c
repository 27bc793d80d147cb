/* SPDX-License-Identifier: MIT */
#include "meaning.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* One way of numbering, and the walk through it. */
typedef struct way {
  const trace_t *trace;
  int merged[TRACE_NODES]; /* a joined receive stands for itself and those behind it; which one */
  char merged_text[TRACE_NODES][TRACE_NODES * 4];
  int late[TRACE_NODES]; /* the event that answers for what a later part of a joined receive waits for; -1 */
  int numbers[TRACE_LANES];
  char labels[TRACE_LANES][64];
  int by_rank[TRACE_LANES];
  bool out[TRACE_NODES];
} way_t;

static uint64_t hash_byte(uint64_t hash, char byte) {
  return (hash ^ (unsigned char)byte) * 1099511628211U;
}

/* With the NUL at its end, so that texts which follow each other stay apart. */
static uint64_t hash_text(uint64_t hash, const char *text) {
  const char *p = text != NULL ? text : "\001";

  do
    hash = hash_byte(hash, *p);
  while (*p++ != '\0');
  return hash;
}

static uint64_t hash_data(uint64_t hash, const harness__data_t *data) {
  for (size_t i = 0; i < data->head_size; i++)
    hash = hash_byte(hash, data->head[i]);
  return hash_byte(hash, '\0');
}

static int next_in_lane(const trace_t *trace, int lane, int from) {
  while (from < trace->count && trace->nodes[from].lane != lane)
    from++;
  return from;
}

/* Joins receives that follow each other in a lane whose receives are cut by chance. */
static void merge(way_t *way) {
  const trace_t *trace = way->trace;

  for (int i = 0; i < trace->count; i++) {
    way->merged[i] = i;
    way->late[i] = -1;
    (void)snprintf(way->merged_text[i], sizeof way->merged_text[i], "%s", trace->nodes[i].text);
  }
  for (int lane = 0; lane < trace->lane_count; lane++) {
    int first = -1;

    for (int i = next_in_lane(trace, lane, 0); i < trace->count; i = next_in_lane(trace, lane, i + 1)) {
      if (first >= 0 && trace_is_joined(trace, &trace->nodes[i])) {
        way->merged[i] = first;
        strcat(way->merged_text[first], trace->nodes[i].text);
      } else {
        /* What later parts waited for is asked of the event behind them. */
        for (int j = first >= 0 ? first + 1 : i; j < i; j++)
          if (trace->nodes[j].lane == lane && way->merged[j] == first)
            way->late[j] = i;
        first = trace_is_joined(trace, &trace->nodes[i]) ? i : -1;
      }
    }
  }
}

static bool is_out(const way_t *way, int node) {
  const node_t *silent = &way->trace->nodes[node];

  if (silent->lane != SILENT)
    return way->out[way->merged[node]];
  for (int i = 0; i < silent->cause_count; i++)
    if (!is_out(way, silent->causes[i]))
      return false;
  return true;
}

static bool has_causes_out(const way_t *way, int node) {
  const node_t *event = &way->trace->nodes[node];

  for (int i = 0; i < event->cause_count; i++)
    if (!is_out(way, event->causes[i]))
      return false;
  return true;
}

static bool is_ready(const way_t *way, int node) {
  if (!has_causes_out(way, node))
    return false;
  for (int i = 0; i < node; i++)
    if (way->late[i] == node && !has_causes_out(way, i))
      return false;
  return true;
}

static uint64_t hash_event(uint64_t hash, const way_t *way, int node) {
  const node_t *event = &way->trace->nodes[node];
  const char *peer = event->peer != NO_PEER ? way->labels[event->peer] : "?";
  const char *to = NULL;
  const char *from = NULL;
  bool has_data = event->kind == HARNESS__EVENT_SEND || event->kind == HARNESS__EVENT_RECEIVE;
  char kind[2] = {(char)('a' + (int)event->kind), '\0'};

  if (event->kind == HARNESS__EVENT_CONNECT || (event->kind == HARNESS__EVENT_SEND && event->peer != NO_PEER))
    to = peer;
  if (event->kind == HARNESS__EVENT_ACCEPT ||
      (event->kind == HARNESS__EVENT_RECEIVE && event->peer != NO_PEER))
    from = peer;
  if (event->kind == HARNESS__EVENT_EOF || event->kind == HARNESS__EVENT_RESET)
    *(event->from ? &from : &to) = peer;
  hash = hash_text(hash_text(hash, way->labels[event->lane]), kind);
  hash = hash_text(hash_text(hash, to), from);
  hash = hash_text(hash, has_data ? way->merged_text[node] : NULL);
  hash = hash_text(hash, event->kind == HARNESS__EVENT_LOG ? event->text : NULL);
  return hash_text(hash, event->kind == HARNESS__EVENT_ERROR ? event->text : NULL);
}

uint64_t meaning_text(const harness__transcript_t *transcript) {
  uint64_t hash = 14695981039346656037U;

  for (size_t i = 0; i < transcript->count; i++) {
    const harness__entry_t *entry = &transcript->entries[i];
    char kind[2] = {(char)('a' + (int)entry->kind), '\0'};
    bool has_data = entry->kind == HARNESS__EVENT_SEND || entry->kind == HARNESS__EVENT_RECEIVE;

    hash = hash_text(hash_text(hash, transcript->lanes[entry->lane]), kind);
    hash = hash_text(hash_text(hash, entry->to), entry->from);
    if (has_data)
      hash = hash_data(hash, &entry->data);
    else
      hash = hash_text(hash, NULL);
    hash = hash_text(hash_text(hash, entry->text), entry->code);
  }
  return hash;
}

static void set_labels(way_t *way) {
  const trace_t *trace = way->trace;

  for (int i = 0; i < trace->lane_count; i++) {
    const lane_t *lane = &trace->lanes[i];
    char parent[48];

    if (lane->kind == LANE_NAMED) {
      (void)snprintf(way->labels[i], sizeof way->labels[i], "%s", lane->family);
    } else if (lane->kind == LANE_CHILD) {
      (void)snprintf(parent, sizeof parent, "%.47s", way->labels[lane->parent]);
      (void)snprintf(way->labels[i], sizeof way->labels[i], "%s/%u", parent, lane->number);
    } else {
      (void)snprintf(way->labels[i], sizeof way->labels[i], "%s/%d", lane->family, way->numbers[i]);
    }
    way->by_rank[i] = i;
  }
  for (int i = 1; i < trace->lane_count; i++) {
    for (int j = i; j > 0 && harness__text_compare_natural(way->labels[way->by_rank[j]],
                                                           way->labels[way->by_rank[j - 1]]) < 0;
         j--) {
      int lane = way->by_rank[j];
      way->by_rank[j] = way->by_rank[j - 1];
      way->by_rank[j - 1] = lane;
    }
  }
}

/* The normal form by definition. Returns the text's hash; 0 where causes go in a circle. */
static uint64_t walk(way_t *way) {
  const trace_t *trace = way->trace;
  uint64_t hash = 14695981039346656037U;
  int heads[TRACE_LANES];
  int left = 0;

  memset(way->out, 0, sizeof way->out);
  for (int i = 0; i < TRACE_LANES; i++)
    heads[i] = i < trace->lane_count ? next_in_lane(trace, i, 0) : trace->count;
  for (int i = 0; i < trace->count; i++)
    left += trace->nodes[i].lane != SILENT && way->merged[i] == i;
  for (; left > 0; left--) {
    int rank = 0;
    int lane;

    while (rank < trace->lane_count &&
           (heads[way->by_rank[rank]] == trace->count || !is_ready(way, heads[way->by_rank[rank]])))
      rank++;
    if (rank == trace->lane_count)
      return 0;
    lane = way->by_rank[rank];
    way->out[heads[lane]] = true;
    hash = hash_event(hash, way, heads[lane]);
    do
      heads[lane] = next_in_lane(trace, lane, heads[lane] + 1);
    while (heads[lane] < trace->count && way->merged[heads[lane]] != heads[lane]);
  }
  return hash;
}

/* Numbers the lanes from `lane` on in every way. */
static bool number_on(way_t *way, int lane, meaning_t *meaning) {
  const trace_t *trace = way->trace;
  int known = 0;
  int same = 0;

  if (lane == trace->lane_count) {
    if (meaning->count == MEANING_TEXTS)
      return false;
    set_labels(way);
    meaning->texts[meaning->count++] = walk(way);
    return true;
  }
  if (trace->lanes[lane].kind != LANE_UNNAMED)
    return number_on(way, lane + 1, meaning);
  for (int i = 0; i < trace->lane_count; i++) {
    bool is_family = strcmp(trace->lanes[i].family, trace->lanes[lane].family) == 0;
    known += is_family && trace->lanes[i].kind == LANE_NUMBERED;
    same += is_family && trace->lanes[i].kind == LANE_UNNAMED;
  }
  for (int number = known + 1; number <= known + same; number++) {
    bool taken = false;
    for (int i = 0; i < lane; i++)
      taken = taken || (trace->lanes[i].kind == LANE_UNNAMED && way->numbers[i] == number &&
                        strcmp(trace->lanes[i].family, trace->lanes[lane].family) == 0);
    way->numbers[lane] = number;
    if (!taken && !number_on(way, lane + 1, meaning))
      return false;
  }
  return true;
}

static int compare_texts(const void *a, const void *b) {
  uint64_t text_a = *(const uint64_t *)a;
  uint64_t text_b = *(const uint64_t *)b;

  return text_a < text_b ? -1 : text_a > text_b;
}

bool meaning_of(const trace_t *trace, meaning_t *meaning) {
  way_t *way = calloc(1, sizeof *way);
  uint32_t numbered[2] = {0};
  bool done = false;

  meaning->count = 0;
  if (way == NULL)
    return false;
  way->trace = trace;
  for (int i = 0; i < trace->lane_count; i++)
    if (trace->lanes[i].kind == LANE_NUMBERED)
      way->numbers[i] = (int)++numbered[trace->lanes[i].family[0] == 's'];
  merge(way);
  done = number_on(way, 0, meaning);
  qsort(meaning->texts, (size_t)meaning->count, sizeof *meaning->texts, compare_texts);
  free(way);
  return done;
}

bool meaning_has(const meaning_t *meaning, uint64_t text) {
  return bsearch(&text, meaning->texts, (size_t)meaning->count, sizeof text, compare_texts) != NULL;
}

bool meaning_meets(const meaning_t *a, const meaning_t *b) {
  for (int i = 0; i < a->count; i++)
    if (meaning_has(b, a->texts[i]))
      return true;
  return false;
}
