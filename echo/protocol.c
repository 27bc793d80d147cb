/* SPDX-License-Identifier: MIT */
/* The exchange of stream.c in callbacks: a server that echoes what it receives, and a client with a list of
 * messages. */
#include <harness/echo.h>

#include <stdlib.h>
#include <string.h>

#include <uv.h>

enum { QUOTED_SIZE = 4096 };

static void log_bytes(harness_t *h, const char *what, const void *data, size_t size) {
  char quoted[QUOTED_SIZE];

  harness_log(h, "%s b%s", what, harness_quote(quoted, sizeof quoted, data, size));
}

/* One connection of the server. */
typedef struct echo_connection {
  const harness_echo_protocol_server_t *server;
  harness_transport_t *transport;
} echo_connection_t;

static void *make_connection(void *arg) {
  echo_connection_t *connection = calloc(1, sizeof *connection);

  if (connection != NULL)
    connection->server = arg;
  return connection;
}

static void server_connection_made(void *state, harness_transport_t *transport) {
  echo_connection_t *connection = state;

  connection->transport = transport;
  if (connection->server->delivery.kind != HARNESS_DELIVERY_DEFAULT)
    harness_transport_set_delivery(transport, connection->server->delivery);
  harness_log(connection->server->harness, "connection accepted");
}

static void server_data_received(void *state, const void *data, size_t size) {
  echo_connection_t *connection = state;

  log_bytes(connection->server->harness, "received", data, size);
  harness_transport_write(connection->transport, data, size);
  log_bytes(connection->server->harness, "sent", data, size);
}

static int server_eof_received(void *state) {
  echo_connection_t *connection = state;

  harness_log(connection->server->harness, "received EOF");
  if (harness_transport_can_write_eof(connection->transport))
    harness_transport_write_eof(connection->transport);
  return 0;
}

static void server_connection_lost(void *state, int status) {
  echo_connection_t *connection = state;

  if (status != 0)
    harness_log(connection->server->harness, "ERROR: %s", uv_strerror(status));
  else
    harness_log(connection->server->harness, "closing");
  free(connection);
}

harness_server_t *harness_echo_create_server(const harness_echo_protocol_server_t *server,
                                             const harness_server_options_t *options) {
  static const harness_protocol_t protocol = {.connection_made = server_connection_made,
                                              .data_received = server_data_received,
                                              .eof_received = server_eof_received,
                                              .connection_lost = server_connection_lost};

  return harness_create_server(server->harness, &protocol, make_connection, (void *)(uintptr_t)server,
                               options);
}

static void client_connection_made(void *state, harness_transport_t *transport) {
  harness_echo_protocol_client_t *client = state;

  client->transport = transport;
  harness_log(client->harness, "EchoClient: connecting to %s", harness_server_name(client->server));
  for (size_t i = 0; i < client->count; i++) {
    log_bytes(client->harness, "EchoClient: sending", client->messages[i], strlen(client->messages[i]));
    harness_transport_write(transport, client->messages[i], strlen(client->messages[i]));
  }
  if (harness_transport_can_write_eof(transport))
    harness_transport_write_eof(transport);
}

static void client_data_received(void *state, const void *data, size_t size) {
  harness_echo_protocol_client_t *client = state;
  size_t room = HARNESS_ECHO_REPLY_SIZE - client->reply_size;
  size_t kept = size < room ? size : room;

  log_bytes(client->harness, "EchoClient: received", data, size);
  memcpy(client->reply + client->reply_size, data, kept);
  client->reply_size += kept;
  client->reply[client->reply_size] = '\0';
}

static int client_eof_received(void *state) {
  harness_echo_protocol_client_t *client = state;

  harness_log(client->harness, "EchoClient: received EOF");
  harness_transport_close(client->transport);
  harness_future_resolve(client->done, client->reply);
  return 0;
}

static void client_connection_lost(void *state, int status) {
  harness_echo_protocol_client_t *client = state;

  client->status = status;
  harness_log(client->harness, "EchoClient: server closed connection");
  if (status != 0)
    harness_future_fail(client->done, status);
}

harness_task_t *harness_echo_create_client(harness_echo_protocol_client_t *client, const char *name) {
  static const harness_protocol_t protocol = {.connection_made = client_connection_made,
                                              .data_received = client_data_received,
                                              .eof_received = client_eof_received,
                                              .connection_lost = client_connection_lost};
  harness_connection_options_t options = {.name = name, .server = client->server};

  client->status = 0;
  client->reply_size = 0;
  client->reply[0] = '\0';
  return harness_create_connection(client->harness, &protocol, NULL, client, &options);
}
