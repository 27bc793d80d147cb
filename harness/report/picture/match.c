/* SPDX-License-Identifier: MIT */
/*
 * Which events are two ends of one arrow. Every event of the network is one end of a message between two
 * columns: it departs or arrives. The ends of each transcript are sorted by (from, to, kind of message) into
 * channels, each in the order of time, and a channel is walked through once:
 *
 *   connect    the first departure is the first arrival, and so on
 *   stream     by the bytes: a send and a receive belong together where their ranges overlap, so that cut and
 *              joined reads have as many arrows as they have causes; of a pattern, whose bytes are not known,
 *              those that it matched on the other side, else as many as the other end has left
 *   datagram   in order, by content, since some may be lost
 *   end        an EOF is the other side's half-close or else its close; a reset its abort or else its close
 *
 * What has no other end is drawn to the lifeline of a party that was not observed, or else counts as lost.
 * With two transcripts each is matched by itself; arrows that both have are one.
 */
#include "report/picture/match.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "record/compare.h"
#include "report/picture/diagram_columns.h"

enum { LOOK_AHEAD = 64 };

typedef struct end {
  size_t from;
  size_t to;
  harness__message_t message;
  bool arrives;
  bool matched;
  size_t item;
  uint64_t bytes; /* stream: not yet matched */
  bool is_empty;  /* it had none from the beginning */
  bool is_open;   /* it is a pattern, which may have had any */
} end_t;

typedef struct match {
  harness__diagram_t *diagram;
  int side;
  char sign;     /* of the side's arrows, until both sides are compared */
  size_t *peers; /* column -> the column its connection is with */
  end_t *ends;
  size_t count;
  harness__arrow_t *arrows;
  size_t arrow_count;
  size_t capacity;
} match_t;

const harness__entry_t *harness__item_entry(const harness__item_t *item, int side) {
  if (side == 0)
    return item->sign == '-' ? item->entry : item->expected;
  return item->sign == '-' ? NULL : item->entry;
}

harness__message_t harness__entry_message(const harness__entry_t *entry, bool *arrives) {
  bool is_datagram = entry->to != NULL || entry->from != NULL;

  *arrives = false;
  switch (entry->kind) {
  case HARNESS__EVENT_CONNECT:
    return HARNESS__MESSAGE_CONNECT;
  case HARNESS__EVENT_ACCEPT:
    *arrives = true;
    return HARNESS__MESSAGE_CONNECT;
  case HARNESS__EVENT_SEND:
    return is_datagram ? HARNESS__MESSAGE_DATAGRAM : HARNESS__MESSAGE_STREAM;
  case HARNESS__EVENT_RECEIVE:
    *arrives = true;
    return is_datagram ? HARNESS__MESSAGE_DATAGRAM : HARNESS__MESSAGE_STREAM;
  case HARNESS__EVENT_EOF:
  case HARNESS__EVENT_RESET:
    *arrives = entry->from != NULL;
    return HARNESS__MESSAGE_END;
  case HARNESS__EVENT_CLOSE:
    return HARNESS__MESSAGE_END;
  default:
    return HARNESS__MESSAGE_NONE;
  }
}

/* Who is connected with whom. The accepting lane names its peer; that one is told only that its connect was
 * to a server, of which the accepting lane is part. */
static void find_peers(match_t *match) {
  harness__diagram_t *diagram = match->diagram;

  for (size_t i = 0; i < diagram->column_count; i++)
    match->peers[i] = HARNESS__NONE;
  for (size_t i = 0; i < diagram->count; i++) {
    const harness__entry_t *entry = harness__item_entry(&diagram->items[i], match->side);
    size_t column = diagram->items[i].column;
    size_t peer;
    if (entry == NULL)
      continue;
    if (entry->kind == HARNESS__EVENT_CONNECT && match->peers[column] == HARNESS__NONE)
      match->peers[column] = harness__diagram_find(diagram, entry->to);
    if (entry->kind != HARNESS__EVENT_ACCEPT)
      continue;
    peer = harness__diagram_find(diagram, entry->from);
    match->peers[column] = peer;
    if (peer != HARNESS__NONE && diagram->columns[peer].talks)
      match->peers[peer] = column;
  }
}

