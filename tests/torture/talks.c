/* SPDX-License-Identifier: MIT */
#include "talks.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "base/fault.h"
#include "calls.h"

enum { LINE_MOST = 4096, LONG_LINE = 3000 };

/* What one run of the talks works on. */
static struct {
  harness_t *h;
  harness_server_t *lines;
  harness_task_t *lost; /* the future of the protocol client's end */
  harness_transport_t *caller;
  harness_endpoint_t *ends[2];
  int listener; /* outside of the harness */
} talk;

/* A call on a connection has failed: its code is all that there is to say, unless the harness has said more.
 */
static int failed(const char *what, ptrdiff_t code) {
  int status = code < 0 ? (int)code : UV_EPROTO;

  if (harness_error(talk.h) == NULL)
    harness__fail(talk.h, status, "%s: %s", what, uv_strerror(status));
  return status;
}

static void echo_lines(harness_stream_t *stream, void *arg) {
  char line[LINE_MOST];
  ptrdiff_t size;

  (void)arg;
  while ((size = harness_read_until(stream, line, sizeof line, "\n", 1)) > 0)
    if (harness_write(stream, line, (size_t)size) != size || harness_drain(stream) != 0)
      return;
}

/* Says a line and hears it again. Returns 0 or a code. */
static int exchange(harness_stream_t *stream, const char *text, size_t size) {
  char line[LINE_MOST] = "";
  ptrdiff_t count = harness_write(stream, text, size);

  if (count == (ptrdiff_t)size)
    count = harness_read_until(stream, line, sizeof line, "\n", 1);
  if (count == (ptrdiff_t)size && memcmp(line, text, size) == 0)
    return 0;
  return failed("a line", count);
}

static int say_lines(harness_stream_t *stream) {
  char text[LONG_LINE];
  int status = exchange(stream, "one\n", 4);
  ptrdiff_t count;

  memset(text, 'x', sizeof text);
  text[sizeof text - 1] = '\n';
  if (status == 0)
    status = exchange(stream, text, sizeof text);
  if (status == 0)
    status = harness_write_eof(stream);
  if (status != 0)
    return status;
  count = harness_read(stream, text, sizeof text);
  return count == 0 ? 0 : failed("the end", count);
}

/* A client as a coroutine; gives talk.h where all went well. */
static void *call_lines(void *arg) {
  harness_stream_t *stream = harness_connect_to(talk.h, talk.lines);
  int status = stream != NULL ? say_lines(stream) : harness_error_code(talk.h);

  (void)arg;
  if (status == 0)
    status = harness_sleep(talk.h, 5);
  harness_stream_close(stream);
  return status == 0 ? talk.h : NULL;
}

/* Runs a task that has to give talk.h. Returns 0 or a code. */
static int run(harness_task_t *task) {
  if (task != NULL && harness_run_in_foreground(talk.h, task) == talk.h)
    return 0;
  return failed("a task", harness_error_code(talk.h));
}

static int use_coroutines(void) {
  harness_task_t *first = harness_schedule_coroutine(talk.h, call_lines, NULL);
  harness_task_t *second = harness_schedule_coroutine(talk.h, call_lines, NULL);
  int status = run(first);
  int other = run(second);

  return status != 0 ? status : other;
}

static void keep_caller(void *state, harness_transport_t *transport) {
  (void)state;
  talk.caller = transport;
  (void)harness_transport_write(transport, "called\n", 7);
}

static void hang_up(void *state, const void *data, size_t size) {
  (void)state;
  if (size > 0 && ((const char *)data)[size - 1] == '\n')
    harness_transport_close(talk.caller);
}

static void tell_lost(void *state, int status) {
  (void)state;
  (void)(status == 0 ? harness_future_resolve(talk.lost, talk.h) : harness_future_fail(talk.lost, status));
}

static int use_protocols(void) {
  static const harness_protocol_t protocol = {
      .connection_made = keep_caller, .data_received = hang_up, .connection_lost = tell_lost};
  harness_connection_options_t options = {.name = "caller", .server = talk.lines};
  harness_task_t *made;

  talk.lost = harness_future_new_named(talk.h, "lost");
  made = talk.lost != NULL ? harness_create_connection(talk.h, &protocol, NULL, NULL, &options) : NULL;
  if (made == NULL || harness_run_in_foreground(talk.h, made) == NULL)
    return failed("a connection", harness_error_code(talk.h));
  return run(talk.lost);
}

