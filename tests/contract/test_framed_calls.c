/* SPDX-License-Identifier: MIT */
/* Calls of framed clients: each test over every transport, under every policy. */
#include <harness/cmocka.h>

#include <stdio.h>
#include <uv.h>

#include "framed.h"

static void pipeline(harness_t *h) {
  harness_framed_client_t *client =
      client_of(h, (harness_framed_client_options_t){.pool_size = 2, .pipeline = 2});
  harness_task_t *futures[6];
  char text[16];

  for (size_t i = 0; i < 6; i++) {
    (void)snprintf(text, sizeof text, "hold %zu", i);
    futures[i] = call(client, text);
  }
  settle();
  assert_int_equal(world.held_count, 4); /* two connections, two calls each */
  for (size_t i = 0; i < 6; i++) {
    assert_int_equal(release(), 0);
    settle();
  }
  for (size_t i = 0; i < 6; i++) {
    (void)snprintf(text, sizeof text, "hold %zu", i);
    assert_reply(futures[i], text, 0);
  }
  assert_int_equal(world.connection_count, 2);
  assert_int_equal(harness_framed_client_idle(client), 2);
  harness_framed_client_close(client);
}

static void pipelining(void **state) {
  (void)state;
  everywhere(pipeline);
}

/* Ten replies in one write, ten calls on one connection. */
static void reply_at_once(harness_t *h) {
  static const char replies[] =
      "0\r\n\r\n1\r\n\r\n2\r\n\r\n3\r\n\r\n4\r\n\r\n5\r\n\r\n6\r\n\r\n7\r\n\r\n8\r\n\r\n9\r\n\r\n";
  harness_framed_client_t *client =
      client_of(h, (harness_framed_client_options_t){.pool_size = 1, .pipeline = 10});
  harness_task_t *futures[10];

  for (size_t i = 0; i < 10; i++)
    futures[i] = call(client, "hold");
  settle();
  assert_int_equal(world.held_count, 10);
  assert_int_equal(harness_transport_write(harness_framed_transport(world.held[0]), replies, 50), 50);
  settle();
  for (size_t i = 0; i < 10; i++) {
    char digit[2] = {(char)('0' + (int)i), '\0'};

    assert_reply(futures[i], digit, 1);
  }
  harness_framed_client_close(client);
}

static void ten_replies_in_one_write(void **state) {
  (void)state;
  everywhere(reply_at_once);
}

static void cancel_calls(harness_t *h) {
  harness_framed_client_t *client = client_of(h, (harness_framed_client_options_t){.pool_size = 1});
  harness_task_t *sent = call(client, "hold 1");
  harness_task_t *waiting = call(client, "never sent");
  harness_task_t *last = call(client, "last");

  settle();
  assert_int_equal(harness_task_cancel(waiting), 0);
  assert_int_equal(harness_task_cancel(sent), 0);
  assert_int_equal(harness_task_status(sent), UV_ECANCELED);
  (void)release(); /* its reply is on its way, to a connection that is gone */
  settle();
  assert_reply(last, "last", 2);
  harness_framed_client_close(client);
}

/* The reply of a call that was taken back is dropped, those of its neighbours arrive. */
static void cancel_in_a_pipeline(harness_t *h) {
  harness_framed_client_t *client =
      client_of(h, (harness_framed_client_options_t){.pool_size = 1, .pipeline = 3});
  harness_task_t *futures[3] = {call(client, "hold 0"), call(client, "hold 1"), call(client, "hold 2")};

  settle();
  assert_int_equal(harness_task_cancel(futures[1]), 0);
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(release(), 0);
  settle();
  assert_reply(futures[0], "hold 0", 1);
  assert_reply(futures[2], "hold 2", 1);
  assert_int_equal(harness_framed_client_idle(client), 1);
  harness_framed_client_close(client);
}

static void cancelled_calls(void **state) {
  (void)state;
  everywhere(cancel_calls);
  everywhere(cancel_in_a_pipeline);
}

static void wait_too_long(harness_t *h) {
  harness_framed_client_t *client =
      client_of(h, (harness_framed_client_options_t){.pool_size = 1, .timeout_ms = 50});
  harness_task_t *calls[2] = {call(client, "mute"), call(client, "waiting")};
  harness_task_t *good;

  assert_null(harness_run_in_foreground(h, harness_wait_all(h, calls, 2)));
  assert_int_equal(harness_task_status(calls[0]), UV_ETIMEDOUT);
  assert_int_equal(harness_task_status(calls[1]), UV_ETIMEDOUT);
  assert_int_equal(harness_now_ms(h), 50);
  good = call(client, "good");
  harness_assert_run(h, good);
  assert_reply(good, "good", 0);
  assert_int_equal(harness_now_ms(h), 50);
  harness_framed_client_close(client);
}

static void timeouts(void **state) {
  (void)state;
  everywhere(wait_too_long);
}

static void refuse(harness_t *h) {
  static const char large[65];
  harness_framed_client_options_t nowhere = {.name = "caller"};
  harness_framed_client_t *client = client_of(h, (harness_framed_client_options_t){.pool_size = 1});

  assert_null(harness_framed_client_new(h, &framing, NULL));
  assert_null(harness_framed_client_new(h, &framing, &nowhere));
  assert_null(harness_framed_client_new(NULL, &framing, &nowhere));
  nowhere.server = world.server;
  assert_null(harness_framed_client_new(h, NULL, &nowhere));
  assert_null(harness_create_framed_server(h, &framing, NULL, NULL, NULL));
  assert_null(harness_create_framed_server(h, NULL, respond, NULL, NULL));
  assert_null(harness_create_framed_server(NULL, &framing, respond, NULL, NULL));
  assert_null(harness_framed_call(client, "a\r\n\r\nb", 6));
  assert_int_equal(harness_error_code(h), UV_EINVAL);
  assert_null(harness_framed_call(client, NULL, 1));
  assert_null(harness_framed_call(NULL, "", 0));
  assert_null(harness_framed_call(client, large, sizeof large));
  assert_int_equal(harness_error_code(h), UV_EMSGSIZE);
  assert_int_equal(harness_framed_write(NULL, "", 0), UV_EINVAL);
  harness_framed_close(NULL);
  harness_framed_client_close(NULL);
  assert_int_equal(harness_framed_client_connections(NULL), 0);
  assert_int_equal(harness_framed_client_connections(client), 0);
  harness_framed_client_close(client);
}

static void bad_arguments(void **state) {
  (void)state;
  everywhere(refuse);
}

static const struct CMUnitTest tests[] = {
    framed_test(pipelining),      framed_test(ten_replies_in_one_write),
    framed_test(cancelled_calls), framed_test(timeouts),
    framed_test(bad_arguments),
};

HARNESS_CMOCKA_MAIN("framed_calls", tests)
