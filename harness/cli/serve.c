/* SPDX-License-Identifier: MIT */
/*
 * harness serve: the echo servers in a process of their own, until a signal ends them.
 *
 * The signals are libuv's, on the harness's loop: one resolves the future that the foreground run waits for,
 * so that closing begins between two steps, never within one. Until then the run has no limit, and no events
 * are kept.
 *
 * What can go wrong: a client that never reads. What is written to it and the kernel does not take waits in
 * memory, so nothing more is read from that client until it has been taken; and when the server ends, such a
 * client is reset, since a close would wait for it for ever. For both reasons a connection never closes by
 * itself with something left to send.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <uv.h>

#include "cli/commands.h"
#include "cli/window.h"

enum { CHUNK_SIZE = 128, PEER_SIZE = 160 };

/* One connection, as long as it is open. */
typedef struct visit {
  struct serving *serving;
  harness_transport_t *transport;
  struct visit *next;
  struct visit **link;
  char peer[PEER_SIZE];
} visit_t;

typedef struct serving {
  harness_t *h;
  harness_server_t *server;
  harness_task_t *over;
  visit_t *visits;
  uv_signal_t interrupt;
  uv_signal_t terminate;
} serving_t;

typedef struct choice {
  harness__style_t style;
  const char *host;
  uint64_t port;
} choice_t;

static const char usage[] = "usage: harness serve [--style STYLE] [--host HOST] [--port PORT]\n"
                            "\n"
                            "Runs an echo server until SIGINT or SIGTERM. The first line it prints is its\n"
                            "port (the whole address of a unix socket); then come the lines of its\n"
                            "connections, each with the address of its peer.\n"
                            "\n"
                            "  --style STYLE  protocol (callbacks, the default), stream (coroutines), or\n"
                            "                 framed (messages that end with \"\\r\\n\\r\\n\")\n"
                            "  --host HOST    127.0.0.1 (the default), ::1, localhost (both), unix:PATH,\n"
                            "                 unix:@NAME, or unix: and unix:@ for a path or name that is\n"
                            "                 chosen\n"
                            "  --port PORT    0 (the default): the kernel chooses\n"
                            "  --help         this text\n"
                            "  --version      the version of the library\n"
                            "\n"
                            "Exit status: 0 ended by a signal, 2 trouble.\n";

static void name_peer(visit_t *visit) {
  const char *name = harness_transport_info(visit->transport, "peername");
  const char *process = NULL;

  if (name != NULL && strcmp(name, "unix:") == 0)
    process = harness_transport_info(visit->transport, "peercred");
  (void)snprintf(visit->peer, sizeof visit->peer, "%s%.*s", name != NULL ? name : "a peer that is gone",
                 process != NULL ? (int)strcspn(process, " ") : 0, process != NULL ? process : "");
}

static void enter(visit_t *visit, serving_t *serving, harness_transport_t *transport) {
  visit->serving = serving;
  visit->transport = transport;
  name_peer(visit);
  visit->next = serving->visits;
  visit->link = &serving->visits;
  if (visit->next != NULL)
    visit->next->link = &visit->next;
  serving->visits = visit;
}

static void leave(const visit_t *visit) {
  *visit->link = visit->next;
  if (visit->next != NULL)
    visit->next->link = visit->link;
}

static void say(const visit_t *visit, const char *text) {
  harness_log(visit->serving->h, "%s: %s", visit->peer, text);
}

static void say_bytes(const visit_t *visit, const char *what, const void *data, size_t size) {
  harness__window_log(visit->serving->h, visit->peer, what, data, size);
}

static void say_error(const visit_t *visit, int status) {
  harness_log(visit->serving->h, "%s: ERROR: %s", visit->peer, uv_strerror(status));
}

static void *make_visit(void *arg) {
  visit_t *visit = calloc(1, sizeof *visit);

  if (visit != NULL)
    visit->serving = arg;
  return visit;
}

static void connection_made(void *state, harness_transport_t *transport) {
  visit_t *visit = state;

  enter(visit, visit->serving, transport);
  (void)harness_transport_set_write_limits(transport, 0, 0);
  say(visit, "connection accepted");
}

static void data_received(void *state, const void *data, size_t size) {
  visit_t *visit = state;

  say_bytes(visit, "received", data, size);
  if (harness_transport_write(visit->transport, data, size) == (ptrdiff_t)size)
    say_bytes(visit, "sent", data, size);
}

