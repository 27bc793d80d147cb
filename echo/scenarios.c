/* SPDX-License-Identifier: MIT */
#include "scenarios.h"

#include <errno.h>
#include <string.h>

#include "lines.h"

static const char hello[] = "Hello World!";
static const char *const parts[] = {"This is the message. ", "It will be sent ", "in parts."};
static const char whole[] = "This is the message. It will be sent in parts.";

/* Why the last call failed; -EPROTO where the harness has nothing to say. libuv's codes are negative errno
 * values on Unix. */
static int failure(const harness_t *h) {
  int code = harness_error_code(h);

  return code != 0 ? code : -EPROTO;
}

static harness_server_t *start(harness_t *h, const char *name, harness_handler_t handler) {
  harness_server_options_t options = {.name = name};

  return harness_start_server(h, handler, h, &options);
}

/* Starts server1 and server2. Returns 0 or a negative code. */
static int start_both(harness_t *h, harness_server_t *servers[2]) {
  servers[0] = start(h, "server1", harness_echo_handle);
  servers[1] = start(h, "server2", harness_echo_handle);
  return servers[0] != NULL && servers[1] != NULL ? 0 : failure(h);
}

static void close_both(harness_server_t *servers[2]) {
  harness_server_close(servers[0]);
  harness_server_close(servers[1]);
}

/* Runs one client in the foreground; it must return the expected reply. */
static int run_client(harness_t *h, harness_task_t *task, const char *expected) {
  const char *reply = task != NULL ? harness_run_in_foreground(h, task) : NULL;

  if (reply == NULL)
    return failure(h);
  return strcmp(reply, expected) == 0 ? 0 : -EPROTO;
}

/* One coroutine client in the foreground, against the server of that index. */
static int run_hello(harness_t *h, harness_echo_scenario_state_t *state, size_t index) {
  harness_echo_client_t *client = &state->clients[0];
  harness_server_t *servers[2];
  int status = start_both(h, servers);

  if (status != 0)
    return status;
  *client = (harness_echo_client_t){.harness = h, .server = servers[index], .message = hello};
  status = run_client(h, harness_schedule_coroutine_named(h, "client", harness_echo_client, client), hello);
  close_both(servers);
  return status;
}

static int run_a1(harness_t *h, harness_echo_scenario_state_t *state) {
  return run_hello(h, state, 0);
}

static int run_a2(harness_t *h, harness_echo_scenario_state_t *state) {
  return run_hello(h, state, 1);
}

/* Waits for both tasks in the foreground, then reads their results from them. */
static int wait_for_both(harness_t *h, harness_task_t *tasks[2]) {
  harness_task_t *all;

  if (tasks[0] == NULL || tasks[1] == NULL)
    return failure(h);
  all = harness_wait_all(h, tasks, 2);
  if (all == NULL)
    return failure(h);
  harness_run_in_foreground(h, all);
  if (harness_task_status(all) != 0)
    return failure(h);
  for (size_t i = 0; i < 2; i++) {
    const char *reply = harness_task_result(tasks[i]);

    if (reply == NULL || strcmp(reply, hello) != 0)
      return -EPROTO;
  }
  return 0;
}

static int run_a3(harness_t *h, harness_echo_scenario_state_t *state) {
  static const char *const names[2] = {"client1", "client2"};
  harness_server_t *servers[2];
  harness_task_t *tasks[2];
  int status = start_both(h, servers);

  if (status != 0)
    return status;
  for (size_t i = 0; i < 2; i++) {
    state->clients[i] = (harness_echo_client_t){.harness = h, .server = servers[i], .message = hello};
    tasks[i] = harness_schedule_coroutine_named(h, names[i], harness_echo_client, &state->clients[i]);
  }
  status = wait_for_both(h, tasks);
  close_both(servers);
  return status;
}

