/* SPDX-License-Identifier: MIT */
/* When the harness hears of parties outside: of who comes while others are there, and of room to write. */
#include <harness/cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "outside.h"

enum { LARGE = 32 * 1024 * 1024, TIMEOUT_MS = 5000 };

static harness_transport_t *connection;
static harness_task_t *written;
static harness_task_t *resumed;

/* Much more than the kernel takes; the low mark is just below what it has left. */
static void made(void *state, harness_transport_t *transport) {
  char *data = calloc(LARGE, 1);
  size_t unsent;

  (void)state;
  connection = transport;
  assert_non_null(data);
  assert_int_equal(harness_transport_write(transport, data, LARGE), LARGE);
  free(data);
  unsent = (size_t)harness_transport_unread(transport);
  assert_true(unsent > HARNESS_WRITE_HIGH && unsent < LARGE);
  assert_int_equal(harness_transport_set_write_limits(transport, unsent, unsent - 1), 0);
  assert_int_equal(harness_future_resolve(written, transport), 0);
}

static void resume(void *state) {
  (void)state;
  assert_int_equal(harness_future_resolve(resumed, connection), 0);
}

static void read_all_of(int fd, size_t size) {
  static char data[64 * 1024];

  while (size > 0) {
    ssize_t count = recv(fd, data, size < sizeof data ? size : sizeof data, 0);

    assert_true(count > 0);
    size -= (size_t)count;
  }
}

/* Not only when the kernel has taken everything. */
static void writing_resumes_at_the_low_mark(void **state) {
  static const harness_protocol_t protocol = {.connection_made = made, .resume_writing = resume};
  harness_t *h = harness_open(&(harness_options_t){.timeout_ms = TIMEOUT_MS, .no_transcript = 1});
  harness_server_t *server = harness_assert_made(h, harness_create_server(h, &protocol, NULL, NULL, NULL));
  int fd = dial(SOCK_STREAM, harness_server_port(server));

  (void)state;
  written = harness_future_new(h);
  resumed = harness_future_new(h);
  harness_assert_run(h, written);
  read_all_of(fd, LARGE - (size_t)harness_transport_unread(connection));
  assert_ptr_equal(harness_assert_run(h, resumed), connection);
  assert_true(harness_transport_unread(connection) > 0);
  harness_transport_abort(connection);
  assert_int_equal(close(fd), 0);
  harness_server_close(server);
  assert_int_equal(harness_close(h), 0);
}

static void read_to_the_end(harness_stream_t *s, void *arg) {
  char data[10];

  (void)arg;
  while (harness_read(s, data, sizeof data) > 0)
    continue;
}

/* Also where nothing but connections is free-running: the loop is looked at, and not only waited for. */
static void settling_sees_who_came_meanwhile(void **state) {
  harness_t *h = *state;
  harness_server_t *server = harness_assert_made(h, harness_start_server(h, read_to_the_end, NULL, NULL));
  char name[] = "server/1";
  int fds[3];

  for (int i = 0; i < 3; i++, name[7]++) {
    char *text;

    fds[i] = dial(SOCK_STREAM, harness_server_port(server));
    text = harness_transcript_text(h);
    assert_non_null(text);
    assert_non_null(strstr(text, name));
    free(text);
  }
  for (int i = 0; i < 3; i++)
    assert_int_equal(close(fds[i]), 0);
  assert_int_equal(harness_settle(h), 0);
  harness_server_close(server);
}

static const struct CMUnitTest tests[] = {
    harness_unit_test(settling_sees_who_came_meanwhile),
    cmocka_unit_test(writing_resumes_at_the_low_mark),
};

HARNESS_CMOCKA_MAIN("contract_foreign_pace", tests)
