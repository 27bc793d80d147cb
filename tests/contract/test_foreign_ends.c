/* SPDX-License-Identifier: MIT */
/* Lines of ends.c with a free-running end: the kernel's codes are passed on. */
#include <harness/cmocka.h>

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "outside.h"

static harness_server_t *server;
static int outcome;

/* What the thread is told to do next, and that the handler may go on. */
static int orders[2];
static int news[2];

static void open_orders(void) {
  assert_int_equal(pipe(orders), 0);
  assert_int_equal(pipe(news), 0);
}

static void close_orders(void) {
  for (int i = 0; i < 2; i++) {
    close(orders[i]);
    close(news[i]);
  }
}

static void tell(int fd) {
  assert_int_equal(write(fd, "x", 1), 1);
}

static void hear(int fd) {
  char byte;

  assert_int_equal(read(fd, &byte, 1), 1);
}

static void end_at_once(int fd, bool with_reset) {
  static const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

  if (with_reset)
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(fd);
}

/* arg: whether to reset, beyond closing. */
static void *say_and_end_when_told(void *arg) {
  int fd = dial(SOCK_STREAM, harness_server_port(server));
  bool sent = fd >= 0 && send(fd, "last", 4, MSG_NOSIGNAL) == 4;

  hear(orders[0]);
  end_at_once(fd, *(bool *)arg);
  tell(news[1]);
  return sent ? arg : NULL;
}

/* Blocks, where a handler should not, so that the peer has surely ended. */
static void let_peer_end(void) {
  tell(orders[1]);
  hear(news[0]);
}

/* Writes until the reset that answers has come in. */
static void write_into_reset(harness_stream_t *s, ptrdiff_t expected) {
  ptrdiff_t status;

  do
    status = harness_write(s, "x", 1);
  while (status > 0);
  assert_int_equal(status, expected);
  assert_int_equal(harness_write(s, "x", 1), UV_EPIPE);
}

static void write_after_peer_closed(harness_stream_t *s, void *arg) {
  char data[10];

  (void)arg;
  let_peer_end();
  write_into_reset(s, UV_EPIPE);
  assert_int_equal(harness_read(s, data, sizeof data), 4); /* what it had received stays */
  assert_int_equal(harness_read(s, data, sizeof data), 0);
  outcome = 1;
}

static void write_after_peer_reset(harness_stream_t *s, void *arg) {
  char data[10];

  (void)arg;
  let_peer_end();
  write_into_reset(s, UV_ECONNRESET);
  assert_int_equal(harness_read(s, data, sizeof data), 4);
  assert_int_equal(harness_read(s, data, sizeof data), 0);
  outcome = 1;
}

static char *end_as_told(harness_t *h, harness_handler_t handler, bool with_reset) {
  outcome = 0;
  open_orders();
  server = harness_assert_made(h, harness_start_server(h, handler, NULL, NULL));
  assert_non_null(harness_assert_run(h, harness_call_in_background(h, say_and_end_when_told, &with_reset)));
  harness_assert_ok(h, harness_settle(h));
  harness_server_close(server);
  close_orders();
  assert_int_equal(outcome, 1);
  return harness_transcript_text(h);
}

/* As in ends.c: write_after_close_keeps_what_was_received. */
static void writing_to_a_thread_that_has_closed(void **state) {
  char *text = end_as_told(*state, write_after_peer_closed, false);

  assert_non_null(strstr(text, "error    EPIPE"));
  assert_non_null(strstr(text, "eof      from client"));
  assert_null(strstr(text, "reset"));
  free(text);
}

/* As in ends.c: abort_after_writing_told_by_a_write. */
static void writing_to_a_thread_that_has_reset(void **state) {
  char *text = end_as_told(*state, write_after_peer_reset, true);

  assert_non_null(strstr(text, "reset    from client"));
  assert_null(strstr(text, "eof"));
  assert_null(strstr(text, "error"));
  free(text);
}

#define foreign_test(f) cmocka_unit_test_setup_teardown(f, harness_cmocka_setup, harness_cmocka_teardown)

static const struct CMUnitTest tests[] = {
    foreign_test(writing_to_a_thread_that_has_closed),
    foreign_test(writing_to_a_thread_that_has_reset),
};

HARNESS_CMOCKA_MAIN("contract_foreign_ends", tests)
