/* SPDX-License-Identifier: MIT */
/* A client whose conversation has a secret in it and a value that is another one on every run. */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include <harness/cmocka.h>

typedef struct login {
  harness_t *h;
  harness_server_t *server;
  char answer[64];
} login_t;

/* Lets everybody in, with a session of their own, and answers what comes with the right one. */
static void doorkeeper(harness_stream_t *stream, void *arg) {
  unsigned number = 0;
  char line[64];
  char session[32];
  ptrdiff_t size;

  (void)arg;
  (void)getrandom(&number, sizeof number, 0);
  (void)snprintf(session, sizeof session, "session=%08x\n", number);
  if (harness_read_until(stream, line, sizeof line, "\n", 1) <= 0)
    return;
  harness_write(stream, session, strlen(session));
  size = harness_read_until(stream, line, sizeof line, "\n", 1);
  if (size > 4 && (size_t)size == 4 + strlen(session) && memcmp(line + 4, session, strlen(session)) == 0)
    harness_write(stream, "welcome\n", 8);
}

/* The client under test: gives back the session that it is given. */
static void *log_in(void *arg) {
  login_t *login = arg;
  harness_t *h = login->h;
  harness_stream_t *stream = harness_assert_made(h, harness_connect_to(h, login->server));
  char session[32];
  ptrdiff_t size;

  harness_write(stream, "PASS hunter2\n", 13);
  size = harness_read_until(stream, session, sizeof session, "\n", 1);
  harness_write(stream, "GET ", 4);
  harness_write(stream, session, size > 0 ? (size_t)size : 0);
  harness_read_until(stream, login->answer, sizeof login->answer - 1, "\n", 1);
  harness_stream_close(stream);
  return login->answer;
}

static void keeps_its_session(void **state) {
  harness_t *h = *state;
  login_t login = {.h = h};

  harness_assert_ok(h, harness_redact(h, "password", "PASS (\\S+)"));
  harness_assert_ok(h, harness_placeholder(h, "session", "session=([0-9a-f]+)"));
  login.server = harness_assert_made(h, harness_start_server(h, doorkeeper, NULL, NULL));
  assert_string_equal(harness_assert_run(h, harness_schedule_coroutine(h, log_in, &login)), "welcome\n");
  harness_server_close(login.server);
  harness_assert_transcript(h, "login/keeps_its_session");
}

static const struct CMUnitTest tests[] = {harness_unit_test(keeps_its_session)};
HARNESS_CMOCKA_MAIN("login_client", tests)
