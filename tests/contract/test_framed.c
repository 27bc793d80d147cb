/* SPDX-License-Identifier: MIT */
/* The pools of framed clients: each test over every transport, under every policy. */
#include <harness/cmocka.h>

#include <stdio.h>
#include <uv.h>

#include "framed.h"

static void one_after_the_other(harness_t *h) {
  static const char *const texts[] = {"Hello!", "", "\r", "x\n\r", "\r\n\n", "and again"};
  harness_framed_client_t *client = client_of(h, (harness_framed_client_options_t){.pool_size = 0});

  for (size_t i = 0; i < 6; i++) {
    harness_task_t *future = call(client, texts[i]);
    const harness_reply_t *reply = harness_assert_run(h, future);

    assert_reply(future, texts[i], 1);
    assert_string_equal(harness_transport_name(reply->transport), "caller");
    assert_int_equal(harness_framed_client_connections(client), 1);
    assert_int_equal(harness_framed_client_idle(client), 1);
  }
  assert_int_equal(world.connection_count, 1);
  harness_framed_client_close(client);
  assert_int_equal(harness_framed_client_connections(client), 0);
}

static void reuse(void **state) {
  (void)state;
  everywhere(one_after_the_other);
}

/* Three connections for ten calls: never more, and first come, first served. */
static void ten_calls(harness_t *h) {
  harness_framed_client_t *client = client_of(h, (harness_framed_client_options_t){.pool_size = 3});
  harness_task_t *futures[10];
  char text[16];

  for (size_t i = 0; i < 10; i++) {
    (void)snprintf(text, sizeof text, "hold %zu", i);
    futures[i] = call(client, text);
  }
  for (size_t i = 0; i < 10; i++) {
    settle();
    assert_int_equal(world.held_count, i + 3 < 10 ? i + 3 : 10);
    assert_int_equal(harness_framed_client_connections(client), 3);
    assert_int_equal(release(), 0);
  }
  settle();
  for (size_t i = 0; i < 10; i++) {
    (void)snprintf(text, sizeof text, "hold %zu", i);
    assert_string_equal(world.texts[i], text);
    assert_reply(futures[i], text, i % 3 + 1);
  }
  assert_int_equal(world.connection_count, 3);
  assert_int_equal(harness_framed_client_idle(client), 3);
  harness_framed_client_close(client);
}

static void size_and_order(void **state) {
  (void)state;
  everywhere(ten_calls);
}

static void two_idle(harness_t *h) {
  harness_framed_client_t *client = client_of(h, (harness_framed_client_options_t){.pool_size = 5});
  harness_task_t *first = call(client, "hold a");
  harness_task_t *second = call(client, "hold b");
  harness_task_t *third;

  settle();
  world.released = 1; /* the second call is answered first */
  assert_int_equal(release(), 0);
  settle();
  world.released = 0;
  assert_int_equal(release(), 0);
  settle();
  assert_reply(first, "hold a", 1);
  assert_reply(second, "hold b", 2);
  third = call(client, "third");
  settle();
  assert_reply(third, "third", 1);
  assert_int_equal(harness_framed_client_connections(client), 2);
  harness_framed_client_close(client);
}

static void last_used_first(void **state) {
  (void)state;
  everywhere(two_idle);
}

/* The call fails with that code, or gets a reply where it is 0; the next one gets another connection. */
static void assert_replaced(harness_framed_client_t *client, const char *text, int code, size_t next) {
  harness_task_t *broken = call(client, text);
  harness_task_t *after;

  settle();
  assert_int_equal(harness_task_status(broken), code);
  assert_int_equal(harness_framed_client_connections(client), 0);
  after = call(client, "after");
  settle();
  assert_reply(after, "after", next);
}

static void break_in_every_way(harness_t *h) {
  harness_framed_client_t *client = client_of(h, (harness_framed_client_options_t){.pool_size = 1});
  harness_task_t *after;

  assert_replaced(client, "drop", UV_ECONNRESET, 2);
  assert_replaced(client, "close", UV_EOF, 3);
  assert_replaced(client, "huge", UV_EMSGSIZE, 4);
  assert_replaced(client, "twice", 0, 5);
  assert_int_equal(harness_server_close_clients(world.server), 1);
  settle();
  assert_int_equal(harness_framed_client_connections(client), 0);
  after = call(client, "after all");
  settle();
  assert_reply(after, "after all", 6);
  harness_framed_client_close(client);
}

