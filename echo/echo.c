/* SPDX-License-Identifier: MIT */
/* One message, one reply: a handler and a coroutine client for it. */
#include <harness/echo.h>

#include <string.h>

/* Every byte may become \xNN; two quotes and the NUL. */
enum { QUOTED_SIZE = 4 * HARNESS_ECHO_READ_SIZE + 3 };

void harness_echo_handle(harness_stream_t *stream, void *arg) {
  harness_t *h = arg;
  char data[HARNESS_ECHO_READ_SIZE];
  char quoted[QUOTED_SIZE];
  ptrdiff_t size = harness_read(stream, data, sizeof data);

  if (size > 0) {
    harness_quote(quoted, sizeof quoted, data, (size_t)size);
    harness_log(h, "-> Server received %s from %s", quoted, harness_peer_name(stream));
    harness_log(h, "<- Server sending: %s", quoted);
    harness_write(stream, data, (size_t)size);
    harness_drain(stream);
  }
  harness_log(h, "-- Terminating connection on server");
  harness_stream_close(stream);
}

/* Sends the message and reads the reply. Returns the reply's size or a negative code. */
static ptrdiff_t exchange(harness_echo_client_t *client, harness_stream_t *stream) {
  char quoted[QUOTED_SIZE];
  size_t length = strlen(client->message);
  ptrdiff_t size;

  harness_quote(quoted, sizeof quoted, client->message, length);
  harness_log(client->harness, "-> Client sending: %s", quoted);
  size = harness_write(stream, client->message, length);
  if (size < 0)
    return size;
  size = harness_read(stream, client->reply, HARNESS_ECHO_READ_SIZE);
  if (size < 0)
    return size;
  harness_quote(quoted, sizeof quoted, client->reply, (size_t)size);
  harness_log(client->harness, "<- Client received: %s", quoted);
  return size;
}

void *harness_echo_client(void *arg) {
  harness_echo_client_t *client = arg;
  harness_stream_t *stream = harness_connect_to(client->harness, client->server);
  ptrdiff_t size;

  client->reply[0] = '\0';
  if (stream == NULL) {
    client->status = harness_error_code(client->harness);
    return NULL;
  }
  size = exchange(client, stream);
  harness_log(client->harness, "-- Terminating connection on client");
  harness_stream_close(stream);
  client->status = size < 0 ? (int)size : 0;
  if (size < 0)
    return NULL;
  client->reply[size] = '\0';
  return client->reply;
}
