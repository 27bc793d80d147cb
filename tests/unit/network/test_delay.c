/* SPDX-License-Identifier: MIT */
/* Which options the sockets of connections have: the process's first ones ask for none until an end writes
 * again, those after it get them at once. */
#include <harness/cmocka.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct ends {
  harness_t *h;
  harness_server_t *server;
  bool accepted_at_first; /* TCP_NODELAY, before anything is written */
  bool accepted_in_the_end;
  bool client_at_first;
  bool client_in_the_end;
  char accepted_control[16]; /* TCP_CONGESTION */
  char client_control[16];
} ends_t;

static bool has_no_delay(harness_stream_t *stream) {
  int on = 0;
  socklen_t length = sizeof on;
  int fd = harness_transport_fd(harness_stream_transport(stream));

  assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &length), 0);
  return on != 0;
}

static void look_at_control(harness_stream_t *stream, char name[16]) {
  socklen_t length = 15;
  int fd = harness_transport_fd(harness_stream_transport(stream));

  assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &length), 0);
}

static void echo(harness_stream_t *stream, void *arg) {
  ends_t *ends = arg;
  char byte;

  ends->accepted_at_first = has_no_delay(stream);
  look_at_control(stream, ends->accepted_control);
  while (harness_read(stream, &byte, 1) == 1)
    assert_int_equal(harness_write(stream, &byte, 1), 1);
  ends->accepted_in_the_end = has_no_delay(stream);
}

static void *call(void *arg) {
  ends_t *ends = arg;
  harness_stream_t *stream = harness_connect_to(ends->h, ends->server);
  char byte = 'x';

  assert_non_null(stream);
  ends->client_at_first = has_no_delay(stream);
  look_at_control(stream, ends->client_control);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(harness_write(stream, &byte, 1), 1);
    assert_int_equal(harness_read(stream, &byte, 1), 1);
  }
  ends->client_in_the_end = has_no_delay(stream);
  harness_stream_close(stream);
  return NULL;
}

static void talk(harness_t *h, ends_t *ends) {
  memset(ends, 0, sizeof *ends);
  ends->h = h;
  ends->server = harness_start_server(h, echo, ends, NULL);
  assert_non_null(ends->server);
  (void)harness_run_in_foreground(h, harness_schedule_coroutine(h, call, ends));
  assert_int_equal(harness_settle(h), 0);
  harness_server_close(ends->server);
}

/* What the system gives a socket, or, where that paces, one that does not. */
static void look_at_expected_control(char name[16]) {
  socklen_t length = 15;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  assert_true(fd >= 0);
  assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &length), 0);
  assert_int_equal(close(fd), 0);
  if (strcmp(name, "cubic") != 0)
    memcpy(name, "reno", sizeof "reno");
}

static void who_talks_once_talks_again(void **state) {
  char expected[16] = "";
  ends_t first;
  ends_t later;

  look_at_expected_control(expected);
  talk(*state, &first);
  assert_false(first.accepted_at_first);
  assert_false(first.client_at_first);
  assert_true(first.accepted_in_the_end);
  assert_true(first.client_in_the_end);
  talk(*state, &later);
  assert_true(later.accepted_at_first);
  assert_false(later.client_at_first);
  assert_true(later.accepted_in_the_end);
  assert_true(later.client_in_the_end);
  assert_string_equal(later.accepted_control, expected);
  assert_string_equal(later.client_control, expected);
}

static const struct CMUnitTest tests[] = {
    harness_unit_test(who_talks_once_talks_again),
};

HARNESS_CMOCKA_MAIN("network_delay", tests)