static void broken_ones_are_replaced(void **state) {
  (void)state;
  everywhere(break_in_every_way);
}

/* A call that waits gets the new connection when the one it waits for breaks. */
static void break_before_a_waiter(harness_t *h) {
  harness_framed_client_t *client = client_of(h, (harness_framed_client_options_t){.pool_size = 1});
  harness_task_t *first = call(client, "drop");
  harness_task_t *second = call(client, "second");

  settle();
  assert_int_equal(harness_task_status(first), UV_ECONNRESET);
  assert_reply(second, "second", 2);
  harness_framed_client_close(client);
}

static void waiters_survive_a_break(void **state) {
  (void)state;
  everywhere(break_before_a_waiter);
}

static void close_with_waiters(harness_t *h) {
  harness_framed_client_t *client = client_of(h, (harness_framed_client_options_t){.pool_size = 1});
  harness_task_t *borrowed = call(client, "hold");
  harness_task_t *waiting = call(client, "waiting");

  settle();
  harness_framed_client_close(client);
  harness_framed_client_close(client);
  assert_int_equal(harness_task_status(waiting), UV_ECANCELED);
  assert_int_equal(harness_task_status(borrowed), UV_EAGAIN);
  assert_int_equal(harness_framed_client_connections(client), 1);
  assert_null(harness_framed_call(client, "late", 4));
  assert_int_equal(harness_error_code(h), UV_EBADF);
  assert_int_equal(release(), 0);
  settle();
  assert_reply(borrowed, "hold", 1);
  assert_int_equal(harness_framed_client_connections(client), 0);
}

static void closing_while_borrowed(void **state) {
  (void)state;
  everywhere(close_with_waiters);
}

static void abort_borrowed(harness_t *h) {
  harness_framed_client_t *client = client_of(h, (harness_framed_client_options_t){.pool_size = 2});
  harness_task_t *borrowed = call(client, "hold");

  settle();
  harness_framed_client_close(client);
  harness_framed_client_abort(client);
  assert_int_equal(harness_task_status(borrowed), UV_ECANCELED);
  assert_int_equal(harness_framed_client_connections(client), 0);
  settle();
  assert_int_equal(release(), UV_EBADF);
}

static void aborting_while_borrowed(void **state) {
  (void)state;
  everywhere(abort_borrowed);
}

static void close_before_connected(harness_t *h) {
  harness_framed_client_t *client = client_of(h, (harness_framed_client_options_t){.pool_size = 2});
  harness_task_t *future = call(client, "Hello!");

  assert_int_equal(harness_framed_client_connections(client), 1);
  harness_framed_client_close(client);
  assert_int_equal(harness_task_status(future), UV_ECANCELED);
  settle();
  assert_int_equal(harness_framed_client_connections(client), 0);
  assert_int_equal(world.connection_count, 0);
}

static void closing_while_connecting(void **state) {
  (void)state;
  everywhere(close_before_connected);
}

static void call_nobody(harness_t *h) {
  harness_framed_client_t *client = client_of(h, (harness_framed_client_options_t){.pool_size = 2});
  harness_task_t *futures[3];

  harness_server_close(world.server);
  for (size_t i = 0; i < 3; i++)
    futures[i] = call(client, "Hello!");
  settle();
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(harness_task_status(futures[i]), UV_ECONNREFUSED);
  assert_int_equal(harness_framed_client_connections(client), 0);
  harness_framed_client_close(client);
}

static void refused_connections(void **state) {
  (void)state;
  everywhere(call_nobody);
}

static const struct CMUnitTest tests[] = {
    framed_test(reuse),
    framed_test(size_and_order),
    framed_test(last_used_first),
    framed_test(broken_ones_are_replaced),
    framed_test(waiters_survive_a_break),
    framed_test(closing_while_borrowed),
    framed_test(aborting_while_borrowed),
    framed_test(closing_while_connecting),
    framed_test(refused_connections),
};

HARNESS_CMOCKA_MAIN("framed", tests)
