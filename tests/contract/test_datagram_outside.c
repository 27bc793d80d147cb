/* SPDX-License-Identifier: MIT */
/* Endpoints that send to parties the harness does not schedule: servers in threads, on the loop, nobody. */
#include <harness/cmocka.h>

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "outside.h"

static harness_t *world;

static int set_up(void **state) {
  int status = harness_cmocka_setup(state);

  world = *state;
  return status;
}

static uint16_t port_of(int fd) {
  struct sockaddr_in own = {0};
  socklen_t length = sizeof own;

  return getsockname(fd, (struct sockaddr *)&own, &length) == 0 ? ntohs(own.sin_port) : 0;
}

/* A server of the outside: answers one query with the number of its bytes. */
static void *serve_one(void *arg) {
  struct sockaddr_in from;
  socklen_t length = sizeof from;
  char data[100];
  ssize_t size = recvfrom(*(int *)arg, data, sizeof data, 0, (struct sockaddr *)&from, &length);

  (void)snprintf(data, sizeof data, "%zd", size);
  return sendto(*(int *)arg, data, strlen(data), 0, (struct sockaddr *)&from, length) > 0 ? arg : NULL;
}

typedef struct outside {
  uint16_t port;
  bool with_remote;
} outside_t;

static void *ask_outside(void *arg) {
  const outside_t *outside = arg;
  const harness_address_t *there =
      harness_assert_made(world, harness_address_find(world, "127.0.0.1", outside->port));
  harness_datagram_options_t options = {.name = "asking", .remote = outside->with_remote ? there : NULL};
  harness_endpoint_t *e =
      harness_assert_made(world, harness_create_datagram_endpoint(world, NULL, NULL, &options));
  const harness_address_t *from;
  char data[8] = "";

  assert_int_equal(harness_sendto(e, "query", 5, there), 5);
  assert_int_equal(harness_receive_from(e, data, sizeof data, &from), 1);
  assert_ptr_equal(from, there);
  harness_log(world, "answer %s", data);
  harness_datagram_close(e);
  return arg;
}

static void ask_a_server_of_the_outside(bool with_remote, const char *expected) {
  struct sockaddr_in any = loopback(0);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  outside_t outside = {.with_remote = with_remote};
  harness_task_t *tasks[2];
  char *text;

  assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof any), 0);
  outside.port = port_of(fd);
  tasks[0] = harness_call_in_background_named(world, "server", serve_one, &fd);
  tasks[1] = harness_schedule_coroutine(world, ask_outside, &outside);
  harness_assert_run(world, harness_wait_all(world, tasks, 2));
  close(fd);
  text = harness_transcript_text(world);
  assert_string_equal(text, expected);
  free(text);
}

static void a_server_of_the_outside_as_remote(void **state) {
  (void)state;
  ask_a_server_of_the_outside(true, "asking  send     to peer  'query'\n"
                                    "asking  receive  from peer  '5'\n"
                                    "client  log      answer 5\n"
                                    "asking  close\n");
}

static void a_server_of_the_outside_by_address(void **state) {
  (void)state;
  ask_a_server_of_the_outside(false, "asking/1  send     to peer  'query'\n"
                                     "asking/1  receive  from peer  '5'\n"
                                     "client    log      answer 5\n"
                                     "asking    close\n");
}

static int refusals;

static void count_refusals(void *state, int code) {
  (void)state;
  assert_int_equal(code, UV_ECONNREFUSED);
  refusals++;
}

static void *ask_nobody(void *arg) {
  static const harness_datagram_protocol_t counting = {.error_received = count_refusals};
  harness_datagram_options_t options = {.remote = harness_address_find(world, "127.0.0.1", *(uint16_t *)arg)};
  harness_endpoint_t *told = harness_create_datagram_endpoint(world, &counting, NULL, &options);
  harness_endpoint_t *e = harness_create_datagram_endpoint(world, NULL, NULL, &options);
  char data[8];

  assert_int_equal(harness_sendto(e, "x", 1, NULL), 1);
  assert_int_equal(harness_receive_from(e, data, sizeof data, NULL), UV_ECONNREFUSED);
  assert_int_equal(harness_sendto(e, "x", 1, NULL), 1);
  assert_int_equal(harness_sendto(e, "x", 1, NULL), UV_ECONNREFUSED);
  assert_int_equal(harness_sendto(told, "x", 1, NULL), 1);
  assert_int_equal(harness_sendto(told, "x", 1, NULL), 1);
  assert_int_equal(harness_sleep(world, 1), 0);
  assert_true(refusals > 0);
  harness_datagram_close(told);
  harness_datagram_close(e);
  return arg;
}

static void nobody_at_a_port_of_the_outside(void **state) {
  struct sockaddr_in any = loopback(0);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  uint16_t port;

  (void)state;
  refusals = 0;
  assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof any), 0);
  port = port_of(fd);
  close(fd);
  assert_ptr_equal(harness_assert_run(world, harness_schedule_coroutine(world, ask_nobody, &port)), &port);
}

/* Callback code on the loop: answers each datagram with the same. */
static void give_room(uv_handle_t *handle, size_t size, uv_buf_t *buffer) {
  static char room[64];

  (void)handle;
  (void)size;
  *buffer = uv_buf_init(room, sizeof room);
}

static void echo_on_loop(uv_udp_t *udp, ssize_t size, const uv_buf_t *buffer, const struct sockaddr *from,
                         unsigned flags) {
  uv_buf_t answer = uv_buf_init(buffer->base, size > 0 ? (unsigned)size : 0);

  (void)flags;
  if (from != NULL)
    assert_int_equal(uv_udp_try_send(udp, &answer, 1, from), size);
}

static void *ask_loop(void *arg) {
  harness_endpoint_t *e = harness_create_datagram_endpoint(world, NULL, NULL, NULL);
  char data[8];

  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(harness_sendto(e, "abc", i, harness_address_find(world, "127.0.0.1", *(uint16_t *)arg)),
                     i);
    assert_int_equal(harness_receive_from(e, data, sizeof data, NULL), i);
  }
  harness_datagram_close(e);
  return arg;
}

static void code_on_the_loop(void **state) {
  static uv_udp_t udp;
  struct sockaddr_in any = loopback(0);
  uv_os_fd_t fd;
  uint16_t port;

  (void)state;
  assert_int_equal(uv_udp_init(harness_loop(world), &udp), 0);
  assert_int_equal(uv_udp_bind(&udp, (struct sockaddr *)&any, 0), 0);
  assert_int_equal(uv_udp_recv_start(&udp, give_room, echo_on_loop), 0);
  assert_int_equal(uv_fileno((uv_handle_t *)&udp, &fd), 0);
  port = port_of(fd);
  assert_ptr_equal(harness_assert_run(world, harness_schedule_coroutine(world, ask_loop, &port)), &port);
  uv_close((uv_handle_t *)&udp, NULL);
  assert_int_equal(harness_settle(world), 0);
}

#define outside_test(f) cmocka_unit_test_setup_teardown(f, set_up, harness_cmocka_teardown)

static const struct CMUnitTest tests[] = {
    outside_test(a_server_of_the_outside_as_remote),
    outside_test(a_server_of_the_outside_by_address),
    outside_test(nobody_at_a_port_of_the_outside),
    outside_test(code_on_the_loop),
};
HARNESS_CMOCKA_MAIN("datagram_outside", tests)
