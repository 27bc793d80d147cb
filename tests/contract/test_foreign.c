/* SPDX-License-Identifier: MIT */
/* Peers the harness does not schedule: blocking clients in threads, servers outside of it. */
#include <harness/cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#if defined(HARNESS_HAVE_VALGRIND)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

#include "descriptors.h"
#include "outside.h"

enum { CLIENTS = 8, LARGE = 8 * 1024 * 1024 };

static harness_t *world;
static harness_server_t *server;

static int set_up(void **state) {
  int status = harness_cmocka_setup(state);

  world = *state;
  return status;
}

static bool send_all(int fd, const char *data, size_t size) {
  while (size > 0) {
    ssize_t count = send(fd, data, size, MSG_NOSIGNAL);
    if (count <= 0)
      return false;
    data += count;
    size -= (size_t)count;
  }
  return true;
}

static void echo_line(harness_stream_t *s, void *arg) {
  char line[100];
  ptrdiff_t size = harness_read_until(s, line, sizeof line, "\n", 1);

  (void)arg;
  if (size > 0)
    harness_write(s, line, (size_t)size);
}

/* Sends its line a byte at a time: how the kernel joins them must not show. */
static void *say_line(void *arg) {
  const char *line = arg;
  char answer[100] = "";
  int fd = dial(SOCK_STREAM, harness_server_port(server));
  ssize_t size = 0;

  if (fd < 0)
    return NULL;
  for (size_t i = 0; line[i] != '\0'; i++)
    (void)send(fd, line + i, 1, MSG_NOSIGNAL);
  while (size < (ssize_t)strlen(line)) {
    ssize_t count = recv(fd, answer + size, sizeof answer - (size_t)size, 0);
    if (count <= 0)
      break;
    size += count;
  }
  close(fd);
  return size == (ssize_t)strlen(line) && memcmp(answer, line, (size_t)size) == 0 ? arg : NULL;
}

static char *converse_once(harness_t *h) {
  static const char *lines[CLIENTS] = {"h\n", "g\n", "f\n", "e\n", "d\n", "c\n", "b\n", "a\n"};
  harness_task_t *tasks[CLIENTS];
  char name[] = "caller0";
  char *json;

  world = h;
  server = harness_assert_made(h, harness_start_server(h, echo_line, NULL, NULL));
  for (size_t i = 0; i < CLIENTS; i++, name[6]++)
    tasks[i] = harness_call_in_background_named(h, name, say_line, (void *)(uintptr_t)lines[i]);
  harness_assert_run(h, harness_wait_all(h, tasks, CLIENTS));
  for (size_t i = 0; i < CLIENTS; i++)
    assert_non_null(harness_task_result(tasks[i]));
  json = harness_transcript_json(h);
  assert_non_null(json);
  harness_server_close(server);
  return json;
}

/* Eight threads race for one server; the lanes are named by what they say. */
static void racing_clients_give_one_transcript(void **state) {
  char *first = same_each_time(converse_once, 30);

  (void)state;
  assert_non_null(strstr(first, "{\"lane\": \"server/1\", \"event\": \"receive\", \"data\": \"a\\n\"}"));
  free(first);
}

static int outcome;

static void read_until_it_ends(harness_stream_t *s, void *arg) {
  char data[100];
  ptrdiff_t size;

  (void)arg;
  while ((size = harness_read(s, data, sizeof data)) > 0)
    continue;
  outcome = (int)size;
  assert_int_equal(harness_read(s, data, sizeof data), 0);
}

static void *reset_in_mid_read(void *arg) {
  static const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  int fd = dial(SOCK_STREAM, harness_server_port(server));
  bool sent = fd >= 0 && send_all(fd, "half of", 7);

  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(fd);
  return sent ? arg : NULL;
}

static void a_peer_that_resets(void **state) {
  harness_t *h = *state;
  char *text;

  outcome = 99;
  server = harness_assert_made(h, harness_start_server(h, read_until_it_ends, NULL, NULL));
  assert_non_null(harness_assert_run(h, harness_call_in_background(h, reset_in_mid_read, h)));
  text = harness_transcript_text(h); /* settles, though the run ended before the handler knew */
  assert_int_equal(outcome, UV_ECONNRESET);
  assert_non_null(strstr(text, "reset    from client"));
  free(text);
  harness_server_close(server);
}

static void *say_and_leave(void *arg) {
  int fd = dial(SOCK_STREAM, harness_server_port(server));
  bool sent = fd >= 0 && send_all(fd, "goodbye", 7);

  close(fd);
  return sent ? arg : NULL;
}