/* The calls start at once; the clients block in recv until the loop runs. */
static int run_a4(harness_t *h, harness_echo_scenario_state_t *state) {
  static const char *const names[2] = {"client1", "client2"};
  harness_server_t *servers[2];
  harness_task_t *tasks[2];
  int status = start_both(h, servers);

  if (status != 0)
    return status;
  for (size_t i = 0; i < 2; i++) {
    state->callers[i] = (harness_echo_blocking_client_t){.harness = h,
                                                         .server_name = harness_server_name(servers[i]),
                                                         .port = harness_server_port(servers[i]),
                                                         .message = hello};
    tasks[i] =
        harness_call_in_background_named(h, names[i], harness_echo_blocking_client, &state->callers[i]);
  }
  status = wait_for_both(h, tasks);
  close_both(servers);
  return status;
}

/* Logs the sentence a call was refused with. Returns 0, or a code where it was not refused. */
static int log_refusal(harness_t *h, const char *what, bool refused) {
  const char *sentence = harness_error(h);

  if (!refused || sentence == NULL)
    return -EPROTO;
  harness_log(h, "%s: %s", what, sentence);
  harness_clear_error(h);
  return 0;
}

static int run_a5(harness_t *h, harness_echo_scenario_state_t *state) {
  int status = log_refusal(h, "no coroutine", harness_schedule_coroutine(h, NULL, state) == NULL);

  if (status == 0)
    status = log_refusal(h, "no function", harness_call_in_background(h, NULL, state) == NULL);
  if (status == 0)
    status = log_refusal(h, "no task", harness_run_in_foreground(h, NULL) == NULL);
  return status;
}

static int run_c(harness_t *h, harness_echo_scenario_state_t *state) {
  harness_echo_stream_client_t *client = &state->streamer;
  harness_server_t *server = start(h, "echo", harness_echo_stream_handle);
  int status;

  if (server == NULL)
    return failure(h);
  *client = (harness_echo_stream_client_t){.harness = h, .server = server, .messages = parts, .count = 3};
  status =
      run_client(h, harness_schedule_coroutine_named(h, "client", harness_echo_stream_client, client), whole);
  harness_server_close(server);
  return status;
}

/* The connection's task first, then the future that the client resolves. replies: how the server's are cut.
 */
static int run_protocols(harness_t *h, harness_echo_scenario_state_t *state,
                         harness_delivery_kind_t replies) {
  harness_server_options_t options = {.name = "EchoServer"};
  harness_echo_protocol_client_t *client = &state->caller;
  harness_server_t *server;
  int status;

  state->echoer = (harness_echo_protocol_server_t){.harness = h, .delivery = {.kind = replies}};
  server = harness_echo_create_server(&state->echoer, &options);
  if (server == NULL)
    return failure(h);
  *client = (harness_echo_protocol_client_t){.harness = h,
                                             .server = server,
                                             .messages = parts,
                                             .count = sizeof parts / sizeof parts[0],
                                             .done = harness_future_new(h)};
  harness_log(h, "main: waiting for client to complete");
  if (harness_run_in_foreground(h, harness_echo_create_client(client, "EchoClient")) == NULL)
    return failure(h);
  status = run_client(h, client->done, whole);
  harness_server_close(server);
  if (status == 0)
    harness_log(h, "main: closing event loop");
  return status;
}

static int run_b(harness_t *h, harness_echo_scenario_state_t *state) {
  return run_protocols(h, state, HARNESS_DELIVERY_DEFAULT);
}

static int run_b_joined(harness_t *h, harness_echo_scenario_state_t *state) {
  return run_protocols(h, state, HARNESS_DELIVERY_COALESCED);
}

/* Three messages one after the other, then at once on two connections. */
static int run_d(harness_t *h, harness_echo_scenario_state_t *state) {
  static const char *const messages[] = {"Hello!", "How are you?", "Goodbye!"};
  harness_server_options_t options = {.name = "echo"};
  harness_server_t *server =
      harness_create_framed_server(h, &harness_echo_framing, harness_echo_framed_respond, h, &options);
  harness_echo_framed_client_t *client = &state->framed;
  harness_task_t *task;
  int status;

  if (server == NULL)
    return failure(h);
  *client = (harness_echo_framed_client_t){.harness = h,
                                           .server = server,
                                           .name = "echo-client",
                                           .messages = messages,
                                           .count = 3,
                                           .pool_size = 2};
  task = harness_schedule_coroutine_named(h, "caller", harness_echo_framed_client, client);
  status = task != NULL && harness_run_in_foreground(h, task) == client ? 0 : failure(h);
  harness_server_close(server);
  return status;
}

