/* SPDX-License-Identifier: MIT */
/*
 * harness call: sends messages to an echo server in another process and prints what comes back.
 *
 * In the styles protocol and stream all messages go over one connection, then EOF, and what comes back until
 * the server's EOF is the reply. Framed, each message has a reply of its own; the workers of the pool, each
 * with a connection, take the messages in their order, and the replies are printed in it.
 *
 * The deadline is one for the whole call: what is not done by then is cancelled, which wakes whoever waits.
 * A connection that did not end well is reset rather than closed: closing would wait until a server that does
 * not read takes the rest.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "cli/commands.h"
#include "cli/window.h"

enum { CHUNK_SIZE = 64 * 1024, POOL_MOST = 1000, DEADLINE_MS = 10000 };

typedef struct reply {
  char *data;
  size_t size;
  bool came;
} reply_t;

typedef struct call {
  harness_t *h;
  harness__style_t style;
  const char *target; /* as it was given */
  char *host;
  uint16_t port;
  uint64_t pool;
  uint64_t deadline_ms;
  bool verbose;
  char **messages;
  size_t count;
  size_t next;      /* message that no worker has taken */
  reply_t *replies; /* framed: of each message; else one */
  int status;       /* of what failed first; 0 */
  harness_transport_t *transport;
  harness_task_t *ended; /* protocol: its connection */
} call_t;

static const char usage[] =
    "usage: harness call [--style STYLE] [--pool N] [--deadline MS] [--verbose] ADDRESS MESSAGE...\n"
    "\n"
    "Sends the messages to the echo server at ADDRESS (HOST:PORT or unix:PATH; HOST is 127.0.0.1, [::1] or\n"
    "localhost) and prints what comes back: all of it on a line, or, framed, each reply on a line.\n"
    "\n"
    "  --style STYLE  protocol (callbacks, the default), stream (coroutines), or framed (messages that\n"
    "                 end with \"\\r\\n\\r\\n\")\n"
    "  --pool N       framed: this many connections share the messages (1)\n"
    "  --deadline MS  how long the whole call may take (10000)\n"
    "  --verbose      log what happens to standard error\n"
    "  --help         this text\n"
    "  --version      the version of the library\n"
    "\n"
    "Exit status: 0 all was answered; 1 the server is missing, reset or closed the connection, or did not\n"
    "answer in time; 2 trouble.\n";

static void note_failure(call_t *call, int status) {
  if (call->status == 0)
    call->status = status == UV_ECANCELED ? UV_ETIMEDOUT : status;
}

