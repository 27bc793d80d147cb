/* SPDX-License-Identifier: MIT */
/* What is polled is in one set, which is made anew where somebody else holds open what is closed here. The
 * library's calls are counted by functions that the linker puts before them. */
#include <harness/cmocka.h>

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int sets;
static int controls;

int __real_epoll_create1(int flags);
int __wrap_epoll_create1(int flags);
int __real_epoll_ctl(int set, int operation, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int set, int operation, int fd, struct epoll_event *event);

int __wrap_epoll_create1(int flags) {
  sets++;
  return __real_epoll_create1(flags);
}

int __wrap_epoll_ctl(int set, int operation, int fd, struct epoll_event *event) {
  controls++;
  return __real_epoll_ctl(set, operation, fd, event);
}

static harness_t *world;
static harness_server_t *server;
static int held; /* the descriptor of the first connection, once more; -1: not yet */

/* Reads "1", and then the end or, from the first client, "2". */
static void hold(harness_stream_t *stream, void *arg) {
  char data[1];

  (void)arg;
  assert_int_equal(harness_read(stream, data, sizeof data), 1);
  if (held < 0) {
    held = dup(harness_transport_fd(harness_stream_transport(stream)));
    assert_int_equal(harness_read(stream, data, sizeof data), 1);
    return;
  }
  assert_int_equal(harness_read(stream, data, sizeof data), 0);
}

static int dial(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  address.sin_port = htons(harness_server_port(server));
  assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
  return fd;
}

static void say(int fd, const char *text) {
  assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
  harness_assert_ok(world, harness_settle(world));
}

static void open_world(const char *slow) {
  assert_int_equal(setenv("HARNESS_SLOW", slow, 1), 0);
  world = harness_open(NULL);
  assert_non_null(world);
  held = -1;
  server = harness_assert_made(world, harness_start_server(world, hold, NULL, NULL));
}

/* The transcript, for the caller to free. */
static char *close_world(void) {
  char *json;

  harness_server_close(server);
  json = harness_transcript_json(world);
  assert_non_null(json);
  assert_int_equal(harness_close(world), 0);
  assert_int_equal(unsetenv("HARNESS_SLOW"), 0);
  return json;
}

/* Data comes for what is closed here and open elsewhere, and nobody will ever read it: with a connection
 * under way the harness settles all the same, since the set is not asked about it again. */
static char *hold_and_settle(const char *slow, int sets_expected) {
  int first;
  int second;

  open_world(slow);
  first = dial();
  say(first, "1");
  sets = 0;
  say(first, "2");
  assert_true(held >= 0);
  second = dial();
  say(second, "1");
  say(first, "3");
  assert_int_equal(sets - sets_expected, 0);
  say(first, "4");
  assert_int_equal(close(second), 0);
  harness_assert_ok(world, harness_settle(world));
  assert_int_equal(close(held), 0);
  assert_int_equal(close(first), 0);
  assert_int_equal(sets - sets_expected, 0);
  return close_world();
}

static void what_is_open_elsewhere_is_not_asked_about(void **state) {
  char *fast = hold_and_settle("", 1);
  char *slow = hold_and_settle("polls", 0);

  (void)state;
  assert_string_equal(fast, slow);
  free(fast);
  free(slow);
}

enum { CLIENTS = 20 };

static void *call(void *arg) {
  char end;
  int fd = dial();

  assert_int_equal(send(fd, "1", 1, MSG_NOSIGNAL), 1);
  assert_int_equal(shutdown(fd, SHUT_WR), 0);
  assert_int_equal(recv(fd, &end, 1, 0), 0);
  (void)close(fd);
  return arg;
}

static char *call_often(const char *slow, int *took) {
  open_world(slow);
  held = 0;
  controls = 0;
  for (int i = 0; i < CLIENTS; i++)
    harness_assert_run(world, harness_call_in_background(world, call, world));
  *took = controls;
  return close_world();
}

/* One call for the listener, at most one for each connection; in the slow way at most two. */
static void a_connection_takes_one_call(void **state) {
  int took;
  int took_slowly;
  char *fast = call_often("", &took);
  char *slow = call_often("polls", &took_slowly);

  (void)state;
  assert_in_range(took, 1, 1 + CLIENTS);
  assert_in_range(took_slowly, 1, 1 + 2 * CLIENTS);
  assert_string_equal(fast, slow);
  free(fast);
  free(slow);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_open_elsewhere_is_not_asked_about),
    cmocka_unit_test(a_connection_takes_one_call),
};

HARNESS_CMOCKA_MAIN("network_poller", tests)
