/* SPDX-License-Identifier: MIT */
/* An unmodified hiredis, as a blocking client in the background, against a small RESP server. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <harness/cmocka.h>
#include <hiredis/hiredis.h>

enum { MAX_WORDS = 3, WORD_SIZE = 64, LINE_SIZE = 32, STORE_SIZE = 4, PIPELINE = 3 };

typedef struct command {
  size_t count;
  char words[MAX_WORDS][WORD_SIZE];
} command_t;

typedef struct redis_server {
  const size_t *batches; /* how many commands to read before answering them, batch by batch, ended by 0 */
  size_t used;
  char keys[STORE_SIZE][WORD_SIZE];
  char values[STORE_SIZE][WORD_SIZE];
} redis_server_t;

/* Reads a line of a type character and a number. Returns the number, or a negative code. */
static ptrdiff_t read_number(harness_stream_t *stream, char type) {
  char line[LINE_SIZE + 1];
  ptrdiff_t size = harness_read_until(stream, line, LINE_SIZE, "\r\n", 2);

  if (size < 0)
    return size;
  line[size] = '\0';
  return line[0] == type ? (ptrdiff_t)strtoul(line + 1, NULL, 10) : -EPROTO;
}

/* Reads one command: an array of bulk strings. Returns 0 or a negative code. */
static ptrdiff_t read_command(harness_stream_t *stream, command_t *command) {
  ptrdiff_t count = read_number(stream, '*');

  if (count < 0)
    return count;
  if (count == 0 || count > MAX_WORDS)
    return -EPROTO;
  command->count = (size_t)count;
  for (size_t i = 0; i < command->count; i++) {
    char word[WORD_SIZE + 2]; /* with its line end */
    ptrdiff_t size = read_number(stream, '$');

    if (size < 0)
      return size;
    if (size >= WORD_SIZE)
      return -EPROTO;
    if (harness_read_exactly(stream, word, (size_t)size + 2, NULL) < 0)
      return -EPROTO;
    memcpy(command->words[i], word, (size_t)size);
    command->words[i][size] = '\0';
  }
  return 0;
}

/* The value of a key, made empty where there is none. NULL when the store is full. */
static char *find(redis_server_t *server, const char *key) {
  for (size_t i = 0; i < server->used; i++) {
    if (strcmp(server->keys[i], key) == 0)
      return server->values[i];
  }
  if (server->used == STORE_SIZE)
    return NULL;
  snprintf(server->keys[server->used], WORD_SIZE, "%s", key);
  return server->values[server->used++];
}

static void answer(redis_server_t *server, harness_stream_t *stream, const command_t *command) {
  char reply[WORD_SIZE + 32] = "-ERR unknown command\r\n";
  char *value = command->count > 1 ? find(server, command->words[1]) : NULL;

  if (value == NULL) {
    snprintf(reply, sizeof reply, "-ERR no key, or the store is full\r\n");
  } else if (strcasecmp(command->words[0], "SET") == 0 && command->count == 3) {
    snprintf(value, WORD_SIZE, "%s", command->words[2]);
    snprintf(reply, sizeof reply, "+OK\r\n");
  } else if (strcasecmp(command->words[0], "GET") == 0) {
    snprintf(reply, sizeof reply, "$%zu\r\n%s\r\n", strlen(value), value);
  } else if (strcasecmp(command->words[0], "INCR") == 0) {
    snprintf(value, WORD_SIZE, "%ld", strtol(value, NULL, 10) + 1);
    snprintf(reply, sizeof reply, ":%s\r\n", value);
  }
  harness_write(stream, reply, strlen(reply));
}

/* Reads a whole pipeline before it answers the first command of it. Answering each at once would be as
 * correct, but then how many receives stand before the first answer is up to how the kernel cut the client's
 * bytes, and that would be seen in the transcript. */
static ptrdiff_t serve_batch(redis_server_t *server, harness_stream_t *stream, size_t count) {
  command_t commands[PIPELINE];

  for (size_t i = 0; i < count; i++) {
    ptrdiff_t status = read_command(stream, &commands[i]);

    if (status < 0)
      return status;
  }
  for (size_t i = 0; i < count; i++)
    answer(server, stream, &commands[i]);
  return harness_drain(stream);
}

static void redis_handler(harness_stream_t *stream, void *arg) {
  redis_server_t *server = arg;
  char rest[1];

  for (const size_t *batch = server->batches; *batch != 0; batch++) {
    if (serve_batch(server, stream, *batch) < 0)
      break;
  }
  harness_read(stream, rest, sizeof rest); /* the client closes first */
  harness_stream_close(stream);
}

/* What a client in the background does, and what it got. */
typedef struct session {
  uint16_t port;
  void (*talk)(struct session *session, redisContext *redis);
  int error;
  char status[WORD_SIZE];
  char text[WORD_SIZE];
  long long numbers[PIPELINE];
} session_t;

static void *run_session(void *arg) {
  session_t *session = arg;
  redisContext *redis = redisConnect("127.0.0.1", session->port);

  session->error = redis == NULL ? REDIS_ERR_OOM : redis->err;
  if (session->error == 0) {
    session->talk(session, redis);
    session->error = redis->err;
  }
  redisFree(redis);
  return session;
}

static void copy_reply(char *out, redisReply *reply) {
  if (reply != NULL && reply->str != NULL)
    snprintf(out, WORD_SIZE, "%s", reply->str);
  freeReplyObject(reply);
}

static void set_and_get(session_t *session, redisContext *redis) {
  copy_reply(session->status, redisCommand(redis, "SET %s %s", "greeting", "Hello World!"));
  copy_reply(session->text, redisCommand(redis, "GET %s", "greeting"));
}

static void increment(session_t *session, redisContext *redis) {
  for (size_t i = 0; i < PIPELINE; i++)
    redisAppendCommand(redis, "INCR counter");
  for (size_t i = 0; i < PIPELINE; i++) {
    void *reply = NULL;

    if (redisGetReply(redis, &reply) == REDIS_OK)
      session->numbers[i] = ((redisReply *)reply)->integer;
    freeReplyObject(reply);
  }
}

/* Server and session are static: where an assertion ends a test early, both still end in its tear-down. */
static void hold_session(harness_t *h, redis_server_t *server, session_t *session) {
  harness_server_t *listener = harness_assert_made(h, harness_start_server(h, redis_handler, server, NULL));

  session->port = harness_server_port(listener);
  harness_assert_run(h, harness_call_in_background(h, run_session, session));
  harness_server_close(listener);
  assert_int_equal(session->error, 0);
}

static void commands(void **state) {
  static const size_t batches[] = {1, 1, 0};
  static redis_server_t server = {.batches = batches};
  static session_t session = {.talk = set_and_get};

  hold_session(*state, &server, &session);
  assert_string_equal(session.status, "OK");
  assert_string_equal(session.text, "Hello World!");
  harness_assert_transcript(*state, "real/hiredis_commands");
}

static void pipeline(void **state) {
  static const size_t batches[] = {PIPELINE, 0};
  static redis_server_t server = {.batches = batches};
  static session_t session = {.talk = increment};

  hold_session(*state, &server, &session);
  for (size_t i = 0; i < PIPELINE; i++)
    assert_int_equal(session.numbers[i], i + 1);
  harness_assert_transcript(*state, "real/hiredis_pipeline");
}

static const struct CMUnitTest tests[] = {
    harness_unit_test(commands),
    harness_unit_test(pipeline),
};

HARNESS_CMOCKA_MAIN("hiredis", tests)
