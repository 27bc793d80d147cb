/* SPDX-License-Identifier: MIT */
#include "random_talks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { STEPS = 40, LARGE = 150000 };

/* One end of a connection, or one endpoint; lane SIZE_MAX: not observed. */
typedef struct side {
  size_t lane;
  const char *goal; /* of connect or accept, or who datagrams are for */
  size_t sent;      /* bytes, or datagrams */
  size_t received;
  bool began;
  bool ended;
  bool saw_end;
  bool closed; /* or reset */
  bool reset;  /* it did it */
  bool told;   /* of the peer's reset */
} side_t;

typedef struct pair {
  side_t sides[2]; /* the client is first */
  bool has_datagrams;
} pair_t;

typedef struct maker {
  talks_t *talks;
  harness__transcript_t *transcript;
  uint64_t random;
  uint64_t now_ms;
  size_t capacity;
} maker_t;

static size_t pick(maker_t *maker, size_t limit) {
  maker->random = maker->random * 6364136223846793005U + 1442695040888963407U;
  return (size_t)(maker->random >> 33) % limit;
}

static const char *name_of(maker_t *maker, const char *format, size_t number) {
  char name[64];

  (void)snprintf(name, sizeof name, format, number);
  return harness__arena_string(&maker->transcript->arena, name);
}

static harness__entry_t *add_event(maker_t *maker, size_t lane, harness__event_kind_t kind) {
  harness__transcript_t *transcript = maker->transcript;
  harness__entry_t *entry = &transcript->entries[transcript->count++];

  assert_true(transcript->count <= maker->capacity);
  memset(entry, 0, sizeof *entry);
  entry->lane = (uint32_t)lane;
  entry->kind = kind;
  if (pick(maker, 50) == 0)
    maker->now_ms += pick(maker, 1000);
  entry->at_ms = maker->now_ms;
  return entry;
}

/* Letters and spaces: what no one takes for a protocol. */
static void set_data(maker_t *maker, harness__entry_t *entry, size_t size) {
  char *data = harness__arena_bytes(&maker->transcript->arena, size + 1);

  assert_non_null(data);
  for (size_t i = 0; i < size; i++)
    data[i] = "etaoin shrdlu\n"[pick(maker, 14)];
  entry->data = (harness__data_t){.head = data, .head_size = size, .bytes = size};
}

static size_t pick_size(maker_t *maker) {
  return pick(maker, 200) == 0 ? pick(maker, LARGE) : pick(maker, 100);
}

static void keep(harness__buffer_t *list, const harness__entry_t *entry) {
  harness__buffer_add(&list[entry->lane], entry->data.head, entry->data.head_size);
}

static void send_bytes(maker_t *maker, side_t *side) {
  harness__entry_t *entry = add_event(maker, side->lane, HARNESS__EVENT_SEND);

  set_data(maker, entry, pick_size(maker));
  keep(maker->talks->sent, entry);
  side->sent += entry->data.head_size;
}

/* Some of what the peer sent; anything where it was not observed. */
static void receive_bytes(maker_t *maker, side_t *side, const side_t *peer) {
  size_t unread = peer->sent - side->received;
  harness__entry_t *entry;

  if (peer->lane != SIZE_MAX && unread == 0)
    return;
  entry = add_event(maker, side->lane, HARNESS__EVENT_RECEIVE);
  if (peer->lane == SIZE_MAX) {
    set_data(maker, entry, 1 + pick_size(maker));
  } else {
    size_t size = pick(maker, 2) == 0 ? unread : 1 + pick(maker, unread);
    char *data = harness__arena_copy(&maker->transcript->arena,
                                     maker->talks->sent[peer->lane].text + side->received, size);
    assert_non_null(data);
    entry->data = (harness__data_t){.head = data, .head_size = size, .bytes = size};
  }
  side->received += entry->data.head_size;
  keep(maker->talks->received, entry);
}

static void begin(maker_t *maker, const pair_t *pair, side_t *side) {
  bool is_client = side == &pair->sides[0];
  harness__entry_t *entry;

  if (!is_client && pair->sides[0].lane != SIZE_MAX && !pair->sides[0].began)
    return;
  entry = add_event(maker, side->lane, is_client ? HARNESS__EVENT_CONNECT : HARNESS__EVENT_ACCEPT);
  *(is_client ? &entry->to : &entry->from) = side->goal;
  side->began = true;
}

