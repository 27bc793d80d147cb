/* SPDX-License-Identifier: MIT */
/* harness call: sends messages to an echo server in another process and prints what comes back. */
#include "cli/call.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "cli/commands.h"

enum { POOL_MOST = 1000, DEADLINE_MS = 10000 };

static const char usage[] = "usage: harness call [--style STYLE] [--pool N] [--deadline MS] [--verbose]\n"
                            "                    ADDRESS MESSAGE...\n"
                            "\n"
                            "Sends the messages to the echo server at ADDRESS (HOST:PORT or unix:PATH; HOST\n"
                            "is 127.0.0.1, [::1] or localhost) and prints what comes back: all of it on a\n"
                            "line, or, framed, each reply on a line.\n"
                            "\n"
                            "  --style STYLE  protocol (callbacks, the default), stream (coroutines), or\n"
                            "                 framed (messages that end with \"\\r\\n\\r\\n\")\n"
                            "  --pool N       framed: this many connections share the messages (1)\n"
                            "  --deadline MS  how long the whole call may take (10000)\n"
                            "  --verbose      log what happens to standard error\n"
                            "  --help         this text\n"
                            "  --version      the version of the library\n"
                            "\n"
                            "Exit status: 0 all was answered; 1 the server is missing, reset or closed the\n"
                            "connection, or did not answer in time; 2 trouble.\n";

/* Returns the exit code, after a sentence where something failed. */
static int explain(const harness__call_t *call) {
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

static int print_replies(const harness__call_t *call, size_t count, int code) {
  for (size_t i = 0; i < count; i++) {
    if (!call->replies[i].came)
      continue;
    (void)fwrite(call->replies[i].data, 1, call->replies[i].size, stdout);
    (void)putchar('\n');
  }
  return harness__cli_print(strdup(""), code);
}

static int run(harness__call_t *call) {
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
  harness__call_run(call);
  (void)harness_close(call->h);
  code = explain(call);
  code = print_replies(call, count, code);
  for (size_t i = 0; i < count; i++)
    free(call->replies[i].data);
  free(call->replies);
  return code;
}

/* Takes HOST:PORT, [HOST]:PORT or unix:… apart. */
static bool take_target(harness__call_t *call, char *text) {
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

static bool check_messages(const harness__call_t *call) {
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

static bool take_option(void *arg, int option, char *value) {
  harness__call_t *call = arg;

  switch (option) {
  case 's':
    return harness__window_style("call", value, &call->style);
  case 'n':
    return harness__window_number("call", "pool", value, 1, POOL_MOST, &call->pool);
  case 'd':
    return harness__window_number("call", "deadline", value, 1, UINT32_MAX, &call->deadline_ms);
  default:
    call->verbose = true;
    return true;
  }
}

/* Returns -1 to go on, else the exit code. */
static int take_options(int argc, char **argv, harness__call_t *call) {
  static const struct option names[] = {{"style", required_argument, NULL, 's'},
                                        {"pool", required_argument, NULL, 'n'},
                                        {"deadline", required_argument, NULL, 'd'},
                                        {"verbose", no_argument, NULL, 'v'},
                                        {"help", no_argument, NULL, 'h'},
                                        {"version", no_argument, NULL, 'V'},
                                        {NULL, 0, NULL, 0}};
  static const harness__cli_options_t options = {"+hv", names, usage, take_option};
  int code = harness__cli_options(argc, argv, &options, call);

  if (code >= 0)
    return code;
  if (argc - optind >= 2 && (call->pool == 0 || call->style == HARNESS__STYLE_FRAMED))
    return -1;
  (void)fprintf(stderr, "harness call: %s\n%s",
                argc - optind < 2 ? "an address or a message is missing" : "only --style framed has a pool",
                usage);
  return HARNESS__CLI_TROUBLE;
}

int harness__cli_call(int argc, char **argv) {
  harness__call_t call = {.style = HARNESS__STYLE_PROTOCOL, .deadline_ms = DEADLINE_MS};
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