static int eof_received(void *state) {
  visit_t *visit = state;

  say(visit, "received EOF");
  if (harness_transport_can_write_eof(visit->transport))
    (void)harness_transport_write_eof(visit->transport);
  return 0;
}

static void connection_lost(void *state, int status) {
  visit_t *visit = state;

  if (status != 0)
    say_error(visit, status);
  else
    say(visit, "closing");
  leave(visit);
  free(visit);
}

static void pause_writing(void *state) {
  const visit_t *visit = state;

  (void)harness_transport_pause_reading(visit->transport);
}

static void resume_writing(void *state) {
  const visit_t *visit = state;

  (void)harness_transport_resume_reading(visit->transport);
}

/* Returns size, or a negative code. */
static ptrdiff_t echo(const visit_t *visit, harness_stream_t *stream, const char *data, ptrdiff_t size,
                      size_t unsaid) {
  ptrdiff_t status;

  say_bytes(visit, "received", data, (size_t)size - unsaid);
  status = harness_write(stream, data, (size_t)size);
  if (status >= 0)
    status = harness_drain(stream);
  if (status < 0)
    return status;
  say_bytes(visit, "sent", data, (size_t)size - unsaid);
  return size;
}

/* Both codes say that the server is ending, not that something went wrong here. */
static void finish(visit_t *visit, harness_stream_t *stream, ptrdiff_t status) {
  if (status < 0 && status != UV_EOF && status != UV_EBADF && status != UV_ECANCELED)
    say_error(visit, (int)status);
  say(visit, "closing");
  harness_stream_close(stream);
  leave(visit);
}

static void serve_stream(harness_stream_t *stream, void *arg) {
  char data[CHUNK_SIZE];
  visit_t visit;
  ptrdiff_t size;

  enter(&visit, arg, harness_stream_transport(stream));
  do {
    size = harness_read(stream, data, sizeof data);
    if (size > 0)
      size = echo(&visit, stream, data, size, 0);
  } while (size > 0);
  finish(&visit, stream, size);
}

static void serve_framed(harness_stream_t *stream, void *arg) {
  char *data = malloc(HARNESS__MESSAGE_MOST);
  ptrdiff_t size = data != NULL ? 0 : UV_ENOMEM;
  visit_t visit;

  enter(&visit, arg, harness_stream_transport(stream));
  while (size >= 0) {
    size =
        harness_read_until(stream, data, HARNESS__MESSAGE_MOST, HARNESS__SEPARATOR, HARNESS__SEPARATOR_SIZE);
    if (size > 0)
      size = echo(&visit, stream, data, size, HARNESS__SEPARATOR_SIZE);
  }
  finish(&visit, stream, size);
  free(data);
}

static harness_server_t *start(serving_t *serving, const choice_t *choice) {
  static const harness_protocol_t protocol = {.connection_made = connection_made,
                                              .data_received = data_received,
                                              .eof_received = eof_received,
                                              .connection_lost = connection_lost,
                                              .pause_writing = pause_writing,
                                              .resume_writing = resume_writing};
  harness_server_options_t options = {.host = choice->host, .port = (uint16_t)choice->port};

  if (choice->style == HARNESS__STYLE_PROTOCOL)
    return harness_create_server(serving->h, &protocol, make_visit, serving, &options);
  return harness_start_server(
      serving->h, choice->style == HARNESS__STYLE_STREAM ? serve_stream : serve_framed, serving, &options);
}

static void on_signal(uv_signal_t *handle, int number) {
  const serving_t *serving = handle->data;

  (void)number;
  (void)harness_future_resolve(serving->over, NULL);
}

static int catch_signal(serving_t *serving, uv_loop_t *loop, uv_signal_t *handle, int number) {
  int status = uv_signal_init(loop, handle);

  handle->data = serving;
  return status == 0 ? uv_signal_start(handle, on_signal, number) : status;
}

/* Returns false, with the harness's sentence or one on standard error, where they can't be caught. */
static bool catch_signals(serving_t *serving) {
  uv_loop_t *loop = harness_loop(serving->h);
  int status;

  if (loop == NULL)
    return false;
  status = catch_signal(serving, loop, &serving->interrupt, SIGINT);
  if (status == 0)
    status = catch_signal(serving, loop, &serving->terminate, SIGTERM);
  if (status != 0)
    (void)fprintf(stderr, "harness serve: the signals can't be caught: %s\n", uv_strerror(status));
  return status == 0;
}

