/* SPDX-License-Identifier: MIT */
#include "scripts.h"

#include <string.h>

struct play play;

static void say_all(harness_stream_t *stream, void *arg) {
  script_t *script = arg;
  char byte;

  for (size_t i = 0; script->writes[i] != NULL; i++)
    harness_write(stream, script->writes[i], strlen(script->writes[i]));
  while (harness_read(stream, &byte, 1) > 0)
    continue;
}

int converse(harness_t *h, void *arg) {
  script_t *script = arg;

  script->runs++;
  play.h = h;
  play.script = script;
  play.server =
      harness_start_server(h, script->handler != NULL ? script->handler : say_all, script, &script->server);
  harness_run_in_foreground(h, harness_schedule_coroutine(h, script->client, script));
  harness_server_close(play.server);
  return script->result;
}

harness_check_result_t check(script_t *script, const harness_deliveries_options_t *options, char **report) {
  script->runs = 0;
  return harness_check_all_deliveries(converse, script, options, report);
}

void *reads_once(void *arg) {
  harness_stream_t *stream = harness_connect_to(play.h, play.server);
  char text[100] = "";

  harness_read(stream, text, sizeof text - 1);
  harness_log(play.h, "line: %s", text);
  harness_stream_close(stream);
  return arg;
}
