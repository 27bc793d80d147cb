/* SPDX-License-Identifier: MIT */
/* How endpoints end, what fails, and bad input; where plain sockets can do the same, they are asked, too. */
#include <harness/cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "../jump.h"

static harness_t *world;
static harness_endpoint_t *mine;
static char seen[1024];
static char reported[4096];

static void see(const char *what) {
  (void)snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%s ", what);
}

static void keep_report(const char *text, void *arg) {
  (void)arg;
  (void)snprintf(reported, sizeof reported, "%s", text);
}

static int set_up(void **state) {
  harness_options_t options = {.report = keep_report};

  seen[0] = '\0';
  reported[0] = '\0';
  mine = NULL;
  world = harness_open(&options);
  *state = world;
  return world != NULL ? 0 : -1;
}

static int tear_down(void **state) {
  return harness_close(*state);
}

static void on_made(void *state, harness_endpoint_t *endpoint) {
  (void)state;
  mine = endpoint;
  see("made");
}

static void on_datagram(void *state, const void *data, size_t size, const harness_address_t *from) {
  (void)state;
  (void)from;
  see(size > 0 ? (const char[]){*(const char *)data, '\0'} : "empty");
}

static void on_error(void *state, int code) {
  (void)state;
  see(uv_err_name(code));
}

static void on_lost(void *state, int status) {
  (void)state;
  see(status == 0 ? "lost" : uv_err_name(status));
}

static const harness_datagram_protocol_t telling = {on_made, on_datagram, on_error, on_lost};

static harness_endpoint_t *make(const harness_datagram_protocol_t *protocol,
                                const harness_endpoint_t *remote) {
  harness_datagram_options_t options = {.remote = harness_datagram_address(remote)};

  return harness_assert_made(world, harness_create_datagram_endpoint(world, protocol, NULL, &options));
}

static ptrdiff_t send_letter(harness_endpoint_t *from, const char *letter, const harness_endpoint_t *to) {
  return harness_sendto(from, letter, 1, harness_datagram_address(to));
}

/* The same with the kernel: the second send of a socket with a remote is told of the first one, the third
 * goes through. Returns what the second one said. */
static int second_send_of_a_socket(bool with_remote) {
  struct sockaddr_in nobody = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  struct sockaddr *to = with_remote ? NULL : (struct sockaddr *)&nobody;
  socklen_t length = sizeof nobody;
  int closed = socket(AF_INET, SOCK_DGRAM, 0);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  int second;

  assert_int_equal(bind(closed, (struct sockaddr *)&nobody, sizeof nobody), 0);
  assert_int_equal(getsockname(closed, (struct sockaddr *)&nobody, &length), 0);
  close(closed);
  if (with_remote)
    assert_int_equal(connect(fd, (struct sockaddr *)&nobody, length), 0);
  assert_int_equal(sendto(fd, "x", 1, 0, to, to != NULL ? length : 0), 1);
  second = sendto(fd, "x", 1, 0, to, to != NULL ? length : 0) == 1 ? 0 : -errno;
  assert_int_equal(sendto(fd, "x", 1, 0, to, to != NULL ? length : 0), 1);
  close(fd);
  return second;
}

static void nobody_there_is_told_to_who_has_a_remote(void **state) {
  harness_endpoint_t *gone = make(NULL, NULL);
  harness_endpoint_t *bound = make(NULL, gone);
  harness_endpoint_t *telling_one = make(&telling, gone);
  harness_endpoint_t *unbound = make(NULL, NULL);

  (void)state;
  harness_datagram_close(gone);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(send_letter(unbound, "x", gone), 1);
    assert_int_equal(send_letter(telling_one, "x", NULL), 1);
    assert_int_equal(harness_settle(world), 0);
  }
  assert_string_equal(seen, "made ECONNREFUSED ECONNREFUSED ");
  assert_int_equal(send_letter(bound, "x", NULL), 1);
  assert_int_equal(harness_settle(world), 0);
  assert_int_equal(send_letter(bound, "x", NULL), UV_ECONNREFUSED);
  assert_int_equal(send_letter(bound, "x", NULL), 1);
  assert_int_equal(second_send_of_a_socket(true), UV_ECONNREFUSED);
  assert_int_equal(second_send_of_a_socket(false), 0);
  harness_datagram_close(bound);
  harness_datagram_close(telling_one);
  harness_datagram_close(unbound);
}

