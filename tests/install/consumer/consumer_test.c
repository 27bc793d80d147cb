/* SPDX-License-Identifier: MIT */
/* A cmocka test with the installed adapter and echo library. */
#include <harness/cmocka.h>
#include <harness/echo.h>

static void echo_answers(void **state) {
  harness_t *h = *state;
  harness_server_t *server = harness_assert_made(h, harness_start_server(h, harness_echo_handle, h, NULL));
  harness_echo_client_t client = {.harness = h, .server = server, .message = "Hello World!"};
  char *reply = harness_assert_run(h, harness_schedule_coroutine(h, harness_echo_client, &client));
  assert_string_equal(reply, "Hello World!");
  harness_assert_transcript(h, "consumer/echo_answers");
  harness_server_close(server);
}

static void reads_what_was_installed(void **state) {
  (void)state;
  assert_string_equal(harness_version(), CONSUMER_EXPECTS);
}

static const struct CMUnitTest tests[] = {
    harness_unit_test(echo_answers),
    cmocka_unit_test(reads_what_was_installed),
};

HARNESS_CMOCKA_MAIN("consumer", tests)
