/* SPDX-License-Identifier: MIT */
/* What calls on datagram endpoints take and refuse. */
#include <harness/cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "descriptors.h"

static harness_t *world;
static bool empty_seen;

static int set_up(void **state) {
  int status = harness_cmocka_setup(state);

  world = *state;
  empty_seen = false;
  return status;
}

static void on_datagram(void *state, const void *data, size_t size, const harness_address_t *from) {
  (void)state;
  (void)data;
  (void)from;
  empty_seen = empty_seen || size == 0;
}

static const harness_datagram_protocol_t telling = {.datagram_received = on_datagram};

static harness_endpoint_t *make(const harness_datagram_protocol_t *protocol) {
  return harness_assert_made(world, harness_create_datagram_endpoint(world, protocol, NULL, NULL));
}

static ptrdiff_t send_letter(harness_endpoint_t *from, const char *letter, const harness_endpoint_t *to) {
  return harness_sendto(from, letter, 1, harness_datagram_address(to));
}

static void *receive_in_parts(void *arg) {
  const harness_address_t *from = harness_datagram_address(arg);
  char data[8];

  assert_int_equal(harness_receive_from(arg, data, 2, &from), UV_ENOBUFS);
  assert_null(from);
  assert_int_equal(harness_receive_from(arg, data, 3, &from), 3);
  assert_memory_equal(data, "abc", 3);
  assert_int_equal(harness_receive_from(arg, NULL, 3, &from), UV_EINVAL);
  assert_int_equal(harness_receive_from(NULL, data, 3, &from), UV_EINVAL);
  assert_int_equal(harness_receive_from(arg, data, sizeof data, &from), UV_ECANCELED);
  assert_int_equal(harness_receive_from(arg, data, sizeof data, &from), UV_ECANCELED);
  return arg;
}

static void *receive_besides(void *arg) {
  harness_endpoint_t **endpoints = arg;
  char data[8];

  assert_int_equal(harness_receive_from(endpoints[0], data, sizeof data, NULL), UV_EBUSY);
  assert_int_equal(harness_receive_from(endpoints[1], data, sizeof data, NULL), UV_EBUSY);
  return arg;
}

static void *receive_late(void *arg) {
  char data[8];

  assert_int_equal(harness_receive_from(arg, data, sizeof data, NULL), 1);
  return arg;
}

static void receiving_has_its_rules(void **state) {
  harness_endpoint_t *e[2] = {make(NULL), make(&telling)};
  harness_task_t *task = harness_schedule_coroutine(world, receive_in_parts, e[0]);
  char data[8];

  (void)state;
  assert_int_equal(harness_sendto(e[1], "abc", 3, harness_datagram_address(e[0])), 3);
  assert_int_equal(harness_receive_from(e[0], data, sizeof data, NULL), UV_EPERM);
  assert_int_equal(harness_settle(world), 0);
  harness_assert_run(world, harness_schedule_coroutine(world, receive_besides, e));
  assert_int_equal(harness_task_cancel(task), 0);
  assert_int_equal(send_letter(e[1], "d", e[0]), 1); /* not lost to the one that was cancelled */
  assert_ptr_equal(harness_assert_run(world, harness_schedule_coroutine(world, receive_late, e[0])), e[0]);
  harness_datagram_close(e[0]);
  harness_datagram_close(e[1]);
}

/* The most that a plain socket takes. */
static bool socket_takes(int family, size_t size) {
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(9), .sin6_addr = in6addr_loopback};
  static char data[70000];
  int fd = socket(family, SOCK_DGRAM, 0);
  ssize_t count = family == AF_INET ? sendto(fd, data, size, 0, (struct sockaddr *)&v4, sizeof v4)
                                    : sendto(fd, data, size, 0, (struct sockaddr *)&v6, sizeof v6);

  assert_true(count >= 0 || errno == EMSGSIZE);
  close(fd);
  return count >= 0;
}

