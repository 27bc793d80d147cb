/* SPDX-License-Identifier: MIT */
/* Every scenario: what its programs log, what they return, and its transcript. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <harness/cmocka.h>

#include "cli/log_lines.h"
#include "scenarios.h"

typedef struct fixture {
  harness_t *h;
  const harness_echo_scenario_t *scenario;
  harness_echo_scenario_state_t programs;
  harness__log_lines_t log;
} fixture_t;

/* The scenario's name is the initial state of its test. */
static int set_up(void **state) {
  fixture_t *fixture = calloc(1, sizeof *fixture);
  harness_options_t options = {0};

  if (fixture == NULL)
    return -1;
  fixture->scenario = harness_echo_scenario_find(*state);
  *state = fixture;
  if (fixture->scenario == NULL)
    return -1;
  options.delivery = fixture->scenario->delivery;
  options.host = getenv("SCENARIO_HOST"); /* the transcript is the same over every transport */
  fixture->h = harness_open(&options);
  harness__log_lines_init(&fixture->log);
  harness_set_log_sink(fixture->h, harness__log_lines_sink, &fixture->log);
  return fixture->h != NULL ? 0 : -1;
}

static int tear_down(void **state) {
  fixture_t *fixture = *state;
  int result = harness_cmocka_close(fixture->h);

  harness__log_lines_free(&fixture->log);
  free(fixture);
  return result;
}

static void assert_line(const harness__log_line_t *got, const harness_echo_line_t *expected) {
  assert_string_equal(got->lane, expected->lane);
  assert_string_equal(got->text, expected->text);
}

/* All lanes together, in exactly the order given. */
static void assert_lines(const fixture_t *fixture) {
  const harness_echo_scenario_t *scenario = fixture->scenario;
  size_t common = fixture->log.count < scenario->line_count ? fixture->log.count : scenario->line_count;

  assert_false(fixture->log.failed);
  for (size_t i = 0; i < common; i++)
    assert_line(&fixture->log.lines[i], &scenario->lines[i]);
  assert_int_equal(fixture->log.count, scenario->line_count);
}

/* Each lane in its own order, whatever the order between lanes: what holds of free-running parties as they
 * log, before anything is put in canonical order. */
static void assert_lines_by_lane(const fixture_t *fixture) {
  const harness_echo_scenario_t *scenario = fixture->scenario;

  assert_int_equal(fixture->log.count, scenario->line_count);
  for (size_t i = 0; i < scenario->line_count; i++) {
    const char *lane = scenario->lines[i].lane;
    size_t rank = 0;
    size_t found = 0;

    for (size_t k = 0; k < i; k++)
      rank += strcmp(scenario->lines[k].lane, lane) == 0;
    while (found < fixture->log.count && (strcmp(fixture->log.lines[found].lane, lane) != 0 || rank-- > 0))
      found++;
    assert_true(found < fixture->log.count);
    assert_line(&fixture->log.lines[found], &scenario->lines[i]);
  }
}

static void run(fixture_t *fixture) {
  int status = fixture->scenario->run(fixture->h, &fixture->programs);

  if (status != 0)
    print_error("%s: %d: %s\n", fixture->scenario->name, status,
                harness_error(fixture->h) != NULL ? harness_error(fixture->h) : "no sentence");
  assert_int_equal(status, 0);
}

static void check(void **state) {
  fixture_t *fixture = *state;

  run(fixture);
  assert_lines(fixture);
  harness_assert_transcript(fixture->h, fixture->scenario->fixture);
}

static void hello(void **state) {
  fixture_t *fixture = *state;

  check(state);
  assert_string_equal(fixture->programs.clients[0].reply, "Hello World!");
  assert_int_equal(fixture->programs.clients[0].status, 0);
}

static void two_coroutines(void **state) {
  fixture_t *fixture = *state;

  hello(state);
  assert_string_equal(fixture->programs.clients[1].reply, "Hello World!");
}

