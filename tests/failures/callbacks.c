/* SPDX-License-Identifier: MIT */
/* Protocols of connections and datagrams, and the handlers of servers: one callback of each is the place. */
#include "callbacks.h"

#include <stdbool.h>

/* Which callback of a protocol is the place. */
enum { MADE, DATA, EOF_, LOST, PAUSED, RESUMED, ERROR, FACTORY };
static int chosen;
static harness_transport_t *client_transport;

static void at(int callback) {
  if (callback == chosen)
    place_act();
}

static void *factory(void *arg) {
  at(FACTORY);
  return arg;
}

static void on_made(void *state, harness_transport_t *transport) {
  static char much[100000];

  (void)state;
  at(MADE);
  if (chosen == PAUSED || chosen == RESUMED)
    (void)harness_transport_write(transport, much, sizeof much);
}

static void on_data(void *state, const void *data, size_t size) {
  (void)state;
  (void)data;
  (void)size;
  at(DATA);
}

static int on_eof(void *state) {
  (void)state;
  at(EOF_);
  return 0;
}

static void on_lost(void *state, int status) {
  (void)state;
  (void)status;
  at(LOST);
}

static void on_paused(void *state) {
  (void)state;
  at(PAUSED);
}

static void on_resumed(void *state) {
  (void)state;
  at(RESUMED);
}

static const harness_protocol_t protocol = {on_made, on_data, on_eof, on_lost, on_paused, on_resumed};

static void *talk(void *arg) {
  char data[4096];
  harness_stream_t *stream = harness_connect_to(place_world, arg);

  if (stream == NULL)
    return NULL;
  (void)harness_write(stream, "hello\n", 6);
  if (chosen == PAUSED || chosen == RESUMED)
    for (int i = 0; i < 25; i++)
      (void)harness_read(stream, data, sizeof data);
  harness_stream_close(stream);
  (void)harness_sleep(place_world, 1);
  return NULL;
}

static void in_a_protocol(harness_t *h, int callback) {
  harness_server_t *server;

  place_begin(h);
  chosen = callback;
  server = harness_create_server(h, &protocol, factory, &chosen, NULL);
  (void)harness_run_in_foreground(h, harness_schedule_coroutine(h, talk, server));
  harness_server_close(server);
}

void in_factory(harness_t *h) {
  in_a_protocol(h, FACTORY);
}

void in_connection_made(harness_t *h) {
  in_a_protocol(h, MADE);
}

void in_data_received(harness_t *h) {
  in_a_protocol(h, DATA);
}

void in_eof_received(harness_t *h) {
  in_a_protocol(h, EOF_);
}

void in_connection_lost(harness_t *h) {
  in_a_protocol(h, LOST);
}

void in_pause_writing(harness_t *h) {
  in_a_protocol(h, PAUSED);
}

void in_resume_writing(harness_t *h) {
  in_a_protocol(h, RESUMED);
}

static void on_client_made(void *state, harness_transport_t *transport) {
  client_transport = transport;
  on_made(state, transport);
}

static void greet(harness_stream_t *stream, void *arg) {
  (void)arg;
  (void)harness_write(stream, "hello\n", 6);
}

void in_a_client(harness_t *h) {
  static const harness_protocol_t client = {on_client_made, on_data, on_eof, on_lost, NULL, NULL};
  harness_server_t *server;
  harness_connection_options_t options = {0};

  place_begin(h);
  chosen = DATA;
  server = harness_start_server(h, greet, NULL, NULL);
  options.server = server;
  (void)harness_run_in_foreground(h, harness_create_connection(h, &client, factory, &chosen, &options));
  (void)harness_settle(h);
  harness_transport_close(client_transport);
  harness_server_close(server);
}

static harness_endpoint_t *endpoints[2];

static void on_endpoint(void *state, harness_endpoint_t *endpoint) {
  (void)state;
  (void)endpoint;
  at(MADE);
}

static void on_datagram(void *state, const void *data, size_t size, const harness_address_t *from) {
  (void)from;
  on_data(state, data, size);
}

static void on_error(void *state, int code) {
  (void)state;
  (void)code;
  at(ERROR);
}

static void *send_datagrams(void *arg) {
  const harness_address_t *to = harness_datagram_address(endpoints[1]);

  (void)harness_sendto(endpoints[0], "hello", 5, to);
  (void)harness_sleep(place_world, 1);
  harness_datagram_close(endpoints[1]);
  (void)harness_sendto(endpoints[0], "hello", 5, to);
  (void)harness_sleep(place_world, 1);
  harness_datagram_close(endpoints[0]);
  (void)harness_sleep(place_world, 1);
  return arg;
}

/* The first has the second as its remote, and so gets an error when that is gone. */
static void in_a_datagram_protocol(harness_t *h, int callback) {
  static const harness_datagram_protocol_t datagrams = {on_endpoint, on_datagram, on_error, on_lost};
  harness_datagram_options_t options = {0};

  place_begin(h);
  chosen = callback;
  endpoints[1] = harness_create_datagram_endpoint(h, &datagrams, NULL, NULL);
  options.remote = harness_datagram_address(endpoints[1]);
  endpoints[0] = harness_create_datagram_endpoint(h, &datagrams, NULL, &options);
  (void)harness_run_in_foreground(h, harness_schedule_coroutine(h, send_datagrams, NULL));
}

void in_datagram_made(harness_t *h) {
  in_a_datagram_protocol(h, MADE);
}

void in_datagram_received(harness_t *h) {
  in_a_datagram_protocol(h, DATA);
}

void in_error_received(harness_t *h) {
  in_a_datagram_protocol(h, ERROR);
}

void in_datagram_lost(harness_t *h) {
  in_a_datagram_protocol(h, LOST);
}

static void respond(void *arg, harness_framed_t *connection, const void *data, size_t size) {
  (void)arg;
  place_act();
  (void)harness_framed_write(connection, data, size);
}

void in_a_framed_handler(harness_t *h) {
  harness_framing_t framing = {.separator = "\n", .separator_size = 1};
  harness_framed_client_options_t options = {0};
  harness_framed_client_t *client;

  place_begin(h);
  options.server = harness_create_framed_server(h, &framing, respond, NULL, NULL);
  client = harness_framed_client_new(h, &framing, &options);
  (void)harness_run_in_foreground(h, harness_framed_call(client, "hello", 5));
  harness_framed_client_close(client);
  harness_server_close(options.server);
}

static void handle(harness_stream_t *stream, void *arg) {
  char data[16];

  (void)arg;
  (void)harness_read(stream, data, sizeof data);
  place_act();
}

void in_a_server_handler(harness_t *h) {
  harness_server_t *server;

  place_begin(h);
  chosen = DATA;
  server = harness_start_server(h, handle, NULL, NULL);
  (void)harness_run_in_foreground(h, harness_schedule_coroutine(h, talk, server));
  harness_server_close(server);
}
