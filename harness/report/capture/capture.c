/* SPDX-License-Identifier: MIT */
/*
 * What would have been seen on the wire: the events of a transcript, in its order, each with its own packets
 * (those of TCP are in tcp.c). The first of them bears the event as a comment; an event that puts none there,
 * a log line above all, is an entry of a journal. So no event is missing, and none stands out of its place.
 */
#include "report/capture/capture.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/columns.h"
#include "base/text.h"
#include "report/capture/packet.h"
#include "report/capture/pcapng.h"
#include "report/capture/wire.h"

enum { NAME_COLUMNS = 60, TEXT_COLUMNS = 8000, MOST_A_COLUMN = 8, PRIORITY_ERROR = 3, PRIORITY_INFO = 6 };

static const char file_comment[] =
    "Made from a transcript of harness. The names, the bytes and the order of events are the transcript's; "
    "addresses, ports, times of less than a millisecond, and what TCP does by itself, are made up.";

/* Of marks that take no columns there may be any number, but blocks and options have a largest size. */
static void add_cut(harness__buffer_t *out, const char *text, size_t size, size_t width) {
  harness__buffer_t escaped = {0};
  size_t length;

  harness__text_escape(&escaped, text, size, '\0');
  length = escaped.length;
  if (length > MOST_A_COLUMN * width) {
    length = MOST_A_COLUMN * width;
    while (length > 0 && ((unsigned char)escaped.text[length] & 0xc0) == 0x80)
      length--;
  }
  if (escaped.text != NULL)
    harness__columns_cut(out, escaped.text, length, width);
  if (length < escaped.length && harness__columns_fit(escaped.text, length, width) == length)
    harness__buffer_string(out, "…");
  out->failed = out->failed || escaped.failed;
  harness__buffer_free(&escaped);
}

static void add_name(harness__buffer_t *out, const char *word, const char *name) {
  harness__buffer_string(out, word);
  add_cut(out, name, strlen(name), NAME_COLUMNS);
}

/* "event 4: client send, 12 bytes" */
static void describe(harness__wire_t *wire, size_t index) {
  const harness__entry_t *entry = &wire->transcript->entries[index];
  harness__buffer_t *out = &wire->comment;

  wire->is_told = false;
  out->length = 0;
  harness__buffer_printf(out, "event %zu: ", index + 1);
  add_name(out, "", wire->transcript->lanes[entry->lane]);
  harness__buffer_printf(out, " %s", harness__event_kind_name(entry->kind));
  if (entry->to != NULL)
    add_name(out, " to ", entry->to);
  if (entry->from != NULL)
    add_name(out, " from ", entry->from);
  if (entry->kind == HARNESS__EVENT_SEND || entry->kind == HARNESS__EVENT_RECEIVE)
    harness__buffer_printf(out, ", %" PRIu64 " byte%s", entry->data.bytes, entry->data.bytes == 1 ? "" : "s");
  if (entry->code != NULL)
    add_name(out, " ", entry->code);
  if (entry->text_pattern != NULL) {
    harness__buffer_string(out, " matches ");
    add_cut(out, entry->text_pattern, strlen(entry->text_pattern), TEXT_COLUMNS);
  } else if (entry->text != NULL) {
    harness__buffer_string(out, ": ");
    add_cut(out, entry->text, entry->text_size, TEXT_COLUMNS);
  }
}

/* Each packet is a microsecond later than the one before, or at the event's own time. */
void harness__wire_packet(harness__wire_t *wire, const void *header, size_t header_size,
                          const harness__payload_t *payload) {
  harness__pcapng_packet_t packet = {.at_us = ++wire->now_us,
                                     .header = header,
                                     .header_size = header_size,
                                     .data = payload->data,
                                     .data_size = payload->known,
                                     .size = header_size + payload->size};

  if (!wire->is_told) {
    packet.comment = wire->comment.text;
    packet.comment_size = wire->comment.length;
  }
  wire->is_told = true;
  harness__pcapng_packet(wire->out, &packet);
}

static void put_entry(harness__wire_t *wire, const harness__entry_t *entry) {
  harness__buffer_t lane = {0};

  add_name(&lane, "", wire->transcript->lanes[entry->lane]);
  if (lane.text != NULL && wire->comment.text != NULL)
    harness__pcapng_journal(wire->out, ++wire->now_us,
                            entry->kind == HARNESS__EVENT_ERROR ? PRIORITY_ERROR : PRIORITY_INFO, lane.text,
                            wire->comment.text);
  wire->out->failed = wire->out->failed || lane.failed;
  harness__buffer_free(&lane);
}

/* How many datagrams of one party are on their way to another, with change added; 0 stands for fewer. */
static json_int_t count_in_flight(harness__wire_t *wire, size_t from, size_t to, json_int_t change) {
  char key[48];
  json_int_t count;

  (void)snprintf(key, sizeof key, "%zu>%zu", from, to);
  count = json_integer_value(json_object_get(wire->in_flight, key)) + change;
  if (count >= 0 && json_object_set_new(wire->in_flight, key, json_integer(count)) != 0)
    wire->out->failed = true;
  return count;
}

