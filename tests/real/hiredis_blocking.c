/* SPDX-License-Identifier: MIT */
/* An unmodified hiredis, as a blocking client in the background. */
#include <stdio.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "real.h"
#include "resp_server.h"

enum { PIPELINE = 3 };

/* What a client in the background does, and what it got. */
typedef struct session {
  uint16_t port;
  void (*talk)(struct session *session, redisContext *redis);
  int error;
  char status[RESP_WORD_SIZE];
  char text[RESP_WORD_SIZE];
  long long numbers[PIPELINE];
} session_t;

static resp_server_t server;
static session_t session;

static void *run_session(void *arg) {
  session_t *s = arg;
  redisContext *redis = redisConnect("127.0.0.1", s->port);

  s->error = redis == NULL ? REDIS_ERR_OOM : redis->err;
  if (s->error == 0) {
    s->talk(s, redis);
    s->error = redis->err;
  }
  redisFree(redis);
  return s;
}

static void copy_reply(char *out, redisReply *reply) {
  if (reply != NULL && reply->str != NULL)
    snprintf(out, RESP_WORD_SIZE, "%s", reply->str);
  freeReplyObject(reply);
}

static void set_and_get(session_t *s, redisContext *redis) {
  copy_reply(s->status, redisCommand(redis, "SET %s %s", "greeting", "Hello World!"));
  copy_reply(s->text, redisCommand(redis, "GET %s", "greeting"));
}

static void increment(session_t *s, redisContext *redis) {
  for (size_t i = 0; i < PIPELINE; i++)
    redisAppendCommand(redis, "INCR counter");
  for (size_t i = 0; i < PIPELINE; i++) {
    void *reply = NULL;

    if (redisGetReply(redis, &reply) == REDIS_OK)
      s->numbers[i] = ((redisReply *)reply)->integer;
    freeReplyObject(reply);
  }
}

static const char *hold(harness_t *h, const size_t *batches,
                        void (*talk)(session_t *session, redisContext *redis)) {
  harness_server_t *listener;
  const char *wrong;

  server = (resp_server_t){.h = h, .batches = batches};
  wrong = real_serve(h, &listener, resp_handler, &server);
  if (wrong != NULL)
    return wrong;
  session = (session_t){.port = harness_server_port(listener), .talk = talk};
  wrong = real_run(h, harness_call_in_background(h, run_session, &session));
  harness_server_close(listener);
  return wrong != NULL || session.error == 0 ? wrong : "hiredis ended with an error";
}

static const char *commands(harness_t *h) {
  static const size_t batches[] = {1, 1, 0};
  const char *wrong = hold(h, batches, set_and_get);
  int right = strcmp(session.status, "OK") == 0 && strcmp(session.text, "Hello World!") == 0;

  return wrong != NULL || right ? wrong : real_complaint(h);
}

static const char *pipeline(harness_t *h) {
  static const size_t batches[] = {PIPELINE, 0};
  const char *wrong = hold(h, batches, increment);
  int right = session.numbers[0] == 1 && session.numbers[1] == 2 && session.numbers[2] == 3;

  return wrong != NULL || right ? wrong : real_complaint(h);
}

const real_scenario_t *real_hiredis_scenarios(size_t *count) {
  static const real_scenario_t scenarios[] = {
      {"hiredis commands", "real/hiredis_commands", commands},
      {"hiredis pipeline", "real/hiredis_pipeline", pipeline},
  };

  *count = sizeof scenarios / sizeof scenarios[0];
  return scenarios;
}
