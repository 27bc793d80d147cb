/* SPDX-License-Identifier: MIT */
/* `harness serve` in one process, and `harness call`, plain sockets or Python in others. */
#include "windows.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { HUNDRED = 100, THOUSAND = 1000 };

/* What a client that never reads may have sent before the server stops reading: a few megabytes, since the
 * server logs each message. */
enum { FILL_MOST = 64 * 1024 * 1024, FILL_BUFFER = 16 * 1024 };

static void assert_lines(const char *text, const char *const *words, size_t count) {
  const char *p = text;

  for (size_t i = 0; i < count; i++) {
    const char *found = strstr(p, words[i]);

    if (found == NULL) {
      fail_msg("\"%s\" does not follow: %s", words[i], text);
      return;
    }
    p = found + strlen(words[i]);
  }
}

static void echoes_callbacks(void **state) {
  static const char *const lines[] = {"127.0.0.1:",       ": connection accepted\n", ": received b'This is",
                                      ": sent b'This is", ": received EOF\n",        ": closing\n",
                                      "closing server\n"};
  process_t server;
  process_t call;
  in_port_t port = serve(&server, "protocol");

  (void)state;
  start(&call, "call", address_of(port), "This is the message. ", "It will be sent ", "in parts.");
  assert_called(&call, 0, "This is the message. It will be sent in parts.\n", NULL);
  end(&server, SIGINT);
  assert_lines(server.out.text, lines, sizeof lines / sizeof lines[0]);
  process_free(&server);
}

static void echoes_streams(void **state) {
  static const char *const lines[] = {"127.0.0.1:", ": received b'This is", ": sent b'This is", ": closing\n",
                                      "closing server\n"};
  process_t server;
  process_t call;
  in_port_t port = serve(&server, "stream");

  (void)state;
  start(&call, "call", "--style", "stream", "--verbose", address_of(port), "This is ", "it.");
  assert_called(&call, 0, "This is it.\n", "sending b'This is '\nsending b'it.'\nwaiting for response\n");
  end(&server, SIGINT);
  assert_lines(server.out.text, lines, sizeof lines / sizeof lines[0]);
  process_free(&server);
}

static void echoes_frames(void **state) {
  static const char *const lines[] = {": received b'Hello!'\n", ": sent b'Hello!'\n", ": closing\n"};
  process_t server;
  process_t call;
  in_port_t port = serve(&server, "framed");

  (void)state;
  start(&call, "call", "--style", "framed", address_of(port), "Hello!", "", "two\r\nlines");
  assert_called(&call, 0, "Hello!\n\ntwo\r\nlines\n", NULL);
  start(&call, "call", "--style", "framed", "--pool", "3", address_of(port), "a", "b", "c", "d", "e");
  assert_called(&call, 0, "a\nb\nc\nd\ne\n", NULL);
  process_await(&server, ": closing\n", 1 + 3);
  end(&server, SIGINT);
  assert_lines(server.out.text, lines, sizeof lines / sizeof lines[0]);
  process_free(&server);
}

/* Serves on host, and calls what the first line says, with the prefix before a port. */
static void serve_on(const char *host, const char *prefix) {
  char target[256];
  process_t server;
  process_t call;
  char *line;

  for (size_t i = 0; i < STYLES; i++) {
    start(&server, "serve", "--style", styles[i], "--host", host);
    line = process_first_line(&server);
    (void)snprintf(target, sizeof target, "%s%s", prefix, line);
    free(line);
    start(&call, "call", "--style", styles[i], target, "Hello");
    assert_called(&call, 0, "Hello\n", NULL);
    end(&server, SIGINT);
    process_free(&server);
  }
}

static void serves_localhost(void **state) {
  (void)state;
  serve_on("localhost", "localhost:");
}

static void serves_ipv6(void **state) {
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool there = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;

  (void)state;
  if (fd >= 0)
    (void)close(fd);
  if (!there) {
    print_message("skipped: this machine has no ::1\n");
    skip();
  }
  serve_on("::1", "[::1]:");
}

static void serves_unix_sockets(void **state) {
  char host[4200];

  (void)snprintf(host, sizeof host, "unix:%s", support_path(*state, "socket"));
  serve_on(host, "");
  assert_int_equal(support_count(*state), 0);
  serve_on("unix:", "");
  serve_on("unix:@", "");
}