/* From here on another signal ends the process at once. */
static void release_signals(serving_t *serving) {
  if (serving->interrupt.data != NULL)
    uv_close((uv_handle_t *)&serving->interrupt, NULL);
  if (serving->terminate.data != NULL)
    uv_close((uv_handle_t *)&serving->terminate, NULL);
}

static void end_connections(serving_t *serving) {
  for (visit_t *visit = serving->visits; visit != NULL; visit = visit->next) {
    if (harness_transport_unread(visit->transport) > 0)
      harness_transport_abort(visit->transport);
  }
  (void)harness_server_close_clients(serving->server);
  (void)harness_settle(serving->h); /* their coroutines return */
}

static int print_address(const serving_t *serving) {
  unsigned port = harness_server_port(serving->server);

  if (port != 0)
    (void)printf("%u\n", port);
  else
    (void)printf("%s\n", harness_server_host(serving->server));
  return harness__cli_print(strdup(""), HARNESS__CLI_SAME);
}

static int serve(serving_t *serving, const choice_t *choice) {
  int code;

  serving->over = harness_future_new(serving->h);
  if (serving->over == NULL || !catch_signals(serving))
    return HARNESS__CLI_TROUBLE;
  serving->server = start(serving, choice);
  if (serving->server == NULL)
    return HARNESS__CLI_TROUBLE;
  code = print_address(serving);
  if (code != HARNESS__CLI_SAME)
    return code;
  (void)harness_run_in_foreground(serving->h, serving->over);
  return harness_task_status(serving->over) == 0 ? HARNESS__CLI_SAME : HARNESS__CLI_TROUBLE;
}

/* Serves, and ends in order. Returns the exit code. */
static int run(serving_t *serving, const choice_t *choice) {
  int code = serve(serving, choice);

  if (code != HARNESS__CLI_SAME && harness_error(serving->h) != NULL)
    (void)fprintf(stderr, "harness serve: %s\n", harness_error(serving->h));
  release_signals(serving);
  if (serving->server != NULL) {
    harness_log(serving->h, "closing server");
    harness_server_close(serving->server);
    end_connections(serving);
  }
  if (code == HARNESS__CLI_SAME)
    harness_log(serving->h, "closing event loop");
  if (serving->over != NULL)
    (void)harness_task_cancel(serving->over);
  if (harness_close(serving->h) != 0)
    code = HARNESS__CLI_TROUBLE;
  return harness__cli_print(strdup(""), code);
}

/* Each connection is a descriptor, and the limit that shells set is low. */
static void raise_descriptor_limit(void) {
  struct rlimit limit;

  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static bool take_option(void *arg, int option, char *value) {
  choice_t *choice = arg;

  if (option == 's')
    return harness__window_style("serve", value, &choice->style);
  if (option == 'p')
    return harness__window_number("serve", "port", value, 0, UINT16_MAX, &choice->port);
  choice->host = value;
  return true;
}

/* Returns -1 to go on, else the exit code. */
static int take_options(int argc, char **argv, choice_t *choice) {
  static const struct option names[] = {
      {"style", required_argument, NULL, 's'}, {"host", required_argument, NULL, 'o'},
      {"port", required_argument, NULL, 'p'},  {"help", no_argument, NULL, 'h'},
      {"version", no_argument, NULL, 'V'},     {NULL, 0, NULL, 0}};
  static const harness__cli_options_t options = {"h", names, usage, take_option};
  int code = harness__cli_options(argc, argv, &options, choice);

  if (code >= 0)
    return code;
  if (optind < argc)
    (void)fprintf(stderr, "harness serve: too many arguments\n%s", usage);
  else if (strncmp(choice->host, "memory:", 7) == 0)
    (void)fprintf(stderr, "harness serve: nobody outside of this process can reach '%s'\n", choice->host);
  else
    return -1;
  return HARNESS__CLI_TROUBLE;
}

int harness__cli_serve(int argc, char **argv) {
  choice_t choice = {.style = HARNESS__STYLE_PROTOCOL, .host = "127.0.0.1"};
  serving_t serving = {0};
  int code = take_options(argc, argv, &choice);

  if (code >= 0)
    return code;
  raise_descriptor_limit();
  serving.h = harness__window_open("serve", stdout);
  return serving.h != NULL ? run(&serving, &choice) : HARNESS__CLI_TROUBLE;
}