static void *receive_codes(void *arg) {
  char data[8];

  assert_int_equal(harness_receive_from(arg, data, sizeof data, NULL), UV_ECONNREFUSED);
  see("refused");
  assert_int_equal(harness_receive_from(arg, data, sizeof data, NULL), UV_EBADF);
  return arg;
}

static void *close_later(void *arg) {
  assert_int_equal(harness_sleep(world, 10), 0);
  harness_datagram_close(arg);
  return arg;
}

static void a_waiting_coroutine_is_told(void **state) {
  harness_endpoint_t *gone = make(NULL, NULL);
  harness_endpoint_t *e = make(NULL, gone);
  harness_task_t *tasks[2] = {harness_schedule_coroutine(world, receive_codes, e),
                              harness_schedule_coroutine(world, close_later, e)};

  (void)state;
  harness_datagram_close(gone);
  assert_int_equal(send_letter(e, "x", NULL), 1);
  harness_assert_run(world, harness_wait_all(world, tasks, 2));
  assert_string_equal(seen, "refused ");
}

/* Whoever has a remote hears nobody else, and to those it is as if it were not there. */
static void a_remote_keeps_others_out(void **state) {
  harness_endpoint_t *friend = make(NULL, NULL);
  harness_endpoint_t *e = make(&telling, friend);
  harness_endpoint_t *stranger = make(NULL, e);

  (void)state;
  assert_int_equal(send_letter(stranger, "s", NULL), 1);
  assert_int_equal(send_letter(friend, "f", e), 1);
  assert_int_equal(harness_settle(world), 0);
  assert_int_equal(send_letter(stranger, "s", NULL), UV_ECONNREFUSED);
  assert_string_equal(seen, "made f ");
  harness_datagram_close(stranger);
  harness_datagram_close(friend);
  harness_datagram_close(e);
}

static void what_is_on_its_way_to_a_closed_endpoint_is_dropped(void **state) {
  harness_endpoint_t *from = make(NULL, NULL);
  harness_endpoint_t *to = make(&telling, NULL);

  (void)state;
  assert_int_equal(send_letter(from, "a", to), 1);
  assert_int_equal(harness_settle(world), 0);
  assert_int_equal(send_letter(from, "b", to), 1);
  harness_datagram_close(to);
  harness_datagram_close(to);
  assert_string_equal(seen, "made a ");
  assert_int_equal(harness_settle(world), 0);
  assert_string_equal(seen, "made a lost ");
  assert_int_equal(send_letter(to, "c", from), UV_EBADF);
  harness_datagram_close(from);
}

static void close_own(void *state, const void *data, size_t size, const harness_address_t *from) {
  on_datagram(state, data, size, from);
  harness_datagram_close(mine);
  assert_int_equal(harness_sendto(mine, "x", 1, from), UV_EBADF);
}

static void a_callback_closes_its_endpoint(void **state) {
  static const harness_datagram_protocol_t closing = {on_made, close_own, on_error, on_lost};
  harness_endpoint_t *from = make(NULL, NULL);
  harness_endpoint_t *to = make(&closing, NULL);

  (void)state;
  assert_int_equal(send_letter(from, "a", to), 1);
  assert_int_equal(send_letter(from, "b", to), 1);
  assert_int_equal(harness_settle(world), 0);
  assert_string_equal(seen, "made a lost ");
  harness_datagram_close(from);
}

static void *nothing(void *arg) {
  return arg;
}

static void try_to_park(void *state, const void *data, size_t size, const harness_address_t *from) {
  char buffer[8];

  on_datagram(state, data, size, from);
  assert_null(harness_run_in_foreground(world, harness_schedule_coroutine(world, nothing, &world)));
  assert_int_equal(harness_error_code(world), UV_EBUSY);
  assert_int_equal(harness_settle(world), UV_EBUSY);
  assert_int_equal(harness_close(world), UV_EBUSY);
  assert_int_equal(harness_sleep(world, 1), UV_EPERM);
  assert_int_equal(harness_receive_from(mine, buffer, sizeof buffer, NULL), UV_EPERM);
  harness_log(world, "went on");
}

