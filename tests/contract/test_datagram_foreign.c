/* SPDX-License-Identifier: MIT */
/* Datagrams of parties the harness does not schedule: blocking clients in threads, other processes. */
#include <harness/cmocka.h>

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "outside.h"

enum { CLIENTS = 8 };

static harness_t *world;

static int set_up(void **state) {
  int status = harness_cmocka_setup(state);

  world = *state;
  return status;
}

/* An echo server, whose state is its endpoint. It logs what it answers. */
static void keep_endpoint(void *state, harness_endpoint_t *endpoint) {
  *(harness_endpoint_t **)state = endpoint;
  harness_log(world, "opened");
}

static void echo_back(void *state, const void *data, size_t size, const harness_address_t *from) {
  harness_endpoint_t *endpoint = *(harness_endpoint_t **)state;

  harness_log(world, "%s said %.*s", harness_datagram_peer_name(endpoint, from), (int)size,
              (const char *)data);
  assert_int_equal(harness_sendto(endpoint, data, size, from), size);
}

static const harness_datagram_protocol_t echo = {.connection_made = keep_endpoint,
                                                 .datagram_received = echo_back};

/* An unmodified client: asks and waits for the answer, twice. */
typedef struct query {
  uint16_t port;
  const char *words[2];
} query_t;

static void *ask(void *arg) {
  const query_t *query = arg;
  int fd = dial(SOCK_DGRAM, query->port);
  int good = 0;

  for (size_t i = 0; fd >= 0 && i < 2; i++) {
    char answer[100];
    size_t size = strlen(query->words[i]);
    if (send(fd, query->words[i], size, 0) == (ssize_t)size)
      good +=
          recv(fd, answer, sizeof answer, 0) == (ssize_t)size && memcmp(answer, query->words[i], size) == 0;
  }
  close(fd);
  return good == 2 ? arg : NULL;
}

static void a_blocking_client(void **state) {
  harness_endpoint_t *endpoint = NULL;
  harness_datagram_options_t options = {.name = "dns", .foreign_name = "resolver"};
  harness_endpoint_t *server =
      harness_assert_made(world, harness_create_datagram_endpoint(world, &echo, &endpoint, &options));
  query_t query = {harness_datagram_port(server), {"one", ""}};
  char *text;

  (void)state;
  assert_ptr_equal(harness_assert_run(world, harness_call_in_background(world, ask, &query)), &query);
  assert_ptr_equal(endpoint, server);
  harness_datagram_close(server);
  text = harness_transcript_text(world);
  assert_string_equal(text, "dns    log      opened\n"
                            "dns/1  receive  from resolver  'one'\n"
                            "dns/1  log      resolver said one\n"
                            "dns/1  send     to resolver  'one'\n"
                            "dns/1  receive  from resolver  ''\n"
                            "dns/1  log      resolver said \n"
                            "dns/1  send     to resolver  ''\n"
                            "dns    close\n");
  free(text);
}

static char *converse_once(harness_t *h) {
  static const char *words[CLIENTS] = {"h", "g", "f", "e", "d", "c", "b", "a"};
  harness_endpoint_t *endpoint = NULL;
  harness_endpoint_t *server;
  harness_task_t *tasks[CLIENTS];
  query_t queries[CLIENTS];
  char *json;

  world = h;
  server = harness_assert_made(h, harness_create_datagram_endpoint(h, &echo, &endpoint, NULL));
  for (size_t i = 0; i < CLIENTS; i++) {
    queries[i] = (query_t){harness_datagram_port(server), {words[i], words[(i * 3) % CLIENTS]}};
    tasks[i] = harness_call_in_background(h, ask, &queries[i]);
  }
  harness_assert_run(h, harness_wait_all(h, tasks, CLIENTS));
  for (size_t i = 0; i < CLIENTS; i++)
    assert_non_null(harness_task_result(tasks[i]));
  harness_datagram_close(server);
  json = harness_transcript_json(h);
  assert_non_null(json);
  return json;
}

/* Eight threads race for one endpoint; what it has with each is a lane of its own, named by what they say. */
static void racing_clients_give_one_transcript(void **state) {
  char *first = same_each_time(converse_once, 100);

  (void)state;
  assert_non_null(strstr(
      first, "{\"lane\": \"endpoint/1\", \"event\": \"receive\", \"from\": \"peer\", \"data\": \"a\"}"));
  free(first);
}

static void *say_and_leave(void *arg) {
  int fd = dial(SOCK_DGRAM, *(uint16_t *)arg);
  ssize_t count = 0;

  for (int i = 0; fd >= 0 && i < 20; i++)
    count += send(fd, "x", 1, 0);
  close(fd);
  return count == 20 ? arg : NULL;
}

