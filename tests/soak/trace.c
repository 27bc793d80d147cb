/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned trace_draw(uint64_t *random, unsigned limit) {
  *random = *random * 6364136223846793005U + 1442695040888963407U;
  return (unsigned)(*random >> 33) % limit;
}

bool trace_is_joined(const trace_t *trace, const node_t *node) {
  const lane_t *lane = node->lane != SILENT ? &trace->lanes[node->lane] : NULL;

  return lane != NULL && node->kind == HARNESS__EVENT_RECEIVE && node->peer == NO_PEER &&
         ((lane->kind == LANE_UNNAMED && !lane->accepted) || lane->free_peer);
}

static void make_lane(trace_t *trace, int index, uint64_t *random) {
  static const char *const families[] = {"server", "proxy"};
  lane_t *lane = &trace->lanes[index];
  int parent = index > 0 ? (int)trace_draw(random, (unsigned)index) : 0;

  *lane = (lane_t){.free_peer = trace_draw(random, 4) == 0, .accepted = trace_draw(random, 3) == 0};
  switch (trace_draw(random, 8)) {
  case 0:
  case 1:
    lane->kind = LANE_NAMED;
    break;
  case 2:
    lane->kind = LANE_NUMBERED;
    break;
  case 3:
    lane->kind = index > 0 && trace->lanes[parent].kind != LANE_NAMED ? LANE_CHILD : LANE_UNNAMED;
    break;
  default:
    lane->kind = LANE_UNNAMED;
  }
  lane->parent = parent;
  lane->number = (uint32_t)index + 2;
  if (lane->kind == LANE_NAMED)
    (void)snprintf(lane->family, sizeof lane->family, "client%d", index % 100);
  else
    (void)snprintf(lane->family, sizeof lane->family, "%s", families[trace_draw(random, 2)]);
}

static void make_content(const trace_t *trace, node_t *node, uint64_t *random) {
  static const char *const texts[] = {"a", "ab", "abc", "b"};
  bool datagram = trace_draw(random, 6) == 0;

  node->kind = (harness__event_kind_t)trace_draw(random, HARNESS__EVENT_KINDS);
  node->peer = NO_PEER;
  node->from = false;
  node->text[0] = '\0';
  switch (node->kind) {
  case HARNESS__EVENT_EOF:
  case HARNESS__EVENT_RESET:
    node->from = trace_draw(random, 2) == 0;
    node->peer = (int)trace_draw(random, (unsigned)trace->lane_count);
    break;
  case HARNESS__EVENT_CONNECT:
  case HARNESS__EVENT_ACCEPT:
    node->peer = (int)trace_draw(random, (unsigned)trace->lane_count);
    break;
  case HARNESS__EVENT_SEND:
  case HARNESS__EVENT_RECEIVE:
    if (datagram)
      node->peer = (int)trace_draw(random, (unsigned)trace->lane_count);
    (void)snprintf(node->text, sizeof node->text, "%s", texts[trace_draw(random, 4)]);
    break;
  case HARNESS__EVENT_ERROR:
  case HARNESS__EVENT_LOG:
    (void)snprintf(node->text, sizeof node->text, "%s", texts[trace_draw(random, 4)]);
    break;
  default:
    break;
  }
}

static bool add_cause(node_t *node, int cause) {
  for (int i = 0; i < node->cause_count; i++)
    if (node->causes[i] == cause)
      return false;
  if (node->cause_count == TRACE_CAUSES)
    return false;
  node->causes[node->cause_count++] = cause;
  return true;
}

static void make_random(trace_t *trace, uint64_t *random) {
  unsigned dense = 1 + trace_draw(random, 4);
  int count = 1 + (int)trace_draw(random, trace_draw(random, 3) == 0 ? TRACE_EVENTS : 24);

  for (int i = 0; i < count; i++) {
    node_t *node = &trace->nodes[i];

    *node = (node_t){.by_party = trace_draw(random, 2) == 0};
    make_content(trace, node, random);
    node->lane = trace_draw(random, 8) == 0 ? SILENT : (int)trace_draw(random, (unsigned)trace->lane_count);
    for (int j = 0; i > 0 && j < TRACE_CAUSES; j++)
      if (trace_draw(random, 8) < dense)
        (void)add_cause(node, (int)trace_draw(random, (unsigned)i));
  }
  trace->count = count;
}

static void copy_content(node_t *to, const node_t *from) {
  int lane = to->lane;
  int cause_count = to->cause_count;
  int causes[TRACE_CAUSES];

  memcpy(causes, to->causes, sizeof causes);
  *to = *from;
  to->lane = lane;
  to->cause_count = cause_count;
  memcpy(to->causes, causes, sizeof causes);
}

static void draw_permutation(int *to, int count, uint64_t *random) {
  for (int i = 0; i < count; i++)
    to[i] = i;
  for (int i = count - 1; i > 0; i--) {
    int j = (int)trace_draw(random, (unsigned)i + 1);
    int kept = to[i];
    to[i] = to[j];
    to[j] = kept;
  }
}