static void end_or_see(maker_t *maker, side_t *side, const side_t *peer) {
  bool can_see = peer->lane == SIZE_MAX ||
                 ((peer->ended || (peer->closed && !peer->reset)) && peer->sent == side->received);

  if (pick(maker, 2) == 0 && !side->ended) {
    add_event(maker, side->lane, HARNESS__EVENT_EOF)->to = side->goal;
    side->ended = true;
  } else if (can_see && !side->saw_end) {
    add_event(maker, side->lane, HARNESS__EVENT_EOF)->from = side->goal;
    side->saw_end = true;
  }
}

static void close_or_reset(maker_t *maker, side_t *side, const side_t *peer) {
  size_t choice = pick(maker, 4);

  if (choice == 0 && !side->told) {
    add_event(maker, side->lane, HARNESS__EVENT_RESET)->to = side->goal;
    side->closed = side->reset = true;
  } else if (choice == 1 && (peer->lane == SIZE_MAX || peer->reset) && !side->told) {
    add_event(maker, side->lane, HARNESS__EVENT_RESET)->from = side->goal;
    side->told = true;
  } else if (choice >= 2) {
    (void)add_event(maker, side->lane, HARNESS__EVENT_CLOSE);
    side->closed = true;
    /* What was on its way still, and not there, is answered by a reset behind the EOF. */
    side->reset = peer->sent > side->received && pick(maker, 2) == 0;
  }
}

static void remark(maker_t *maker, const side_t *side) {
  harness__entry_t *entry;

  /* Right behind a connect it would be the connect's. */
  if (pick(maker, 4) == 0 && side->sent + side->received > 0) {
    add_event(maker, side->lane, HARNESS__EVENT_ERROR)->code = "EPIPE";
    return;
  }
  entry = add_event(maker, side->lane, HARNESS__EVENT_LOG);
  entry->text = "a line\n\x1b[1mof a log";
  entry->text_size = strlen(entry->text);
}

static void talk(maker_t *maker, pair_t *pair) {
  side_t *side = &pair->sides[pick(maker, 2)];
  side_t *peer = side == pair->sides ? &pair->sides[1] : &pair->sides[0];
  size_t choice = pick(maker, 20);

  if (side->lane == SIZE_MAX)
    return;
  if (choice == 0)
    remark(maker, side);
  else if (!side->began)
    begin(maker, pair, side);
  else if (side->closed)
    return;
  else if (choice < 8 && !side->ended && !side->told)
    send_bytes(maker, side);
  else if (choice < 17 && !side->saw_end && !side->told)
    receive_bytes(maker, side, peer);
  else if (choice < 19)
    end_or_see(maker, side, peer);
  else
    close_or_reset(maker, side, peer);
}

/* The nth datagram, as it was sent and as it is received. */
static void set_datagram(maker_t *maker, harness__entry_t *entry, size_t number) {
  char text[100];
  size_t size = number * 37 % sizeof text;

  for (size_t i = 0; i < size; i++)
    text[i] = "etaoin shrdlu\n"[(number * 5 + i) % 14];
  entry->data.head = harness__arena_copy(&maker->transcript->arena, text, size);
  assert_non_null(entry->data.head);
  entry->data.head_size = entry->data.bytes = size;
}

static void post(maker_t *maker, pair_t *pair) {
  side_t *side = &pair->sides[pick(maker, 2)];
  side_t *peer = side == pair->sides ? &pair->sides[1] : &pair->sides[0];
  bool is_send = pick(maker, 2) == 0;
  harness__entry_t *entry;

  if (side->lane == SIZE_MAX || (!is_send && peer->lane != SIZE_MAX && peer->sent == side->received))
    return;
  entry = add_event(maker, side->lane, is_send ? HARNESS__EVENT_SEND : HARNESS__EVENT_RECEIVE);
  *(is_send ? &entry->to : &entry->from) = side->goal;
  set_datagram(maker, entry, is_send ? side->sent : side->received);
  keep(is_send ? maker->talks->sent : maker->talks->received, entry);
  side->sent += is_send;
  side->received += !is_send;
}

static void add_lane(maker_t *maker, side_t *side, const char *name) {
  side->lane = maker->transcript->lane_count++;
  maker->transcript->lanes[side->lane] = name;
}