static void two_blocking(void **state) {
  fixture_t *fixture = *state;

  if (getenv("SCENARIO_HOST") != NULL)
    skip(); /* these clients know TCP on 127.0.0.1 */
  run(fixture);
  assert_lines_by_lane(fixture);
  assert_int_equal(harness__log_lines_from_transcript(&fixture->log, fixture->h), 0);
  assert_lines(fixture);
  assert_string_equal(fixture->programs.callers[0].reply, "Hello World!");
  assert_string_equal(fixture->programs.callers[1].reply, "Hello World!");
  harness_assert_transcript(fixture->h, fixture->scenario->fixture);
}

/* The wording is the library's and stands in the fixture; here, that there is a sentence for each. */
static void argument_errors(void **state) {
  fixture_t *fixture = *state;

  run(fixture);
  assert_int_equal(fixture->log.count, 3);
  for (size_t i = 0; i < fixture->log.count; i++) {
    assert_string_equal(fixture->log.lines[i].lane, "main");
    assert_true(strlen(fixture->log.lines[i].text) > strlen("no coroutine: "));
  }
  harness_assert_transcript(fixture->h, fixture->scenario->fixture);
}

static void protocols(void **state) {
  fixture_t *fixture = *state;

  check(state);
  assert_string_equal(fixture->programs.caller.reply, "This is the message. It will be sent in parts.");
  assert_int_equal(fixture->programs.caller.reply_size, 46);
}

static void streams(void **state) {
  fixture_t *fixture = *state;

  check(state);
  assert_string_equal(fixture->programs.streamer.reply, "This is the message. It will be sent in parts.");
  assert_int_equal(fixture->programs.streamer.reply_size, 46);
}

static void framed_calls(void **state) {
  fixture_t *fixture = *state;

  check(state);
  assert_int_equal(fixture->programs.framed.replies, 6);
  assert_int_equal(fixture->programs.framed.connections, 2);
}

/* A client of a server that is gone gets the code, in its structure and from the harness. */
static void refused(void **state) {
  fixture_t *fixture = *state;
  harness_t *h = fixture->h;
  harness_server_t *server = harness_start_server(h, harness_echo_handle, h, NULL);
  harness_echo_client_t client = {.harness = h, .server = server, .message = "Hello World!"};

  assert_non_null(server);
  harness_server_close(server);
  assert_null(harness_run_in_foreground(h, harness_schedule_coroutine(h, harness_echo_client, &client)));
  assert_int_not_equal(client.status, 0);
  assert_string_equal(client.reply, "");
}

static char a1[] = "A1";
static char a2[] = "A2";
static char a3[] = "A3";
static char a4[] = "A4";
static char a5[] = "A5";
static char b[] = "B";
static char b1[] = "B1";
static char b2[] = "B2";
static char b3[] = "B3";
static char c[] = "C";
static char c1[] = "C1";
static char c2[] = "C2";
static char d[] = "D";

#define scenario_test(test, function, scenario)                                                              \
  { #test, function, set_up, tear_down, scenario }

static const struct CMUnitTest tests[] = {
    scenario_test(A1_hello, hello, a1),
    scenario_test(A2_hello_to_second_server, hello, a2),
    scenario_test(A3_two_coroutine_clients, two_coroutines, a3),
    scenario_test(A4_two_blocking_clients, two_blocking, a4),
    scenario_test(A5_argument_errors, argument_errors, a5),
    scenario_test(B_protocols_as_written, protocols, b),
    scenario_test(B1_protocols_coalesced, protocols, b1),
    scenario_test(B2_protocols_cut_after_21_bytes, protocols, b2),
    scenario_test(B3_protocols_cut_after_37_bytes, protocols, b3),
    scenario_test(C_streams_as_written, streams, c),
    scenario_test(C1_streams_coalesced, streams, c1),
    scenario_test(C2_streams_cut_after_37_bytes, streams, c2),
    scenario_test(D_framed_calls, framed_calls, d),
    scenario_test(closed_server_refuses, refused, a1),
};

HARNESS_CMOCKA_MAIN("scenarios", tests)
