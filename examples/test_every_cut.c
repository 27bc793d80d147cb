/* SPDX-License-Identifier: MIT */
/*
 * A client under every delivery policy. ask_once takes what one read gives for the whole answer, which is
 * right as long as nobody cuts it: the check names the first cut that breaks it. ask_line reads on to the end
 * of the line, and passes.
 */
#include <stdlib.h>
#include <string.h>

#include <harness/cmocka.h>

/* Greets whoever says a name. A handler that returns closes its connection. */
static void greeter(harness_stream_t *stream, void *arg) {
  char name[64];
  ptrdiff_t size = harness_read_until(stream, name, sizeof name, "\n", 1);

  (void)arg;
  harness_write(stream, "Hello ", 6);
  harness_write(stream, name, size > 0 ? (size_t)size : 0);
}

typedef struct call {
  harness_t *h;
  harness_server_t *server;
} call_t;

static harness_stream_t *say_name(call_t *call) {
  harness_stream_t *stream = harness_connect_to(call->h, call->server);

  harness_write(stream, "Ann\n", 4);
  return stream;
}

/* The wrong way. */
static void *ask_once(void *arg) {
  call_t *call = arg;
  char text[64] = "";
  harness_stream_t *stream = say_name(call);

  harness_read(stream, text, 6);
  harness_read(stream, text + 6, sizeof text - 7);
  harness_log(call->h, "was told: %s", text);
  harness_stream_close(stream);
  return NULL;
}

/* The right way. */
static void *ask_line(void *arg) {
  call_t *call = arg;
  char text[64] = "";
  harness_stream_t *stream = say_name(call);

  harness_read_until(stream, text, sizeof text - 1, "\n", 1);
  harness_log(call->h, "was told: %s", text);
  harness_stream_close(stream);
  return NULL;
}

/* One conversation, in a harness made for it. It returns 0 or what went wrong, and asserts nothing. */
static int greeting(harness_t *h, void *client) {
  harness_function_t *function = client;
  call_t call = {.h = h, .server = harness_start_server(h, greeter, NULL, NULL)};

  harness_run_in_foreground(h, harness_schedule_coroutine(h, *function, &call));
  harness_server_close(call.server);
  return harness_error_code(h);
}

static void survives_every_cut(void **state) {
  harness_function_t client = ask_line;

  (void)state;
  harness_assert_all_deliveries(greeting, &client, NULL);
}

static void finds_the_cut_that_breaks(void **state) {
  harness_function_t client = ask_once;
  char *report;

  (void)state;
  assert_int_equal(harness_check_all_deliveries(greeting, &client, NULL, &report), HARNESS_CHECK_DIFFERENT);
  assert_non_null(strstr(report, "after byte 1 of what server/1 writes to client: 'H' | 'ello Ann\\n'"));
  free(report);
}

static const struct CMUnitTest tests[] = {cmocka_unit_test(survives_every_cut),
                                          cmocka_unit_test(finds_the_cut_that_breaks)};
HARNESS_CMOCKA_MAIN("every_cut", tests)
