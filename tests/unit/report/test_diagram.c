/* SPDX-License-Identifier: MIT */
/* The layout of sequence diagrams, as a short text: the columns ("?name": not observed), then the rows, each
 * with its events' signs and numbers, then the arrows by the numbers of their ends. */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "report/picture/diagram.h"
#include "support.h"

#define CONNECT "{'lane': 'client', 'event': 'connect', 'to': 'server'}"
#define ACCEPT "{'lane': 'server/1', 'event': 'accept', 'from': 'client'}"
#define OPEN CONNECT ", " ACCEPT
#define SEND(text) "{'lane': 'client', 'event': 'send', 'data': '" text "'}"
#define RECEIVE(text) "{'lane': 'server/1', 'event': 'receive', 'data': '" text "'}"
#define SEND_LIKE(regex) "{'lane': 'client', 'event': 'send', 'data': {'regex': '" regex "'}}"
#define RECEIVE_LIKE(regex) "{'lane': 'server/1', 'event': 'receive', 'data': {'regex': '" regex "'}}"
#define LOG(text) "{'lane': 'server/1', 'event': 'log', 'text': '" text "'}"

static void add_item(harness__buffer_t *out, const harness__diagram_t *diagram, size_t item) {
  if (diagram->items[item].sign != ' ')
    harness__buffer_char(out, diagram->items[item].sign);
  harness__buffer_printf(out, "%zu", diagram->items[item].number);
}

static void add_end(harness__buffer_t *out, const harness__diagram_t *diagram, size_t item, size_t column) {
  if (item == HARNESS__NONE)
    harness__buffer_string(out, diagram->columns[column].name);
  else
    add_item(out, diagram, item);
}

static char *describe(const harness__diagram_t *diagram) {
  harness__buffer_t out = {0};

  for (size_t i = 0; i < diagram->column_count; i++) {
    const harness__column_t *column = &diagram->columns[i];
    harness__buffer_printf(&out, "%s%s", i > 0 ? " " : "", column->is_lane ? "" : "?");
    if (column->sign != ' ')
      harness__buffer_char(&out, column->sign);
    harness__buffer_string(&out, column->name);
  }
  harness__buffer_string(&out, " |");
  for (size_t i = 0; i < diagram->count; i++) {
    const harness__item_t *item = &diagram->items[i];
    harness__buffer_char(&out, item->is_paired ? '=' : ' ');
    assert_int_equal(item->row, i == 0 ? 0 : item[-1].row + !item->is_paired);
    add_item(&out, diagram, i);
    harness__buffer_string(&out, item->lost ? "!" : "");
  }
  harness__buffer_string(&out, " |");
  for (size_t i = 0; i < diagram->arrow_count; i++) {
    const harness__arrow_t *arrow = &diagram->arrows[i];
    harness__buffer_char(&out, ' ');
    if (arrow->sign != ' ')
      harness__buffer_printf(&out, "(%c)", arrow->sign);
    add_end(&out, diagram, arrow->from, arrow->from_column);
    harness__buffer_char(&out, '>');
    add_end(&out, diagram, arrow->to, arrow->to_column);
  }
  return harness__buffer_take(&out);
}

/* expected may be NULL. Both have the same list of lanes, unless lanes_expected differs. */
static void assert_difference(const char *lanes_expected, const char *expected, const char *lanes,
                              const char *events, const char *description) {
  harness__transcript_t *before = expected != NULL ? support_transcript(lanes_expected, expected) : NULL;
  harness__transcript_t *after = support_transcript(lanes, events);
  harness__diagram_t diagram;
  char *text;

  assert_true(harness__diagram_make(&diagram, before, after));
  text = describe(&diagram);
  assert_string_equal(text, description);
  free(text);
  harness__diagram_free(&diagram);
  harness__transcript_free(before);
  harness__transcript_free(after);
}

static void assert_diagram(const char *lanes, const char *events, const char *description) {
  assert_difference(NULL, NULL, lanes, events, description);
}

#define LANES "'client', 'server/1'"