/* As nc does: sends what is typed, and shows what comes. */
static void serves_plain_sockets(void **state) {
  (void)state;
  for (size_t i = 0; i < STYLES; i++) {
    process_t server;
    int fd = connect_plainly(serve(&server, styles[i]));

    send_text(fd, "first\r\n\r\n");
    assert_reads(fd, "first\r\n\r\n");
    send_text(fd, "second\r\n");
    send_text(fd, "\r\nthird\r\n\r\n");
    (void)shutdown(fd, SHUT_WR);
    assert_reads(fd, "second\r\n\r\nthird\r\n\r\n");
    assert_eof(fd);
    (void)close(fd);
    end(&server, SIGTERM);
    process_free(&server);
  }
}

static void serves_python(void **state) {
  static const char program[] = "import socket, sys\n"
                                "s = socket.create_connection(('127.0.0.1', int(sys.argv[1])), 30)\n"
                                "s.sendall(b'from Python\\r\\n\\r\\n')\n"
                                "s.shutdown(socket.SHUT_WR)\n"
                                "print(s.makefile('rb').read())\n";
  char port[16];

  (void)state;
  if (system("command -v python3 >/dev/null") != 0) { /* NOLINT: the test's own words */
    print_message("skipped: there is no python3\n");
    skip();
  }
  for (size_t i = 0; i < STYLES; i++) {
    process_t server;
    process_t python;

    (void)snprintf(port, sizeof port, "%u", (unsigned)serve(&server, styles[i]));
    process_start(&python, (const char *const[]){"python3", "-c", program, port, NULL});
    assert_called(&python, 0, "b'from Python\\r\\n\\r\\n'\n", NULL);
    end(&server, SIGINT);
    process_free(&server);
  }
}

static void allow_descriptors(rlim_t count) {
  struct rlimit limit;

  assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_cur >= count)
    return;
  if (limit.rlim_max < count) {
    print_message("skipped: RLIMIT_NOFILE is %llu\n", (unsigned long long)limit.rlim_max);
    skip();
  }
  limit.rlim_cur = count;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void serves_a_thousand_at_once(void **state) {
  static int fds[THOUSAND];

  (void)state;
  allow_descriptors(THOUSAND + HUNDRED);
  for (size_t i = 0; i < STYLES; i++) {
    process_t server;
    in_port_t port = serve(&server, styles[i]);
    char text[32];

    for (int j = 0; j < THOUSAND; j++)
      fds[j] = connect_plainly(port);
    for (int j = 0; j < THOUSAND; j++) {
      (void)snprintf(text, sizeof text, "I am %d\r\n\r\n", j);
      send_text(fds[j], text);
    }
    for (int j = THOUSAND - 1; j >= 0; j--) {
      (void)snprintf(text, sizeof text, "I am %d\r\n\r\n", j);
      assert_reads(fds[j], text);
    }
    for (int j = 0; j < THOUSAND; j++)
      (void)close(fds[j]);
    process_await(&server, ": closing\n", THOUSAND);
    end(&server, SIGINT);
    process_free(&server);
  }
}

/* The order: the server's own line, every connection's, the last line; and each client sees EOF. */
static void end_with_a_hundred(const char *style, int number) {
  process_t server;
  in_port_t port = serve(&server, style);
  const char *p;
  int fds[HUNDRED];

  for (int i = 0; i < HUNDRED; i++)
    fds[i] = connect_plainly(port);
  for (int i = 0; i < HUNDRED; i++)
    send_text(fds[i], "x\r\n\r\n");
  for (int i = 0; i < HUNDRED; i++)
    assert_reads(fds[i], "x\r\n\r\n");
  end(&server, number);
  p = strstr(server.out.text, "\nclosing server\n");
  assert_null(strstr(server.out.text, "ERROR"));
  for (int i = 0; i < HUNDRED; i++) {
    p = strstr(p + 1, ": closing\n");
    assert_non_null(p);
    assert_eof(fds[i]);
    (void)close(fds[i]);
  }
  process_free(&server);
}

static void ends_in_order_when_interrupted(void **state) {
  (void)state;
  for (size_t i = 0; i < STYLES; i++)
    end_with_a_hundred(styles[i], SIGINT);
}

static void ends_in_order_when_terminated(void **state) {
  (void)state;
  for (size_t i = 0; i < STYLES; i++)
    end_with_a_hundred(styles[i], SIGTERM);
}

