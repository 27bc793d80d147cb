/* SPDX-License-Identifier: MIT */
/*
 * TCP, made up. What each event of a connection puts on the wire, docs/export.md has as a table; the rules:
 *
 * - A send is its segments. A receive is an acknowledgement, by which one sees how the reader was given the
 *   bytes. Whatever was not acknowledged so, a FIN for instance, is when that end closes.
 * - What an end saw of its peer and the peer, which may be no lane at all, was not seen to do, is done by the
 *   peer at that moment: so a receive from a blocking client is a segment of the client's and its
 *   acknowledgement. Such a peer acknowledges at once what is sent to it.
 * - A closed end acknowledges the peer's FIN and answers its bytes with a reset, as a kernel would.
 *
 * No acknowledgement repeats another and windows are far larger than what is in flight, so that nothing looks
 * like loss to those who look for it.
 */
#include <string.h>

#include "report/capture/wire.h"

/* Half of what the windows allow: beyond it an end acknowledges what nobody has read yet. */
#define MOST_IN_FLIGHT ((uint64_t)HARNESS__TCP_WINDOW << (HARNESS__TCP_WINDOW_SHIFT - 1))

static harness__end_t *peer_of(harness__wire_t *wire, const harness__end_t *end) {
  return &wire->all.ends[end->peer];
}

static harness__place_t place_of(const harness__end_t *end) {
  return (harness__place_t){harness__parties_address(end->party), end->port};
}

/* One segment from an end. */
static void put_segment(harness__wire_t *wire, harness__end_t *from, unsigned flags,
                        const harness__payload_t *payload) {
  unsigned char header[HARNESS__HEADER_MOST];
  size_t size = harness__packet_tcp(header, place_of(from), place_of(peer_of(wire, from)),
                                    (uint32_t)from->next, (uint32_t)from->acked, flags, payload);

  harness__wire_packet(wire, header, size, payload);
  from->next += payload->size + ((flags & (HARNESS__TCP_SYN | HARNESS__TCP_FIN)) != 0 ? 1 : 0);
}

static void put_bare(harness__wire_t *wire, harness__end_t *from, unsigned flags) {
  put_segment(wire, from, flags, &(harness__payload_t){.data = ""});
}

/* Acknowledges what the peer has sent before that number, unless this was done. */
static void acknowledge(harness__wire_t *wire, harness__end_t *end, uint64_t number) {
  if (end->is_dead || number <= end->acked)
    return;
  end->acked = number;
  put_bare(wire, end, HARNESS__TCP_ACK);
}

static void acknowledge_all(harness__wire_t *wire, harness__end_t *end) {
  acknowledge(wire, end, peer_of(wire, end)->next);
}

static void reset(harness__wire_t *wire, harness__end_t *end) {
  if (end->is_dead)
    return;
  put_bare(wire, end, HARNESS__TCP_RST | HARNESS__TCP_ACK);
  end->is_dead = peer_of(wire, end)->is_dead = true;
}

/* The handshake, as far as it is missing. */
static void establish(harness__wire_t *wire, harness__end_t *end) {
  harness__end_t *client = end->is_client ? end : peer_of(wire, end);
  harness__end_t *server = peer_of(wire, client);

  if (client->is_dead)
    return;
  if (client->next == 0)
    put_bare(wire, client, HARNESS__TCP_SYN);
  if (server->next == 0) {
    server->acked = client->next;
    put_bare(wire, server, HARNESS__TCP_SYN | HARNESS__TCP_ACK);
  }
  acknowledge(wire, client, 1);
}

static void put_fin(harness__wire_t *wire, harness__end_t *end) {
  if (end->has_ended || end->is_dead)
    return;
  put_bare(wire, end, HARNESS__TCP_FIN | HARNESS__TCP_ACK);
  end->has_ended = true;
}

/* What the peer's kernel does with what it got from an end that is not read there by a lane. */
static void answer(harness__wire_t *wire, harness__end_t *peer, bool has_bytes) {
  if (peer->has_closed && has_bytes)
    reset(wire, peer);
  else if (peer->has_closed || !peer->observed)
    acknowledge_all(wire, peer);
}

/* Bytes of the peer's that an end has not read. */
static uint64_t unread(harness__wire_t *wire, const harness__end_t *end) {
  const harness__end_t *peer = peer_of(wire, end);
  uint64_t sent = peer->next - (peer->next > 0 ? 1 : 0) - (peer->has_ended ? 1 : 0);

  return sent > end->read ? sent - end->read : 0;
}