static void sizes_are_those_of_udp(void **state) {
  static const struct {
    const char *host;
    int family;
    size_t most;
  } kinds[] = {{"127.0.0.1", AF_INET, 65507}, {"::1", AF_INET6, 65527}};
  static char data[65528];

  (void)state;
  for (size_t i = 0; i < 2; i++) {
    harness_datagram_options_t options = {.host = kinds[i].host};
    harness_endpoint_t *e =
        harness_assert_made(world, harness_create_datagram_endpoint(world, &telling, NULL, &options));
    const harness_address_t *to = harness_datagram_address(e);

    assert_true(harness_sendto(e, data, kinds[i].most, to) == (ptrdiff_t)kinds[i].most);
    assert_int_equal(harness_sendto(e, data, kinds[i].most + 1, to), UV_EMSGSIZE);
    assert_true(socket_takes(kinds[i].family, kinds[i].most));
    assert_false(socket_takes(kinds[i].family, kinds[i].most + 1));
    assert_int_equal(harness_sendto(e, NULL, 0, to), 0);
    assert_int_equal(harness_settle(world), 0);
    assert_true(empty_seen);
    empty_seen = false;
    harness_datagram_close(e);
  }
}

static harness_endpoint_t *try(const harness_datagram_options_t *options) {
  return harness_create_datagram_endpoint(world, &telling, NULL, options);
}

static void assert_refused(const harness_datagram_options_t *options, int code, const char *sentence) {
  harness_clear_error(world);
  assert_null(try(options));
  assert_int_equal(harness_error_code(world), code);
  assert_non_null(strstr(harness_error(world), sentence));
}

static void bad_options_are_refused(void **state) {
  harness_t *other = harness_open(NULL);
  harness_endpoint_t *elsewhere = harness_create_datagram_endpoint(other, NULL, NULL, NULL);
  harness_endpoint_t *e = make(NULL);

  (void)state;
  assert_null(harness_create_datagram_endpoint(NULL, NULL, NULL, NULL));
  assert_non_null(strstr(harness_error(NULL), "the harness is NULL"));
  assert_refused(&(harness_datagram_options_t){.host = "10.0.0.1"}, UV_EINVAL, "'10.0.0.1' is none of");
  assert_refused(&(harness_datagram_options_t){.host = "127.0.0.2"}, UV_EINVAL, "'127.0.0.2' is none of");
  assert_refused(&(harness_datagram_options_t){.host = ""}, UV_EINVAL, "'' is none of");
  assert_refused(&(harness_datagram_options_t){.name = "endpoint"}, UV_EEXIST, "'endpoint' is taken");
  assert_refused(&(harness_datagram_options_t){.name = "a/b"}, UV_EINVAL, "no '/'");
  assert_refused(&(harness_datagram_options_t){.port = harness_datagram_port(e), .name = "taken"},
                 UV_EADDRINUSE, "taken can't be opened on 127.0.0.1 port");
  assert_refused(&(harness_datagram_options_t){.remote = harness_datagram_address(elsewhere)}, UV_EINVAL,
                 "the remote is of another harness");
  assert_refused(&(harness_datagram_options_t){.host = "::1", .remote = harness_datagram_address(e)},
                 UV_EINVAL, "::1 can't reach the remote 127.0.0.1:");
  harness_datagram_close(e);
  e = harness_assert_made(world,
                          try(&(harness_datagram_options_t){.name = "taken"})); /* a refusal took no name */
  assert_string_equal(harness_datagram_name(e), "taken");
  harness_datagram_close(e);
  harness_datagram_close(elsewhere);
  assert_int_equal(harness_close(other), 0);
}

static void bad_sends_are_refused(void **state) {
  harness_t *other = harness_open(NULL);
  harness_endpoint_t *elsewhere = harness_create_datagram_endpoint(other, NULL, NULL, NULL);
  harness_endpoint_t *e = make(NULL);
  harness_endpoint_t *bound = harness_assert_made(
      world, try(&(harness_datagram_options_t){.name = "bound", .remote = harness_datagram_address(e)}));
  const harness_address_t *six = harness_assert_made(world, harness_address_find(world, "::1", 53));

  (void)state;
  assert_int_equal(harness_sendto(NULL, "x", 1, NULL), UV_EINVAL);
  assert_int_equal(harness_sendto(e, NULL, 1, harness_datagram_address(e)), UV_EINVAL);
  assert_int_equal(harness_sendto(e, "x", 1, NULL), UV_EDESTADDRREQ);
  assert_non_null(strstr(harness_error(world), "endpoint has no remote"));
  assert_int_equal(send_letter(e, "x", elsewhere), UV_EINVAL);
  assert_int_equal(send_letter(bound, "x", bound), UV_EISCONN);
  assert_int_equal(harness_sendto(e, "x", 1, six), UV_EAFNOSUPPORT);
  assert_int_equal(send_letter(bound, "x", e), 1); /* to the remote by name is as good */
  harness_datagram_close(e);
  assert_int_equal(harness_sendto(e, "x", 1, six), UV_EBADF);
  harness_datagram_close(NULL);
  harness_datagram_close(bound);
  harness_datagram_close(elsewhere);
  assert_int_equal(harness_close(other), 0);
}