static void draws_what_arrives_at_once_level(void **state) {
  (void)state;
  assert_diagram(LANES, OPEN ", " SEND("Hello") ", " RECEIVE("Hello"), "client server/1 | 1=2 3=4 | 1>2 3>4");
  assert_diagram(LANES, OPEN ", " SEND("Hello") ", " LOG("x") ", " RECEIVE("Hello"),
                 "client server/1 | 1=2 3 4 5 | 1>2 3>5");
}

static void gives_a_cut_send_an_arrow_a_piece(void **state) {
  (void)state;
  assert_diagram(LANES, OPEN ", " SEND("Hello") ", " RECEIVE("H") ", " RECEIVE("el") ", " RECEIVE("lo"),
                 "client server/1 | 1=2 3 4 5 6 | 1>2 3>4 3>5 3>6");
}

static void gives_a_joined_read_an_arrow_a_send(void **state) {
  (void)state;
  assert_diagram(LANES,
                 OPEN ", " SEND("ab") ", " SEND("cd") ", " SEND("ef") ", " RECEIVE("abc") ", " RECEIVE("def"),
                 "client server/1 | 1=2 3 4 5 6 7 | 1>2 3>6 4>6 4>7 5>7");
}

static void draws_empty_data(void **state) {
  (void)state;
  assert_diagram(LANES, OPEN ", " SEND("") ", " RECEIVE("") ", " SEND("a") ", " RECEIVE("a"),
                 "client server/1 | 1=2 3=4 5=6 | 1>2 3>4 5>6");
  assert_diagram(LANES, OPEN ", " SEND("") ", " SEND("a") ", " RECEIVE("a"),
                 "client server/1 | 1=2 3 4=5 | 1>2 4>5");
}

static void keeps_the_two_ways_apart(void **state) {
  (void)state;
  assert_diagram(LANES,
                 OPEN ", {'lane': 'server/1', 'event': 'send', 'data': 'xy'}, " SEND("ab") ", " RECEIVE(
                     "ab") ", {'lane': 'client', 'event': 'receive', 'data': 'xy'}",
                 "client server/1 | 1=2 3 4=5 6 | 1>2 4>5 3>6");
}

static void tells_connections_apart(void **state) {
  (void)state;
  assert_diagram("'a', 'b', 'server/1', 'server/2'",
                 "{'lane': 'a', 'event': 'connect', 'to': 'server'}, "
                 "{'lane': 'b', 'event': 'connect', 'to': 'server'}, "
                 "{'lane': 'server/1', 'event': 'accept', 'from': 'b'}, "
                 "{'lane': 'server/2', 'event': 'accept', 'from': 'a'}, "
                 "{'lane': 'a', 'event': 'send', 'data': 'same'}, "
                 "{'lane': 'b', 'event': 'send', 'data': 'same'}, "
                 "{'lane': 'server/1', 'event': 'receive', 'data': 'same'}, "
                 "{'lane': 'server/2', 'event': 'receive', 'data': 'same'}",
                 "a b server/1 server/2 | 1 2=3 4 5 6=7 8 | 2>3 1>4 6>7 5>8");
}

static void draws_to_a_peer_that_was_not_observed(void **state) {
  (void)state;
  assert_diagram("'server/1'",
                 ACCEPT ", " RECEIVE("Ann") ", {'lane': 'server/1', 'event': 'send', 'data': 'Hello'}, "
                                            "{'lane': 'server/1', 'event': 'eof', 'to': 'client'}, "
                                            "{'lane': 'server/1', 'event': 'close'}",
                 "?client server/1 | 1 2 3 4 5 | client>1 client>2 3>client 4>client");
}

static void draws_to_a_server_outside(void **state) {
  (void)state;
  assert_diagram("'client', 'other'",
                 CONNECT ", " SEND("Ann") ", {'lane': 'client', 'event': 'receive', 'data': 'Hi'}, "
                                          "{'lane': 'client', 'event': 'close'}, "
                                          "{'lane': 'other', 'event': 'close'}",
                 "client ?server other | 1 2 3 4 5 | 1>server 2>server server>3 4>server");
}

static void takes_a_lane_of_log_lines_for_a_peer(void **state) {
  (void)state;
  assert_diagram(LANES, "{'lane': 'client', 'event': 'log', 'text': 'calling'}, " ACCEPT ", " RECEIVE("Ann"),
                 "client server/1 | 1 2 3 | client>2 client>3");
}

