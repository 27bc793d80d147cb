/* SPDX-License-Identifier: MIT */
/*
 * An unmodified hiredis with its asynchronous interface and its own adapter for libuv, on the harness's loop.
 * Where the connection fails another adapter has to do (hiredis_loop.h). Its callbacks tell what they get in
 * the lane of the future that the disconnect callback resolves.
 */
#include <string.h>
#include <unistd.h>

#include <hiredis/adapters/libuv.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include "hiredis_loop.h"
#include "real.h"
#include "resp_server.h"

typedef struct session {
  redisAsyncContext *redis; /* NULL: it has ended */
  harness_task_t *ended;
} session_t;

static resp_server_t server;
static session_t session;

/* Where it failed, hiredis frees its context after this, and calls nothing else. */
static void on_connect(const redisAsyncContext *redis, int status) {
  harness_future_log(session.ended, status == REDIS_OK ? "connected" : "not connected: %s", redis->errstr);
  if (status == REDIS_OK)
    return;
  session.redis = NULL;
  harness_future_resolve(session.ended, &session);
}

/* hiredis frees its context after this. */
static void on_disconnect(const redisAsyncContext *redis, int status) {
  harness_future_log(session.ended, status == REDIS_OK ? "disconnected" : "disconnected: %s", redis->errstr);
  session.redis = NULL;
  harness_future_resolve(session.ended, &session);
}

static void tell(const char *command, const redisReply *reply) {
  if (reply == NULL)
    harness_future_log(session.ended, "%s: no reply", command);
  else if (reply->type == REDIS_REPLY_INTEGER)
    harness_future_log(session.ended, "%s: %lld", command, reply->integer);
  else
    harness_future_log(session.ended, "%s: %s", command, reply->str);
}

static void tell_reply(redisAsyncContext *redis, void *reply, void *command) {
  (void)redis;
  tell(command, reply);
}

static void tell_and_disconnect(redisAsyncContext *redis, void *reply, void *command) {
  tell(command, reply);
  redisAsyncDisconnect(redis);
}

static void tell_and_get(redisAsyncContext *redis, void *reply, void *command) {
  tell(command, reply);
  redisAsyncCommand(redis, tell_and_disconnect, "GET", "GET %s", "greeting");
}

static void set_then_get(redisAsyncContext *redis) {
  redisAsyncCommand(redis, tell_and_get, "SET", "SET %s %s", "greeting", "Hello World!");
}

/* Disconnecting waits for the replies. */
static void increment(redisAsyncContext *redis) {
  for (int i = 0; i < 3; i++)
    redisAsyncCommand(redis, tell_reply, "INCR", "INCR counter");
  redisAsyncDisconnect(redis);
}

static void get(redisAsyncContext *redis) {
  redisAsyncCommand(redis, tell_reply, "GET", "GET %s", "greeting");
}

/* Called for the subscription, for each message, and for the end of it. */
static void on_message(redisAsyncContext *redis, void *arg, void *last) {
  const redisReply *reply = arg;
  const char *kind = reply != NULL && reply->elements == 3 ? reply->element[0]->str : "none";
  const char *message = strcmp(kind, "message") == 0 ? reply->element[2]->str : "";

  harness_future_log(session.ended, "%s%s%s", kind, *message != '\0' ? ": " : "", message);
  if (strcmp(message, last) == 0)
    redisAsyncCommand(redis, NULL, NULL, "UNSUBSCRIBE %s", "news");
  else if (strcmp(kind, "unsubscribe") == 0)
    redisAsyncDisconnect(redis);
}

static void subscribe(redisAsyncContext *redis) {
  redisAsyncCommand(redis, on_message, "third", "SUBSCRIBE %s", "news");
}

typedef int (*attach_t)(redisAsyncContext *redis, uv_loop_t *loop);

/* Returns NULL or what went wrong. */
static const char *begin(harness_t *h, uint16_t port, attach_t attach,
                         void (*talk)(redisAsyncContext *redis)) {
  redisAsyncContext *redis;

  session = (session_t){.ended = harness_future_new_named(h, "client")};
  if (session.ended == NULL || harness_loop(h) == NULL)
    return real_complaint(h);
  redis = redisAsyncConnect("127.0.0.1", port);
  if (redis == NULL || redis->err != 0 || attach(redis, harness_loop(h)) != REDIS_OK) {
    if (redis != NULL)
      redisAsyncFree(redis);
    return "hiredis can't begin to connect";
  }
  session.redis = redis;
  redisAsyncSetConnectCallback(redis, on_connect);
  redisAsyncSetDisconnectCallback(redis, on_disconnect);
  if (talk != NULL)
    talk(redis);
  return NULL;
}

static const char *run_to_the_end(harness_t *h, uint16_t port, attach_t attach,
                                  void (*talk)(redisAsyncContext *redis)) {
  const char *wrong = begin(h, port, attach, talk);

  if (wrong == NULL)
    wrong = real_run(h, session.ended);
  if (session.redis != NULL)
    redisAsyncFree(session.redis);
  return wrong;
}

static const char *hold_with(harness_t *h, attach_t attach, void (*talk)(redisAsyncContext *redis)) {
  harness_server_t *listener;
  const char *wrong = real_serve(h, &listener, resp_handler, &server);

  if (wrong != NULL)
    return wrong;
  wrong = run_to_the_end(h, harness_server_port(listener), attach, talk);
  harness_server_close(listener);
  return wrong;
}

static const char *hold(harness_t *h, void (*talk)(redisAsyncContext *redis)) {
  return hold_with(h, redisLibuvAttach, talk);
}

static const char *commands(harness_t *h) {
  server = (resp_server_t){.h = h};
  return hold(h, set_then_get);
}

static const char *pipeline(harness_t *h) {
  server = (resp_server_t){.h = h};
  return hold(h, increment);
}

static const char *subscription(harness_t *h) {
  static const char *const messages[] = {"first", "second", "third", NULL};

  server = (resp_server_t){.h = h, .messages = messages};
  return hold(h, subscribe);
}

static const char *server_closes(harness_t *h) {
  server =
      (resp_server_t){.h = h, .breaks_off = 1, .used = 1, .keys = {"greeting"}, .values = {"Hello World!"}};
  return hold(h, get);
}

static const char *server_resets(harness_t *h) {
  server = (resp_server_t){.h = h, .resets = 1};
  return hold_with(h, hiredis_loop_attach, get);
}

static const char *refused(harness_t *h) {
  uint16_t port = 0;
  int fd = real_own_port(0, &port);
  const char *wrong = fd >= 0 ? run_to_the_end(h, port, hiredis_loop_attach, NULL) : "no port";

  if (fd >= 0)
    close(fd);
  return wrong;
}

const real_scenario_t *real_hiredis_async_scenarios(size_t *count) {
  static const real_scenario_t scenarios[] = {
      {"hiredis async commands", "real/hiredis_async_commands", commands},
      {"hiredis async pipeline", "real/hiredis_async_pipeline", pipeline},
      {"hiredis async subscription", "real/hiredis_async_subscription", subscription},
      {"hiredis async server closes", "real/hiredis_async_server_closes", server_closes},
      {"hiredis async server resets", "real/hiredis_async_server_resets", server_resets},
      {"hiredis async refused", "real/hiredis_async_refused", refused},
  };

  *count = sizeof scenarios / sizeof scenarios[0];
  return scenarios;
}