/* Sends data from a byte on. */
static void put_bytes(harness__wire_t *wire, harness__end_t *from, const harness__data_t *data,
                      size_t start) {
  harness__end_t *peer = peer_of(wire, from);
  size_t whole = (size_t)data->bytes;

  for (size_t at = start; at < whole;) {
    size_t size = whole - at < HARNESS__TCP_MOST ? whole - at : HARNESS__TCP_MOST;
    size_t left = at < data->head_size ? data->head_size - at : 0;
    harness__payload_t payload = {data->head + (left > 0 ? at : 0), left < size ? left : size, size};

    at += size;
    put_segment(wire, from, HARNESS__TCP_ACK | (at == whole ? HARNESS__TCP_PSH : 0), &payload);
    if (from->next - peer->acked > MOST_IN_FLIGHT)
      acknowledge_all(wire, peer);
  }
}

static void put_send(harness__wire_t *wire, harness__end_t *end, const harness__data_t *data) {
  if (end->has_ended || end->has_closed)
    return;
  put_bytes(wire, end, data, 0);
  if (data->bytes > 0)
    answer(wire, peer_of(wire, end), true);
}

static void put_receive(harness__wire_t *wire, harness__end_t *end, const harness__data_t *data) {
  harness__end_t *peer = peer_of(wire, end);
  uint64_t known = unread(wire, end);

  if (known < data->bytes && !peer->has_ended && !end->is_dead)
    put_bytes(wire, peer, data, (size_t)known);
  end->read += data->bytes;
  acknowledge(wire, end, 1 + end->read < peer->next ? 1 + end->read : peer->next);
}

static void put_eof(harness__wire_t *wire, harness__end_t *end, bool is_seen) {
  if (is_seen) {
    put_fin(wire, peer_of(wire, end));
    acknowledge_all(wire, end);
    return;
  }
  put_fin(wire, end);
  answer(wire, peer_of(wire, end), false);
}

/* With bytes unread a reset, which comes behind a FIN where the peer saw one. */
static void put_close(harness__wire_t *wire, harness__end_t *end) {
  harness__end_t *peer = peer_of(wire, end);
  bool is_reset = unread(wire, end) > 0;

  end->has_closed = true;
  if (!is_reset || peer->sees_eof) {
    if (!end->has_ended && !end->is_dead && !is_reset)
      end->acked = peer->next;
    put_fin(wire, end);
    answer(wire, peer, false);
  }
  if (is_reset)
    reset(wire, end);
  else
    acknowledge_all(wire, end);
}

static void put_connect(harness__wire_t *wire, harness__end_t *end) {
  if (end->next == 0)
    put_bare(wire, end, HARNESS__TCP_SYN);
}

/* The end of a connect that failed. Only a refusal shows. */
static void put_error(harness__wire_t *wire, harness__end_t *end, const harness__entry_t *entry) {
  harness__end_t *server = peer_of(wire, end);

  if (!end->is_client || end->is_paired || server->next != 0)
    return;
  server->acked = end->next;
  if (strcmp(entry->code, "ECONNREFUSED") == 0)
    reset(wire, server);
  end->is_dead = server->is_dead = true;
}

/* The handshake is the accept's, or nobody's: it is not what the comment is about. */
static void establish_for(harness__wire_t *wire, harness__end_t *end, const harness__entry_t *entry) {
  bool is_told = wire->is_told;

  if (entry->kind == HARNESS__EVENT_CONNECT || entry->kind == HARNESS__EVENT_ERROR ||
      entry->kind == HARNESS__EVENT_LOG)
    return;
  if (entry->kind == HARNESS__EVENT_ACCEPT) {
    establish(wire, end);
    return;
  }
  wire->is_told = true;
  establish(wire, end);
  wire->is_told = is_told;
}

void harness__wire_tcp(harness__wire_t *wire, harness__end_t *end, const harness__entry_t *entry) {
  establish_for(wire, end, entry);
  switch (entry->kind) {
  case HARNESS__EVENT_CONNECT:
    put_connect(wire, end);
    break;
  case HARNESS__EVENT_SEND:
    put_send(wire, end, &entry->data);
    break;
  case HARNESS__EVENT_RECEIVE:
    put_receive(wire, end, &entry->data);
    break;
  case HARNESS__EVENT_EOF:
    put_eof(wire, end, entry->from != NULL);
    break;
  case HARNESS__EVENT_CLOSE:
    put_close(wire, end);
    break;
  case HARNESS__EVENT_RESET:
    end->has_closed = end->has_closed || entry->to != NULL;
    reset(wire, entry->to != NULL ? end : peer_of(wire, end));
    break;
  case HARNESS__EVENT_ERROR:
    put_error(wire, end, entry);
    break;
  default:
    break;
  }
}
