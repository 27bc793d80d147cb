/* SPDX-License-Identifier: MIT */
/*
 * Who takes part. A lane is a party; so is who is only named as the other end: the peer of an accepted
 * connection that was not observed, a server outside, a datagram's receiver. "server" in a connect is not a
 * party of its own where there is a lane "server/1".
 */
#include "report/picture/diagram_columns.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/names.h"

typedef struct stranger {
  const char *name;
  size_t lane; /* in lanes, who speaks of it first */
  bool before; /* it stands on that lane's left: it came to the lane */
} stranger_t;

typedef struct parties {
  harness__diagram_t *diagram;
  harness__column_t *lanes;
  size_t lane_count;
  stranger_t *strangers; /* by the lanes that speak of them */
  size_t stranger_count;
  size_t capacity;
  harness__names_t names; /* of lanes, of servers, of strangers */
} parties_t;

/* Adds "server" for "server/1": whoever is called so is there. */
static bool add_server_names(parties_t *parties, const char *lane) {
  for (const char *slash = strchr(lane, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    char *name = harness__arena_copy(&parties->diagram->arena, lane, (size_t)(slash - lane));
    if (name == NULL)
      return false;
    if (!harness__names_has(&parties->names, name) && !harness__names_add(&parties->names, name))
      return false;
  }
  return true;
}

static bool add_lanes(parties_t *parties, int side) {
  harness__diagram_t *diagram = parties->diagram;
  const harness__transcript_t *transcript = diagram->sides[side];

  for (size_t i = 0; transcript != NULL && i < transcript->lane_count; i++) {
    const char *name = transcript->lanes[i];
    harness__column_t column = {name, true, false, ' '};
    if (harness__names_has(&parties->names, name))
      continue;
    if (diagram->sides[0] != NULL)
      column.sign = side == 0 ? '-' : '+';
    if (!harness__names_add(&parties->names, name))
      return false;
    parties->lanes[parties->lane_count++] = column;
  }
  return true;
}

static bool add_stranger(parties_t *parties, const char *name, size_t lane, bool before) {
  stranger_t *strangers;

  if (name == NULL || harness__names_has(&parties->names, name))
    return true;
  strangers =
      harness__grow(parties->strangers, parties->stranger_count, &parties->capacity, sizeof *strangers);
  if (strangers == NULL)
    return false;
  parties->strangers = strangers;
  parties->strangers[parties->stranger_count++] = (stranger_t){name, lane, before};
  return harness__names_add(&parties->names, name);
}

static int by_lane(const void *a, const void *b) {
  const stranger_t *one = a;
  const stranger_t *other = b;

  if (one->lane != other->lane)
    return one->lane < other->lane ? -1 : 1;
  if (one->before != other->before)
    return one->before ? -1 : 1;
  return strcmp(one->name, other->name);
}

static int by_name(const void *a, const void *b) {
  return strcmp((*(const harness__column_t *const *)a)->name, (*(const harness__column_t *const *)b)->name);
}

static bool sort_columns(harness__diagram_t *diagram) {
  diagram->by_name = harness__diagram_array(diagram, diagram->column_count, sizeof(harness__column_t *));
  if (diagram->by_name == NULL)
    return false;
  for (size_t i = 0; i < diagram->column_count; i++)
    diagram->by_name[i] = &diagram->columns[i];
  qsort(diagram->by_name, diagram->column_count, sizeof(harness__column_t *), by_name);
  return true;
}

size_t harness__diagram_find(const harness__diagram_t *diagram, const char *name) {
  size_t low = 0;
  size_t high = diagram->column_count;

  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = strcmp(diagram->by_name[middle]->name, name);
    if (order == 0)
      return (size_t)(diagram->by_name[middle] - diagram->columns);
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return HARNESS__NONE;
}

/* The strangers of each event, where names mean lanes so far. */
static bool add_strangers(parties_t *parties, int side) {
  const harness__transcript_t *transcript = parties->diagram->sides[side];

  for (size_t i = 0; transcript != NULL && i < transcript->count; i++) {
    const harness__entry_t *entry = &transcript->entries[i];
    size_t lane = harness__diagram_find(parties->diagram, transcript->lanes[entry->lane]);
    if (!add_stranger(parties, entry->from, lane, true) || !add_stranger(parties, entry->to, lane, false))
      return false;
  }
  return true;
}

/* Lanes and strangers become the columns. */
static bool place(parties_t *parties) {
  harness__diagram_t *diagram = parties->diagram;
  size_t total = parties->lane_count + parties->stranger_count;
  harness__column_t *columns = harness__diagram_array(diagram, total, sizeof *columns);
  size_t next = 0;
  size_t count = 0;

  if (columns == NULL)
    return false;
  if (parties->stranger_count > 0)
    qsort(parties->strangers, parties->stranger_count, sizeof *parties->strangers, by_lane);
  for (size_t lane = 0; lane < parties->lane_count; lane++) {
    bool is_placed = false;
    while (next < parties->stranger_count && parties->strangers[next].lane == lane) {
      if (!parties->strangers[next].before && !is_placed) {
        columns[count++] = parties->lanes[lane];
        is_placed = true;
      }
      columns[count++] = (harness__column_t){parties->strangers[next++].name, false, false, ' '};
    }
    if (!is_placed)
      columns[count++] = parties->lanes[lane];
  }
  diagram->columns = columns;
  diagram->column_count = count;
  return sort_columns(diagram);
}

/* Lanes that both transcripts have are no difference. */
static void unsign_common(harness__diagram_t *diagram) {
  const harness__transcript_t *actual = diagram->sides[1];

  for (size_t i = 0; diagram->sides[0] != NULL && i < actual->lane_count; i++) {
    size_t column = harness__diagram_find(diagram, actual->lanes[i]);
    if (diagram->columns[column].sign == '-')
      diagram->columns[column].sign = ' ';
  }
}

static bool make(parties_t *parties) {
  harness__diagram_t *diagram = parties->diagram;
  size_t most =
      diagram->sides[1]->lane_count + (diagram->sides[0] != NULL ? diagram->sides[0]->lane_count : 0);

  parties->lanes = harness__diagram_array(diagram, most, sizeof *parties->lanes);
  if (parties->lanes == NULL || !add_lanes(parties, 0) || !add_lanes(parties, 1))
    return false;
  for (size_t i = 0; i < parties->lane_count; i++)
    if (!add_server_names(parties, parties->lanes[i].name))
      return false;
  diagram->columns = parties->lanes;
  diagram->column_count = parties->lane_count;
  if (!sort_columns(diagram) || !add_strangers(parties, 0) || !add_strangers(parties, 1) || !place(parties))
    return false;
  unsign_common(diagram);
  return true;
}

bool harness__diagram_parties(harness__diagram_t *diagram) {
  parties_t parties = {.diagram = diagram};
  bool made = make(&parties);

  free(parties.strangers);
  harness__names_free(&parties.names);
  return made;
}
