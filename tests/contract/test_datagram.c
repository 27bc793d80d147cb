/* SPDX-License-Identifier: MIT */
/* Datagrams between endpoints of one harness: their order, their style, what ends and what fails. */
#include <harness/cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "outside.h"

static harness_t *world;
static char seen[4096]; /* what callbacks were told, a line each */

static int set_up(void **state) {
  int status = harness_cmocka_setup(state);

  world = *state;
  seen[0] = '\0';
  return status;
}

static void see(const char *what) {
  (void)snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%s\n", what);
}

static harness_endpoint_t *make(const char *name, const harness_datagram_protocol_t *protocol, void *state,
                                const harness_endpoint_t *remote) {
  harness_datagram_options_t options = {
      .name = name, .host = getenv("CONTRACT_HOST"), .remote = harness_datagram_address(remote)};

  return harness_assert_made(world, harness_create_datagram_endpoint(world, protocol, state, &options));
}

static ptrdiff_t send_text(harness_endpoint_t *from, const char *text, const harness_address_t *to) {
  return harness_sendto(from, text, strlen(text), to);
}

static void assert_text(const char *expected) {
  char *text = harness_transcript_text(world);

  assert_non_null(text);
  assert_string_equal(text, expected);
  free(text);
}

/* A protocol that says what it is told; its state is the endpoint, once it is made. */
typedef struct party {
  harness_endpoint_t *endpoint;
  const char *answer; /* to what it receives; NULL: none */
} party_t;

static void on_made(void *state, harness_endpoint_t *endpoint) {
  ((party_t *)state)->endpoint = endpoint;
  see("made");
}

static void on_datagram(void *state, const void *data, size_t size, const harness_address_t *from) {
  party_t *party = state;
  char line[64];

  (void)snprintf(line, sizeof line, "received '%.*s' from %s", (int)size, (const char *)data,
                 harness_datagram_peer_name(party->endpoint, from));
  see(line);
  if (party->answer != NULL)
    assert_int_equal(send_text(party->endpoint, party->answer, from), strlen(party->answer));
}

static void on_error(void *state, int code) {
  (void)state;
  see(uv_err_name(code));
}

static void on_lost(void *state, int status) {
  (void)state;
  see(status == 0 ? "lost" : uv_err_name(status));
}

static const harness_datagram_protocol_t telling = {on_made, on_datagram, on_error, on_lost};

static void two_protocols_converse(void **state) {
  party_t server = {.answer = "pong"};
  party_t client = {0};
  harness_endpoint_t *there = make("server", &telling, &server, NULL);
  harness_endpoint_t *here = make(NULL, &telling, &client, there);

  (void)state;
  assert_int_equal(send_text(here, "ping", NULL), 4);
  assert_int_equal(harness_settle(world), 0);
  harness_datagram_close(here);
  harness_datagram_close(there);
  assert_text("endpoint  send     to server  'ping'\n"
              "server    receive  from endpoint  'ping'\n"
              "server    send     to endpoint  'pong'\n"
              "endpoint  receive  from server  'pong'\n"
              "endpoint  close\n"
              "server    close\n");
  assert_string_equal(seen, "made\nmade\nreceived 'ping' from endpoint\nreceived 'pong' from server\n"
                            "lost\nlost\n");
}

static void *serve_twice(void *arg) {
  harness_endpoint_t *e = arg;
  char data[100];

  for (int i = 0; i < 2; i++) {
    const harness_address_t *from;
    ptrdiff_t size = harness_receive_from(e, data, sizeof data, &from);
    harness_log(world, "%s said %.*s", harness_datagram_peer_name(e, from), (int)size, data);
    assert_int_equal(harness_sendto(e, data, (size_t)size, from), size);
  }
  harness_datagram_close(e);
  return NULL;
}