/* The column at an event's other end: the one it names, or its connection's. */
static size_t other_end(const match_t *match, const harness__entry_t *entry, size_t column) {
  const char *name = entry->from != NULL ? entry->from : entry->to;
  size_t named = name != NULL ? harness__diagram_find(match->diagram, name) : HARNESS__NONE;

  return named != HARNESS__NONE && entry->kind != HARNESS__EVENT_CONNECT ? named : match->peers[column];
}

/* An expected event that is a pattern, and matches, has the bytes that it matches. */
static const harness__data_t *data_of(const harness__item_t *item, const harness__entry_t *entry) {
  bool is_matched = entry->data.pattern != NULL && item->sign == ' ' && item->expected != NULL;

  if (!is_matched)
    return &entry->data;
  return entry == item->expected ? &item->entry->data : &item->expected->data;
}

static void collect(match_t *match) {
  harness__diagram_t *diagram = match->diagram;

  match->count = 0;
  for (size_t i = 0; i < diagram->count; i++) {
    harness__item_t *item = &diagram->items[i];
    const harness__entry_t *entry = harness__item_entry(item, match->side);
    end_t end = {.item = i};
    size_t other;
    if (entry == NULL)
      continue;
    end.message = harness__entry_message(entry, &end.arrives);
    if (end.message == HARNESS__MESSAGE_NONE)
      continue;
    other = other_end(match, entry, item->column);
    item->lost = false;
    if (other == HARNESS__NONE || other == item->column)
      continue;
    item->peer = other;
    end.from = end.arrives ? other : item->column;
    end.to = end.arrives ? item->column : other;
    end.bytes = data_of(item, entry)->bytes;
    end.is_open = data_of(item, entry)->pattern != NULL;
    end.is_empty = end.bytes == 0 && !end.is_open;
    match->ends[match->count++] = end;
  }
}

static int compare_sizes(size_t a, size_t b) {
  return a < b ? -1 : a > b;
}

static int by_channel(const void *a, const void *b) {
  const end_t *one = a;
  const end_t *other = b;

  if (one->from != other->from)
    return compare_sizes(one->from, other->from);
  if (one->to != other->to)
    return compare_sizes(one->to, other->to);
  if (one->message != other->message)
    return one->message < other->message ? -1 : 1;
  return compare_sizes(one->item, other->item);
}

static bool add_arrow(match_t *match, harness__arrow_t arrow) {
  harness__arrow_t *arrows =
      harness__grow(match->arrows, match->arrow_count, &match->capacity, sizeof *arrows);

  if (arrows == NULL)
    return false;
  match->arrows = arrows;
  arrow.sign = match->sign;
  match->arrows[match->arrow_count++] = arrow;
  return true;
}

static bool join(match_t *match, end_t *from, end_t *to) {
  from->matched = true;
  to->matched = true;
  return add_arrow(match, (harness__arrow_t){from->item, to->item, from->from, from->to, from->message, ' '});
}

/* The next departure or arrival of a channel from at on. */
static end_t *next_end(end_t *at, const end_t *behind, bool arrives) {
  while (at < behind && at->arrives != arrives)
    at++;
  return at;
}

static bool match_connects(match_t *match, end_t *first, end_t *behind) {
  end_t *from = next_end(first, behind, false);
  end_t *to = next_end(first, behind, true);

  while (from < behind && to < behind) {
    if (!join(match, from, to))
      return false;
    from = next_end(from + 1, behind, false);
    to = next_end(to + 1, behind, true);
  }
  return true;
}