static void tells_what_was_not_received(void **state) {
  harness__transcript_t *transcript =
      support_transcript(LANES, OPEN ", " SEND("Hello") ", " SEND("lost") ", " RECEIVE("Hel"));
  harness__diagram_t diagram;
  harness__buffer_t remark = {0};
  char *text;

  (void)state;
  assert_true(harness__diagram_make(&diagram, NULL, transcript));
  text = describe(&diagram);
  assert_string_equal(text, "client server/1 | 1=2 3 4! 5 | 1>2 3>5");
  harness__item_remark(&remark, &diagram, 1);
  assert_int_equal(remark.length, 0);
  harness__item_remark(&remark, &diagram, 2);
  assert_string_equal(remark.text, "3 of 5 bytes received");
  remark.length = 0;
  harness__item_remark(&remark, &diagram, 3);
  assert_string_equal(remark.text, "never received");
  harness__buffer_free(&remark);
  free(text);
  harness__diagram_free(&diagram);
  harness__transcript_free(transcript);
}

#define ASK(text) "{'lane': 'resolver', 'event': 'send', 'to': 'dns', 'data': '" text "'}"
#define ASKED(text) "{'lane': 'dns', 'event': 'receive', 'from': 'resolver', 'data': '" text "'}"

static void finds_datagrams_by_what_they_hold(void **state) {
  (void)state;
  assert_diagram("'resolver', 'dns'", ASK("1") ", " ASK("2") ", " ASK("3") ", " ASKED("2") ", " ASKED("3"),
                 "resolver dns | 1! 2 3 4 5 | 2>4 3>5");
  assert_diagram("'resolver'", ASK("1"), "resolver ?dns | 1 | 1>dns");
}

static void finds_what_ended_a_connection(void **state) {
  (void)state;
  assert_diagram(LANES,
                 OPEN ", {'lane': 'client', 'event': 'eof', 'to': 'server/1'}, "
                      "{'lane': 'client', 'event': 'close'}, "
                      "{'lane': 'server/1', 'event': 'eof', 'from': 'client'}, "
                      "{'lane': 'server/1', 'event': 'close'}",
                 "client server/1 | 1=2 3 4 5 6 | 1>2 3>5");
  assert_diagram(LANES,
                 OPEN ", {'lane': 'client', 'event': 'close'}, "
                      "{'lane': 'server/1', 'event': 'eof', 'from': 'client'}",
                 "client server/1 | 1=2 3=4 | 1>2 3>4");
  assert_diagram(LANES,
                 OPEN ", {'lane': 'client', 'event': 'eof', 'to': 'server/1'}, "
                      "{'lane': 'client', 'event': 'reset', 'to': 'server/1'}, "
                      "{'lane': 'server/1', 'event': 'eof', 'from': 'client'}, "
                      "{'lane': 'server/1', 'event': 'reset', 'from': 'client'}",
                 "client server/1 | 1=2 3 4 5 6 | 1>2 3>5 4>6");
}

static void takes_a_server_name_for_its_lanes(void **state) {
  (void)state;
  assert_diagram("'client', 'a/b/1'",
                 "{'lane': 'client', 'event': 'connect', 'to': 'a/b'}, "
                 "{'lane': 'a/b/1', 'event': 'accept', 'from': 'client'}",
                 "client a/b/1 | 1=2 | 1>2");
  /* Refused: nobody accepts. */
  assert_diagram("'client', 'server/1'",
                 "{'lane': 'client', 'event': 'connect', 'to': 'server'}, "
                 "{'lane': 'server/1', 'event': 'log', 'text': 'x'}",
                 "client server/1 | 1 2 |");
  /* The name of a server where a peer's should stand. */
  assert_diagram("'server/1', 'server/2'",
                 "{'lane': 'server/1', 'event': 'accept', 'from': 'server'}, "
                 "{'lane': 'server/2', 'event': 'accept', 'from': 'server/2'}",
                 "server/1 server/2 | 1 2 |");
}

