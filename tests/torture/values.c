/* SPDX-License-Identifier: MIT */
/* Values that vary and values that are secret, in a conversation of two reads. */
#include "scenario.h"

#include <string.h>

typedef struct login {
  harness_t *h;
  harness_server_t *server;
} login_t;

static void serve(harness_stream_t *stream, void *arg) {
  static const char welcome[] = "token=8f3a; host=example.org\n";
  char line[100];
  ptrdiff_t size = harness_read_until(stream, line, sizeof line, "\n", 1);

  if (size > 0)
    harness_log(arg, "%.*s is known", (int)(size - 1), line);
  if (size > 0 && harness_write(stream, welcome, sizeof welcome - 1) > 0)
    (void)harness_drain(stream);
}

static void *log_in(void *arg) {
  login_t *login = arg;
  harness_stream_t *stream = harness_connect_to(login->h, login->server);
  char line[100];
  ptrdiff_t size;

  if (stream == NULL)
    return NULL;
  /* In two writes, so that the beginning of the secret is held back. */
  size = harness_write(stream, "PASS hun", 8);
  if (size > 0)
    size = harness_write(stream, "ter2\n", 5);
  if (size > 0)
    size = harness_read_until(stream, line, sizeof line, "\n", 1);
  harness_stream_close(stream);
  return size > 0 ? login : NULL;
}

static int name_values(harness_t *h) {
  int status = harness_redact(h, "password", "PASS (\\S+)");

  if (status == 0)
    status = harness_placeholder(h, "token", "token=(\\w+)");
  if (status == 0)
    status = harness_placeholder_single(h, "host", "host=(\\S+)");
  return status;
}

int scenario_play_values(harness_t *h, const void *what) {
  static login_t login;
  harness_server_options_t options = {.name = "api"};
  harness_task_t *task;

  (void)what;
  if (name_values(h) != 0)
    return scenario_failure(h);
  login = (login_t){.h = h, .server = harness_start_server(h, serve, h, &options)};
  task = login.server != NULL ? harness_schedule_coroutine(h, log_in, &login) : NULL;
  if (task == NULL || harness_run_in_foreground(h, task) == NULL)
    return scenario_failure(h);
  harness_server_close(login.server);
  return 0;
}

#define EVENTS(log, welcome)                                                                                 \
  "{\"format\": \"harness-transcript/1\", \"lanes\": [\"client\", \"api/1\"], \"events\": [\n"               \
  "{\"lane\": \"client\", \"event\": \"connect\", \"to\": \"api\"},\n"                                       \
  "{\"lane\": \"api/1\", \"event\": \"accept\", \"from\": \"client\"},\n"                                    \
  "{\"lane\": \"client\", \"event\": \"send\", \"data\": \"PASS ${password}\"},\n"                           \
  "{\"lane\": \"client\", \"event\": \"send\", \"data\": \"\\n\"},\n"                                        \
  "{\"lane\": \"api/1\", \"event\": \"receive\", \"data\": \"PASS ${password}\\n\"},\n"                      \
  "{\"lane\": \"api/1\", \"event\": \"log\", \"text\": " log "},\n"                                          \
  "{\"lane\": \"api/1\", \"event\": \"send\", \"data\": " welcome "},\n"                                     \
  "{\"lane\": \"api/1\", \"event\": \"close\"},\n"                                                           \
  "{\"lane\": \"client\", \"event\": \"receive\", \"data\": \"token=$token1; host=$host\\n\"},\n"            \
  "{\"lane\": \"client\", \"event\": \"close\"}\n]}\n"

const char scenario_values_patterns[] =
    EVENTS("{\"regex\": \"PASS \\\\S+ is known\"}", "{\"regex\": \"token=.*(?s).\"}");
const char scenario_values_other[] = EVENTS("\"PASS ${password} is unknown\"", "\"no\"");