static void answer(void *arg, harness_framed_t *connection, const void *data, size_t size) {
  (void)arg;
  (void)harness_framed_write(connection, data, size);
}

static int use_frames(void) {
  static const harness_framing_t framing = {.length_size = 2};
  harness_server_options_t options = {.name = "framed"};
  harness_framed_client_options_t client_options = {.name = "asker"};
  harness_framed_client_t *client = NULL;
  harness_task_t *call = NULL;
  const harness_reply_t *reply;
  int status = 0;

  client_options.server = harness_create_framed_server(talk.h, &framing, answer, NULL, &options);
  if (client_options.server != NULL)
    client = harness_framed_client_new(talk.h, &framing, &client_options);
  if (client != NULL)
    call = harness_framed_call(client, "question", 8);
  reply = call != NULL ? harness_run_in_foreground(talk.h, call) : NULL;
  if (reply == NULL || reply->size != 8)
    status = failed("a call", harness_error_code(talk.h));
  harness_framed_client_close(client);
  harness_server_close(client_options.server);
  return status;
}

static void *send_and_receive(void *arg) {
  const harness_address_t *from = NULL;
  char data[32];
  ptrdiff_t count = harness_sendto(talk.ends[0], "there", 5, harness_datagram_address(talk.ends[1]));

  (void)arg;
  if (count == 5)
    count = harness_receive_from(talk.ends[1], data, sizeof data, &from);
  if (count == 5)
    count = harness_sendto(talk.ends[1], "and back", 8, from);
  if (count == 8)
    count = harness_receive_from(talk.ends[0], data, sizeof data, NULL);
  if (count != 8)
    (void)failed("a datagram", count);
  return count == 8 ? talk.h : NULL;
}

static int use_datagrams(void) {
  int status;

  talk.ends[0] = harness_create_datagram_endpoint(talk.h, NULL, NULL, NULL);
  talk.ends[1] = talk.ends[0] != NULL ? harness_create_datagram_endpoint(talk.h, NULL, NULL, NULL) : NULL;
  if (talk.ends[1] != NULL)
    status = run(harness_schedule_coroutine_named(talk.h, "sender", send_and_receive, NULL));
  else
    status = failed("an endpoint", harness_error_code(talk.h));
  harness_datagram_close(talk.ends[0]);
  harness_datagram_close(talk.ends[1]);
  return status;
}

