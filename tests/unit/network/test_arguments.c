/* SPDX-License-Identifier: MIT */
/* What the network's functions refuse: nothing where something is needed, what belongs elsewhere, and what
 * comes too late. */
#include <harness/cmocka.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <uv.h>

/* What a coroutine of these tests gets. */
typedef struct place {
  harness_t *h;
  harness_server_t *server;
} place_t;

static const harness_protocol_t quiet = {0};
static const harness_framing_t lines = {.separator = "\n", .separator_size = 1};

static void handle(harness_stream_t *stream, void *arg) {
  (void)arg;
  (void)harness_read(stream, &(char){0}, 1);
}

static void respond(void *arg, harness_framed_t *connection, const void *data, size_t size) {
  (void)arg;
  (void)harness_framed_write(connection, data, size);
}

static void nothing_is_no_transport(void **state) {
  struct iovec piece = {.iov_base = NULL, .iov_len = 1};
  harness_delivery_t bytewise = {.kind = HARNESS_DELIVERY_BYTEWISE};

  (void)state;
  assert_int_equal(harness_transport_writev(NULL, &piece, 1), UV_EINVAL);
  assert_int_equal(harness_transport_resume_reading(NULL), UV_EINVAL);
  assert_int_equal(harness_transport_set_write_limits(NULL, 2, 1), UV_EINVAL);
  assert_int_equal(harness_transport_set_delivery(NULL, bytewise), UV_EINVAL);
  assert_int_equal(harness_transport_unread(NULL), 0);
  assert_string_equal(harness_transport_name(NULL), "");
  assert_string_equal(harness_transport_peer_name(NULL), "");
  assert_int_equal(harness_transport_fd(NULL), -1);
  harness_transport_abort(NULL);
}

static void nothing_is_no_stream(void **state) {
  char byte;

  (void)state;
  assert_int_equal(harness_read(NULL, &byte, 1), UV_EINVAL);
  assert_int_equal(harness_write(NULL, "x", 1), UV_EINVAL);
  assert_int_equal(harness_drain(NULL), UV_EINVAL);
  assert_int_equal(harness_write_eof(NULL), UV_EINVAL);
  assert_int_equal(harness_can_write_eof(NULL), 0);
  assert_int_equal(harness_stream_set_delivery(NULL, (harness_delivery_t){0}), UV_EINVAL);
  assert_string_equal(harness_stream_name(NULL), "");
  assert_string_equal(harness_peer_name(NULL), "");
  assert_null(harness_stream_transport(NULL));
  harness_stream_close(NULL);
  harness_stream_abort(NULL);
}

static void nothing_is_no_server(void **state) {
  (void)state;
  assert_int_equal(harness_server_port(NULL), 0);
  assert_string_equal(harness_server_host(NULL), "");
  assert_string_equal(harness_server_name(NULL), "");
  assert_int_equal(harness_server_close_clients(NULL), 0);
  harness_server_close(NULL);
  assert_null(harness_start_server(NULL, handle, NULL, NULL));
  assert_string_equal(harness_error(NULL), "harness_start_server: the harness is NULL");
  assert_null(harness_connect(NULL, "127.0.0.1", 1));
  assert_non_null(strstr(harness_error(NULL), "the harness is NULL"));
  assert_int_equal(harness_framed_client_idle(NULL), 0);
  assert_int_equal(harness_framer_pending(NULL), 0);
  assert_null(harness_framed_transport(NULL));
  harness_framer_close(NULL);
}

static void a_server_needs_a_handler(void **state) {
  harness_t *h = *state;

  assert_null(harness_start_server(h, NULL, NULL, NULL));
  assert_string_equal(harness_error(h), "harness_start_server: the handler is NULL");
}

/* On a stream that a coroutine reads there is nothing to pause, and limits must be in order. */
static void try_transport(harness_stream_t *stream, void *arg) {
  harness_transport_t *t = harness_stream_transport(stream);
  char byte;

  (void)arg;
  assert_int_equal(harness_transport_pause_reading(t), UV_ENOTSUP);
  assert_int_equal(harness_transport_set_write_limits(t, 1, 2), UV_EINVAL);
  assert_int_equal(
      harness_transport_set_delivery(t, (harness_delivery_t){.kind = (harness_delivery_kind_t)9}), UV_EINVAL);
  assert_int_equal(harness_transport_writev(t, NULL, 1), UV_EINVAL);
  assert_int_equal(harness_transport_writev(t, &(struct iovec){.iov_base = NULL, .iov_len = 1}, 1),
                   UV_EINVAL);
  assert_int_equal(harness_transport_write(t, NULL, 1), UV_EINVAL);
  assert_int_equal(harness_transport_write(t, "x", SIZE_MAX), UV_EINVAL);
  assert_int_equal(harness_read(stream, NULL, 1), UV_EINVAL);
  assert_int_equal(harness_read(stream, &byte, 0), UV_EINVAL);
  assert_int_equal(harness_read(stream, &byte, SIZE_MAX), UV_EINVAL);
  assert_int_equal(harness_transport_writev(t, NULL, 0), 0);
  assert_int_equal(harness_read(stream, &byte, 1), 0);
}