/* How many bytes two ends may have in common; of one that is open, what the other has. */
static uint64_t take_common(end_t *from, end_t *to) {
  uint64_t common = from->bytes < to->bytes ? from->bytes : to->bytes;

  if (from->is_open || to->is_open)
    common = from->bytes > to->bytes ? from->bytes : to->bytes;
  from->bytes -= from->is_open ? 0 : common;
  to->bytes -= to->is_open ? 0 : common;
  return common;
}

static bool match_streams(match_t *match, end_t *first, end_t *behind) {
  end_t *from = next_end(first, behind, false);
  end_t *to = next_end(first, behind, true);

  while (from < behind && to < behind) {
    bool is_pair = from->is_open || to->is_open || (from->is_empty && to->is_empty);
    uint64_t common = take_common(from, to);

    is_pair = is_pair || common > 0;
    if (is_pair && !join(match, from, to))
      return false;
    if (match->side == 1 || match->diagram->items[from->item].sign == '-')
      match->diagram->items[from->item].delivered += common;
    if (to->bytes == 0)
      to = next_end(to + 1, behind, true);
    if (from->bytes == 0)
      from = next_end(from + 1, behind, false);
  }
  return true;
}

static bool same_data(const match_t *match, const end_t *a, const end_t *b) {
  const harness__data_t *one = &harness__item_entry(&match->diagram->items[a->item], match->side)->data;
  const harness__data_t *other = &harness__item_entry(&match->diagram->items[b->item], match->side)->data;

  return harness__data_equal(one, other);
}

static bool match_datagrams(match_t *match, end_t *first, end_t *behind) {
  end_t *from = next_end(first, behind, false);

  for (end_t *to = next_end(first, behind, true); to < behind; to = next_end(to + 1, behind, true)) {
    end_t *found = from;
    for (int i = 0; i < LOOK_AHEAD && found < to && !same_data(match, found, to); i++)
      found = next_end(found + 1, behind, false);
    if (found >= to || !same_data(match, found, to))
      continue;
    if (!join(match, found, to))
      return false;
    from = next_end(found + 1, behind, false);
  }
  return true;
}

/* What an end that was seen was at the other side: the first of its kind, else the close. */
static end_t *find_cause(const match_t *match, end_t *first, end_t *behind, harness__event_kind_t kind) {
  end_t *close = NULL;

  for (end_t *end = next_end(first, behind, false); end < behind; end = next_end(end + 1, behind, false)) {
    harness__event_kind_t own = harness__item_entry(&match->diagram->items[end->item], match->side)->kind;
    if (own == kind)
      return end;
    if (own == HARNESS__EVENT_CLOSE && close == NULL)
      close = end;
  }
  return close;
}

static bool match_ends(match_t *match, end_t *first, end_t *behind) {
  end_t *causes[HARNESS__EVENT_KINDS] = {NULL};
  bool known[HARNESS__EVENT_KINDS] = {false};

  for (end_t *to = next_end(first, behind, true); to < behind; to = next_end(to + 1, behind, true)) {
    harness__event_kind_t kind = harness__item_entry(&match->diagram->items[to->item], match->side)->kind;
    if (!known[kind])
      causes[kind] = find_cause(match, first, behind, kind);
    known[kind] = true;
    if (causes[kind] != NULL && !join(match, causes[kind], to))
      return false;
  }
  return true;
}

/* What is left over. Who was not observed has its lifeline to draw to; its end is told once, by the first. */
static bool match_rest(match_t *match, end_t *first, end_t *behind) {
  bool ended = false;

  for (end_t *end = first; end < behind; end++) {
    harness__item_t *item = &match->diagram->items[end->item];
    bool observed = match->diagram->columns[end->arrives ? end->from : end->to].talks;
    const harness__entry_t *entry = harness__item_entry(item, match->side);
    bool is_late_close = entry->kind == HARNESS__EVENT_CLOSE && ended;
    harness__arrow_t arrow = {end->item, HARNESS__NONE, end->from, end->to, end->message, ' '};
    ended = ended || (end->message == HARNESS__MESSAGE_END && !end->arrives);
    if (end->matched || is_late_close)
      continue;
    if (end->arrives) {
      arrow.from = HARNESS__NONE;
      arrow.to = end->item;
    } else if (observed) {
      item->lost = entry->kind == HARNESS__EVENT_SEND && entry->data.bytes > 0;
      continue;
    }
    if (!add_arrow(match, arrow))
      return false;
  }
  return true;
}