/* Nobody waits for an answer, so that only settling can have seen these. */
static void settling_sees_what_a_call_left_behind(void **state) {
  (void)state;
  for (int i = 0; i < 200; i++) {
    harness_t *h = harness_open(NULL);
    harness_datagram_protocol_t silent = {.datagram_received = NULL};
    harness_endpoint_t *server =
        harness_assert_made(h, harness_create_datagram_endpoint(h, &silent, NULL, NULL));
    uint16_t port = harness_datagram_port(server);
    size_t count = 0;
    char *text;

    harness_assert_run(h, harness_call_in_background(h, say_and_leave, &port));
    text = harness_transcript_text(h);
    for (const char *line = strstr(text, "receive"); line != NULL; line = strstr(line + 1, "receive"))
      count++;
    assert_int_equal(count, 20);
    free(text);
    harness_datagram_close(server);
    assert_int_equal(harness_close(h), 0);
  }
}

typedef struct successors {
  uint16_t server;
  uint16_t port; /* that both have, one after the other */
} successors_t;

/* Asks from that port (0: any) and waits for the answer. */
static bool ask_from(successors_t *clients, const char *word) {
  struct sockaddr_in own = loopback(clients->port);
  struct sockaddr_in server = loopback(clients->server);
  socklen_t length = sizeof own;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  char answer[8];
  bool good = bind(fd, (struct sockaddr *)&own, sizeof own) == 0 &&
              getsockname(fd, (struct sockaddr *)&own, &length) == 0 &&
              sendto(fd, word, 1, 0, (struct sockaddr *)&server, sizeof server) == 1 &&
              recv(fd, answer, sizeof answer, 0) == 1;

  clients->port = ntohs(own.sin_port);
  close(fd);
  return good;
}

static void *ask_twice_from_one_port(void *arg) {
  return ask_from(arg, "a") && ask_from(arg, "b") ? arg : NULL;
}

/* A port that is free again may be anybody's next, by chance: it is not what tells clients apart. */
static void a_port_is_not_a_party(void **state) {
  harness_endpoint_t *endpoint = NULL;
  harness_endpoint_t *server =
      harness_assert_made(world, harness_create_datagram_endpoint(world, &echo, &endpoint, NULL));
  successors_t clients = {.server = harness_datagram_port(server)};
  char *text;

  (void)state;
  assert_ptr_equal(
      harness_assert_run(world, harness_call_in_background(world, ask_twice_from_one_port, &clients)),
      &clients);
  harness_datagram_close(server);
  text = harness_transcript_text(world);
  assert_non_null(strstr(text, "endpoint/1  receive  from peer  'a'\n"));
  assert_non_null(strstr(text, "endpoint/2  receive  from peer  'b'\n"));
  free(text);
}

/* Somebody outside sends without end: whenever a datagram is received, the next one is there already. */
typedef struct flood {
  int fd;
  int received;
  bool had_turn; /* somebody else */
  harness_endpoint_t *onward;
} flood_t;

static void receive_flood(void *state, const void *data, size_t size, const harness_address_t *from) {
  flood_t *flood = state;

  (void)from;
  if (flood->had_turn)
    return;
  assert_int_equal(send(flood->fd, data, size, 0), size);
  if (++flood->received == 100)
    assert_int_equal(harness_sendto(flood->onward, data, size, NULL), size);
  assert_true(flood->received < 10000);
}

static void take_turn(void *state, const void *data, size_t size, const harness_address_t *from) {
  (void)data;
  (void)size;
  (void)from;
  *(bool *)state = true;
}

static void a_flood_lets_others_have_their_turn(void **state) {
  static const harness_datagram_protocol_t flooding = {.datagram_received = receive_flood};
  static const harness_datagram_protocol_t waiting = {.datagram_received = take_turn};
  flood_t flood = {0};
  harness_endpoint_t *e = harness_create_datagram_endpoint(world, &flooding, &flood, NULL);
  harness_endpoint_t *other = harness_create_datagram_endpoint(world, &waiting, &flood.had_turn, NULL);
  harness_datagram_options_t options = {.remote = harness_datagram_address(other)};

  (void)state;
  assert_non_null(harness_loop(world));
  flood.onward = harness_create_datagram_endpoint(world, NULL, NULL, &options);
  flood.fd = dial(SOCK_DGRAM, harness_datagram_port(e));
  assert_int_equal(send(flood.fd, "x", 1, 0), 1);
  assert_int_equal(harness_settle(world), 0);
  assert_true(flood.had_turn);
  close(flood.fd);
  harness_datagram_close(e);
  harness_datagram_close(other);
  harness_datagram_close(flood.onward);
}