/* Some servers have several connections, some clients and some servers are not observed. */
static void cast(maker_t *maker, pair_t *pair, size_t number) {
  size_t kind = pick(maker, 5);
  const char *client = name_of(maker, "client%zu", number);
  const char *server = name_of(maker, "server%zu", number / 3);
  const char *accepted;
  char format[32];

  memset(pair, 0, sizeof *pair);
  pair->has_datagrams = pick(maker, 5) == 0;
  (void)snprintf(format, sizeof format, "server%zu/%%zu", number / 3);
  accepted = name_of(maker, format, number + 1);
  pair->sides[0].lane = pair->sides[1].lane = SIZE_MAX;
  if (kind != 0)
    add_lane(maker, &pair->sides[0], client);
  if (kind != 1)
    add_lane(maker, &pair->sides[1], accepted);
  pair->sides[0].goal = pair->has_datagrams && kind != 1 ? accepted : server;
  pair->sides[1].goal = client;
}

static void start(maker_t *maker, uint64_t seed, size_t lanes, size_t events) {
  maker->transcript = calloc(1, sizeof *maker->transcript);
  assert_non_null(maker->transcript);
  maker->capacity = events;
  maker->random = seed;
  maker->transcript->lanes =
      harness__arena_alloc(&maker->transcript->arena, (lanes + 1) * sizeof *maker->transcript->lanes);
  maker->transcript->entries =
      harness__arena_alloc(&maker->transcript->arena, (events + 1) * sizeof *maker->transcript->entries);
  assert_true(maker->transcript->lanes != NULL && maker->transcript->entries != NULL);
}

void talks_make(talks_t *talks, uint64_t seed, size_t count) {
  maker_t maker = {.talks = talks};
  pair_t *pairs = calloc(count, sizeof *pairs);

  assert_non_null(pairs);
  start(&maker, seed, count * 2, count * STEPS);
  talks->transcript = maker.transcript;
  talks->sent = calloc(count * 2, sizeof *talks->sent);
  talks->received = calloc(count * 2, sizeof *talks->received);
  assert_true(talks->sent != NULL && talks->received != NULL);
  for (size_t i = 0; i < count; i++)
    cast(&maker, &pairs[i], i);
  for (size_t i = 0; i < count * STEPS; i++) {
    pair_t *pair = &pairs[pick(&maker, count)];

    if (pair->has_datagrams)
      post(&maker, pair);
    else
      talk(&maker, pair);
  }
  free(pairs);
}

void talks_free(talks_t *talks) {
  for (size_t i = 0; i < talks->transcript->lane_count; i++) {
    harness__buffer_free(&talks->sent[i]);
    harness__buffer_free(&talks->received[i]);
  }
  free(talks->sent);
  free(talks->received);
  harness__transcript_free(talks->transcript);
}

harness__transcript_t *talks_nonsense(uint64_t seed, size_t count) {
  static const char *const names[] = {"a", "s/1", "s/2", "s", "nobody"};
  maker_t maker = {0};

  start(&maker, seed, 4, count);
  maker.transcript->lane_count = 4;
  memcpy(maker.transcript->lanes, names, 4 * sizeof names[0]);
  for (size_t i = 0; i < count; i++) {
    harness__event_kind_t kind = (harness__event_kind_t)pick(&maker, HARNESS__EVENT_KINDS);
    harness__entry_t *entry = add_event(&maker, pick(&maker, 4), kind);
    const char *peer = names[pick(&maker, 5)];
    bool is_forth = pick(&maker, 2) == 0;

    if (kind == HARNESS__EVENT_SEND || kind == HARNESS__EVENT_RECEIVE) {
      set_data(&maker, entry, pick(&maker, 10));
      is_forth = kind == HARNESS__EVENT_SEND;
      if (pick(&maker, 4) != 0)
        continue;
    }
    if (kind == HARNESS__EVENT_ERROR)
      entry->code = pick(&maker, 2) == 0 ? "ECONNREFUSED" : "EPIPE";
    if (kind == HARNESS__EVENT_LOG) {
      entry->text = "";
    } else if (kind != HARNESS__EVENT_ERROR && kind != HARNESS__EVENT_CLOSE) {
      is_forth = kind == HARNESS__EVENT_CONNECT || (kind != HARNESS__EVENT_ACCEPT && is_forth);
      *(is_forth ? &entry->to : &entry->from) = peer;
    }
  }
  return maker.transcript;
}