static int keep(reply_t *reply, const void *data, size_t size) {
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
static void end_reply(call_t *call) {
  if (!call->replies[0].came)
    note_failure(call, UV_EOF);
}

static int send_all(call_t *call, harness_transport_t *transport) {
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
  call_t *call = state;
  int status;

  call->transport = transport;
  status = send_all(call, transport);
  if (status == 0)
    return;
  note_failure(call, status);
  harness_transport_abort(transport);
}

static void data_received(void *state, const void *data, size_t size) {
  call_t *call = state;
  int status = keep(&call->replies[0], data, size);

  harness__window_log(call->h, NULL, "received", data, size);
  if (status == 0)
    return;
  note_failure(call, status);
  harness_transport_abort(call->transport);
}

static void end_transport(const call_t *call, harness_transport_t *transport) {
  if (call->status != 0 || harness_transport_unread(transport) > 0)
    harness_transport_abort(transport);
  else
    harness_transport_close(transport);
}

static int eof_received(void *state) {
  call_t *call = state;

  harness_log(call->h, "received EOF");
  end_reply(call);
  end_transport(call, call->transport);
  return 0;
}

static void connection_lost(void *state, int status) {
  call_t *call = state;

  if (status != 0)
    note_failure(call, status);
  harness_log(call->h, "server closed connection");
  (void)harness_future_resolve(call->ended, NULL);
}

/* Runs the task in the foreground, until the deadline. Returns 0 or how it failed. */
static int run_until_deadline(const call_t *call, harness_task_t *task) {
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

static void call_protocol(call_t *call) {
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

static int receive_all(call_t *call, harness_stream_t *stream) {
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
  call_t *call = arg;
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
static int exchange(call_t *call, harness_stream_t *stream, char *buffer, size_t i) {
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
  call_t *call = arg;
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
static void call_workers(call_t *call, harness_function_t worker, size_t count) {
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

/* Returns the exit code, after a sentence where something failed. */
static int explain(const call_t *call) {
  switch (call->status) {
  case 0:
    return HARNESS__CLI_SAME;
  case UV_ECONNREFUSED:
  case UV_ENOENT:
    (void)fprintf(stderr, "harness call: nobody listens at %s: %s\n", call->target,
                  uv_strerror(call->status));
    return HARNESS__CLI_DIFFERENT;
  case UV_EINVAL:
    (void)fprintf(stderr, "harness call: '%s' is no address on this machine\n", call->target);
    return HARNESS__CLI_TROUBLE;
  case UV_ECONNRESET:
  case UV_EPIPE:
    (void)fprintf(stderr, "harness call: %s reset the connection\n", call->target);
    return HARNESS__CLI_DIFFERENT;
  case UV_EOF:
    (void)fprintf(stderr, "harness call: %s closed the connection without an answer\n", call->target);
    return HARNESS__CLI_DIFFERENT;
  case UV_ETIMEDOUT:
    (void)fprintf(stderr, "harness call: %s did not answer within %llu ms\n", call->target,
                  (unsigned long long)call->deadline_ms);
    return HARNESS__CLI_DIFFERENT;
  default:
    (void)fprintf(stderr, "harness call: %s: %s\n", call->target, uv_strerror(call->status));
    return HARNESS__CLI_TROUBLE;
  }
}

static int print_replies(const call_t *call, size_t count, int code) {
  for (size_t i = 0; i < count; i++) {
    if (!call->replies[i].came)
      continue;
    (void)fwrite(call->replies[i].data, 1, call->replies[i].size, stdout);
    (void)putchar('\n');
  }
  return harness__cli_print(strdup(""), code);
}

static int run(call_t *call) {
  size_t count = call->style == HARNESS__STYLE_FRAMED ? call->count : 1;
  int code;

  call->h = harness__window_open("call", call->verbose ? stderr : NULL);
  call->replies = calloc(count, sizeof *call->replies);
  if (call->replies == NULL)
    (void)fputs("harness call: memory is exhausted\n", stderr);
  if (call->h == NULL || call->replies == NULL) {
    (void)harness_close(call->h);
    free(call->replies);
    return HARNESS__CLI_TROUBLE;
  }
  if (call->style == HARNESS__STYLE_PROTOCOL)
    call_protocol(call);
  else if (call->style == HARNESS__STYLE_STREAM)
    call_workers(call, stream_client, 1);
  else
    call_workers(call, framed_worker, call->pool < call->count ? (size_t)call->pool : call->count);
  (void)harness_close(call->h);
  code = explain(call);
  code = print_replies(call, count, code);
  for (size_t i = 0; i < count; i++)
    free(call->replies[i].data);
  free(call->replies);
  return code;
}

/* Takes HOST:PORT, [HOST]:PORT or unix:… apart. */
static bool take_target(call_t *call, char *text) {
  char *colon = strrchr(text, ':');
  uint64_t port;

  call->target = text;
  call->host = strdup(text);
  if (call->host == NULL || strncmp(text, "unix:", 5) == 0)
    return call->host != NULL;
  if (colon == NULL || colon == text) {
    (void)fprintf(stderr, "harness call: '%s' is no address: HOST:PORT or unix:PATH\n", text);
    return false;
  }
  if (!harness__window_number("call", "port", colon + 1, 1, UINT16_MAX, &port))
    return false;
  call->port = (uint16_t)port;
  call->host[colon - text] = '\0';
  if (text[0] == '[' && colon[-1] == ']') {
    call->host[colon - text - 1] = '\0';
    memmove(call->host, call->host + 1, strlen(call->host));
  }
  return true;
}

static bool check_messages(const call_t *call) {
  size_t most = HARNESS__MESSAGE_MOST - HARNESS__SEPARATOR_SIZE;

  for (size_t i = 0; call->style == HARNESS__STYLE_FRAMED && i < call->count; i++) {
    if (strstr(call->messages[i], HARNESS__SEPARATOR) == NULL && strlen(call->messages[i]) <= most)
      continue;
    (void)fprintf(stderr, "harness call: message %zu holds a separator, or more than %zu bytes\n", i + 1,
                  most);
    return false;
  }
  return true;
}

/* Returns -1 to go on, else the exit code. */
static int take_option(int option, call_t *call) {
  switch (option) {
  case 's':
    return harness__window_style("call", optarg, &call->style) ? -1 : HARNESS__CLI_TROUBLE;
  case 'n':
    return harness__window_number("call", "pool", optarg, 1, POOL_MOST, &call->pool) ? -1
                                                                                     : HARNESS__CLI_TROUBLE;
  case 'd':
    return harness__window_number("call", "deadline", optarg, 1, UINT32_MAX, &call->deadline_ms)
               ? -1
               : HARNESS__CLI_TROUBLE;
  case 'v':
    call->verbose = true;
    return -1;
  case 'h':
    return harness__cli_print(strdup(usage), HARNESS__CLI_SAME);
  case 'V':
    return harness__cli_print_version();
  default:
    (void)fputs(usage, stderr);
    return HARNESS__CLI_TROUBLE;
  }
}

static int take_options(int argc, char **argv, call_t *call) {
  static const struct option options[] = {{"style", required_argument, NULL, 's'},
                                          {"pool", required_argument, NULL, 'n'},
                                          {"deadline", required_argument, NULL, 'd'},
                                          {"verbose", no_argument, NULL, 'v'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'V'},
                                          {NULL, 0, NULL, 0}};
  int option;
  int code = -1;

  optind = 0;
  while (code == -1 && (option = getopt_long(argc, argv, "+hv", options, NULL)) != -1)
    code = take_option(option, call);
  if (code != -1)
    return code;
  if (argc - optind >= 2 && (call->pool == 0 || call->style == HARNESS__STYLE_FRAMED))
    return -1;
  (void)fprintf(stderr, "harness call: %s\n%s",
                argc - optind < 2 ? "an address or a message is missing" : "only --style framed has a pool",
                usage);
  return HARNESS__CLI_TROUBLE;
}

int harness__cli_call(int argc, char **argv) {
  call_t call = {.style = HARNESS__STYLE_PROTOCOL, .deadline_ms = DEADLINE_MS};
  int code = take_options(argc, argv, &call);

  if (code >= 0)
    return code;
  if (call.pool == 0)
    call.pool = 1;
  call.messages = argv + optind + 1;
  call.count = (size_t)(argc - optind - 1);
  code = take_target(&call, argv[optind]) && check_messages(&call) ? run(&call) : HARNESS__CLI_TROUBLE;
  free(call.host);
  return code;
}
