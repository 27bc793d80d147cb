/* SPDX-License-Identifier: MIT */
/*
 * Each kind of cause between the ends of connections, one test a kind. The lanes are named so that the normal
 * form would list the effect first if its cause had not been recorded: what is done comes from lanes named
 * z…, what follows it is in lanes named a….
 */
#include "causes.h"

#include <stdlib.h>
#include <string.h>

/* Send before receive, by the byte. */
typedef struct letters {
  size_t first; /* bytes of the first read */
  size_t second;
  harness_delivery_t delivery;
} letters_t;

static void write_letters(harness_stream_t *stream, void *arg) {
  (void)arg;
  assert_int_equal(harness_write(stream, "ab", 2), 2);
  harness_log(world, "between");
  assert_int_equal(harness_write(stream, "cd", 2), 2);
  harness_log(world, "behind");
  assert_int_equal(harness_write(stream, "ef", 2), 2);
  harness_log(world, "last");
}

static void *read_letters(void *arg) {
  const letters_t *letters = arg;
  harness_stream_t *stream = harness_assert_made(world, harness_connect_to(world, server));
  char data[8];

  assert_int_equal(harness_read_exactly(stream, data, letters->first, NULL), (ptrdiff_t)letters->first);
  assert_int_equal(harness_read_exactly(stream, data, letters->second, NULL), (ptrdiff_t)letters->second);
  harness_stream_close(stream);
  return arg;
}

/* The places of the two receives among what the writer did, in the text. */
static char *exchange_letters(letters_t *letters, const char *host) {
  harness_t *h = harness_open(NULL);
  harness_server_options_t options = {.name = "z", .host = host, .delivery = letters->delivery};
  char *text;

  world = h;
  harness_assert_run(h, harness_call_in_background_named(h, "nobody", do_nothing, h));
  server = harness_assert_made(h, harness_start_server(h, write_letters, NULL, &options));
  harness_assert_run(h, schedule("a", read_letters, letters));
  text = harness_transcript_text(h);
  assert_non_null(text);
  harness_server_close(server);
  (void)harness_close(h);
  return text;
}

/* The reader's lane comes first, so a receive stands right behind the write of its last byte. */
static void assert_behind(const char *text, const char *receive, const char *write) {
  size_t place = place_of(text, receive);
  const char *line = strstr(text, write);
  const char *next = line != NULL ? strchr(line, '\n') : NULL;

  if (next == NULL || text + place != next + 1)
    fail_msg("'%s' does not stand right behind '%s':\n%s", receive, write, text);
}

static void send_before_receive_by_the_byte(void **state) {
  static const char *const hosts[] = {"127.0.0.1", "unix:", "memory:"};
  static const harness_delivery_t policies[] = {
      {.kind = HARNESS_DELIVERY_AS_WRITTEN},        {.kind = HARNESS_DELIVERY_COALESCED},
      {.kind = HARNESS_DELIVERY_BYTEWISE},          {.kind = HARNESS_DELIVERY_SPLIT_AT, .offsets = {3}},
      {.kind = HARNESS_DELIVERY_SEEDED, .seed = 3},
  };

  (void)state;
  for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
    for (size_t j = 0; j < sizeof policies / sizeof policies[0]; j++) {
      letters_t part = {.first = 1, .second = 2, .delivery = policies[j]};
      letters_t across = {.first = 3, .second = 3, .delivery = policies[j]};
      char *text = exchange_letters(&part, hosts[i]);

      assert_behind(text, "a    receive  'a'", "send     'ab'");
      assert_behind(text, "a    receive  'bc'", "send     'cd'");
      free(text);
      text = exchange_letters(&across, hosts[i]);
      assert_behind(text, "a    receive  'abc'", "send     'cd'");
      assert_behind(text, "a    receive  'def'", "send     'ef'");
      free(text);
    }
  }
}

/* Connect before accept; a close, a half-close and an abort before they are seen. */
static void see_the_end(harness_stream_t *stream, void *arg) {
  char data[8];

  (void)arg;
  while (harness_read(stream, data, sizeof data) > 0)
    continue;
}

static void *connect_and_end(void *arg) {
  harness_stream_t *stream = harness_assert_made(world, harness_connect_to(world, server));

  assert_int_equal(harness_sleep(world, 1), 0);
  harness_log(world, "ends it");
  if (*(const char *)arg == 'a')
    harness_stream_abort(stream);
  else if (*(const char *)arg == 'e')
    assert_int_equal(harness_write_eof(stream), 0);
  assert_int_equal(harness_sleep(world, 1), 0);
  harness_stream_close(stream);
  return arg;
}