static void is_empty_for_an_empty_transcript(void **state) {
  (void)state;
  assert_diagram("", "", " | |");
  assert_difference("", "", "", "", " | |");
  assert_difference("", "", LANES, OPEN, "+client +server/1 | +1=+2 | (+)+1>+2");
}

static void lays_two_transcripts_upon_each_other(void **state) {
  (void)state;
  assert_difference(LANES, OPEN ", " SEND("Hello") ", " RECEIVE("Hello"), LANES,
                    OPEN ", " SEND("Hello") ", " RECEIVE("Hello"), "client server/1 | 1=2 3=4 | 1>2 3>4");
  /* What changed is one event; its arrow is in both. */
  assert_difference(LANES, OPEN ", " SEND("Hello") ", " RECEIVE("Hello"), LANES,
                    OPEN ", " SEND("Hallo") ", " RECEIVE("Hello"), "client server/1 | 1=2 ~3=4 | 1>2 ~3>4");
  /* A read that was cut: its own arrow stays, another is new. */
  assert_difference(LANES, OPEN ", " SEND("Hello") ", " RECEIVE("Hello"), LANES,
                    OPEN ", " SEND("Hello") ", " RECEIVE("He") ", " RECEIVE("llo"),
                    "client server/1 | 1=2 3 ~4 +5 | 1>2 3>~4 (+)3>+5");
  assert_difference(LANES, OPEN ", " LOG("a") ", " SEND("Hello") ", " RECEIVE("Hello"), LANES,
                    OPEN ", " SEND("Hello") ", " RECEIVE("Hello"), "client server/1 | 1=2 -3 3=4 | 1>2 3>4");
}

/* A pattern has the bytes that it matches; where these are not known, those that the other end has. */
static void draws_patterns_as_what_they_match(void **state) {
  (void)state;
  assert_difference(LANES,
                    OPEN ", " SEND("Hello") ", " SEND("you") ", " RECEIVE_LIKE("He.*") ", " RECEIVE("you"),
                    LANES, OPEN ", " SEND("Hello") ", " SEND("you") ", " RECEIVE("Hello") ", " RECEIVE("you"),
                    "client server/1 | 1=2 3 4 5 6 | 1>2 3>5 4>6");
  assert_difference(LANES, OPEN ", " SEND("Hello") ", " RECEIVE("He") ", " RECEIVE("llo"), LANES,
                    OPEN ", " SEND_LIKE("H.*") ", " RECEIVE_LIKE("..") ", " RECEIVE_LIKE("..."),
                    "client server/1 | 1=2 3 4 5 | 1>2 3>4 3>5");
  assert_diagram(LANES,
                 OPEN ", " SEND_LIKE("He.*") ", " RECEIVE("Hello") ", " SEND("you") ", " RECEIVE_LIKE("y.*"),
                 "client server/1 | 1=2 3=4 5=6 | 1>2 3>4 5>6");
  assert_diagram(LANES, OPEN ", " SEND_LIKE("a") ", " RECEIVE_LIKE("a") ", " SEND("b") ", " RECEIVE("b"),
                 "client server/1 | 1=2 3=4 5=6 | 1>2 3>4 5>6");
}

static void marks_lanes_that_one_side_lacks(void **state) {
  (void)state;
  assert_difference(
      "'a', 'b'", "{'lane': 'a', 'event': 'log', 'text': 'x'}, {'lane': 'b', 'event': 'log', 'text': 'x'}",
      "'a', 'c'", "{'lane': 'a', 'event': 'log', 'text': 'x'}, {'lane': 'c', 'event': 'log', 'text': 'x'}",
      "a -b +c | 1 -2 +2 |");
}

static void shows_a_send_that_is_lost_on_one_side_only(void **state) {
  (void)state;
  assert_difference(LANES, OPEN ", " SEND("Hello"), LANES, OPEN ", " SEND("Hello") ", " RECEIVE("Hello"),
                    "client server/1 | 1=2 3 +4 | 1>2 (+)3>+4");
  assert_difference(LANES, OPEN ", " SEND("Hello") ", " RECEIVE("Hello"), LANES, OPEN ", " SEND("Hello"),
                    "client server/1 | 1=2 3! -4 | 1>2 (-)3>-4");
}

