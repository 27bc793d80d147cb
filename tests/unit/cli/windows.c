/* SPDX-License-Identifier: MIT */
#include "windows.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WAIT_MS = 60000, ARGUMENTS_MOST = 16 };

const char *const styles[STYLES] = {"protocol", "stream", "framed"};

void start_command(process_t *process, const char *const *arguments) {
  const char *argv[ARGUMENTS_MOST + 2] = {TEST_COMMAND};

  for (size_t i = 0; i < ARGUMENTS_MOST && arguments[i] != NULL; i++)
    argv[i + 1] = arguments[i];
  process_start(process, argv);
}

void end(process_t *server, int number) {
  static const char last[] = "\nclosing event loop\n";
  int code;

  assert_int_equal(kill(server->pid, number), 0);
  code = process_wait(server);
  if (code != 0 || server->err.size != 0 || server->out.size < sizeof last ||
      strcmp(server->out.text + server->out.size - (sizeof last - 1), last) != 0)
    fail_msg("the server ended with %d: %s%s", code, server->out.text, server->err.text);
  assert_non_null(strstr(server->out.text, "\nclosing server\n"));
}

void assert_called(process_t *call, int code, const char *out, const char *sentence) {
  int actual = process_wait(call);

  if (actual != code || strcmp(call->out.text, out) != 0 ||
      (sentence == NULL ? call->err.size != 0 : strstr(call->err.text, sentence) == NULL))
    fail_msg("the call ended with %d: %s%s", actual, call->out.text, call->err.text);
  process_free(call);
}

in_port_t serve(process_t *server, const char *style) {
  char *line;
  long port;

  start(server, "serve", "--style", style);
  line = process_first_line(server);
  port = strtol(line, NULL, 10);
  free(line);
  assert_in_range(port, 1, 65535);
  return (in_port_t)port;
}

static struct sockaddr_in loopback(in_port_t port) {
  return (struct sockaddr_in){
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

int connect_with(in_port_t port, int buffer) {
  struct sockaddr_in address = loopback(port);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  assert_true(fd >= 0);
  if (buffer != 0)
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer), 0);
  assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
  return fd;
}

int connect_plainly(in_port_t port) {
  return connect_with(port, 0);
}

void await_readable(int fd) {
  struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

  assert_int_equal(poll(&poll_fd, 1, WAIT_MS), 1);
}

void assert_reads(int fd, const char *text) {
  size_t have = 0;
  char data[256];

  while (have < strlen(text)) {
    ssize_t size;

    await_readable(fd);
    size = recv(fd, data + have, strlen(text) - have, 0);
    assert_true(size > 0);
    have += (size_t)size;
  }
  assert_memory_equal(data, text, have);
}

void assert_eof(int fd) {
  char byte;

  await_readable(fd);
  assert_int_equal(recv(fd, &byte, 1, 0), 0);
}

void send_text(int fd, const char *text) {
  assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

const char *address_of(in_port_t port) {
  static char text[64];

  (void)snprintf(text, sizeof text, "127.0.0.1:%u", (unsigned)port);
  return text;
}

int bind_plainly(in_port_t *port, int backlog) {
  struct sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
  if (backlog > 0)
    assert_int_equal(listen(fd, backlog), 0);
  *port = ntohs(address.sin_port);
  return fd;
}

int kill_left(void **state) {
  (void)state;
  process_kill_left();
  return 0;
}

int remove_all(void **state) {
  process_kill_left();
  return support_remove_folder(state);
}