static const harness_echo_scenario_t scenarios[] = {
    {"A1",
     "Hello, in the foreground",
     "scenarios/A1",
     {.kind = HARNESS_DELIVERY_AS_WRITTEN},
     run_a1,
     harness_echo_a1_lines,
     HARNESS_ECHO_A1_LINES,
     true,
     false},
    {"A2",
     "Hello, to the second server",
     "scenarios/A2",
     {.kind = HARNESS_DELIVERY_AS_WRITTEN},
     run_a2,
     harness_echo_a2_lines,
     HARNESS_ECHO_A2_LINES,
     true,
     false},
    {"A3",
     "Two coroutine clients in parallel",
     "scenarios/A3",
     {.kind = HARNESS_DELIVERY_AS_WRITTEN},
     run_a3,
     harness_echo_a3_lines,
     HARNESS_ECHO_A3_LINES,
     true,
     false},
    {"A4",
     "Two blocking clients in the thread pool",
     "scenarios/A4",
     {.kind = HARNESS_DELIVERY_AS_WRITTEN},
     run_a4,
     harness_echo_a4_lines,
     HARNESS_ECHO_A4_LINES,
     false,
     true},
    {"A5",
     "Argument errors are refused with a sentence",
     "scenarios/A5",
     {.kind = HARNESS_DELIVERY_AS_WRITTEN},
     run_a5,
     NULL,
     0,
     true,
     false},
    {"B",
     "Protocol callbacks, delivered as written",
     "scenarios/B",
     {.kind = HARNESS_DELIVERY_AS_WRITTEN},
     run_b,
     harness_echo_b_lines,
     HARNESS_ECHO_B_LINES,
     true,
     false},
    {"B1",
     "Protocol callbacks, deliveries coalesced",
     "scenarios/B1",
     {.kind = HARNESS_DELIVERY_COALESCED},
     run_b_joined,
     harness_echo_b1_lines,
     HARNESS_ECHO_B1_LINES,
     true,
     false},
    {"B2",
     "Protocol callbacks, what the server receives cut after 21 bytes",
     "scenarios/B2",
     {.kind = HARNESS_DELIVERY_SPLIT_AT, .offsets = {21}},
     run_b_joined,
     harness_echo_b2_lines,
     HARNESS_ECHO_B2_LINES,
     true,
     false},
    {"B3",
     "Protocol callbacks, what the server receives cut after 37 bytes",
     "scenarios/B3",
     {.kind = HARNESS_DELIVERY_SPLIT_AT, .offsets = {37}},
     run_b_joined,
     harness_echo_b3_lines,
     HARNESS_ECHO_B3_LINES,
     true,
     false},
    {"C",
     "Coroutine streams, delivered as written",
     "scenarios/C",
     {.kind = HARNESS_DELIVERY_AS_WRITTEN},
     run_c,
     harness_echo_c_lines,
     HARNESS_ECHO_C_LINES,
     true,
     false},
    {"C1",
     "Coroutine streams, deliveries coalesced",
     "scenarios/C1",
     {.kind = HARNESS_DELIVERY_COALESCED},
     run_c,
     harness_echo_c1_lines,
     HARNESS_ECHO_C1_LINES,
     true,
     false},
    {"C2",
     "Coroutine streams, cut after 37 bytes",
     "scenarios/C2",
     {.kind = HARNESS_DELIVERY_SPLIT_AT, .offsets = {37}},
     run_c,
     harness_echo_c2_lines,
     HARNESS_ECHO_C2_LINES,
     true,
     false},
    {"D",
     "Framed calls on a pool of connections",
     "scenarios/D",
     {.kind = HARNESS_DELIVERY_AS_WRITTEN},
     run_d,
     harness_echo_d_lines,
     HARNESS_ECHO_D_LINES,
     true,
     false},
};

const harness_echo_scenario_t *harness_echo_scenarios(size_t *count) {
  *count = sizeof scenarios / sizeof scenarios[0];
  return scenarios;
}

const harness_echo_scenario_t *harness_echo_scenario_find(const char *name) {
  for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
    if (strcmp(scenarios[i].name, name) == 0)
      return &scenarios[i];
  }
  return NULL;
}