/* In 100,000 events of many lanes each receive finds its send. */
static void matches_large_transcripts(void **state) {
  enum { CLIENTS = 100, ROUNDS = 500 };
  harness__transcript_t transcript = {.lane_count = (size_t)CLIENTS * 2,
                                      .count = (size_t)CLIENTS * (2 + ROUNDS * 2)};
  harness__diagram_t diagram;
  size_t next = 0;

  (void)state;
  transcript.lanes =
      harness__arena_alloc(&transcript.arena, transcript.lane_count * sizeof *transcript.lanes);
  transcript.entries = calloc(transcript.count, sizeof *transcript.entries);
  assert_non_null(transcript.entries);
  for (uint32_t i = 0; i < CLIENTS; i++) {
    harness__buffer_t name = {0};
    harness__buffer_printf(&name, "client%u", (unsigned)i);
    transcript.lanes[(size_t)i * 2] = harness__arena_string(&transcript.arena, name.text);
    harness__buffer_free(&name);
    harness__buffer_printf(&name, "server/%u", (unsigned)i);
    transcript.lanes[i * 2 + 1] = harness__arena_string(&transcript.arena, name.text);
    harness__buffer_free(&name);
    transcript.entries[next++] =
        (harness__entry_t){.lane = i * 2, .kind = HARNESS__EVENT_CONNECT, .to = "server"};
    transcript.entries[next++] = (harness__entry_t){
        .lane = i * 2 + 1, .kind = HARNESS__EVENT_ACCEPT, .from = transcript.lanes[(size_t)i * 2]};
  }
  for (uint32_t i = 0; i < CLIENTS * ROUNDS * 2; i++) {
    bool sends = i / CLIENTS % 2 == 0;
    transcript.entries[next++] =
        (harness__entry_t){.lane = i % CLIENTS * 2 + !sends,
                           .kind = sends ? HARNESS__EVENT_SEND : HARNESS__EVENT_RECEIVE,
                           .data = {.head = "x", .head_size = 1, .bytes = 1}};
  }
  assert_int_equal(next, transcript.count);
  assert_true(harness__diagram_make(&diagram, NULL, &transcript));
  assert_int_equal(diagram.arrow_count, CLIENTS * (1 + ROUNDS));
  for (size_t i = 0; i < diagram.arrow_count; i++) {
    const harness__arrow_t *arrow = &diagram.arrows[i];
    bool is_connect = arrow->message == HARNESS__MESSAGE_CONNECT;
    assert_int_equal(arrow->to - arrow->from, is_connect ? 1 : CLIENTS);
    assert_int_equal(arrow->from_column + 1, arrow->to_column);
  }
  harness__diagram_free(&diagram);
  free(transcript.entries);
  harness__arena_free(&transcript.arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(draws_what_arrives_at_once_level),
    cmocka_unit_test(gives_a_cut_send_an_arrow_a_piece),
    cmocka_unit_test(gives_a_joined_read_an_arrow_a_send),
    cmocka_unit_test(draws_empty_data),
    cmocka_unit_test(keeps_the_two_ways_apart),
    cmocka_unit_test(tells_connections_apart),
    cmocka_unit_test(draws_to_a_peer_that_was_not_observed),
    cmocka_unit_test(draws_to_a_server_outside),
    cmocka_unit_test(takes_a_lane_of_log_lines_for_a_peer),
    cmocka_unit_test(tells_what_was_not_received),
    cmocka_unit_test(finds_datagrams_by_what_they_hold),
    cmocka_unit_test(finds_what_ended_a_connection),
    cmocka_unit_test(takes_a_server_name_for_its_lanes),
    cmocka_unit_test(is_empty_for_an_empty_transcript),
    cmocka_unit_test(lays_two_transcripts_upon_each_other),
    cmocka_unit_test(draws_patterns_as_what_they_match),
    cmocka_unit_test(marks_lanes_that_one_side_lacks),
    cmocka_unit_test(shows_a_send_that_is_lost_on_one_side_only),
    cmocka_unit_test(matches_large_transcripts),
};

HARNESS_CMOCKA_MAIN("report/diagram", tests)