static void *visit(void *arg) {
  const place_t *place = arg;
  harness_stream_t *stream = harness_connect_to(place->h, place->server);

  harness_stream_close(stream);
  return stream;
}

static void a_stream_refuses_what_makes_no_sense(void **state) {
  harness_t *h = *state;
  place_t place = {h, harness_assert_made(h, harness_start_server(h, try_transport, NULL, NULL))};

  assert_non_null(harness_assert_run(h, harness_schedule_coroutine(h, visit, &place)));
  harness_assert_ok(h, harness_settle(h));
  harness_server_close(place.server);
}

/* What belongs to another harness is refused by this one. */
static void *use_of_another(void *arg) {
  const place_t *place = arg;
  harness_t *h = place->h;

  assert_null(harness_connect_to(h, NULL));
  assert_string_equal(harness_error(h), "harness_connect_to: the server is NULL");
  assert_null(harness_connect_to(h, place->server));
  assert_string_equal(harness_error(h), "harness_connect_to: the server belongs to another harness");
  assert_null(harness_connect(h, NULL, 1));
  assert_string_equal(harness_error(h), "harness_connect: the host is NULL");
  return arg;
}

static void others_are_refused(void **state) {
  harness_t *h = *state;
  harness_t *other = harness_open(NULL);
  harness_server_t *server = harness_assert_made(other, harness_start_server(other, handle, NULL, NULL));

  assert_null(
      harness_create_connection(h, &quiet, NULL, NULL, &(harness_connection_options_t){.server = server}));
  assert_string_equal(harness_error(h), "harness_create_connection: the server belongs to another harness");
  assert_null(harness_framed_client_new(h, &lines, &(harness_framed_client_options_t){.server = server}));
  assert_string_equal(harness_error(h), "harness_framed_client_new: the server belongs to another harness");
  (void)harness_assert_run(h, harness_schedule_coroutine(h, use_of_another, &(place_t){h, server}));
  harness_server_close(server);
  assert_int_equal(harness_close(other), 0);
}

static void *call_elsewhere(void *arg) {
  static char sentence[200];
  bool refused = harness_framed_call(arg, "x", 1) == NULL;

  (void)snprintf(sentence, sizeof sentence, "%s", refused ? harness_error(NULL) : "it was done");
  return sentence;
}

static void other_threads_are_refused(void **state) {
  harness_t *h = *state;
  harness_server_t *server = harness_create_framed_server(h, &lines, respond, NULL, NULL);
  harness_framed_client_options_t options = {.server = server};
  harness_framed_client_t *client = harness_assert_made(h, harness_framed_client_new(h, &lines, &options));
  pthread_t thread;
  void *sentence;

  assert_int_equal(pthread_create(&thread, NULL, call_elsewhere, client), 0);
  assert_int_equal(pthread_join(thread, &sentence), 0);
  assert_string_equal(sentence, "harness_framed_call: the client belongs to another thread");
  harness_framed_client_close(client);
  harness_server_close(server);
}

/* Where a server on a unix socket would get its folder. */
static void a_folder_has_to_be_possible(void **state) {
  harness_server_options_t options = {.host = "unix:"};
  const char *before = getenv("TMPDIR");
  char *kept = before != NULL ? strdup(before) : NULL;
  char parent[300];
  harness_t *h = *state;

  memset(parent, 'x', sizeof parent - 1);
  parent[0] = '/';
  parent[sizeof parent - 1] = '\0';
  (void)setenv("TMPDIR", parent, 1);
  assert_null(harness_start_server(h, handle, NULL, &options));
  assert_int_equal(harness_error_code(h), UV_ENAMETOOLONG);
  (void)setenv("TMPDIR", "/proc/none", 1);
  assert_null(harness_start_server(h, handle, NULL, &options));
  assert_int_equal(harness_error_code(h), UV_ENOENT);
  (void)setenv("TMPDIR", "", 1); /* as if it were not set */
  harness_server_close(harness_assert_made(h, harness_start_server(h, handle, NULL, &options)));
  if (kept != NULL)
    (void)setenv("TMPDIR", kept, 1);
  else
    (void)unsetenv("TMPDIR");
  free(kept);
}

