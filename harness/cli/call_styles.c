/* SPDX-License-Identifier: MIT */
/*
 * What `harness call` does, in each style.
 *
 * In the styles protocol and stream all messages go over one connection, then EOF, and what comes back until
 * the server's EOF is the reply. Framed, each message has a reply of its own; the workers of the pool, each
 * with a connection, take the messages in their order, and the replies are printed in it. They are streams,
 * as a person would write them; the library's own pool is in <harness/framed.h>.
 *
 * The deadline is one for the whole call: what is not done by then is cancelled, which wakes whoever waits.
 * A connection that did not end well is reset rather than closed: closing would wait until a server that does
 * not read takes the rest.
 */
#include "cli/call.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { CHUNK_SIZE = 64 * 1024 };

static void note_failure(harness__call_t *call, int status) {
  if (call->status == 0)
    call->status = status == UV_ECANCELED ? UV_ETIMEDOUT : status;
}

static int keep(harness__reply_t *reply, const void *data, size_t size) {
  char *grown = realloc(reply->data, reply->size + size + 1);

  if (grown == NULL)
    return UV_ENOMEM;
  reply->data = grown;
  memcpy(grown + reply->size, data, size);
  reply->size += size;
  reply->came = true;
  return 0;
}

/* A reply is over with the server's EOF: none at all is no reply. */
static void end_reply(harness__call_t *call) {
  if (!call->replies[0].came)
    note_failure(call, UV_EOF);
}

static int send_all(harness__call_t *call, harness_transport_t *transport) {
  ptrdiff_t status = 0;

  harness_log(call->h, "connecting to %s", call->target);
  for (size_t i = 0; i < call->count && status >= 0; i++) {
    harness__window_log(call->h, NULL, "sending", call->messages[i], strlen(call->messages[i]));
    status = harness_transport_write(transport, call->messages[i], strlen(call->messages[i]));
  }
  if (status >= 0)
    status = harness_transport_write_eof(transport);
  return status < 0 ? (int)status : 0;
}

static void connection_made(void *state, harness_transport_t *transport) {
  harness__call_t *call = state;
  int status;

  call->transport = transport;
  status = send_all(call, transport);
  if (status == 0)
    return;
  note_failure(call, status);
  harness_transport_abort(transport);
}

static void data_received(void *state, const void *data, size_t size) {
  harness__call_t *call = state;
  int status = keep(&call->replies[0], data, size);

  harness__window_log(call->h, NULL, "received", data, size);
  if (status == 0)
    return;
  note_failure(call, status);
  harness_transport_abort(call->transport);
}

static void end_transport(const harness__call_t *call, harness_transport_t *transport) {
  if (call->status != 0 || harness_transport_unread(transport) > 0)
    harness_transport_abort(transport);
  else
    harness_transport_close(transport);
}

static int eof_received(void *state) {
  harness__call_t *call = state;

  harness_log(call->h, "received EOF");
  end_reply(call);
  end_transport(call, call->transport);
  return 0;
}

static void connection_lost(void *state, int status) {
  harness__call_t *call = state;

  if (status != 0)
    note_failure(call, status);
  harness_log(call->h, "server closed connection");
  (void)harness_future_resolve(call->ended, NULL);
}

/* Runs the task in the foreground, until the deadline. Returns 0 or how it failed. */
static int run_until_deadline(const harness__call_t *call, harness_task_t *task) {
  uint64_t now = harness_now_ms(call->h);
  harness_task_t *waiting =
      harness_wait_for(call->h, task, now < call->deadline_ms ? call->deadline_ms - now : 0);
  int status;

  if (waiting == NULL)
    return UV_ENOMEM;
  (void)harness_run_in_foreground(call->h, waiting);
  status = harness_task_status(waiting);
  return status == UV_EAGAIN ? harness_error_code(call->h) : status;
}

static void call_protocol(harness__call_t *call) {
  static const harness_protocol_t protocol = {.connection_made = connection_made,
                                              .data_received = data_received,
                                              .eof_received = eof_received,
                                              .connection_lost = connection_lost};
  harness_connection_options_t options = {.host = call->host, .port = call->port};
  harness_task_t *connecting;
  int status;

  call->ended = harness_future_new(call->h);
  connecting =
      call->ended != NULL ? harness_create_connection(call->h, &protocol, NULL, call, &options) : NULL;
  status = connecting != NULL ? run_until_deadline(call, connecting) : UV_ENOMEM;
  if (status == 0)
    status = run_until_deadline(call, call->ended);
  if (status != 0)
    note_failure(call, status);
  harness_transport_abort(call->transport); /* of no effect where it has ended */
  (void)harness_settle(call->h);
  if (call->ended != NULL)
    (void)harness_task_cancel(call->ended);
}

