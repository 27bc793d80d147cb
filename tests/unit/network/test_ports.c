/* SPDX-License-Identifier: MIT */
/* A process that has had many ports uses them again, TIME_WAIT or not. The tests fill all there is room for.
 */
#include <harness/cmocka.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "network/ports.h"

enum { MANY = 4096, MOST = 8192, CLIENTS = 5 };

/* A blocking client, which waits for the server to close first. */
static void *wait_for_end(void *arg) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  char byte;

  address.sin_port = htons(harness_server_port(arg));
  if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0 || recv(fd, &byte, 1, 0) != 0)
    arg = NULL;
  (void)close(fd);
  return arg;
}

static void close_first(harness_stream_t *stream, void *arg) {
  (void)arg;
  harness_stream_close(stream);
}

static uint16_t serve_one_from_outside(harness_t *h) {
  harness_server_t *server = harness_assert_made(h, harness_start_server(h, close_first, NULL, NULL));
  uint16_t port = harness_server_port(server);

  assert_ptr_equal(harness_assert_run(h, harness_call_in_background(h, wait_for_end, server)), server);
  harness_server_close(server);
  return port;
}

static void the_one_left_first_is_taken_first(void **state) {
  (void)state;
  for (int i = 1; i < MANY; i++)
    harness__ports_give((uint16_t)i);
  assert_int_equal(harness__ports_take(), 0);
  harness__ports_give(MANY);
  assert_int_equal(harness__ports_take(), 1);
  assert_int_equal(harness__ports_take(), 0);
  for (int i = 1; i <= MOST; i++)
    harness__ports_give((uint16_t)i);
  assert_int_equal(harness__ports_take(), 1); /* what was there before has made room */
}

/* The server has closed first, so its port is in TIME_WAIT: the kernel would not give it out. */
static void one_in_time_wait_serves_again(void **state) {
  harness_t *h = *state;
  uint16_t port = serve_one_from_outside(h);

  for (int i = 0; i < MOST; i++)
    harness__ports_give(port);
  assert_int_equal(serve_one_from_outside(h), port);
}

/* Where somebody listens the kernel chooses another. */
static void one_that_is_taken_is_left_alone(void **state) {
  harness_t *h = *state;
  harness_server_t *server = harness_assert_made(h, harness_start_server(h, close_first, NULL, NULL));
  uint16_t port = harness_server_port(server);

  for (int i = 0; i < MOST; i++)
    harness__ports_give(port);
  assert_int_not_equal(serve_one_from_outside(h), port);
  harness_server_close(server);
}

static int allowing;

static void count_and_close(harness_stream_t *stream, void *arg) {
  int fd = harness_transport_fd(harness_stream_transport(stream));
  int on = 0;
  socklen_t size = sizeof on;

  (void)arg;
  assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, &size), 0);
  allowing += on != 0;
  harness_stream_close(stream);
}

/* One after the other, and then at once. */
static void what_is_accepted_allows_it(void **state) {
  harness_t *h = *state;
  harness_server_t *server = harness_assert_made(h, harness_start_server(h, count_and_close, NULL, NULL));
  harness_task_t *tasks[CLIENTS];

  allowing = 0;
  for (int i = 0; i < CLIENTS; i++)
    harness_assert_run(h, harness_call_in_background(h, wait_for_end, server));
  for (int i = 0; i < CLIENTS; i++)
    tasks[i] = harness_call_in_background(h, wait_for_end, server);
  harness_assert_run(h, harness_wait_all(h, tasks, CLIENTS));
  assert_int_equal(allowing, 2 * CLIENTS);
  harness_server_close(server);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_one_left_first_is_taken_first),
    harness_unit_test(one_in_time_wait_serves_again),
    harness_unit_test(one_that_is_taken_is_left_alone),
    harness_unit_test(what_is_accepted_allows_it),
};

HARNESS_CMOCKA_MAIN("network_ports", tests)
