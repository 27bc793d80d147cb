/* SPDX-License-Identifier: MIT */
/* A server that is told its blocking client to be sequential keeps the order it observes. */
#include <harness/cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "outside.h"

enum { TIMES = 200 };

static harness_server_t *server;

/* Asks the line and waits for the answer. */
static bool ask(int fd, const char *line) {
  char answer[64];
  size_t size = strlen(line);

  return send(fd, line, size, MSG_NOSIGNAL) == (ssize_t)size &&
         recv(fd, answer, size, MSG_WAITALL) == (ssize_t)size && memcmp(answer, line, size) == 0;
}

/* By content the second connection would be the first. */
static void *one_after_the_other(void *arg) {
  bool good = true;

  for (int i = 0; i < 2; i++) {
    int fd = dial(SOCK_STREAM, harness_server_port(server));
    good = good && ask(fd, i == 0 ? "zebra\n" : "apple\n");
    (void)close(fd);
  }
  return good ? arg : NULL;
}

/* Two connections, used in turn, and one closed before the other is used again. */
static void *in_turn(void *arg) {
  int first = dial(SOCK_STREAM, harness_server_port(server));
  int second = dial(SOCK_STREAM, harness_server_port(server));
  bool good = ask(second, "1\n") && ask(first, "2\n") && ask(second, "3\n");

  (void)close(second);
  good = good && ask(first, "4\n");
  (void)close(first);
  return good ? arg : NULL;
}

static void echo_lines(harness_stream_t *stream, void *arg) {
  char line[64];
  ptrdiff_t size;

  (void)arg;
  while ((size = harness_read_until(stream, line, sizeof line, "\n", 1)) > 0)
    if (harness_write(stream, line, (size_t)size) != size)
      return;
}

static void received(void *state, const void *data, size_t size) {
  harness_transport_t *transport = *(harness_transport_t **)state;

  (void)harness_transport_write(transport, data, size);
}

static void made(void *state, harness_transport_t *transport) {
  *(harness_transport_t **)state = transport;
}

static void *new_state(void *arg) {
  (void)arg;
  return calloc(1, sizeof(harness_transport_t *));
}

static void lost(void *state, int status) {
  (void)status;
  free(state);
}

/* The transcript of one conversation; the caller frees it. */
static char *converse(harness_t *h, harness_function_t fn, bool with_protocol, int strict) {
  static const harness_protocol_t protocol = {
      .connection_made = made, .data_received = received, .connection_lost = lost};
  harness_server_options_t options = {.strict_order = strict};
  char *json;

  server = with_protocol ? harness_create_server(h, &protocol, new_state, NULL, &options)
                         : harness_start_server(h, echo_lines, NULL, &options);
  harness_assert_made(h, server);
  assert_non_null(harness_assert_run(h, harness_call_in_background(h, fn, h)));
  json = harness_transcript_json(h);
  assert_non_null(json);
  harness_server_close(server);
  return json;
}

static harness_function_t client;
static bool by_protocol;

static char *converse_so(harness_t *h) {
  return converse(h, client, by_protocol, 1);
}

static void always_the_same(harness_function_t fn) {
  char *texts[2];

  client = fn;
  for (size_t i = 0; i < 2; i++) {
    by_protocol = i == 1;
    texts[i] = same_each_time(converse_so, TIMES);
  }
  free(texts[0]);
  free(texts[1]);
}

static void one_connection_after_the_other(void **state) {
  harness_t *h = *state;

  free(converse(h, one_after_the_other, false, 1));
  harness_assert_transcript(h, "strict/one_after_the_other");
  always_the_same(one_after_the_other);
}

static void two_connections_in_turn(void **state) {
  harness_t *h = *state;

  free(converse(h, in_turn, false, 1));
  harness_assert_transcript(h, "strict/in_turn");
  always_the_same(in_turn);
}

/* The same client where nobody said that it is sequential: its connections are numbered by content. */
static void without_it_content_counts(void **state) {
  char *json = converse(*state, one_after_the_other, false, 0);
  const char *apple =
      strstr(json, "{\"lane\": \"server/1\", \"event\": \"receive\", \"data\": \"apple\\n\"}");

  assert_non_null(apple);
  free(json);
}

/* What is not promised: with clients that race the order is chance. Each conversation is whole all the same.
 */
static void racing_clients_are_the_tests_own_error(void **state) {
  harness_t *h = *state;
  harness_server_options_t options = {.strict_order = 1};
  harness_task_t *tasks[4];
  char *json;

  server = harness_assert_made(h, harness_start_server(h, echo_lines, NULL, &options));
  for (size_t i = 0; i < 4; i++)
    tasks[i] = harness_call_in_background(h, one_after_the_other, h);
  harness_assert_run(h, harness_wait_all(h, tasks, 4));
  for (size_t i = 0; i < 4; i++)
    assert_non_null(harness_task_result(tasks[i]));
  json = harness_transcript_json(h);
  assert_non_null(json);
  assert_non_null(strstr(json, "server/8"));
  free(json);
  harness_server_close(server);
}

/* What the loop hears of at once: the test's thread is the client, and the harness does not look meanwhile.
 * Returns the transcript; the caller frees it. */
static char *hear_at_once(void (*act)(int *fds)) {
  harness_server_options_t options = {.strict_order = 1};
  harness_t *h = harness_open(NULL);
  int fds[3] = {-1, -1, -1};
  char *json;

  server = harness_assert_made(h, harness_start_server(h, echo_lines, NULL, &options));
  for (size_t i = 0; i < 2; i++) {
    fds[i] = dial(SOCK_STREAM, harness_server_port(server));
    assert_int_equal(harness_settle(h), 0); /* now it is accepted and read from */
  }
  act(fds);
  json = harness_transcript_json(h);
  for (size_t i = 0; i < 3; i++)
    if (fds[i] >= 0)
      (void)close(fds[i]);
  harness_server_close(server);
  assert_int_equal(harness_close(h), 0);
  return json;
}