/* A protocol may leave out any of its callbacks. */
static void *talk_to_nobody(void *arg) {
  const place_t *place = arg;
  harness_stream_t *stream = harness_connect_to(place->h, place->server);
  char byte;

  assert_int_equal(harness_write(stream, "x", 1), 1);
  assert_int_equal(harness_write_eof(stream), 0);
  assert_int_equal(harness_read(stream, &byte, 1), 0);
  harness_stream_close(stream);
  return arg;
}

static void callbacks_may_be_left_out(void **state) {
  harness_t *h = *state;
  place_t place = {h, harness_assert_made(h, harness_create_server(h, &quiet, NULL, NULL, NULL))};
  harness_connection_options_t options = {.server = place.server};
  harness_transport_t *transport;
  char *text;

  (void)harness_assert_run(h, harness_schedule_coroutine(h, talk_to_nobody, &place));
  transport = harness_assert_run(h, harness_create_connection(h, &quiet, NULL, NULL, &options));
  harness_transport_close(transport);
  harness_server_close(place.server);
  text = harness_transcript_text(h);
  assert_non_null(strstr(text, "server/1  receive  'x'\nserver/1  eof      from client\nserver/1  close\n"));
  free(text);
}

/* Whoever learns that its harness is being closed, and tries to go on, is told so. */
enum { TRIES = 8 };

static struct {
  harness_t *h;
  const void *made[TRIES];
  int codes[TRIES];
  char sentences[TRIES][120];
} late;

static void note(int i, const void *made) {
  late.made[i] = made;
  late.codes[i] = harness_error_code(late.h);
  (void)snprintf(late.sentences[i], sizeof late.sentences[i], "%s", harness_error(late.h));
  harness_clear_error(late.h);
}

static void *nothing(void *arg) {
  return arg;
}

static void fire(void *arg) {
  (void)arg;
}

static void try_late(harness_stream_t *stream, void *arg) {
  harness_t *h = late.h;
  harness_task_t *self = harness_current_task(h);

  (void)arg;
  (void)harness_read(stream, &(char){0}, 1);
  note(0, harness_start_server(h, handle, NULL, NULL));
  note(1, harness_create_server(h, &quiet, NULL, NULL, NULL));
  note(2, harness_schedule_coroutine(h, nothing, NULL));
  note(3, harness_future_new(h));
  note(4, harness_call_in_background(h, nothing, NULL));
  note(5, harness_wait_all(h, &self, 1));
  note(6, harness_call_later(h, 1, fire, NULL));
  note(7, harness_create_datagram_endpoint(h, NULL, NULL, NULL));
}

static void *connect_and_leave_open(void *arg) {
  return harness_connect_to(late.h, arg);
}

static void ignore_report(const char *text, void *arg) {
  (void)text;
  (void)arg;
}

static void nothing_is_made_while_closing(void **state) {
  harness_t *h = harness_open(&(harness_options_t){.report = ignore_report});
  harness_server_t *server = harness_start_server(h, try_late, NULL, NULL);

  (void)state;
  memset(&late, 0, sizeof late);
  late.h = h;
  assert_non_null(
      harness_run_in_foreground(h, harness_schedule_coroutine(h, connect_and_leave_open, server)));
  assert_in_range(harness_close(h), 1, 3);
  for (int i = 0; i < TRIES; i++) {
    assert_null(late.made[i]);
    if (late.codes[i] != UV_ECANCELED || strstr(late.sentences[i], "the harness is being closed") == NULL)
      fail_msg("try %d: %d, %s", i, late.codes[i], late.sentences[i]);
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(nothing_is_no_transport),
    cmocka_unit_test(nothing_is_no_stream),
    cmocka_unit_test(nothing_is_no_server),
    harness_unit_test(a_server_needs_a_handler),
    harness_unit_test(a_stream_refuses_what_makes_no_sense),
    harness_unit_test(others_are_refused),
    harness_unit_test(other_threads_are_refused),
    harness_unit_test(a_folder_has_to_be_possible),
    harness_unit_test(callbacks_may_be_left_out),
    cmocka_unit_test(nothing_is_made_while_closing),
};

HARNESS_CMOCKA_MAIN("network/arguments", tests)
