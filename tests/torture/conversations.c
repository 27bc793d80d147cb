/* SPDX-License-Identifier: MIT */
/* What passes between clients and servers. Whatever fails is passed on, and every stream is closed. */
#include "scenario.h"

#include <string.h>

#include <harness/echo.h>

enum { LARGE = 70 * 1000, LINE = 64 };

typedef struct talk {
  harness_t *h;
  harness_server_t *server;
} talk_t;

/* Commands are lines: "large" is answered with much more than the window, "quit" ends, all else comes back.
 */
static void serve_lines(harness_stream_t *stream, void *arg) {
  static const char large[LARGE];
  char line[LINE];
  ptrdiff_t size;

  while ((size = harness_read_until(stream, line, sizeof line, "\n", 1)) > 0) {
    harness_log(arg, "a line of %td bytes", size);
    if (size == 6 && memcmp(line, "large\n", 6) == 0) {
      if (harness_write(stream, large, sizeof large) < 0 || harness_drain(stream) != 0)
        break;
    } else if (size == 5 && memcmp(line, "quit\n", 5) == 0) {
      break;
    } else if (harness_write(stream, line, (size_t)size) < 0) {
      break;
    }
  }
  (void)harness_write_eof(stream);
}

static int64_t read_all(harness_stream_t *stream) {
  char part[4096];
  int64_t sum = 0;
  ptrdiff_t count;

  while ((count = harness_read(stream, part, sizeof part)) > 0)
    sum += count;
  return count < 0 ? count : sum;
}

static int exchange(harness_stream_t *stream) {
  char reply[LINE];
  ptrdiff_t status = harness_write(stream, "one\ntwo\n", 8);

  if (status >= 0)
    status = harness_read_exactly(stream, reply, 4, NULL);
  if (status >= 0)
    status = harness_read_until(stream, reply, sizeof reply, "\n", 1);
  if (status >= 0)
    status = harness_write(stream, "large\nquit\n", 11);
  if (status >= 0)
    status = harness_write_eof(stream);
  if (status >= 0)
    status = (ptrdiff_t)read_all(stream);
  if (status < 0)
    return (int)status;
  return status == LARGE ? 0 : UV_EPROTO;
}

/* Nothing comes, so that only the deadline ends it; then the connection is reset. */
static int wait_in_vain(harness_t *h, harness_stream_t *stream) {
  harness_deadline_t outer = harness_begin_deadline(h, 100);
  char byte;
  ptrdiff_t count = harness_read(stream, &byte, 1);

  (void)harness_end_deadline(h, outer);
  harness_stream_abort(stream);
  if (count == UV_ETIMEDOUT)
    return 0;
  return count < 0 ? (int)count : UV_EPROTO;
}

static void *talk_lines(void *arg) {
  talk_t *talk = arg;
  harness_stream_t *stream = harness_connect_to(talk->h, talk->server);
  int status = stream != NULL ? exchange(stream) : harness_error_code(talk->h);

  harness_stream_close(stream);
  stream = status == 0 ? harness_connect_to(talk->h, talk->server) : NULL;
  if (stream != NULL)
    status = wait_in_vain(talk->h, stream);
  harness_server_close(talk->server);
  if (status == 0 && harness_connect_to(talk->h, talk->server) != NULL)
    status = UV_EPROTO;
  return status == 0 ? talk : NULL;
}

int scenario_play_reads(harness_t *h, const void *what) {
  static talk_t talk;
  harness_server_options_t options = {
      .name = "lines",
      .delivery_from_clients = {.kind = HARNESS_DELIVERY_BYTEWISE},
      .delivery_to_clients = {.kind = HARNESS_DELIVERY_SPLIT_AT, .offsets = {3}}};
  harness_task_t *task;

  (void)what;
  talk = (talk_t){.h = h, .server = harness_start_server(h, serve_lines, h, &options)};
  task = talk.server != NULL ? harness_schedule_coroutine(h, talk_lines, &talk) : NULL;
  if (task == NULL || harness_run_in_foreground(h, task) == NULL)
    return scenario_failure(h);
  return 0;
}

/* A name service that loses the first query. */
typedef struct service {
  harness_t *h;
  harness_endpoint_t *endpoint;
  int queries;
} service_t;

static void keep_endpoint(void *state, harness_endpoint_t *endpoint) {
  ((service_t *)state)->endpoint = endpoint;
}

static void answer(void *state, const void *data, size_t size, const harness_address_t *from) {
  service_t *service = state;

  (void)data;
  if (service->queries++ > 0)
    (void)harness_sendto(service->endpoint, "192.0.2.7", size < 9 ? size : 9, from);
}

static void *look_up(void *arg) {
  service_t *service = arg;
  harness_t *h = service->h;
  harness_datagram_options_t options = {.name = "resolver",
                                        .remote = harness_datagram_address(service->endpoint)};
  harness_endpoint_t *endpoint = harness_create_datagram_endpoint(h, NULL, NULL, &options);
  char text[LINE];
  ptrdiff_t size = UV_EAGAIN;

  for (int i = 0; endpoint != NULL && i < 3 && size < 0; i++) {
    harness_deadline_t outer = harness_begin_deadline(h, 5000);

    (void)harness_sendto(endpoint, "example.org?", 12, NULL);
    size = harness_receive_from(endpoint, text, sizeof text, NULL);
    (void)harness_end_deadline(h, outer);
  }
  harness_datagram_close(endpoint);
  return size > 0 ? service : NULL;
}

int scenario_play_datagrams(harness_t *h, const void *what) {
  static const harness_datagram_protocol_t protocol = {.connection_made = keep_endpoint,
                                                       .datagram_received = answer};
  static service_t service;
  harness_datagram_options_t options = {.name = "names"};
  harness_task_t *task;

  (void)what;
  service = (service_t){.h = h};
  service.endpoint = harness_create_datagram_endpoint(h, &protocol, &service, &options);
  task = service.endpoint != NULL ? harness_schedule_coroutine(h, look_up, &service) : NULL;
  if (task == NULL || harness_run_in_foreground(h, task) == NULL)
    return scenario_failure(h);
  harness_datagram_close(service.endpoint);
  return 0;
}

int scenario_play_outside(harness_t *h, const void *what) {
  static harness_echo_blocking_client_t client;
  harness_server_options_t options = {.name = "frames", .foreign_name = "caller", .strict_order = 1};
  harness_server_t *server =
      harness_create_framed_server(h, &harness_echo_framing, harness_echo_framed_respond, h, &options);
  harness_task_t *task;

  (void)what;
  if (server == NULL)
    return scenario_failure(h);
  client = (harness_echo_blocking_client_t){.harness = h,
                                            .server_name = "frames",
                                            .port = harness_server_port(server),
                                            .message = "Hello!\r\n\r\n"};
  task = harness_call_in_background(h, harness_echo_blocking_client, &client);
  if (task == NULL || harness_run_in_foreground(h, task) == NULL)
    return scenario_failure(h);
  harness_server_close(server);
  return 0;
}