static void *receive_one(void *arg) {
  char data[8];

  return harness_receive_from(arg, data, sizeof data, NULL) == 1 ? arg : NULL;
}

/* Sent before the run by the thread itself, of which nobody was told: time must not jump over it. */
static void *receive_within_a_second(void *arg) {
  harness_task_t *receiving = harness_schedule_coroutine(world, receive_one, arg);
  void *result = NULL;

  assert_int_equal(harness_await(harness_wait_for(world, receiving, 1000), &result), 0);
  assert_true(harness_now_ms(world) < 1000);
  return result;
}

static void what_was_sent_before_the_run(void **state) {
  harness_endpoint_t *e = harness_create_datagram_endpoint(world, NULL, NULL, NULL);
  int fd = dial(SOCK_DGRAM, harness_datagram_port(e));

  (void)state;
  assert_int_equal(send(fd, "x", 1, 0), 1);
  close(fd);
  assert_ptr_equal(harness_assert_run(world, harness_schedule_coroutine(world, receive_within_a_second, e)),
                   e);
  harness_datagram_close(e);
}

/* A client in another process: nothing in this one says that it is under way but the loop's own handle. */
static void on_closed(uv_handle_t *process) {
  assert_int_equal(harness_future_resolve(process->data, NULL), 0);
}

static void on_exit_of_child(uv_process_t *process, int64_t status, int signal) {
  assert_int_equal(status, 0);
  assert_int_equal(signal, 0);
  uv_close((uv_handle_t *)process, on_closed);
}

static void another_process(void **state) {
  harness_endpoint_t *e = harness_create_datagram_endpoint(world, NULL, NULL, NULL);
  char command[100];
  char *arguments[] = {(char[]){"bash"}, (char[]){"-c"}, command, NULL};
  uv_process_options_t options = {.file = "bash", .args = arguments, .exit_cb = on_exit_of_child};
  uv_process_t process = {.data = harness_assert_made(world, harness_future_new(world))};

  (void)state;
  (void)snprintf(command, sizeof command, "printf a >/dev/udp/127.0.0.1/%u; printf b >/dev/udp/127.0.0.1/%u",
                 (unsigned)harness_datagram_port(e), (unsigned)harness_datagram_port(e));
  assert_int_equal(uv_spawn(harness_loop(world), &process, &options), 0);
  assert_ptr_equal(harness_assert_run(world, harness_schedule_coroutine(world, receive_one, e)), e);
  assert_ptr_equal(harness_assert_run(world, harness_schedule_coroutine(world, receive_one, e)), e);
  (void)harness_run_in_foreground(world, process.data);
  assert_int_equal(harness_task_status(process.data), 0);
  harness_datagram_close(e);
}

/* A socket of the outside that got the port an endpoint had is not taken for that endpoint. */
static void *say_from_port(void *arg) {
  const uint16_t *ports = arg;
  struct sockaddr_in own = loopback(ports[0]);
  struct sockaddr_in to = loopback(ports[1]);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  bool good = bind(fd, (struct sockaddr *)&own, sizeof own) == 0 &&
              sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof to) == 1;

  close(fd);
  return good ? arg : NULL;
}

static void a_port_that_changed_hands(void **state) {
  harness_endpoint_t *gone = harness_create_datagram_endpoint(world, NULL, NULL, NULL);
  harness_endpoint_t *e =
      harness_create_datagram_endpoint(world, &(harness_datagram_protocol_t){0}, NULL, NULL);
  uint16_t ports[2] = {harness_datagram_port(gone), harness_datagram_port(e)};
  char *text;

  (void)state;
  harness_datagram_close(gone);
  assert_ptr_equal(harness_assert_run(world, harness_call_in_background(world, say_from_port, ports)), ports);
  text = harness_transcript_text(world);
  assert_string_equal(text, "endpoint     close\n"
                            "endpoint2/1  receive  from peer  'x'\n");
  free(text);
  harness_datagram_close(e);
}

#define foreign_test(f) cmocka_unit_test_setup_teardown(f, set_up, harness_cmocka_teardown)

static const struct CMUnitTest tests[] = {
    foreign_test(a_blocking_client),
    cmocka_unit_test(racing_clients_give_one_transcript),
    foreign_test(a_port_is_not_a_party),
    cmocka_unit_test(settling_sees_what_a_call_left_behind),
    foreign_test(a_flood_lets_others_have_their_turn),
    foreign_test(what_was_sent_before_the_run),
    foreign_test(another_process),
    foreign_test(a_port_that_changed_hands),
};
HARNESS_CMOCKA_MAIN("datagram_foreign", tests)
