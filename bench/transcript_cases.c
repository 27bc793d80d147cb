/* SPDX-License-Identifier: MIT */
#include "transcript_cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static harness__event_ref_t note(harness__recorder_t *recorder, harness__lane_t lane,
                                 harness__event_kind_t kind, const void *data, size_t size,
                                 harness__event_ref_t cause) {
  return harness__record(recorder, lane,
                         &(harness__note_t){.kind = kind, .data = data, .size = size, .cause = cause});
}

static void pass(harness__recorder_t *recorder, harness__lane_t from, harness__lane_t to, const void *data,
                 size_t size) {
  harness__event_ref_t cause = note(recorder, from, HARNESS__EVENT_SEND, data, size, 0);

  (void)note(recorder, to, HARNESS__EVENT_RECEIVE, data, size, cause);
}

/* A client and the server's end of its connection. */
static void begin(harness__recorder_t *recorder, harness__lane_t *client, harness__lane_t *server) {
  harness__lane_t family = harness__recorder_lane(recorder, "server", 0, 0);
  harness__note_t connect = {.kind = HARNESS__EVENT_CONNECT, .peer = family};
  harness__note_t accept = {.kind = HARNESS__EVENT_ACCEPT};

  *client = harness__recorder_lane(recorder, "client", 0, 0);
  *server = harness__recorder_sublane(recorder, family, 1, 0);
  accept.cause = harness__record(recorder, *client, &connect);
  accept.peer = *client;
  (void)harness__record(recorder, *server, &accept);
}

static void record_echo(harness__recorder_t *recorder, size_t events) {
  harness__lane_t client;
  harness__lane_t server;

  begin(recorder, &client, &server);
  for (size_t i = 2; i + 4 <= events; i += 4) {
    char line[32];
    size_t size = (size_t)snprintf(line, sizeof line, "message %zu\r\n", i);

    pass(recorder, client, server, line, size);
    pass(recorder, server, client, line, size);
  }
}

/* Connections of blocking clients, whose lines come in turn; alike: they all say the same. */
static void record_accepted(harness__recorder_t *recorder, size_t events, size_t lanes, bool alike) {
  harness__lane_t family = harness__recorder_lane(recorder, "server", 0, 0);
  harness__lane_t client = harness__recorder_lane(recorder, "client", 0, 0);
  harness__note_t accept = {.kind = HARNESS__EVENT_ACCEPT, .peer = client};
  size_t each = events / lanes;

  harness__recorder_set_free_running(recorder);
  for (size_t i = 0; i < each; i++) {
    for (size_t j = 0; j < lanes; j++) {
      /* Their handles stand in a row behind the two above, so that no name is looked for. */
      harness__lane_t lane =
          i == 0 ? harness__recorder_sublane(recorder, family, (uint32_t)j + 1, HARNESS__LANE_BY_CONTENT)
                 : (harness__lane_t)(client + 1 + j);
      char line[64];
      size_t size = (size_t)snprintf(line, sizeof line, "request %zu of client %zu\r\n", i,
                                     alike ? 0 : j * 7919 % lanes);

      if (i == 0)
        (void)harness__record(recorder, lane, &accept);
      else
        (void)note(recorder, lane, i % 2 == 1 ? HARNESS__EVENT_RECEIVE : HARNESS__EVENT_SEND, line, size, 0);
    }
  }
}

static void record_2_lanes(harness__recorder_t *recorder, size_t events) {
  record_accepted(recorder, events, 2, false);
}

static void record_100_lanes(harness__recorder_t *recorder, size_t events) {
  record_accepted(recorder, events, 100, false);
}

static void record_10000_lanes(harness__recorder_t *recorder, size_t events) {
  record_accepted(recorder, events, 10000, false);
}

static void record_alike(harness__recorder_t *recorder, size_t events) {
  record_accepted(recorder, events, 1000, true);
}

/* Tasks of the harness beside a free-running one: every event has a cause in another lane. */
static void record_woven(harness__recorder_t *recorder, size_t events) {
  enum { TASKS = 100 };
  harness__lane_t lanes[TASKS];

  harness__recorder_set_free_running(recorder);
  for (uint32_t i = 0; i < TASKS; i++)
    lanes[i] = harness__recorder_lane(recorder, "task", i + 1, 0);
  for (size_t i = 0; i + 2 <= events; i += 2)
    pass(recorder, lanes[i * 7 % TASKS], lanes[(i * 7 + 1 + i / TASKS % (TASKS - 1)) % TASKS], "token", 5);
}