/* One event in every lane: names another lane, and comes after the last event of some others. */
static void make_round(trace_t *trace, int round, uint64_t *random) {
  node_t same = {.by_party = trace_draw(random, 2) == 0};
  int causes = round > 0 ? (int)trace_draw(random, TRACE_CAUSES + 1) : 0;
  int lanes = trace->lane_count;
  int first = trace->count;
  int to[TRACE_LANES];

  make_content(trace, &same, random);
  draw_permutation(to, lanes, random);
  for (int i = 0; i < lanes; i++) {
    node_t *node = &trace->nodes[trace->count++];
    *node = same;
    node->lane = i;
    if (node->peer != NO_PEER)
      node->peer = to[i];
  }
  for (int j = 0; j < causes; j++) {
    draw_permutation(to, lanes, random);
    for (int i = 0; i < lanes; i++)
      (void)add_cause(&trace->nodes[first + i], first - lanes + to[i]);
  }
}

/* Lanes that all do the same, and are tied to each other by permutations: rings of every length, pairs,
 * graphs in which all have as many neighbours and do not stand alike all the same. */
static void make_symmetrical(trace_t *trace, uint64_t *random) {
  int rounds = 1 + (int)trace_draw(random, 4);

  trace->lane_count = 2 + (int)trace_draw(random, TRACE_LANES - 1);
  for (int i = 0; i < trace->lane_count; i++)
    trace->lanes[i] = (lane_t){.kind = LANE_UNNAMED, .family = "server"};
  for (int round = 0; round < rounds; round++)
    make_round(trace, round, random);
}

void trace_make(trace_t *trace, uint64_t *random) {
  memset(trace, 0, sizeof *trace);
  if (trace_draw(random, 4) == 0) {
    make_symmetrical(trace, random);
    return;
  }
  trace->lane_count = 2 + (int)trace_draw(random, TRACE_LANES - 1);
  for (int i = 0; i < trace->lane_count; i++)
    make_lane(trace, i, random);
  make_random(trace, random);
}

/* A node that is an event; -1: there is none. */
static int draw_event(const trace_t *trace, uint64_t *random) {
  for (int i = 0; i < 50; i++) {
    int node = (int)trace_draw(random, (unsigned)trace->count);
    if (trace->nodes[node].lane != SILENT)
      return node;
  }
  return -1;
}

static int previous_in_lane(const trace_t *trace, int node) {
  int previous = node - 1;

  while (previous >= 0 && trace->nodes[previous].lane != trace->nodes[node].lane)
    previous--;
  return previous;
}

static void insert(trace_t *trace, int at, const node_t *node) {
  memmove(&trace->nodes[at + 1], &trace->nodes[at], (size_t)(trace->count - at) * sizeof *trace->nodes);
  trace->nodes[at] = *node;
  trace->count++;
  for (int i = at + 1; i < trace->count; i++)
    for (int j = 0; j < trace->nodes[i].cause_count; j++)
      if (trace->nodes[i].causes[j] >= at)
        trace->nodes[i].causes[j]++;
}

static void swap_content(trace_t *trace, int a, int b) {
  node_t kept = trace->nodes[a];

  copy_content(&trace->nodes[a], &trace->nodes[b]);
  copy_content(&trace->nodes[b], &kept);
}

static const char *change_causes(trace_t *trace, int at, bool add, uint64_t *random) {
  node_t *node = &trace->nodes[at];

  if (add && at > 0 && add_cause(node, (int)trace_draw(random, (unsigned)at)))
    return "a cause more";
  if (!add && node->cause_count > 0) {
    node->causes[trace_draw(random, (unsigned)node->cause_count)] = node->causes[node->cause_count - 1];
    node->cause_count--;
    return "a cause less";
  }
  return "nothing";
}

const char *trace_change(trace_t *trace, uint64_t *random) {
  int at = draw_event(trace, random);
  int previous = at >= 0 ? previous_in_lane(trace, at) : -1;
  node_t added = {.lane = (int)trace_draw(random, (unsigned)trace->lane_count)};
  node_t *node = &trace->nodes[at >= 0 ? at : 0];

  if (at < 0)
    return "nothing";
  switch (trace_draw(random, 10)) {
  case 0:
    if (node->text[0] != '\0')
      node->text[0] = (char)(node->text[0] + 1);
    return "a byte";
  case 1:
    node->kind = (harness__event_kind_t)trace_draw(random, HARNESS__EVENT_KINDS);
    return "a kind";
  case 2:
    if (node->peer != NO_PEER)
      node->peer = (int)trace_draw(random, (unsigned)trace->lane_count);
    return "a peer";
  case 3:
    if (previous >= 0)
      swap_content(trace, at, previous);
    return "two events of a lane";
  case 4:
    if (node->cause_count > 0 && trace->nodes[node->causes[0]].lane != SILENT)
      swap_content(trace, at, node->causes[0]);
    return "cause and effect";
  case 5:
    node->lane = SILENT;
    if (previous >= 0)
      (void)add_cause(node, previous);
    return "an event less";
  case 6:
    make_content(trace, &added, random);
    if (trace->count < TRACE_NODES)
      insert(trace, at, &added);
    return "an event more";
  case 7:
    node->lane = added.lane;
    return "another lane";
  case 8:
    return change_causes(trace, at, true, random);
  default:
    return change_causes(trace, at, false, random);
  }
}