static void *ask_twice(void *arg) {
  harness_endpoint_t *e = make("resolver", NULL, NULL, arg);
  const harness_address_t *from;
  char data[100];

  assert_int_equal(send_text(e, "one", NULL), 3);
  assert_int_equal(harness_receive_from(e, data, sizeof data, &from), 3);
  assert_ptr_equal(from, harness_datagram_address(arg));
  assert_int_equal(harness_sendto(e, NULL, 0, from), 0);
  assert_int_equal(harness_receive_from(e, data, sizeof data, NULL), 0);
  harness_datagram_close(e);
  return arg;
}

static void coroutines_receive(void **state) {
  harness_endpoint_t *server = make("echo", NULL, NULL, NULL);

  (void)state;
  harness_schedule_coroutine_named(world, "host", serve_twice, server);
  assert_non_null(harness_assert_run(world, harness_schedule_coroutine(world, ask_twice, server)));
  assert_text("resolver  send     to echo  'one'\n"
              "echo      receive  from resolver  'one'\n"
              "host      log      resolver said one\n"
              "echo      send     to resolver  'one'\n"
              "resolver  receive  from echo  'one'\n"
              "resolver  send     to echo  ''\n"
              "echo      receive  from resolver  ''\n"
              "host      log      resolver said \n"
              "echo      send     to resolver  ''\n"
              "echo      close\n"
              "resolver  receive  from echo  ''\n"
              "resolver  close\n");
}

typedef struct sender {
  harness_endpoint_t *from;
  harness_endpoint_t *to;
  const char *words[3];
  uint64_t pause_ms;
} sender_t;

static void *send_words(void *arg) {
  sender_t *sender = arg;

  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(harness_sleep(world, sender->pause_ms), 0);
    assert_int_equal(send_text(sender->from, sender->words[i], harness_datagram_address(sender->to)), 1);
  }
  harness_datagram_close(sender->from);
  return NULL;
}

/* At 3,000 ms both send: the one whose timer was set first goes first, and is received first. */
static void sent_first_is_received_first(void **state) {
  party_t party = {0};
  harness_endpoint_t *to = make("to", &telling, &party, NULL);
  sender_t slow = {make("slow", NULL, NULL, NULL), to, {"a", "b", "c"}, 1500};
  sender_t fast = {make("fast", NULL, NULL, NULL), to, {"x", "y", "z"}, 1000};
  harness_task_t *tasks[2];

  (void)state;
  tasks[0] = harness_schedule_coroutine(world, send_words, &slow);
  tasks[1] = harness_schedule_coroutine(world, send_words, &fast);
  harness_assert_run(world, harness_wait_all(world, tasks, 2));
  harness_datagram_close(to);
  assert_text("fast  send     to to  'x'  @1000ms\n"
              "to    receive  from fast  'x'  @1000ms\n"
              "slow  send     to to  'a'  @1500ms\n"
              "to    receive  from slow  'a'  @1500ms\n"
              "fast  send     to to  'y'  @2000ms\n"
              "to    receive  from fast  'y'  @2000ms\n"
              "slow  send     to to  'b'  @3000ms\n"
              "fast  send     to to  'z'  @3000ms\n"
              "fast  close    @3000ms\n"
              "to    receive  from slow  'b'  @3000ms\n"
              "to    receive  from fast  'z'  @3000ms\n"
              "slow  send     to to  'c'  @4500ms\n"
              "slow  close    @4500ms\n"
              "to    close    @4500ms\n");
}

/* The kernel's buffer would have dropped most of them. */
static void none_is_lost_however_many_are_unread(void **state) {
  enum { COUNT = 3000 };
  harness_endpoint_t *to = make("to", NULL, NULL, NULL);
  harness_endpoint_t *from = make("from", NULL, NULL, NULL);
  char data[1000] = "";
  char *text;
  const char *end;
  size_t count = 0;

  (void)state;
  for (int i = 0; i < COUNT; i++)
    assert_int_equal(harness_sendto(from, data, sizeof data, harness_datagram_address(to)), sizeof data);
  assert_int_equal(harness_settle(world), 0);
  harness_datagram_close(from);
  harness_datagram_close(to);
  text = harness_transcript_text(world);
  /* Not strstr, of which AddressSanitizer makes a look at all of the text each time. */
  end = text + strlen(text);
  for (const char *at = text; (at = memmem(at, (size_t)(end - at), "send", 4)) != NULL; at += 4)
    count++;
  assert_int_equal(count, COUNT);
  assert_null(strstr(text, "receive")); /* what nobody reads was not received */
  free(text);
}

