/* SPDX-License-Identifier: MIT */
/*
 * The lines of ends.c, played with the harness's streams: every transport and delivery policy, each end in
 * each role. What they expect is what the kernel does (test_kernel_ends.c).
 *
 * Three coroutines take turns: the client, the server's handler, and the test's own for the listener. Turn i
 * is a future; a step passes the next turn on when it is done and, unless it is one whose effect stays on its
 * way, when everything has arrived: time moves only then, so a sleep proves it. A turn that is passed on
 * without it wakes the other side before the next delivery.
 */
#include "contract.h"

#include <stdbool.h>
#include <stdlib.h>

#include "ends.h"

static struct {
  end_step_t steps[END_STEPS_MOST];
  size_t count;
  bool connects; /* the line begins before there is a connection */
  bool swapped;  /* A is the accepted end */
  harness_task_t *turns[END_STEPS_MOST + 1];
  int results[END_STEPS_MOST];
  bool done[END_STEPS_MOST];
  bool early[END_STEPS_MOST]; /* a step that had to wait has ended before the next one was made */
  bool late[END_STEPS_MOST];  /* or not by the next one */
  harness_server_t *server;
  harness_task_t *client;
} play;

/* What begins must have to wait; after this many bytes a writer has to. */
enum { FILLING = 80000 };

static int read_some(harness_stream_t *s, size_t size) {
  char data[1000];
  size_t have = 0;

  do {
    ptrdiff_t count = harness_read(s, data, size > 0 ? size - have : sizeof data);

    if (count <= 0)
      return (int)count;
    have += (size_t)count;
  } while (have < size);
  return (int)have;
}

static int perform(harness_stream_t *s, const end_step_t *step) {
  static const char data[FILLING];

  switch (step->verb) {
  case END_WRITE:
    return (int)harness_write(s, data, step->size);
  case END_FILL:
    return (int)harness_write(s, data, FILLING);
  case END_READ:
    return read_some(s, step->size);
  case END_DRAIN:
    return harness_drain(s);
  case END_HALF_CLOSE:
    return harness_write_eof(s);
  case END_CLOSE:
    harness_stream_close(s);
    return 0;
  case END_ABORT:
    harness_stream_abort(s);
    return 0;
  case END_STOP:
    harness_server_close(play.server);
    return 0;
  case END_CANCEL:
    return harness_task_cancel(play.client);
  case END_CONNECT:
    break;
  }
  return UV_EINVAL;
}

/* Makes step i and passes the turn on. */
static void make_step(size_t i, harness_stream_t *s) {
  const end_step_t *step = &play.steps[i];
  const end_step_t *before = i > 0 && play.steps[i - 1].waits ? step - 1 : NULL;

  if (before != NULL)
    play.early[i - 1] = play.done[i - 1];
  if (step->waits)
    harness_assert_ok(world, harness_future_resolve(play.turns[i + 1], NULL));
  play.results[i] = perform(s, step);
  play.done[i] = true;
  if (step->waits)
    return;
  if (!step->flies)
    harness_assert_ok(world, harness_sleep(world, 1));
  if (before != NULL)
    play.late[i - 1] = !play.done[i - 1];
  harness_assert_ok(world, harness_future_resolve(play.turns[i + 1], NULL));
}

static void play_side(char side, harness_stream_t *s) {
  for (size_t i = 0; i < play.count; i++) {
    if (play.steps[i].side == side && play.steps[i].verb != END_CONNECT && !play.done[i]) {
      harness_assert_ok(world, harness_await(play.turns[i], NULL));
      make_step(i, s);
    }
  }
}

/* Waits for the end of the line, so that nothing is closed by having returned too early. */
static void wait_for_the_end(void) {
  harness_assert_ok(world, harness_await(play.turns[play.count], NULL));
}

static void serve(harness_stream_t *s, void *arg) {
  (void)arg;
  play_side(play.swapped ? 'A' : 'B', s);
  wait_for_the_end();
}

/* A line's connect: with ~ the next step happens while it is under way. */
static harness_stream_t *make_connect(size_t i) {
  const end_step_t *step = &play.steps[i];
  harness_stream_t *s;

  harness_assert_ok(world, harness_await(play.turns[i], NULL));
  if (step->flies)
    harness_assert_ok(world, harness_future_resolve(play.turns[i + 1], NULL));
  s = harness_connect_to(world, play.server);
  play.results[i] = s != NULL ? 0 : harness_error_code(world);
  play.done[i] = true;
  if (!step->flies)
    harness_assert_ok(world, harness_future_resolve(play.turns[i + 1], NULL));
  return s;
}