static void questions_about_nothing_have_an_answer(void **state) {
  (void)state;
  assert_int_equal(harness_datagram_port(NULL), 0);
  assert_string_equal(harness_datagram_host(NULL), "");
  assert_string_equal(harness_datagram_name(NULL), "");
  assert_null(harness_datagram_address(NULL));
  assert_string_equal(harness_datagram_peer_name(NULL, NULL), "");
  assert_string_equal(harness_address_text(NULL), "");
  assert_null(harness_address_find(NULL, "::1", 1));
  assert_null(harness_address_find(world, NULL, 1));
  assert_null(harness_address_find(world, "8.8.8.8", 53));
  assert_non_null(strstr(harness_error(world), "'8.8.8.8' port 53 is no port of a loopback address"));
  assert_null(harness_address_find(world, "127.0.0.1", 0));
}

static void an_address_is_a_party(void **state) {
  harness_endpoint_t *e = make(NULL);
  harness_endpoint_t *other = make(NULL);
  uint16_t port = harness_datagram_port(e);
  const harness_address_t *address = harness_datagram_address(e);
  const harness_address_t *outside;
  char text[32];

  (void)state;
  (void)snprintf(text, sizeof text, "127.0.0.1:%u", (unsigned)port);
  assert_string_equal(harness_address_text(address), text);
  assert_string_equal(harness_datagram_host(e), "127.0.0.1");
  assert_ptr_equal(harness_address_find(world, "localhost", port), address);
  assert_ptr_equal(harness_address_find(world, "127.0.0.1", port), address);
  assert_string_equal(harness_datagram_peer_name(other, address), "endpoint");
  outside = harness_address_find(world, "127.0.0.2", port);
  assert_ptr_not_equal(outside, address);
  assert_ptr_equal(harness_address_find(world, "127.0.0.2", port), outside);
  assert_string_equal(harness_datagram_peer_name(other, outside), "peer");
  outside = harness_address_find(world, "127.203.10.0", 65535);
  assert_string_equal(harness_address_text(outside), "127.203.10.0:65535");
  outside = harness_address_find(world, "::1", port);
  (void)snprintf(text, sizeof text, "[::1]:%u", (unsigned)port);
  assert_string_equal(harness_address_text(outside), text);
  harness_datagram_close(e);
  assert_ptr_equal(harness_address_find(world, "127.0.0.1", port), address);
  e = harness_assert_made(world, try(&(harness_datagram_options_t){.port = port}));
  assert_ptr_not_equal(harness_datagram_address(e), address); /* the same port, another party */
  assert_ptr_equal(harness_address_find(world, "127.0.0.1", port), harness_datagram_address(e));
  assert_int_equal(send_letter(other, "x", e), 1);
  harness_datagram_close(e);
  harness_datagram_close(other);
}

static void no_descriptor_left(void **state) {
  harness_endpoint_t *e;

  (void)state;
  leave_descriptors(0);
  assert_null(try(NULL));
  give_descriptors_back();
  assert_int_equal(harness_error_code(world), UV_EMFILE);
  e = harness_assert_made(world, try(NULL));
  assert_string_equal(harness_datagram_name(e), "endpoint");
  harness_datagram_close(e);
}

static void *make_elsewhere(void *arg) {
  return harness_create_datagram_endpoint(arg, NULL, NULL, NULL) == NULL ? arg : NULL;
}

static void another_thread_is_refused(void **state) {
  pthread_t thread;
  void *result;

  (void)state;
  assert_int_equal(pthread_create(&thread, NULL, make_elsewhere, world), 0);
  assert_int_equal(pthread_join(thread, &result), 0);
  assert_ptr_equal(result, world);
}

#define input_test(f) cmocka_unit_test_setup_teardown(f, set_up, harness_cmocka_teardown)

static const struct CMUnitTest tests[] = {
    input_test(receiving_has_its_rules),
    input_test(sizes_are_those_of_udp),
    input_test(bad_options_are_refused),
    input_test(bad_sends_are_refused),
    input_test(questions_about_nothing_have_an_answer),
    input_test(an_address_is_a_party),
    input_test(no_descriptor_left),
    input_test(another_thread_is_refused),
};
HARNESS_CMOCKA_MAIN("datagram_input", tests)