/* The call has ended; its last bytes and its FIN may still be in the kernel. Settling waits for them. */
static void settling_sees_what_a_call_left_behind(void **state) {
  (void)state;
  for (int i = 0; i < 50; i++) {
    harness_t *h = harness_open(NULL);
    char *text;

    world = h;
    server = harness_assert_made(h, harness_start_server(h, read_until_it_ends, NULL, NULL));
    assert_non_null(harness_assert_run(h, harness_call_in_background(h, say_and_leave, h)));
    text = harness_transcript_text(h);
    assert_string_equal(text, "server/1  accept   from client\n"
                              "server/1  receive  'goodbye'\n"
                              "server/1  eof      from client\n"
                              "server/1  close\n");
    free(text);
    harness_server_close(server);
    assert_int_equal(harness_close(h), 0);
  }
}

static void send_large(harness_stream_t *s, void *arg) {
  assert_int_equal(harness_write(s, arg, LARGE), LARGE);
  assert_int_equal(harness_drain(s), 0);
  assert_int_equal(harness_write(s, arg, LARGE), LARGE);
}

static size_t expected_size;

static void *receive_large(void *arg) {
  static char data[65536];
  int fd = dial(SOCK_STREAM, harness_server_port(server));
  size_t total = 0;
  ssize_t count;

  while ((count = recv(fd, data, sizeof data, 0)) > 0)
    total += (size_t)count;
  close(fd);
  return total == expected_size ? arg : NULL;
}

static void more_than_the_kernel_holds_reaches_a_thread(void **state) {
  harness_t *h = *state;
  char *data = calloc(1, LARGE);

  expected_size = 2 * (size_t)LARGE;
  server = harness_assert_made(h, harness_start_server(h, send_large, data, NULL));
  assert_non_null(harness_assert_run(h, harness_call_in_background(h, receive_large, data)));
  harness_assert_ok(h, harness_settle(h));
  harness_server_close(server);
  free(data);
}

static void *call_outside(void *arg) {
  harness_stream_t *s = harness_connect(world, "127.0.0.1", *(uint16_t *)arg);
  char data[10];

  harness_assert_made(world, s);
  assert_string_equal(harness_peer_name(s), "peer");
  assert_int_equal(harness_stream_set_delivery(s, (harness_delivery_t){.kind = HARNESS_DELIVERY_BYTEWISE}),
                   UV_ENOTSUP);
  assert_int_equal(harness_write(s, "ping\n", 5), 5);
  assert_int_equal(harness_write_eof(s), 0);
  assert_int_equal(harness_read_until(s, data, sizeof data, "\n", 1), 5);
  assert_int_equal(harness_read(s, data, sizeof data), 0);
  harness_stream_close(s);
  return arg;
}

static void *connect_and_be_cancelled(void *arg) {
  assert_null(harness_connect(world, "127.0.0.1", *(uint16_t *)arg));
  assert_int_equal(harness_error_code(world), UV_ECANCELED);
  return arg;
}

static void *cancel(void *arg) {
  assert_int_equal(harness_task_cancel(arg), 0);
  return arg;
}

static void *serve_one(void *arg) {
  int fd = accept(*(int *)arg, NULL, NULL);
  char data[10];
  ssize_t size = recv(fd, data, sizeof data, MSG_WAITALL);

  if (size > 0)
    (void)send_all(fd, data, (size_t)size);
  close(fd);
  return size == 5 ? arg : NULL;
}

static void a_server_outside_of_the_harness(void **state) {
  harness_t *h = *state;
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  harness_task_t *tasks[2];
  uint16_t port;

  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
  assert_int_equal(listen(listener, 1), 0);
  assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
  port = ntohs(address.sin_port);
  tasks[0] = harness_call_in_background_named(h, "echo", serve_one, &listener);
  tasks[1] = harness_schedule_coroutine(h, call_outside, &port);
  harness_assert_run(h, harness_wait_all(h, tasks, 2));
  assert_non_null(harness_task_result(tasks[0]));
  close(listener);
}

static void a_connect_to_the_outside_can_be_cancelled(void **state) {
  harness_t *h = *state;
  harness_server_t *other;
  harness_t *outside = harness_open(NULL);
  harness_task_t *tasks[2];
  uint16_t port;

  other = harness_assert_made(outside, harness_start_server(outside, echo_line, NULL, NULL));
  port = harness_server_port(other);
  tasks[0] = harness_schedule_coroutine(h, connect_and_be_cancelled, &port);
  tasks[1] = harness_schedule_coroutine(h, cancel, tasks[0]);
  assert_null(harness_run_in_foreground(h, harness_wait_all(h, tasks, 2)));
  harness_assert_ok(h, harness_settle(h));
  harness_server_close(other);
  assert_int_equal(harness_close(outside), 0);
}

static void read_one_byte(harness_stream_t *s, void *arg) {
  char byte;

  (void)arg;
  assert_int_equal(harness_read(s, &byte, 1), 1);
}