static void record_logs(harness__recorder_t *recorder, size_t events) {
  harness__lane_t client = harness__recorder_lane(recorder, "client", 0, 0);
  char line[256];

  for (size_t i = 0; i < events; i++) {
    memset(line, 'a' + (int)(i % 26), sizeof line);
    (void)note(recorder, client, HARNESS__EVENT_LOG, line, sizeof line, 0);
  }
}

/* What JSON has to escape, and bytes that are no text. */
static void record_bytes(harness__recorder_t *recorder, size_t events) {
  static const char text[] = "\"C:\\temp\"\t\xe2\x82\xac 5\r\n";
  static const char bytes[] = "\x00\x01\x02\x80\xfe\xff GIF89a \x00\x0a\x00\x0b";
  harness__lane_t client;
  harness__lane_t server;

  begin(recorder, &client, &server);
  for (size_t i = 2; i + 4 <= events; i += 4) {
    pass(recorder, client, server, text, sizeof text - 1);
    pass(recorder, server, client, bytes, sizeof bytes - 1);
  }
}

/* What the kernel cut into small pieces; each thousand of them becomes one. */
static void record_pieces(harness__recorder_t *recorder, size_t events) {
  harness__lane_t server = harness__recorder_lane(recorder, "server", 1, HARNESS__LANE_BY_CONTENT);

  harness__recorder_set_free_running(recorder);
  for (size_t i = 0; i < events; i++)
    (void)note(recorder, server, i % 1000 < 999 ? HARNESS__EVENT_RECEIVE : HARNESS__EVENT_SEND, "abc", 3, 0);
}

const bench_recording_t bench_recordings[] = {
    {"echo", "a client and a server on the loop", record_echo, true},
    {"2 lanes", "connections of 2 blocking clients", record_2_lanes, false},
    {"100 lanes", "connections of 100 blocking clients", record_100_lanes, false},
    {"10,000 lanes", "connections of 10,000 blocking clients", record_10000_lanes, false},
    {"alike", "1,000 connections that all say the same", record_alike, false},
    {"woven", "100 tasks beside a free-running one, each event with a cause in another lane", record_woven,
     false},
    {"logs", "log lines of 256 bytes", record_logs, false},
    {"bytes", "text that JSON escapes, and bytes that are no text, the same again and again", record_bytes,
     true},
    {"pieces", "receives of 3 bytes, of which each thousand becomes one", record_pieces, false},
    {NULL, NULL, NULL, false},
};

static void change_at(harness__transcript_t *transcript, size_t index) {
  harness__entry_t *entry = &transcript->entries[index];

  if (entry->data.bytes > 0)
    entry->data.head = "MESSAGE 1234567890123456789";
  else
    entry->at_ms++;
}

static void change_first(harness__transcript_t *transcript) {
  change_at(transcript, 0);
}

static void change_last(harness__transcript_t *transcript) {
  change_at(transcript, transcript->count - 1);
}

static void change_both_ends(harness__transcript_t *transcript) {
  change_first(transcript);
  change_last(transcript);
}

/* Every so manieth is left out; a run of size others is kept in between. */
static void remove_every(harness__transcript_t *transcript, size_t distance) {
  size_t kept = 0;

  for (size_t i = 0; i < transcript->count; i++)
    if (i % distance != 0)
      transcript->entries[kept++] = transcript->entries[i];
  transcript->count = kept;
}

static void remove_thousandth(harness__transcript_t *transcript) {
  remove_every(transcript, 1000);
}

static void remove_tenth(harness__transcript_t *transcript) {
  remove_every(transcript, 10);
}

static void change_tenth(harness__transcript_t *transcript) {
  for (size_t i = 0; i < transcript->count; i += 10)
    change_at(transcript, i);
}

static void change_all(harness__transcript_t *transcript) {
  for (size_t i = 0; i < transcript->count; i++)
    change_at(transcript, i);
}

static void reverse(harness__transcript_t *transcript) {
  for (size_t i = 0; i < transcript->count / 2; i++) {
    harness__entry_t *a = &transcript->entries[i];
    harness__entry_t *b = &transcript->entries[transcript->count - 1 - i];
    harness__entry_t entry = *a;
    *a = *b;
    *b = entry;
  }
}

const bench_change_t bench_changes[] = {
    {"the first event changed", change_first},
    {"the last one changed", change_last},
    {"both of these", change_both_ends},
    {"every 1,000th missing", remove_thousandth},
    {"every 10th missing", remove_tenth},
    {"every 10th changed", change_tenth},
    {"all changed", change_all},
    {"in reverse", reverse},
    {NULL, NULL},
};
