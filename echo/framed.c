/* SPDX-License-Identifier: MIT */
/* Messages that end with a separator: the server writes each back; the client calls it through a pool. */
#include <harness/echo.h>

#include <errno.h>
#include <string.h>

enum { QUOTED_MOST = 128, QUOTED_SIZE = 4 * QUOTED_MOST + 3, PARALLEL_MOST = 16 };

const harness_framing_t harness_echo_framing = {.separator = "\r\n\r\n", .separator_size = 4};

/* Of a message that is longer, the beginning. */
static void log_message(harness_t *h, const char *what, const void *data, size_t size, size_t connection) {
  char quoted[QUOTED_SIZE];

  harness_quote(quoted, sizeof quoted, data, size < QUOTED_MOST ? size : QUOTED_MOST);
  if (connection != 0)
    harness_log(h, "%s b%s on connection %zu", what, quoted, connection);
  else
    harness_log(h, "%s b%s", what, quoted);
}

void harness_echo_framed_respond(void *arg, harness_framed_t *connection, const void *data, size_t size) {
  harness_t *h = arg;

  log_message(h, "received", data, size, 0);
  if (harness_framed_write(connection, data, size) == 0)
    log_message(h, "sent", data, size, 0);
  else /* whoever waits for an answer must not do so for ever */
    harness_transport_abort(harness_framed_transport(connection));
}

static harness_task_t *call(harness_echo_framed_client_t *client, harness_framed_client_t *echo,
                            const char *message) {
  log_message(client->harness, "calling", message, strlen(message), 0);
  return harness_framed_call(echo, message, strlen(message));
}

/* Waits for a reply, which must be the message. Returns 0 or a negative code. */
static int await_reply(harness_echo_framed_client_t *client, harness_task_t *future, const char *message) {
  const harness_reply_t *reply;
  void *result = NULL;
  int status = future != NULL ? harness_await(future, &result) : harness_error_code(client->harness);

  if (status == 0 && result == NULL)
    status = -EPROTO;
  if (status != 0)
    return status;
  reply = result;
  log_message(client->harness, "reply", reply->data, reply->size, reply->connection);
  if (reply->connection > client->connections)
    client->connections = reply->connection;
  client->replies++;
  return reply->size == strlen(message) && memcmp(reply->data, message, reply->size) == 0 ? 0 : -EPROTO;
}

static int one_by_one(harness_echo_framed_client_t *client, harness_framed_client_t *echo) {
  int status = 0;

  for (size_t i = 0; i < client->count && status == 0; i++)
    status = await_reply(client, call(client, echo, client->messages[i]), client->messages[i]);
  return status;
}

static int all_at_once(harness_echo_framed_client_t *client, harness_framed_client_t *echo) {
  size_t count = client->count < PARALLEL_MOST ? client->count : PARALLEL_MOST;
  harness_task_t *futures[PARALLEL_MOST];
  int status = 0;

  for (size_t i = 0; i < count; i++)
    futures[i] = call(client, echo, client->messages[i]);
  for (size_t i = 0; i < count && status == 0; i++)
    status = await_reply(client, futures[i], client->messages[i]);
  return status;
}

void *harness_echo_framed_client(void *arg) {
  harness_echo_framed_client_t *client = arg;
  harness_framed_client_options_t options = {
      .name = client->name, .server = client->server, .pool_size = client->pool_size, .full_response = 1};
  harness_framed_client_t *echo = harness_framed_client_new(client->harness, &harness_echo_framing, &options);

  client->replies = client->connections = 0;
  client->status = echo != NULL ? one_by_one(client, echo) : harness_error_code(client->harness);
  if (client->status == 0)
    client->status = all_at_once(client, echo);
  harness_framed_client_close(echo);
  return client->status == 0 ? client : NULL;
}
