/* SPDX-License-Identifier: MIT */
/* A coroutine client, tested against a server that the test writes: no port, no thread, no sleep. */
#include <harness/cmocka.h>

/* Greets whoever says a name. A handler that returns closes its connection. */
static void greeter(harness_stream_t *stream, void *arg) {
  char name[64];
  ptrdiff_t size = harness_read_until(stream, name, sizeof name, "\n", 1);

  (void)arg;
  harness_write(stream, "Hello ", 6);
  harness_write(stream, name, size > 0 ? (size_t)size : 0);
}

typedef struct greeting {
  harness_t *h;
  harness_server_t *server;
  char text[64];
} greeting_t;

/* The client under test: runs as a coroutine, so it reads as if it blocked. */
static void *ask(void *arg) {
  greeting_t *greeting = arg;
  harness_t *h = greeting->h;
  harness_stream_t *stream = harness_assert_made(h, harness_connect_to(h, greeting->server));

  harness_write(stream, "Ann\n", 4);
  harness_read_until(stream, greeting->text, sizeof greeting->text - 1, "\n", 1);
  harness_stream_close(stream);
  return greeting->text;
}

static void greets_by_name(void **state) {
  harness_t *h = *state;
  greeting_t greeting = {.h = h};

  greeting.server = harness_assert_made(h, harness_start_server(h, greeter, NULL, NULL));
  assert_string_equal(harness_assert_run(h, harness_schedule_coroutine(h, ask, &greeting)), "Hello Ann\n");
  harness_server_close(greeting.server);
  harness_assert_transcript(h, "greeter/coroutine_client");
}

static const struct CMUnitTest tests[] = {harness_unit_test(greets_by_name)};
HARNESS_CMOCKA_MAIN("coroutine_client", tests)
