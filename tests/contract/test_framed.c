/* SPDX-License-Identifier: MIT */
/* Framed servers and the pools of their clients: each test over every transport, under every policy. */
#include <harness/cmocka.h>

#include <stdio.h>
#include <string.h>
#include <uv.h>

static const char *const hosts[] = {"127.0.0.1", "::1", "unix:", "memory:"};
static const char *const policies[] = {"as_written", "coalesced", "bytewise", "split_at:2,7", "seeded:42"};

static const harness_framing_t framing = {.separator = "\r\n\r\n", .separator_size = 4, .largest = 64};

enum { HELD = 32, CONNECTIONS = 32 };

/* A server that echoes, but: "hold…" is answered when the test says so, "mute…" never; "drop" resets, "close"
 * closes, "twice" is answered twice, "huge" with what is no message. */
static struct {
  harness_t *h; /* NULL: no test is under way */
  const char *host;
  const char *policy;
  harness_server_t *server;
  harness_framed_t *held[HELD];
  char texts[HELD][64];
  size_t held_count;
  size_t released;
  harness_framed_t *connections[CONNECTIONS];
  size_t connection_count;
} world;

static void note_connection(harness_framed_t *connection) {
  for (size_t i = 0; i < world.connection_count; i++) {
    if (world.connections[i] == connection)
      return;
  }
  assert_true(world.connection_count < CONNECTIONS);
  world.connections[world.connection_count++] = connection;
}

static void hold(harness_framed_t *connection, const void *data, size_t size) {
  assert_true(world.held_count < HELD && size < sizeof world.texts[0]);
  world.held[world.held_count] = connection;
  memcpy(world.texts[world.held_count], data, size);
  world.texts[world.held_count++][size] = '\0';
}

static void respond(void *arg, harness_framed_t *connection, const void *data, size_t size) {
  static const char huge[100] = "no end";

  assert_ptr_equal(arg, &world);
  note_connection(connection);
  if (size >= 4 && memcmp(data, "hold", 4) == 0)
    hold(connection, data, size);
  else if (size == 4 && memcmp(data, "drop", 4) == 0)
    harness_transport_abort(harness_framed_transport(connection));
  else if (size == 5 && memcmp(data, "close", 5) == 0)
    harness_framed_close(connection);
  else if (size == 4 && memcmp(data, "huge", 4) == 0)
    assert_int_equal(harness_transport_write(harness_framed_transport(connection), huge, sizeof huge), 100);
  else if (size < 4 || memcmp(data, "mute", 4) != 0)
    assert_int_equal(harness_framed_write(connection, data, size), 0);
  if (size == 5 && memcmp(data, "twice", 5) == 0)
    assert_int_equal(harness_framed_write(connection, data, size), 0);
}

/* Answers what is held, the first of it. Returns what was written. */
static int release(void) {
  size_t i = world.released++;

  assert_true(i < world.held_count);
  return harness_framed_write(world.held[i], world.texts[i], strlen(world.texts[i]));
}

static void begin(const char *host, const char *policy) {
  harness_options_t options = {.host = host, .report = harness_cmocka_report, .timeout_ms = 60000};

  memset(&world, 0, sizeof world);
  world.host = host;
  world.policy = policy;
  assert_int_equal(harness_delivery_parse(policy, &options.delivery), 0);
  world.h = harness_open(&options);
  assert_non_null(world.h);
  world.server =
      harness_assert_made(world.h, harness_create_framed_server(world.h, &framing, respond, &world, NULL));
}

static void everywhere(void (*test)(harness_t *h)) {
  for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
    for (size_t k = 0; k < sizeof policies / sizeof policies[0]; k++) {
      harness_t *h;

      begin(hosts[i], policies[k]);
      h = world.h;
      test(h);
      assert_int_equal(harness_settle(h), 0);
      harness_server_close(world.server);
      world.h = NULL;
      assert_int_equal(harness_close(h), 0);
    }
  }
}

static int tear_down(void **state) {
  harness_t *h = world.h;

  (void)state;
  world.h = NULL;
  if (h == NULL)
    return 0;
  print_error("over %s, delivered %s\n", world.host, world.policy);
  return harness_cmocka_close(h);
}

static harness_framed_client_t *client_of(harness_t *h, harness_framed_client_options_t options) {
  options.server = world.server;
  options.name = "caller";
  options.full_response = 1;
  return harness_assert_made(h, harness_framed_client_new(h, &framing, &options));
}

static harness_task_t *call(harness_framed_client_t *client, const char *text) {
  return harness_assert_made(world.h, harness_framed_call(client, text, strlen(text)));
}

static void settle(void) {
  assert_int_equal(harness_settle(world.h), 0);
}

/* The reply to a call that has ended: this text, on that connection (0: any). */
static void assert_reply(const harness_task_t *future, const char *text, size_t connection) {
  const harness_reply_t *reply = harness_task_result(future);

  assert_int_equal(harness_task_status(future), 0);
  assert_non_null(reply);
  assert_int_equal(reply->size, strlen(text));
  assert_string_equal(reply->data, text);
  if (connection != 0)
    assert_int_equal(reply->connection, connection);
}

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
  assert_null(harness_framed_call(client, policies, 65));
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

#define framed_test(f) cmocka_unit_test_teardown(f, tear_down)

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
    framed_test(pipelining),
    framed_test(ten_replies_in_one_write),
    framed_test(cancelled_calls),
    framed_test(timeouts),
    framed_test(bad_arguments),
};

HARNESS_CMOCKA_MAIN("framed", tests)