/* A send is a packet; a receive is one only where the sender was not observed. */
static void put_datagram(harness__wire_t *wire, const harness__entry_t *entry) {
  harness__parties_t *parties = &wire->all.parties;
  bool is_send = entry->kind == HARNESS__EVENT_SEND;
  size_t peer = harness__parties_add(parties, is_send ? entry->to : entry->from);
  size_t from = is_send ? entry->lane : peer;
  size_t to = is_send ? peer : entry->lane;
  harness__payload_t payload = {entry->data.head, entry->data.head_size, (size_t)entry->data.bytes};
  unsigned char header[HARNESS__HEADER_MOST];
  size_t size;

  if (count_in_flight(wire, from, to, is_send ? 1 : -1) >= 0 && !is_send)
    return;
  size = harness__packet_udp(
      header, (harness__place_t){harness__parties_address(from), harness__parties_port(parties, from)},
      (harness__place_t){harness__parties_address(to), harness__parties_port(parties, to)}, &payload);
  harness__wire_packet(wire, header, size, &payload);
}

static void put_event(harness__wire_t *wire, size_t index) {
  const harness__entry_t *entry = &wire->transcript->entries[index];
  harness__end_t *end = harness__conversations_end(&wire->all, entry);
  bool has_data = entry->kind == HARNESS__EVENT_SEND || entry->kind == HARNESS__EVENT_RECEIVE;

  describe(wire, index);
  if (entry->at_ms <= UINT64_MAX / 4000 && entry->at_ms * 1000 > wire->now_us)
    wire->now_us = entry->at_ms * 1000 - 1;
  if (has_data && end == NULL)
    put_datagram(wire, entry);
  else if (end != NULL)
    harness__wire_tcp(wire, end, entry);
  if (!wire->is_told)
    put_entry(wire, entry);
}

static void put_names(harness__wire_t *wire) {
  const harness__parties_t *parties = &wire->all.parties;
  char **names = calloc(parties->count + 1, sizeof *names);
  bool failed = names == NULL;

  for (size_t i = 0; i < parties->count && !failed; i++) {
    harness__buffer_t name = {0};

    add_name(&name, "", parties->list[i].name);
    names[i] = harness__buffer_take(&name);
    failed = names[i] == NULL;
  }
  if (!failed)
    harness__pcapng_names(wire->out, HARNESS__FIRST_ADDRESS, (const char *const *)names, parties->count);
  wire->out->failed = wire->out->failed || failed;
  for (size_t i = 0; i < parties->count && names != NULL; i++)
    free(names[i]);
  free(names);
}

/* Whether all sizes are such that a capture can have them. */
static bool check_sizes(const harness__transcript_t *transcript, harness__buffer_t *sentence) {
  for (size_t i = 0; i < transcript->count; i++) {
    const harness__entry_t *entry = &transcript->entries[i];
    bool is_datagram = entry->to != NULL || entry->from != NULL;
    uint64_t most = is_datagram ? HARNESS__UDP_MOST : HARNESS__CAPTURE_MOST;

    if (entry->data.pattern == NULL && entry->data.bytes <= most)
      continue;
    if (entry->data.pattern != NULL)
      harness__buffer_printf(sentence, "event %zu: the data is a pattern, which has no bytes to capture",
                             i + 1);
    else
      harness__buffer_printf(sentence, "event %zu: %" PRIu64 " bytes are more than %s can have: %" PRIu64,
                             i + 1, entry->data.bytes,
                             is_datagram ? "a datagram over IPv4" : "an event of a capture", most);
    return false;
  }
  return true;
}

static bool check_ports(const harness__port_t *ports, size_t count, harness__buffer_t *sentence) {
  for (size_t i = 0; i < count; i++) {
    if (ports[i].used)
      continue;
    harness__buffer_string(sentence, "there is no server or endpoint ");
    harness__text_escape(sentence, ports[i].name, strlen(ports[i].name), '"');
    return false;
  }
  return true;
}

static bool put_all(harness__wire_t *wire, harness__buffer_t *sentence) {
  harness__parties_t *parties = &wire->all.parties;

  if (!check_sizes(wire->transcript, sentence))
    return false;
  wire->in_flight = json_object();
  if (wire->in_flight == NULL || !harness__conversations_find(&wire->all, wire->transcript)) {
    if (parties->count == HARNESS__PARTIES_MOST)
      harness__buffer_string(sentence, "there are more names than addresses");
    return false;
  }
  if (!check_ports(parties->ports, parties->port_count, sentence))
    return false;
  harness__pcapng_begin(wire->out, file_comment);
  put_names(wire);
  for (size_t i = 0; i < wire->transcript->count && !wire->out->failed; i++)
    put_event(wire, i);
  return !wire->out->failed && !wire->comment.failed;
}

bool harness__capture(harness__buffer_t *out, const harness__transcript_t *transcript, harness__port_t *ports,
                      size_t port_count, char **sentence) {
  harness__wire_t wire = {.out = out, .transcript = transcript};
  harness__buffer_t text = {0};
  bool done;

  wire.all.parties.ports = ports;
  wire.all.parties.port_count = port_count;
  done = put_all(&wire, &text);
  *sentence = done || text.length == 0 ? NULL : harness__buffer_take(&text);
  harness__buffer_free(&text);
  harness__buffer_free(&wire.comment);
  json_decref(wire.in_flight);
  harness__conversations_free(&wire.all);
  return done;
}