/* A blocking socket that is connected to talk.lines, or -1. */
static int dial(void) {
  const char *host = harness_server_host(talk.lines);
  struct sockaddr_in v4 = {.sin_family = AF_INET,
                           .sin_port = htons(harness_server_port(talk.lines)),
                           .sin_addr = {htonl(INADDR_LOOPBACK)}};
  struct sockaddr_un path = {.sun_family = AF_UNIX};
  bool is_path = strncmp(host, "unix:", 5) == 0;
  int fd = socket(is_path ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (is_path)
    (void)snprintf(path.sun_path, sizeof path.sun_path, "%s", host + 5);
  if (fd >= 0 && (is_path ? connect(fd, (const struct sockaddr *)&path, sizeof path)
                          : connect(fd, (const struct sockaddr *)&v4, sizeof v4)) != 0) {
    (void)close(fd);
    return -1;
  }
  return fd;
}

/* Says a line on a blocking socket and hears it again. */
static bool exchange_blocking(int fd, const char *text, bool is_first) {
  size_t size = strlen(text);
  char line[32];
  size_t have = 0;

  if (is_first && send(fd, text, size, MSG_NOSIGNAL) != (ssize_t)size)
    return false;
  while (have < size) {
    ssize_t count = recv(fd, line + have, size - have, 0);

    if (count <= 0)
      return false;
    have += (size_t)count;
  }
  return memcmp(line, text, size) == 0 && (is_first || send(fd, text, size, MSG_NOSIGNAL) == (ssize_t)size);
}

/* The client under test would have to bear such calls, too; but it is not what is tested here. */
static void *call_blocking(void *arg) {
  bool spared = calls_spare(true);
  int fd = dial();
  bool good = fd >= 0 && exchange_blocking(fd, "blocking\n", true);

  if (fd >= 0)
    (void)close(fd);
  (void)calls_spare(spared);
  return good ? arg : NULL;
}

static void *serve_blocking(void *arg) {
  bool spared = calls_spare(true);
  int fd = accept(talk.listener, NULL, NULL);
  bool good = fd >= 0 && exchange_blocking(fd, "outside\n", false);

  if (fd >= 0)
    (void)close(fd);
  (void)calls_spare(spared);
  return good ? arg : NULL;
}

static void *call_outside(void *arg) {
  harness_stream_t *stream = harness_connect(talk.h, "127.0.0.1", *(const uint16_t *)arg);
  int status = stream != NULL ? exchange(stream, "outside\n", 8) : harness_error_code(talk.h);

  harness_stream_close(stream);
  return status == 0 ? talk.h : NULL;
}

/* A listener that the harness did not make, and knows nothing of. */
static bool listen_outside(uint16_t *port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof address;
  bool spared = calls_spare(true);
  bool good;

  talk.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  good = bind(talk.listener, (const struct sockaddr *)&address, sizeof address) == 0 &&
         listen(talk.listener, 1) == 0 &&
         getsockname(talk.listener, (struct sockaddr *)&address, &length) == 0;
  *port = ntohs(address.sin_port);
  (void)calls_spare(spared);
  return good;
}

static void wake_listener(void) {
  bool spared = calls_spare(true);

  (void)shutdown(talk.listener, SHUT_RDWR);
  (void)calls_spare(spared);
}

static int use_outside(void) {
  harness_task_t *server = NULL;
  bool spared;
  uint16_t port;
  int status = UV_EPROTO;

  if (listen_outside(&port))
    server = harness_call_in_background_named(talk.h, "outside", serve_blocking, talk.h);
  if (server != NULL) {
    status = run(harness_schedule_coroutine_named(talk.h, "explorer", call_outside, &port));
    if (status != 0)
      wake_listener();
    if (run(server) != 0 && status == 0)
      status = failed("the listener", UV_EPROTO);
  } else {
    status = failed("a background call", harness_error_code(talk.h));
  }
  spared = calls_spare(true);
  (void)close(talk.listener);
  (void)calls_spare(spared);
  return status;
}

int talks_play(harness_t *h, const void *what) {
  bool is_in_memory;
  int status = 0;

  (void)what;
  memset(&talk, 0, sizeof talk);
  talk.h = h;
  talk.lines = harness_start_server(h, echo_lines, NULL, NULL);
  if (talk.lines == NULL)
    return harness_error_code(h);
  is_in_memory = harness_server_port(talk.lines) == 0 && strchr(harness_server_host(talk.lines), '/') == NULL;
  status = use_coroutines();
  if (status == 0)
    status = use_protocols();
  if (status == 0)
    status = use_frames();
  if (status == 0)
    status = use_datagrams();
  if (status == 0 && !is_in_memory)
    status = run(harness_call_in_background_named(h, "blocking", call_blocking, h));
  if (status == 0 && !is_in_memory)
    status = use_outside();
  harness_server_close(talk.lines);
  return status;
}

int talks_play_refused(harness_t *h, const void *what) {
  int status;

  (void)what;
  memset(&talk, 0, sizeof talk);
  talk.h = h;
  talk.lines = harness_start_server(h, echo_lines, NULL, NULL);
  if (talk.lines == NULL)
    return harness_error_code(h);
  (void)run(harness_call_in_background_named(h, "first", call_blocking, h));
  status = run(harness_call_in_background_named(h, "second", call_blocking, h));
  harness_server_close(talk.lines);
  return status;
}

static void *call_nobody(void *arg) {
  harness_stream_t *stream = harness_connect(talk.h, "127.0.0.1", *(const uint16_t *)arg);

  harness_stream_close(stream);
  return stream == NULL && harness_error_code(talk.h) == UV_ECONNREFUSED ? talk.h : NULL;
}

int talks_play_nobody(harness_t *h, const void *what) {
  harness_server_t *server = harness_start_server(h, echo_lines, NULL, NULL);
  uint16_t port = harness_server_port(server);

  (void)what;
  talk.h = h;
  if (server == NULL)
    return harness_error_code(h);
  harness_server_close(server);
  return run(harness_schedule_coroutine(h, call_nobody, &port));
}