static void say(const int *fd, const char *line) {
  assert_int_equal(send(*fd, line, strlen(line), MSG_NOSIGNAL), strlen(line));
}

static void hang_up(int *fd) {
  assert_int_equal(close(*fd), 0);
  *fd = -1;
}

static void reset(int *fd) {
  struct linger at_once = {.l_onoff = 1, .l_linger = 0};

  assert_int_equal(setsockopt(*fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
  hang_up(fd);
}

/* These events are in the transcript, in this order. */
static void assert_heard(void (*act)(int *fds), const char *first, const char *second) {
  char *json = hear_at_once(act);
  const char *at;

  assert_non_null(json);
  at = strstr(json, first);
  assert_non_null(at);
  assert_non_null(strstr(at, second));
  free(json);
}

#define FIRST_RECEIVES "{\"lane\": \"server/1\", \"event\": \"receive\", \"data\": \"a\\n\"}"
#define FIRST_IS_RESET "{\"lane\": \"server/1\", \"event\": \"reset\", \"from\": \"client\"}"
#define SECOND_RECEIVES "{\"lane\": \"server/2\", \"event\": \"receive\", \"data\": \"b\\n\"}"
#define SECOND_ENDS "{\"lane\": \"server/2\", \"event\": \"eof\", \"from\": \"client\"}"
#define THIRD_COMES "{\"lane\": \"server/3\", \"event\": \"accept\", \"from\": \"client\"}"

static void end_the_second_and_use_the_first(int *fds) {
  hang_up(&fds[1]);
  say(&fds[0], "a\n");
}

static void the_same_heard_the_other_way_round(int *fds) {
  say(&fds[0], "a\n");
  hang_up(&fds[1]);
}

/* In whichever order the kernel tells: who ends a connection does so before it goes on. */
static void what_comes_waits_for_an_end(void **state) {
  (void)state;
  assert_heard(end_the_second_and_use_the_first, SECOND_ENDS, FIRST_RECEIVES);
  assert_heard(the_same_heard_the_other_way_round, SECOND_ENDS, FIRST_RECEIVES);
}

static void reset_the_first_and_use_the_second(int *fds) {
  reset(&fds[0]);
  say(&fds[1], "b\n");
}

/* Looking whether something has come must not take the reset from the read that is to be told. */
static void a_reset_is_seen_as_one(void **state) {
  (void)state;
  assert_heard(reset_the_first_and_use_the_second, FIRST_IS_RESET, SECOND_RECEIVES);
}

static void reset_the_first_and_come_again(int *fds) {
  fds[2] = dial(SOCK_STREAM, harness_server_port(server));
  reset(&fds[0]);
}

static void who_comes_waits_for_a_reset(void **state) {
  (void)state;
  assert_heard(reset_the_first_and_come_again, FIRST_IS_RESET, THIRD_COMES);
}

static void reset_the_first_with_data_and_end_the_second(int *fds) {
  say(&fds[0], "a\n");
  reset(&fds[0]);
  hang_up(&fds[1]);
}

/* The loop tells of a failure once, and here it has to be held back. */
static void a_reset_that_had_to_wait_is_told(void **state) {
  (void)state;
  assert_heard(reset_the_first_with_data_and_end_the_second, SECOND_ENDS, FIRST_RECEIVES);
  assert_heard(reset_the_first_with_data_and_end_the_second, FIRST_RECEIVES, FIRST_IS_RESET);
}

/* Clients on the loop have one order by themselves. */
static void *call_inside(void *arg) {
  harness_stream_t *stream = harness_connect_to(arg, server);
  char line[8];

  assert_int_equal(harness_write(stream, "hello\n", 6), 6);
  assert_int_equal(harness_read_exactly(stream, line, 6, NULL), 6);
  harness_stream_close(stream);
  return arg;
}

static void clients_on_the_loop_are_not_touched(void **state) {
  char *texts[2];

  (void)state;
  for (int strict = 0; strict < 2; strict++) {
    harness_t *h = harness_open(NULL);
    harness_server_options_t options = {.strict_order = strict};
    harness_task_t *tasks[2];

    server = harness_assert_made(h, harness_start_server(h, echo_lines, NULL, &options));
    for (size_t i = 0; i < 2; i++)
      tasks[i] = harness_schedule_coroutine(h, call_inside, h);
    harness_assert_run(h, harness_wait_all(h, tasks, 2));
    texts[strict] = harness_transcript_json(h);
    harness_server_close(server);
    assert_int_equal(harness_close(h), 0);
  }
  assert_string_equal(texts[0], texts[1]);
  free(texts[0]);
  free(texts[1]);
}

#define strict_test(f) cmocka_unit_test_setup_teardown(f, harness_cmocka_setup, harness_cmocka_teardown)

static const struct CMUnitTest tests[] = {
    strict_test(one_connection_after_the_other),      strict_test(two_connections_in_turn),
    strict_test(without_it_content_counts),           strict_test(racing_clients_are_the_tests_own_error),
    cmocka_unit_test(what_comes_waits_for_an_end),    cmocka_unit_test(a_reset_is_seen_as_one),
    cmocka_unit_test(who_comes_waits_for_a_reset),    cmocka_unit_test(a_reset_that_had_to_wait_is_told),
    strict_test(clients_on_the_loop_are_not_touched),
};

HARNESS_CMOCKA_MAIN("contract/strict", tests)