static void *receive_all(void *arg) {
  char data[16];
  int next = 0;

  while (next < 3000) {
    ptrdiff_t size = harness_receive_from(arg, data, sizeof data - 1, NULL);
    assert_true(size > 0);
    data[size] = '\0';
    assert_int_equal(atoi(data), next++);
  }
  harness_datagram_close(arg);
  return arg;
}

static void unread_ones_keep_their_order(void **state) {
  harness_endpoint_t *to = make("to", NULL, NULL, NULL);
  harness_endpoint_t *from = make("from", NULL, NULL, to);

  (void)state;
  for (int i = 0; i < 3000; i++) {
    char data[16];
    (void)snprintf(data, sizeof data, "%d", i);
    assert_true(send_text(from, data, NULL) > 0);
  }
  harness_datagram_close(from); /* what was sent is still delivered */
  assert_ptr_equal(harness_assert_run(world, harness_schedule_coroutine(world, receive_all, to)), to);
}

/* A resolver whose first query is lost, and who asks again after five seconds. */
static int queries;

static void lose_first(void *state, const void *data, size_t size, const harness_address_t *from) {
  if (queries++ > 0)
    assert_true(harness_sendto(((party_t *)state)->endpoint, data, size, from) > 0);
}

static void *resolve(void *arg) {
  static char answer[100];
  harness_endpoint_t *e = make("resolver", NULL, NULL, arg);
  ptrdiff_t size = UV_ETIMEDOUT;
  int attempts = 0;

  while (size == UV_ETIMEDOUT && attempts++ < 3) {
    harness_deadline_t outer = harness_begin_deadline(world, 5000);
    assert_true(send_text(e, "harness.example?", NULL) > 0);
    size = harness_receive_from(e, answer, sizeof answer, NULL);
    assert_int_equal(harness_end_deadline(world, outer), 0);
  }
  assert_int_equal(attempts, 2);
  harness_datagram_close(e);
  return size > 0 ? answer : NULL;
}

static char *resolve_once(harness_t *h) {
  static const harness_datagram_protocol_t losing = {on_made, lose_first, on_error, on_lost};
  party_t party = {0};
  harness_endpoint_t *server;
  char *json;

  world = h;
  queries = 0;
  seen[0] = '\0';
  server = make("dns", &losing, &party, NULL);
  assert_non_null(harness_assert_run(h, harness_schedule_coroutine_named(h, "client", resolve, server)));
  harness_datagram_close(server);
  json = harness_transcript_json(h);
  assert_non_null(json);
  return json;
}

static void a_lost_query_is_asked_again(void **state) {
  free(resolve_once(*state));
  assert_text("resolver  send     to dns  'harness.example?'\n"
              "dns       receive  from resolver  'harness.example?'\n"
              "resolver  send     to dns  'harness.example?'  @5000ms\n"
              "dns       receive  from resolver  'harness.example?'  @5000ms\n"
              "dns       send     to resolver  'harness.example?'  @5000ms\n"
              "resolver  receive  from dns  'harness.example?'  @5000ms\n"
              "resolver  close    @5000ms\n"
              "dns       close    @5000ms\n");
}

static void a_thousand_times_the_same(void **state) {
  char *first = same_each_time(resolve_once, 1000);

  (void)state;
  free(first);
}

#define datagram_test(f) cmocka_unit_test_setup_teardown(f, set_up, harness_cmocka_teardown)

static const struct CMUnitTest tests[] = {
    datagram_test(two_protocols_converse),       datagram_test(coroutines_receive),
    datagram_test(sent_first_is_received_first), datagram_test(none_is_lost_however_many_are_unread),
    datagram_test(unread_ones_keep_their_order), datagram_test(a_lost_query_is_asked_again),
    cmocka_unit_test(a_thousand_times_the_same),
};
HARNESS_CMOCKA_MAIN("datagram", tests)