/* Writes messages until nothing is taken any more: the server has stopped reading. Returns how many bytes. */
static size_t fill(int fd) {
  static const char end_of_message[4] = {'\r', '\n', '\r', '\n'};
  char message[1000];
  struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
  size_t sent = 0;

  memset(message, 'm', sizeof message);
  memcpy(message + sizeof message - sizeof end_of_message, end_of_message, sizeof end_of_message);
  while (sent < FILL_MOST && poll(&poll_fd, 1, 500) == 1) {
    ssize_t size = send(fd, message, sizeof message, MSG_NOSIGNAL | MSG_DONTWAIT);

    sent += size > 0 ? (size_t)size : 0;
  }
  assert_true(sent < FILL_MOST);
  return sent;
}

/* The server reads on once its client does. */
static void serves_a_client_that_reads_late(void **state) {
  process_t server;
  int fd = connect_with(serve(&server, "protocol"), FILL_BUFFER);
  size_t left = fill(fd);
  char data[65536];

  (void)state;
  (void)shutdown(fd, SHUT_WR);
  while (left > 0) {
    ssize_t size;

    await_readable(fd);
    size = recv(fd, data, sizeof data, 0);
    assert_true(size > 0 && (size_t)size <= left);
    left -= (size_t)size;
  }
  assert_eof(fd);
  (void)close(fd);
  end(&server, SIGINT);
  process_free(&server);
}

static void ends_despite_a_client_that_never_reads(void **state) {
  (void)state;
  for (size_t i = 0; i < STYLES; i++) {
    process_t server;
    int fd = connect_with(serve(&server, styles[i]), FILL_BUFFER);

    (void)fill(fd);
    end(&server, SIGINT);
    (void)close(fd);
    process_free(&server);
  }
}

static void tells_of_a_client_that_resets(void **state) {
  struct linger linger = {.l_onoff = 1};

  (void)state;
  for (size_t i = 0; i < STYLES; i++) {
    process_t server;
    int fd = connect_plainly(serve(&server, styles[i]));

    send_text(fd, "x\r\n\r\n");
    assert_reads(fd, "x\r\n\r\n");
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), 0);
    (void)close(fd);
    process_await(&server, ": ERROR: connection reset by peer\n", 1);
    end(&server, SIGTERM);
    process_free(&server);
  }
}

/* A client on a unix socket without a name is known by its process. */
static void tells_who_has_no_name(void **state) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const char *path = support_path(*state, "s");
  char host[sizeof address.sun_path + sizeof "unix:"];
  char line[64];
  process_t server;

  assert_true(strlen(path) < sizeof address.sun_path);
  memcpy(address.sun_path, path, strlen(path) + 1);
  (void)snprintf(host, sizeof host, "unix:%s", address.sun_path);
  (void)snprintf(line, sizeof line, "\nunix:pid=%ld: connection accepted\n", (long)getpid());
  start(&server, "serve", "--host", host);
  free(process_first_line(&server));
  assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
  process_await(&server, line, 1);
  (void)close(fd);
  end(&server, SIGTERM);
  process_free(&server);
}

static void tells_that_a_port_is_taken(void **state) {
  process_t process;
  char text[16];
  in_port_t port;
  int listener = bind_plainly(&port, 8);

  (void)state;
  (void)snprintf(text, sizeof text, "%u", (unsigned)port);
  start(&process, "serve", "--port", text);
  assert_called(&process, 2, "", "address already in use");
  (void)close(listener);
}

static const struct CMUnitTest tests[] = {
    windows(echoes_callbacks),
    windows(echoes_streams),
    windows(echoes_frames),
    windows(serves_localhost),
    windows(serves_ipv6),
    in_folder(serves_unix_sockets),
    windows(serves_plain_sockets),
    windows(serves_python),
    windows(serves_a_thousand_at_once),
    windows(ends_in_order_when_interrupted),
    windows(ends_in_order_when_terminated),
    windows(ends_despite_a_client_that_never_reads),
    windows(serves_a_client_that_reads_late),
    windows(tells_of_a_client_that_resets),
    in_folder(tells_who_has_no_name),
    windows(tells_that_a_port_is_taken),
};

HARNESS_CMOCKA_MAIN("cli/serve", tests)
