/* SPDX-License-Identifier: MIT */
/*
 * A lane is one end of a connection, or of several, one after another: a connect that was refused and one
 * that was not. "accept from client" and the client's "connect to server" are two ends of one connection;
 * the first accept from a lane goes with its first connect to that server that did not fail. An end without a
 * counterpart has one that was not observed.
 */
#include "report/capture/conversations.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/array.h"
#include "base/buffer.h"

static bool is_datagram(const harness__entry_t *entry) {
  return (entry->kind == HARNESS__EVENT_SEND && entry->to != NULL) ||
         (entry->kind == HARNESS__EVENT_RECEIVE && entry->from != NULL);
}

/* Whether an event is the first of an end. A lane may do without connect and accept, where somebody took them
 * out of a fixture. */
static bool is_beginning(const harness__entry_t *entry, size_t current) {
  switch (entry->kind) {
  case HARNESS__EVENT_CONNECT:
  case HARNESS__EVENT_ACCEPT:
    return true;
  case HARNESS__EVENT_SEND:
  case HARNESS__EVENT_RECEIVE:
  case HARNESS__EVENT_EOF:
  case HARNESS__EVENT_RESET:
    return current == 0 && !is_datagram(entry);
  default:
    return false;
  }
}

static harness__end_t *add_end(harness__conversations_t *all) {
  harness__end_t *ends = harness__grow(all->ends, all->count, &all->capacity, sizeof *ends);

  if (ends == NULL)
    return NULL;
  all->ends = ends;
  memset(&all->ends[all->count], 0, sizeof *all->ends);
  return &all->ends[all->count++];
}

static bool begin_end(harness__conversations_t *all, const harness__entry_t *entry) {
  harness__end_t *end = add_end(all);
  size_t *current = &all->current[entry->lane];

  if (end == NULL)
    return false;
  end->party = entry->lane;
  end->observed = true;
  end->is_client = entry->kind != HARNESS__EVENT_ACCEPT;
  end->goal = entry->to != NULL ? entry->to : entry->from;
  *current = all->count;
  return true;
}

/* What an event tells of its end. An error right behind the connect is the connect's; but one that was given
 * up is closed, and may be accepted all the same. */
static void note(harness__end_t *end, const harness__entry_t *entry) {
  if (entry->kind == HARNESS__EVENT_LOG || entry->kind == HARNESS__EVENT_CONNECT || is_datagram(entry))
    return;
  if (entry->kind == HARNESS__EVENT_ERROR && !end->is_used)
    end->has_failed = true;
  else
    end->has_failed = false;
  if (entry->kind == HARNESS__EVENT_EOF && entry->from != NULL)
    end->sees_eof = true;
  end->is_used = true;
}

static bool find_ends(harness__conversations_t *all, const harness__transcript_t *transcript) {
  for (size_t i = 0; i < transcript->count; i++) {
    const harness__entry_t *entry = &transcript->entries[i];

    if (is_beginning(entry, all->current[entry->lane]) && !begin_end(all, entry))
      return false;
    if (all->current[entry->lane] != 0)
      note(&all->ends[all->current[entry->lane] - 1], entry);
  }
  return true;
}

/* The list of a lane's connects to a server, the first of which is next to be accepted: index + 1. */
static json_t *find_list(harness__conversations_t *all, size_t lane, const char *server, size_t length) {
  harness__buffer_t key = {0};
  json_t *list;

  harness__buffer_printf(&key, "%zu ", lane);
  harness__buffer_add(&key, server, length);
  list = key.failed ? NULL : json_object_get(all->connects, key.text);
  if (!key.failed && list == NULL) {
    list = json_integer(0);
    if (json_object_set_new_nocheck(all->connects, key.text, list) != 0)
      list = NULL;
  }
  harness__buffer_free(&key);
  return list;
}

/* Backwards, so that the first of a list is its first connect. */
static bool list_connects(harness__conversations_t *all) {
  all->connects = json_object();
  for (size_t i = all->count; i > 0; i--) {
    harness__end_t *end = &all->ends[i - 1];
    json_t *list;

    if (!end->is_client || end->has_failed || end->goal == NULL)
      continue;
    list = find_list(all, end->party, end->goal, strlen(end->goal));
    if (list == NULL)
      return false;
    end->sibling = (size_t)json_integer_value(list);
    (void)json_integer_set(list, (json_int_t)i);
  }
  return all->connects != NULL;
}