static int receive_all(harness__call_t *call, harness_stream_t *stream) {
  char *data = malloc(CHUNK_SIZE);
  ptrdiff_t status = data != NULL ? 0 : UV_ENOMEM;

  while (status == 0) {
    ptrdiff_t size = harness_read(stream, data, CHUNK_SIZE);

    if (size > 0)
      harness__window_log(call->h, NULL, "received", data, (size_t)size);
    if (size == 0)
      break;
    status = size > 0 ? keep(&call->replies[0], data, (size_t)size) : size;
  }
  free(data);
  return (int)status;
}

static void *stream_client(void *arg) {
  harness__call_t *call = arg;
  harness_stream_t *stream = harness_connect(call->h, call->host, call->port);
  int status =
      stream != NULL ? send_all(call, harness_stream_transport(stream)) : harness_error_code(call->h);

  if (status == 0) {
    harness_log(call->h, "waiting for response");
    status = receive_all(call, stream);
  }
  if (status != 0)
    note_failure(call, status);
  else
    end_reply(call);
  if (stream == NULL)
    return NULL;
  harness_log(call->h, "closing");
  end_transport(call, harness_stream_transport(stream));
  return NULL;
}

/* Sends one message and reads its reply, through a buffer of HARNESS__MESSAGE_MOST. */
static int exchange(harness__call_t *call, harness_stream_t *stream, char *buffer, size_t i) {
  size_t size = strlen(call->messages[i]);
  ptrdiff_t status;

  harness__window_log(call->h, NULL, "sending", call->messages[i], size);
  memcpy(buffer, call->messages[i], size);
  memcpy(buffer + size, HARNESS__SEPARATOR, HARNESS__SEPARATOR_SIZE);
  status = harness_write(stream, buffer, size + HARNESS__SEPARATOR_SIZE);
  if (status >= 0)
    status = harness_read_until(stream, buffer, HARNESS__MESSAGE_MOST, HARNESS__SEPARATOR,
                                HARNESS__SEPARATOR_SIZE);
  if (status < 0)
    return (int)status;
  harness__window_log(call->h, NULL, "received", buffer, (size_t)status - HARNESS__SEPARATOR_SIZE);
  return keep(&call->replies[i], buffer, (size_t)status - HARNESS__SEPARATOR_SIZE);
}

static void *framed_worker(void *arg) {
  harness__call_t *call = arg;
  harness_stream_t *stream = harness_connect(call->h, call->host, call->port);
  int status = stream != NULL ? 0 : harness_error_code(call->h);
  char *buffer = status == 0 ? malloc(HARNESS__MESSAGE_MOST) : NULL;

  if (status == 0 && buffer == NULL)
    status = UV_ENOMEM;
  while (status == 0 && call->next < call->count)
    status = exchange(call, stream, buffer, call->next++);
  if (status != 0)
    note_failure(call, status);
  if (stream != NULL)
    end_transport(call, harness_stream_transport(stream));
  free(buffer);
  return NULL;
}

/* Each worker is cancelled by itself when the time is up. */
static void call_workers(harness__call_t *call, harness_function_t worker, size_t count) {
  harness_task_t **tasks = calloc(count, sizeof(harness_task_t *));
  harness_task_t *all = NULL;
  size_t made = 0;

  while (tasks != NULL && made < count) {
    harness_task_t *task = harness_schedule_coroutine(call->h, worker, call);

    tasks[made] = task != NULL ? harness_wait_for(call->h, task, call->deadline_ms) : NULL;
    if (tasks[made] == NULL)
      break;
    made++;
  }
  if (made > 0)
    all = harness_wait_all(call->h, tasks, made);
  if (all != NULL)
    (void)harness_run_in_foreground(call->h, all);
  if (all == NULL || made < count)
    note_failure(call, UV_ENOMEM);
  else if (harness_task_status(all) != 0)
    note_failure(call, harness_task_status(all));
  (void)harness_settle(call->h); /* those that were cancelled return */
  free(tasks);
}

void harness__call_run(harness__call_t *call) {
  if (call->style == HARNESS__STYLE_PROTOCOL)
    call_protocol(call);
  else if (call->style == HARNESS__STYLE_STREAM)
    call_workers(call, stream_client, 1);
  else
    call_workers(call, framed_worker, call->pool < call->count ? (size_t)call->pool : call->count);
}