static void connect_before_accept_and_end_before_it_is_seen(void **state) {
  static char ways[] = "aec";
  static const char *const seen[] = {"reset    from", "eof      from", "eof      from"};
  static const char *const done[] = {"reset    to", "eof      to", "close"};

  for (size_t i = 0; i < 3; i++) {
    harness_t *h = harness_open(NULL);

    world = h;
    harness_assert_run(h, harness_call_in_background_named(h, "nobody", do_nothing, h));
    server = harness_assert_made(
        h, harness_start_server(h, see_the_end, NULL, &(harness_server_options_t){.name = "a"}));
    harness_assert_run(h, schedule("z", connect_and_end, &ways[i]));
    assert_in_order("connect", "accept", "z    log      ends it", done[i], seen[i]);
    harness_server_close(server);
    assert_int_equal(harness_close(h), 0);
  }
  world = *state;
}

/* One party on two connections: what it does on one comes after what it did on the other. */
static void what_a_proxy_does_is_in_its_order(void **state) {
  harness_server_options_t names[] = {{.name = "b"}, {.name = "proxy"}};
  harness_server_t *back = harness_assert_made(world, harness_start_server(world, answer, NULL, &names[0]));

  (void)state;
  server = harness_assert_made(world, harness_start_server(world, pass_on, back, &names[1]));
  harness_assert_run(world, schedule("z", ask, world));
  assert_in_order("proxy/1    receive  'ask'", "proxy/1/2  send     'ask'", "b/1        receive  'ask'",
                  "proxy/1/2  receive  'reply'", "proxy/1    send     'reply'",
                  "z          receive  'reply'");
  harness_server_close(server);
  harness_server_close(back);
}

/* Datagrams: a send before its receive, and both in the order of those who do them. */
typedef struct post {
  harness_endpoint_t *from;
  harness_endpoint_t *to;
} post_t;

static void *send_datagram(void *arg) {
  const post_t *post = arg;

  harness_log(world, "sends");
  assert_int_equal(harness_sendto(post->from, "x", 1, harness_datagram_address(post->to)), 1);
  harness_log(world, "has sent");
  return arg;
}

static void *receive_datagram(void *arg) {
  const post_t *post = arg;
  char byte;

  assert_int_equal(harness_receive_from(post->to, &byte, 1, NULL), 1);
  harness_log(world, "has received");
  return arg;
}

static void a_datagram_is_sent_before_it_is_received(void **state) {
  harness_datagram_options_t options[] = {{.name = "y"}, {.name = "b"}};
  post_t post = {
      harness_assert_made(world, harness_create_datagram_endpoint(world, NULL, NULL, &options[0])),
      harness_assert_made(world, harness_create_datagram_endpoint(world, NULL, NULL, &options[1]))};
  harness_task_t *receiver = schedule("a", receive_datagram, &post);

  (void)state;
  (void)schedule("z", send_datagram, &post);
  harness_assert_run(world, receiver);
  assert_in_order("z  log      sends", "y  send     to b  'x'", "b  receive  from y  'x'",
                  "a  log      has received");
  harness_datagram_close(post.from);
  harness_datagram_close(post.to);
}

/* Framed calls: what the caller did before its message, the reply before the caller goes on. */
static void respond(void *arg, harness_framed_t *connection, const void *data, size_t size) {
  (void)arg;
  assert_int_equal(harness_framed_write(connection, data, size), 0);
}

static void *call_framed(void *arg) {
  harness_task_t *reply;

  harness_log(world, "calls");
  reply = harness_assert_made(world, harness_framed_call(arg, "m", 1));
  assert_int_equal(harness_await(reply, NULL), 0);
  harness_log(world, "is answered");
  return arg;
}

static void a_framed_reply_comes_before_its_caller_goes_on(void **state) {
  static const harness_framing_t framing = {.separator = "\n", .separator_size = 1};
  harness_framed_client_options_t options = {.name = "y"};
  harness_framed_client_t *client;

  (void)state;
  server = options.server =
      harness_assert_made(world, harness_create_framed_server(world, &framing, respond, NULL,
                                                              &(harness_server_options_t){.name = "b"}));
  client = harness_assert_made(world, harness_framed_client_new(world, &framing, &options));
  harness_assert_run(world, schedule("a", call_framed, client));
  assert_in_order("calls", "y    send     'm\\n'", "b/1  receive  'm\\n'", "b/1  send     'm\\n'",
                  "y    receive  'm\\n'", "is answered");
  harness_framed_client_close(client);
  harness_server_close(server);
}

static const struct CMUnitTest tests[] = {
    cause_test(send_before_receive_by_the_byte),
    cause_test(connect_before_accept_and_end_before_it_is_seen),
    cause_test(what_a_proxy_does_is_in_its_order),
    cause_test(a_datagram_is_sent_before_it_is_received),
    cause_test(a_framed_reply_comes_before_its_caller_goes_on),
};

HARNESS_CMOCKA_MAIN("contract/causes_wire", tests)
