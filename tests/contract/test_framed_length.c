/* SPDX-License-Identifier: MIT */
/* Messages behind their length: servers and clients of every size of it, over two transports, under every
 * policy. */
#include <harness/cmocka.h>

#include <stdio.h>
#include <string.h>
#include <uv.h>

static const char *const hosts[] = {"127.0.0.1", "memory:"};
static const char *const policies[] = {"as_written", "coalesced", "bytewise", "split_at:1,3", "seeded:7"};
static const size_t sizes[] = {1, 2, 4, 8};

enum { LARGE = 255 };

static void respond(void *arg, harness_framed_t *connection, const void *data, size_t size) {
  (void)arg;
  assert_int_equal(harness_framed_write(connection, data, size), 0);
}

static void assert_reply(const harness_task_t *future, const char *data, size_t size) {
  const harness_reply_t *reply = harness_task_result(future);

  assert_int_equal(harness_task_status(future), 0);
  assert_int_equal(reply->size, size);
  assert_memory_equal(reply->data, data, size);
}

/* Nothing, a byte that is a NUL, text, and as much as one byte can count. */
static void call_all(harness_t *h, harness_framed_client_t *client) {
  char large[LARGE];
  const char *const messages[] = {"", "\0", "Hello!", large};
  const size_t lengths[] = {0, 1, 6, LARGE};
  harness_task_t *futures[4];

  memset(large, 'x', sizeof large);
  for (size_t i = 0; i < 4; i++)
    futures[i] = harness_assert_made(h, harness_framed_call(client, messages[i], lengths[i]));
  (void)harness_assert_run(h, harness_wait_all(h, futures, 4));
  for (size_t i = 0; i < 4; i++)
    assert_reply(futures[i], messages[i], lengths[i]);
}

static void talk(const char *host, const char *policy, size_t length_size) {
  harness_framing_t framing = {.length_size = length_size, .largest = LARGE};
  harness_options_t options = {.host = host, .report = harness_cmocka_report};
  harness_framed_client_options_t client_options = {.pool_size = 2, .pipeline = 2};
  harness_framed_client_t *client;
  harness_t *h;

  assert_int_equal(harness_delivery_parse(policy, &options.delivery), 0);
  h = harness_open(&options);
  assert_non_null(h);
  client_options.server =
      harness_assert_made(h, harness_create_framed_server(h, &framing, respond, NULL, NULL));
  client = harness_assert_made(h, harness_framed_client_new(h, &framing, &client_options));
  call_all(h, client);
  harness_framed_client_close(client);
  assert_int_equal(harness_settle(h), 0);
  harness_server_close(client_options.server);
  assert_int_equal(harness_close(h), 0);
}

static void lengths_of_every_size(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
    for (size_t k = 0; k < sizeof policies / sizeof policies[0]; k++)
      for (size_t j = 0; j < sizeof sizes / sizeof sizes[0]; j++)
        talk(hosts[i], policies[k], sizes[j]);
}

/* What a byte can't count is refused before anything is sent. */
static void what_the_length_cannot_say_is_refused(void **state) {
  harness_framing_t framing = {.length_size = 1, .largest = 1000};
  char large[LARGE + 1] = {0};
  harness_t *h = *state;
  harness_server_t *server =
      harness_assert_made(h, harness_create_framed_server(h, &framing, respond, NULL, NULL));
  harness_framed_client_options_t options = {.server = server};
  harness_framed_client_t *client = harness_assert_made(h, harness_framed_client_new(h, &framing, &options));

  assert_null(harness_framed_call(client, large, sizeof large));
  assert_int_equal(harness_error_code(h), UV_EMSGSIZE);
  assert_non_null(strstr(harness_error(h), "256 bytes can't be sent: it is too large"));
  harness_framed_client_close(client);
  harness_server_close(server);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(lengths_of_every_size),
    harness_unit_test(what_the_length_cannot_say_is_refused),
};

HARNESS_CMOCKA_MAIN("framed_length", tests)
