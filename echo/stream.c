/* SPDX-License-Identifier: MIT */
/* A conversation of any length: the server echoes until the client ends its side. */
#include <harness/echo.h>

#include <string.h>

enum { CHUNK_SIZE = 128, QUOTED_SIZE = 4 * CHUNK_SIZE + 3 };

static void log_bytes(harness_t *h, const char *what, const void *data, size_t size) {
  char quoted[QUOTED_SIZE];

  harness_log(h, "%s b%s", what, harness_quote(quoted, sizeof quoted, data, size));
}

void harness_echo_stream_handle(harness_stream_t *stream, void *arg) {
  harness_t *h = arg;
  char data[CHUNK_SIZE];
  ptrdiff_t size;

  while ((size = harness_read(stream, data, sizeof data)) > 0) {
    log_bytes(h, "received", data, (size_t)size);
    harness_write(stream, data, (size_t)size);
    harness_drain(stream);
    log_bytes(h, "sent", data, (size_t)size);
  }
  harness_log(h, "closing");
  harness_stream_close(stream);
}

/* Writes every message and the end of this side. Returns 0 or a negative code. */
static int send_all(const harness_echo_stream_client_t *client, harness_stream_t *stream) {
  ptrdiff_t status;

  for (size_t i = 0; i < client->count; i++) {
    log_bytes(client->harness, "sending", client->messages[i], strlen(client->messages[i]));
    status = harness_write(stream, client->messages[i], strlen(client->messages[i]));
    if (status < 0)
      return (int)status;
  }
  if (harness_can_write_eof(stream)) {
    status = harness_write_eof(stream);
    if (status < 0)
      return (int)status;
  }
  return harness_drain(stream);
}

/* Reads until EOF and keeps as much as there is room for. Returns 0 or a negative code. */
static int receive_all(harness_echo_stream_client_t *client, harness_stream_t *stream) {
  char data[CHUNK_SIZE];
  ptrdiff_t size;

  while ((size = harness_read(stream, data, sizeof data)) > 0) {
    size_t room = HARNESS_ECHO_REPLY_SIZE - client->reply_size;
    size_t kept = (size_t)size < room ? (size_t)size : room;

    log_bytes(client->harness, "received", data, (size_t)size);
    memcpy(client->reply + client->reply_size, data, kept);
    client->reply_size += kept;
  }
  client->reply[client->reply_size] = '\0';
  return (int)size;
}

void *harness_echo_stream_client(void *arg) {
  harness_echo_stream_client_t *client = arg;
  harness_stream_t *stream;

  client->reply_size = 0;
  client->reply[0] = '\0';
  stream = harness_connect_to(client->harness, client->server);
  if (stream == NULL) {
    client->status = harness_error_code(client->harness);
    return NULL;
  }
  harness_log(client->harness, "connecting to %s", harness_server_name(client->server));
  client->status = send_all(client, stream);
  if (client->status == 0) {
    harness_log(client->harness, "waiting for response");
    client->status = receive_all(client, stream);
  }
  harness_log(client->harness, "closing");
  harness_stream_close(stream);
  return client->status == 0 ? client->reply : NULL;
}