static void *call(void *arg) {
  harness_stream_t *s = NULL;

  if (!play.connects) {
    s = harness_assert_made(world, harness_connect_to(world, play.server));
    harness_assert_ok(world, harness_sleep(world, 1));
    harness_assert_ok(world, harness_future_resolve(play.turns[0], NULL));
  }
  for (size_t i = 0; i < play.count; i++) {
    if (play.steps[i].verb == END_CONNECT)
      s = make_connect(i);
  }
  if (s == NULL)
    return arg;
  play_side(play.swapped ? 'B' : 'A', s);
  wait_for_the_end();
  harness_stream_close(s);
  return arg;
}

static void *own_listener(void *arg) {
  if (play.connects)
    harness_assert_ok(world, harness_future_resolve(play.turns[0], NULL));
  play_side('L', NULL);
  wait_for_the_end();
  return arg;
}

static void compare(void) {
  char got[16];
  char expected[16];

  for (size_t i = 0; i < play.count; i++) {
    const end_step_t *step = &play.steps[i];

    if (step->expects && play.results[i] != step->result)
      fail_msg("%s: '%s' gave %s, not %s", play.swapped ? "A accepted" : "A connected", step->text,
               end_result_text(play.results[i], got), end_result_text(step->result, expected));
    if (play.early[i] || play.late[i])
      fail_msg("%s: '%s' %s", play.swapped ? "A accepted" : "A connected", step->text,
               play.early[i] ? "did not have to wait" : "was not ended by the next step");
  }
}

/* Whoever meets a break is told of it once, and so is the transcript. */
static void each_break_is_told_once(harness_t *h) {
  static const char *const told[] = {"client    reset    from", "server/1  reset    from",
                                     "client    error    EPIPE", "server/1  error    EPIPE"};
  char *text = harness_transcript_text(h);

  assert_non_null(text);
  for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
    const char *first = strstr(text, told[i]);

    if (first != NULL && strstr(first + 1, told[i]) != NULL)
      fail_msg("'%s' is told twice:\n%s", told[i], text);
  }
  free(text);
}

static void play_line(const end_line_t *line, harness_t *h, bool swapped) {
  harness_server_options_t options = {.host = contract_host()};

  memset(&play, 0, sizeof play);
  play.count = end_parse(line, play.steps);
  assert_true(play.count > 0);
  play.connects = end_connects(play.steps, play.count);
  play.swapped = swapped;
  for (size_t i = 0; i <= play.count; i++)
    play.turns[i] = harness_assert_made(h, harness_future_new(h));
  play.server = harness_assert_made(h, harness_start_server(h, serve, NULL, &options));
  play.client = harness_assert_made(h, harness_schedule_coroutine_named(h, "client", call, NULL));
  harness_assert_run(h, harness_schedule_coroutine_named(h, "listener", own_listener, NULL));
  harness_assert_ok(h, harness_settle(h));
  harness_server_close(play.server);
  compare();
  each_break_is_told_once(h);
}

static const end_line_t *line_of_test;

static int set_up_line(void **state) {
  line_of_test = *state;
  return set_up(state);
}

static void plays(void **state) {
  play_line(line_of_test, *state, false);
}

static void plays_swapped(void **state) {
  play_line(line_of_test, *state, true);
}

/* One test a line and role. Where A connects, there is one role. */
int main(int argc, char **argv) {
  static struct CMUnitTest tests[2 * END_LINES_MOST];
  static char names[END_LINES_MOST][80];
  end_step_t steps[END_STEPS_MOST];
  size_t count = 0;

  for (size_t i = 0; i < end_line_count && i < END_LINES_MOST; i++) {
    struct CMUnitTest test = {.name = end_lines[i].name,
                              .test_func = plays,
                              .setup_func = set_up_line,
                              .teardown_func = harness_cmocka_teardown,
                              .initial_state = (void *)(uintptr_t)&end_lines[i]};

    tests[count++] = test;
    if (end_connects(steps, end_parse(&end_lines[i], steps)))
      continue;
    (void)snprintf(names[i], sizeof names[i], "%s_swapped", end_lines[i].name);
    test.name = names[i];
    test.test_func = plays_swapped;
    tests[count++] = test;
  }
  return harness_cmocka_main(argc, argv, "contract_ends", tests, count);
}
