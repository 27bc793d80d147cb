/* SPDX-License-Identifier: MIT */
/* What there is not enough of: places in somebody else's queue, and readers of what was written. */
#include <harness/cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "outside.h"

enum { MOST_FILLERS = 16, LARGE = 32 * 1024 * 1024, SHORT_MS = 50 };

static harness_t *world;
static int fillers[MOST_FILLERS];
static size_t filler_count;

/* Connects until the listener's queue takes no more; what is not answered at once has no place in it. */
static void fill_queue(const struct sockaddr *address, socklen_t size) {
  filler_count = 0;
  for (bool full = false; !full && filler_count < MOST_FILLERS; filler_count++) {
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_storage peer;
    socklen_t peer_size = sizeof peer;

    assert_true(fd >= 0);
    (void)connect(fd, address, size);
    full = getpeername(fd, (struct sockaddr *)&peer, &peer_size) != 0;
    fillers[filler_count] = fd;
  }
  assert_in_range(filler_count, 1, MOST_FILLERS - 1);
}

static void empty_queue(int listener) {
  while (filler_count > 0)
    (void)close(fillers[--filler_count]);
  (void)close(listener);
}

/* In the harness's time, which is real time as long as somebody outside may answer. */
static void *connect_in_time(void *arg) {
  harness_deadline_t outer = harness_begin_deadline(world, SHORT_MS);
  harness_stream_t *s = harness_connect(world, "127.0.0.1", *(const uint16_t *)arg);
  int code = harness_error_code(world);

  (void)harness_end_deadline(world, outer);
  assert_null(s);
  assert_int_equal(code, UV_ETIMEDOUT);
  assert_non_null(strstr(harness_error(world), "can't connect to 127.0.0.1:"));
  return arg;
}

static void a_full_queue_is_waited_for(void **state) {
  struct sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  uint16_t port;

  world = *state;
  assert_int_equal(bind(listener, (const struct sockaddr *)&address, size), 0);
  assert_int_equal(listen(listener, 0), 0);
  assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
  fill_queue((const struct sockaddr *)&address, size);
  port = ntohs(address.sin_port);
  assert_ptr_equal(harness_assert_run(world, harness_schedule_coroutine(world, connect_in_time, &port)),
                   &port);
  empty_queue(listener);
}

/* The kernel does not tell when there is room again, so nothing can be waited for. */
static void *connect_at_once(void *arg) {
  assert_null(harness_connect(world, arg, 0));
  assert_int_equal(harness_error_code(world), UV_EAGAIN);
  assert_non_null(strstr(harness_error(world), "can't connect to unix:"));
  return arg;
}

static void a_full_queue_of_a_unix_socket_is_told(void **state) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  socklen_t size = sizeof address.sun_family;
  int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  char host[128];

  world = *state;
  assert_int_equal(bind(listener, (const struct sockaddr *)&address, size), 0);
  assert_int_equal(listen(listener, 0), 0);
  size = sizeof address;
  assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
  fill_queue((const struct sockaddr *)&address, size);
  (void)snprintf(host, sizeof host, "unix:@%.*s", (int)(size - sizeof address.sun_family - 1),
                 address.sun_path + 1);
  assert_ptr_equal(harness_assert_run(world, harness_schedule_coroutine(world, connect_at_once, host)), host);
  empty_queue(listener);
}

static char reported[4000];

static void keep_report(const char *text, void *arg) {
  (void)arg;
  (void)snprintf(reported, sizeof reported, "%s", text);
}

static void write_much(harness_stream_t *stream, void *arg) {
  char *data = calloc(LARGE, 1);

  (void)arg;
  assert_non_null(data);
  assert_int_equal(harness_write(stream, data, LARGE), LARGE);
  free(data);
}

/* The handler has closed its end; what the kernel had no room for is still there, and its reader never comes.
 */
static void bytes_that_nobody_took_are_told(void **state) {
  harness_options_t options = {.timeout_ms = SHORT_MS, .no_transcript = 1, .report = keep_report};
  harness_t *h = harness_open(&options);
  harness_server_t *server = harness_assert_made(h, harness_start_server(h, write_much, NULL, NULL));
  int fd = dial(SOCK_STREAM, harness_server_port(server));
  char rest[1];
  ssize_t count;

  (void)state;
  assert_int_equal(harness_settle(h), UV_ETIMEDOUT);
  harness_server_close(server);
  assert_int_equal(harness_close(h), 1);
  assert_non_null(strstr(reported, "1 thing was still open\n"));
  assert_non_null(strstr(reported, " bytes from server/1 were never taken by client\n"));
  do /* the reader learns of it: a reset, not an end */
    count = recv(fd, rest, sizeof rest, MSG_TRUNC);
  while (count > 0);
  assert_int_equal(count, -1);
  (void)close(fd);
}

static const struct CMUnitTest tests[] = {
    harness_unit_test(a_full_queue_is_waited_for),
    harness_unit_test(a_full_queue_of_a_unix_socket_is_told),
    cmocka_unit_test(bytes_that_nobody_took_are_told),
};

HARNESS_CMOCKA_MAIN("contract/scarce", tests)