/* Takes the first connect of a lane to a server, or to one of its connections, off its list. Returns its
 * index + 1, 0 where there is none, HARNESS__NO_PARTY when memory is exhausted. */
static size_t take_connect(harness__conversations_t *all, size_t client, const char *lane) {
  size_t lengths[] = {harness__party_family(lane), strlen(lane)};

  for (size_t i = 0; i < 2; i++) {
    json_t *list = find_list(all, client, lane, lengths[i]);
    size_t first = list != NULL ? (size_t)json_integer_value(list) : HARNESS__NO_PARTY;

    if (first == HARNESS__NO_PARTY)
      return first;
    if (first != 0) {
      (void)json_integer_set(list, (json_int_t)all->ends[first - 1].sibling);
      return first;
    }
  }
  return 0;
}

static bool pair_up(harness__conversations_t *all, size_t lanes) {
  for (size_t i = 0; i < all->count; i++) {
    harness__end_t *end = &all->ends[i];
    size_t client;

    if (end->is_client)
      continue;
    client = harness__parties_add(&all->parties, end->goal);
    if (client < lanes)
      client = take_connect(all, client, all->parties.list[end->party].name);
    else if (client != HARNESS__NO_PARTY)
      client = 0;
    if (client == HARNESS__NO_PARTY)
      return false;
    if (client == 0)
      continue;
    end->peer = client - 1;
    all->ends[client - 1].peer = i;
    end->is_paired = all->ends[client - 1].is_paired = true;
  }
  return true;
}

/* Gives the ends that have none a peer that was not observed. */
static bool add_peers(harness__conversations_t *all) {
  size_t observed = all->count;

  for (size_t i = 0; i < observed; i++) {
    const char *name = all->ends[i].goal != NULL ? all->ends[i].goal : "unknown";
    size_t party;
    harness__end_t *peer;

    if (all->ends[i].is_paired)
      continue;
    party = harness__parties_add(&all->parties, name);
    peer = party != HARNESS__NO_PARTY ? add_end(all) : NULL;
    if (peer == NULL)
      return false;
    peer->party = party;
    peer->peer = i;
    peer->is_client = !all->ends[i].is_client;
    all->ends[i].peer = all->count - 1;
  }
  return true;
}

static bool set_ports(harness__conversations_t *all) {
  for (size_t i = 0; i < all->count; i++) {
    harness__end_t *end = &all->ends[i];

    end->port = end->is_client ? harness__parties_client_port(&all->parties, end->party)
                               : harness__parties_port(&all->parties, end->party);
    if (end->port == 0)
      return false;
  }
  return true;
}

static bool add_lanes(harness__conversations_t *all, const harness__transcript_t *transcript) {
  for (size_t i = 0; i < transcript->lane_count; i++)
    if (harness__parties_add(&all->parties, transcript->lanes[i]) != i)
      return false;
  return true;
}

/* Endpoints of datagrams are parties by being spoken of. */
static bool add_endpoints(harness__conversations_t *all, const harness__transcript_t *transcript) {
  for (size_t i = 0; i < transcript->count; i++) {
    const harness__entry_t *entry = &transcript->entries[i];
    size_t peer;

    if (!is_datagram(entry))
      continue;
    peer = harness__parties_add(&all->parties, entry->to != NULL ? entry->to : entry->from);
    if (peer == HARNESS__NO_PARTY || harness__parties_port(&all->parties, entry->lane) == 0 ||
        harness__parties_port(&all->parties, peer) == 0)
      return false;
  }
  return true;
}

bool harness__conversations_find(harness__conversations_t *all, const harness__transcript_t *transcript) {
  all->current = calloc(transcript->lane_count + 1, sizeof *all->current);
  if (all->current == NULL || !add_lanes(all, transcript) || !find_ends(all, transcript) ||
      !list_connects(all) || !pair_up(all, transcript->lane_count) || !add_peers(all) || !set_ports(all) ||
      !add_endpoints(all, transcript))
    return false;
  memset(all->current, 0, (transcript->lane_count + 1) * sizeof *all->current);
  return true;
}

harness__end_t *harness__conversations_end(harness__conversations_t *all, const harness__entry_t *entry) {
  size_t *current = &all->current[entry->lane];

  if (is_beginning(entry, *current))
    *current = ++all->entered;
  return *current != 0 && !is_datagram(entry) ? &all->ends[*current - 1] : NULL;
}

void harness__conversations_free(harness__conversations_t *all) {
  harness__parties_free(&all->parties);
  free(all->ends);
  free(all->current);
  json_decref(all->connects);
}