static void a_callback_can_not_park(void **state) {
  static const harness_datagram_protocol_t parking = {on_made, try_to_park, NULL, NULL};
  harness_endpoint_t *from = make(NULL, NULL);
  harness_endpoint_t *to = make(&parking, NULL);
  char *text;

  (void)state;
  assert_int_equal(send_letter(from, "a", to), 1);
  text = harness_transcript_text(world);
  assert_non_null(strstr(text, "endpoint2  log      went on"));
  free(text);
  harness_datagram_close(from);
  harness_datagram_close(to);
  assert_int_equal(harness_settle(world), 0);
  assert_string_equal(seen, "made a ");
}

static jmp_buf outside;

static void jump_away(void *state, const void *data, size_t size, const harness_address_t *from) {
  on_datagram(state, data, size, from);
  jump_to(outside);
}

/* As a failed assertion leaves: the endpoint is closed, the others go on. */
static void a_callback_is_left_by_a_jump(void **state) {
  static const harness_datagram_protocol_t jumping = {on_made, jump_away, on_error, on_lost};
  static harness_endpoint_t *from;
  static harness_endpoint_t *to;
  char *text;

  (void)state;
  from = make(NULL, NULL);
  to = make(&jumping, NULL);
  assert_int_equal(send_letter(from, "a", to), 1);
  assert_int_equal(send_letter(from, "b", to), 1);
  if (setjmp(outside) == 0)
    assert_int_equal(harness_settle(world), 0);
  assert_int_equal(harness_settle(world), 0);
  assert_int_equal(send_letter(to, "x", from), UV_EBADF);
  assert_string_equal(seen, "made a ");
  harness_datagram_close(from);
  text = harness_transcript_text(world);
  assert_non_null(strstr(text, "endpoint2  receive  from endpoint  'a'\n"
                               "endpoint2  error    ECANCELED\n"
                               "endpoint2  close\n"));
  free(text);
}

static void what_is_left_open_is_reported(void **state) {
  harness_options_t options = {.report = keep_report};
  harness_endpoint_t *from;

  (void)state;
  seen[0] = '\0';
  world = harness_open(&options);
  (void)make(&telling, NULL);
  from = make(NULL, NULL);
  assert_int_equal(send_letter(from, "a", from), 1);
  assert_int_equal(send_letter(from, "b", from), 1);
  assert_int_equal(harness_close(world), 2);
  assert_non_null(strstr(reported, "  endpoint endpoint was still open (made at "));
  assert_non_null(strstr(reported, "  endpoint endpoint2 was still open, and 2 datagrams unread (made at "));
  assert_string_equal(seen, "made ECANCELED ");
}

static void *receive_for_ever(void *arg) {
  char data[8];
  return harness_receive_from(arg, data, sizeof data, NULL) > 0 ? arg : NULL;
}

static void a_deadlock_says_who_waits(void **state) {
  harness_endpoint_t *server = make(&telling, NULL);
  harness_endpoint_t *e = make(NULL, server);
  harness_task_t *task = harness_schedule_coroutine(world, receive_for_ever, e);

  (void)state;
  assert_null(harness_run_in_foreground(world, task));
  assert_non_null(strstr(reported, "client waits to receive a datagram from endpoint, made at "));
  assert_non_null(strstr(reported, "endpoint waits to receive a datagram, made at "));
  assert_int_equal(harness_task_cancel(task), 0);
  harness_datagram_close(server);
  harness_datagram_close(e);
}

#define end_test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static const struct CMUnitTest tests[] = {
    end_test(nobody_there_is_told_to_who_has_a_remote),
    end_test(a_waiting_coroutine_is_told),
    end_test(a_remote_keeps_others_out),
    end_test(what_is_on_its_way_to_a_closed_endpoint_is_dropped),
    end_test(a_callback_closes_its_endpoint),
    end_test(a_callback_can_not_park),
    end_test(a_callback_is_left_by_a_jump),
    cmocka_unit_test(what_is_left_open_is_reported),
    end_test(a_deadlock_says_who_waits),
};
HARNESS_CMOCKA_MAIN("datagram_end", tests)
