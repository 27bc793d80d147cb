/* SPDX-License-Identifier: MIT */
/* `harness call` when its server is missing, resets, closes or never answers; and what both commands are
 * asked wrongly. What a good call does is in test_serve.c. */
#include "windows.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* What is neither a server nor its absence is trouble. */
static void calls_what_is_no_address(void **state) {
  process_t call;
  char host[4200];

  support_write(support_path(*state, "file"), "");
  (void)snprintf(host, sizeof host, "unix:%s", support_path(*state, "file/socket"));
  for (size_t i = 0; i < STYLES; i++) {
    start(&call, "call", "--style", styles[i], host, "Hello");
    assert_called(&call, 2, "", "file/socket: not a directory\n");
  }
}

static void calls_nobody(void **state) {
  process_t call;
  in_port_t port;
  int fd = bind_plainly(&port, 0);
  char host[4200];

  for (size_t i = 0; i < STYLES; i++) {
    start(&call, "call", "--style", styles[i], address_of(port), "Hello");
    assert_called(&call, 1, "", "harness call: nobody listens at 127.0.0.1:");
    (void)snprintf(host, sizeof host, "unix:%s", support_path(*state, "none"));
    start(&call, "call", "--style", styles[i], host, "Hello");
    assert_called(&call, 1, "", "harness call: nobody listens at unix:");
  }
  (void)close(fd);
}

/* Takes one connection and ends it: with a reset, or properly once all is read. */
static void answer_with_an_end(int listener, bool reset) {
  struct linger linger = {.l_onoff = 1};
  struct sockaddr_in peer;
  socklen_t size = sizeof peer;
  char data[64];
  int fd;

  await_readable(listener);
  fd = accept4(listener, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC);
  assert_true(fd >= 0);
  await_readable(fd);
  assert_true(recv(fd, data, sizeof data, 0) > 0);
  if (reset)
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), 0);
  else
    (void)shutdown(fd, SHUT_WR);
  (void)close(fd);
}

static void calls_who_resets_or_closes(void **state) {
  process_t call;
  in_port_t port;
  int listener = bind_plainly(&port, 8);

  (void)state;
  for (size_t i = 0; i < STYLES; i++) {
    start(&call, "call", "--style", styles[i], address_of(port), "Hello");
    answer_with_an_end(listener, true);
    assert_called(&call, 1, "", "reset the connection\n");
    start(&call, "call", "--style", styles[i], address_of(port), "Hello");
    answer_with_an_end(listener, false);
    assert_called(&call, 1, "", "closed the connection without an answer\n");
  }
  (void)close(listener);
}

static void calls_who_never_answers(void **state) {
  process_t call;
  in_port_t port;
  int listener = bind_plainly(&port, 8);

  (void)state;
  for (size_t i = 0; i < STYLES; i++) {
    start(&call, "call", "--style", styles[i], "--deadline", "100", address_of(port), "Hello");
    assert_called(&call, 1, "", "did not answer within 100 ms\n");
  }
  start(&call, "call", "--style", "framed", "--pool", "2", "--deadline", "100", address_of(port), "a", "b",
        "c");
  assert_called(&call, 1, "", "did not answer within 100 ms\n");
  (void)close(listener);
}

static void tells_wrong_usage(void **state) {
  static const struct {
    const char *arguments[6];
    const char *sentence;
  } wrong[] = {
      {{"serve", "--style", "fast"}, "'fast' is no style"},
      {{"serve", "--port", "65536"}, "the port is '65536'"},
      {{"serve", "--port", "-1"}, "the port is '-1'"},
      {{"serve", "--host", "example.org"}, "can't listen on 'example.org'"},
      {{"serve", "--host", "memory:"}, "nobody outside"},
      {{"serve", "extra"}, "too many arguments"},
      {{"serve", "--fast"}, "usage: harness serve"},
      {{"call"}, "an address or a message is missing"},
      {{"call", "127.0.0.1:1"}, "an address or a message is missing"},
      {{"call", "127.0.0.1", "x"}, "no address"},
      {{"call", "127.0.0.1:0", "x"}, "the port is '0'"},
      {{"call", "[::1:80", "x"}, "'[::1:80' is no address on this machine"},
      {{"call", ":80", "x"}, "':80' is no address"},
      {{"call", "example.org:80", "x"}, "is no address on this machine"},
      {{"call", "--pool", "2", "127.0.0.1:1", "x"}, "only --style framed has a pool"},
      {{"call", "--pool", "0", "127.0.0.1:1", "x"}, "the pool is '0'"},
      {{"call", "--deadline", "soon", "127.0.0.1:1", "x"}, "the deadline is 'soon'"},
      {{"call", "--style", "framed", "127.0.0.1:1", "a\r\n\r\nb"}, "message 1 holds a separator"},
  };
  process_t process;

  (void)state;
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    start_command(&process, wrong[i].arguments);
    assert_called(&process, 2, "", wrong[i].sentence);
  }
}

static const struct CMUnitTest tests[] = {
    in_folder(calls_nobody),
    in_folder(calls_what_is_no_address),
    windows(calls_who_resets_or_closes),
    windows(calls_who_never_answers),
    windows(tells_wrong_usage),
};

HARNESS_CMOCKA_MAIN("cli/call", tests)