static bool match_channel(match_t *match, end_t *first, end_t *behind) {
  static bool (*const by_message[])(match_t *, end_t *, end_t *) = {
      [HARNESS__MESSAGE_CONNECT] = match_connects,
      [HARNESS__MESSAGE_STREAM] = match_streams,
      [HARNESS__MESSAGE_DATAGRAM] = match_datagrams,
      [HARNESS__MESSAGE_END] = match_ends,
  };

  return by_message[first->message](match, first, behind) && match_rest(match, first, behind);
}

static bool match_side(match_t *match, int side) {
  end_t *behind;

  match->side = side;
  match->sign = match->diagram->sides[0] == NULL ? ' ' : side == 0 ? '-' : '+';
  find_peers(match);
  collect(match);
  qsort(match->ends, match->count, sizeof *match->ends, by_channel);
  for (end_t *first = match->ends; first < match->ends + match->count; first = behind) {
    behind = first;
    while (behind < match->ends + match->count && behind->from == first->from && behind->to == first->to &&
           behind->message == first->message)
      behind++;
    if (!match_channel(match, first, behind))
      return false;
  }
  return true;
}

static int by_end(const void *a, const void *b) {
  const harness__arrow_t *one = a;
  const harness__arrow_t *other = b;
  size_t at_one = one->to != HARNESS__NONE ? one->to : one->from;
  size_t at_other = other->to != HARNESS__NONE ? other->to : other->from;

  if (at_one != at_other)
    return compare_sizes(at_one, at_other);
  if (one->from != other->from)
    return compare_sizes(one->from, other->from);
  if (one->to_column != other->to_column)
    return compare_sizes(one->to_column, other->to_column);
  if (one->from_column != other->from_column)
    return compare_sizes(one->from_column, other->from_column);
  return one->sign - other->sign;
}

/* Sorts the arrows, and makes one of those that both sides have. */
static bool merge(match_t *match) {
  harness__diagram_t *diagram = match->diagram;
  harness__arrow_t *arrows = harness__diagram_array(diagram, match->arrow_count, sizeof *arrows);
  size_t count = 0;

  if (arrows == NULL)
    return false;
  if (match->arrow_count > 0)
    qsort(match->arrows, match->arrow_count, sizeof *match->arrows, by_end);
  for (size_t i = 0; i < match->arrow_count; i++) {
    harness__arrow_t arrow = match->arrows[i];
    bool is_common = count > 0 && arrow.sign != arrows[count - 1].sign &&
                     arrow.from == arrows[count - 1].from && arrow.to == arrows[count - 1].to &&
                     arrow.from_column == arrows[count - 1].from_column &&
                     arrow.to_column == arrows[count - 1].to_column;
    if (is_common)
      arrows[count - 1].sign = ' ';
    else
      arrows[count++] = arrow;
  }
  diagram->arrows = arrows;
  diagram->arrow_count = count;
  return true;
}

bool harness__diagram_match(harness__diagram_t *diagram) {
  match_t match = {.diagram = diagram};
  bool matched;

  match.peers = harness__diagram_array(diagram, diagram->column_count, sizeof *match.peers);
  match.ends = harness__diagram_array(diagram, diagram->count, sizeof *match.ends);
  matched = match.peers != NULL && match.ends != NULL &&
            (diagram->sides[0] == NULL || match_side(&match, 0)) && match_side(&match, 1) && merge(&match);
  free(match.arrows);
  return matched;
}