static void *be_reset(void *arg) {
  int fd = dial(SOCK_STREAM, harness_server_port(server));
  bool sent = fd >= 0 && send_all(fd, "more than one byte", 18);
  char byte;
  bool reset = recv(fd, &byte, 1, 0) < 0 && errno == ECONNRESET;

  close(fd);
  return sent && reset ? arg : NULL;
}

static void closing_with_unread_data_resets_a_thread(void **state) {
  harness_t *h = *state;

  server = harness_assert_made(h, harness_start_server(h, read_one_byte, NULL, NULL));
  assert_non_null(harness_assert_run(h, harness_call_in_background(h, be_reset, h)));
  harness_server_close(server);
}

static void send_and_return(harness_stream_t *s, void *arg) {
  assert_int_equal(harness_write(s, arg, LARGE), LARGE);
}

/* The handler has returned long before the thread has read what it wrote. */
static void what_a_handler_leaves_unsent_still_arrives(void **state) {
  harness_t *h = *state;
  char *data = calloc(1, LARGE);

  expected_size = LARGE;
  server = harness_assert_made(h, harness_start_server(h, send_and_return, data, NULL));
  assert_non_null(harness_assert_run(h, harness_call_in_background(h, receive_large, data)));
  harness_assert_ok(h, harness_settle(h));
  harness_server_close(server);
  free(data);
}

static void *connect_only(void *arg) {
  int fd = dial(SOCK_STREAM, harness_server_port(server));
  char byte;
  ssize_t size = fd >= 0 ? recv(fd, &byte, 1, 0) : 0;

  close(fd);
  return size <= 0 ? arg : NULL;
}

static void no_descriptor_left_at_accept(void **state) {
  harness_t *h = *state;
  char *text;

  if (RUNNING_ON_VALGRIND)
    skip(); /* its own limit takes the connection from the queue and closes it before it says EMFILE */
  server = harness_assert_made(h, harness_start_server(h, echo_line, NULL, NULL));
  assert_non_null(harness_assert_run(h, harness_call_in_background(h, say_line, "warm\n")));
  harness_assert_ok(h, harness_settle(h));
  leave_descriptors(1); /* for the client's socket, none for the server's */
  assert_non_null(harness_assert_run(h, harness_call_in_background(h, connect_only, h)));
  give_descriptors_back();
  assert_int_equal(harness_error_code(h), UV_EMFILE);
  assert_non_null(harness_assert_run(h, harness_call_in_background(h, say_line, "more\n")));
  text = harness_transcript_text(h);
  assert_non_null(strstr(text, "server    error    EMFILE"));
  assert_non_null(strstr(text, "'more\\n'"));
  free(text);
  harness_server_close(server);
}

static char reported[2000];

static void keep_report(const char *text, void *arg) {
  (void)arg;
  (void)snprintf(reported, sizeof reported, "%s", text);
}

static void never_answer(harness_stream_t *s, void *arg) {
  char data[10];

  (void)arg;
  while (harness_read(s, data, sizeof data) > 0)
    continue;
}

static void a_call_that_waits_for_ever_is_told_and_woken(void **state) {
  harness_options_t options = {.report = keep_report, .timeout_ms = 200};
  harness_t *h = harness_open(&options);
  harness_task_t *task;

  (void)state;
  world = h;
  server = harness_assert_made(h, harness_start_server(h, never_answer, NULL, NULL));
  task = harness_call_in_background_named(h, "stuck", connect_only, h);
  assert_null(harness_run_in_foreground(h, task));
  assert_int_equal(harness_error_code(h), UV_ETIMEDOUT);
  assert_non_null(strstr(reported, "stuck runs in the background"));
  assert_non_null(strstr(reported, "server/1 waits to read from client"));
  assert_int_equal(harness_close(h), 3); /* returns: closing the connection wakes the call */
}

#define foreign_test(f) cmocka_unit_test_setup_teardown(f, set_up, harness_cmocka_teardown)

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(racing_clients_give_one_transcript),
    foreign_test(a_peer_that_resets),
    cmocka_unit_test(settling_sees_what_a_call_left_behind),
    foreign_test(more_than_the_kernel_holds_reaches_a_thread),
    foreign_test(a_server_outside_of_the_harness),
    foreign_test(a_connect_to_the_outside_can_be_cancelled),
    foreign_test(closing_with_unread_data_resets_a_thread),
    foreign_test(what_a_handler_leaves_unsent_still_arrives),
    foreign_test(no_descriptor_left_at_accept),
    cmocka_unit_test(a_call_that_waits_for_ever_is_told_and_woken),
};

HARNESS_CMOCKA_MAIN("contract_foreign", tests)
