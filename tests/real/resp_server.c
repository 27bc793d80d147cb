/* SPDX-License-Identifier: MIT */
#include "resp_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_WORDS = 3, LINE_SIZE = 32, MAX_BATCH = 3, REPLY_SIZE = 3 * RESP_WORD_SIZE };

typedef struct command {
  size_t count;
  char words[MAX_WORDS][RESP_WORD_SIZE];
} command_t;

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
    char word[RESP_WORD_SIZE + 2]; /* with its line end */
    ptrdiff_t size = read_number(stream, '$');

    if (size < 0)
      return size;
    if (size >= RESP_WORD_SIZE)
      return -EPROTO;
    if (harness_read_exactly(stream, word, (size_t)size + 2, NULL) < 0)
      return -EPROTO;
    memcpy(command->words[i], word, (size_t)size);
    command->words[i][size] = '\0';
  }
  return 0;
}

/* The value of a key, made empty where there is none. NULL when the store is full. */
static char *find(resp_server_t *server, const char *key) {
  for (size_t i = 0; i < server->used; i++) {
    if (strcmp(server->keys[i], key) == 0)
      return server->values[i];
  }
  if (server->used == RESP_STORE_SIZE)
    return NULL;
  snprintf(server->keys[server->used], RESP_WORD_SIZE, "%s", key);
  return server->values[server->used++];
}

static void answer_stored(resp_server_t *server, const command_t *command, char *reply) {
  char *value = command->count > 1 ? find(server, command->words[1]) : NULL;

  snprintf(reply, REPLY_SIZE, "-ERR unknown command\r\n");
  if (value == NULL) {
    snprintf(reply, REPLY_SIZE, "-ERR no key, or the store is full\r\n");
  } else if (strcasecmp(command->words[0], "SET") == 0 && command->count == 3) {
    snprintf(value, RESP_WORD_SIZE, "%s", command->words[2]);
    snprintf(reply, REPLY_SIZE, "+OK\r\n");
  } else if (strcasecmp(command->words[0], "GET") == 0) {
    snprintf(reply, REPLY_SIZE, "$%zu\r\n%s\r\n", strlen(value), value);
  } else if (strcasecmp(command->words[0], "INCR") == 0) {
    snprintf(value, RESP_WORD_SIZE, "%ld", strtol(value, NULL, 10) + 1);
    snprintf(reply, REPLY_SIZE, ":%s\r\n", value);
  }
}

static void say(harness_stream_t *stream, const char *reply) {
  harness_write(stream, reply, strlen(reply));
}

/* What a subscriber is told: the answer, then one message after another, each when a moment has passed. */
static void publish(const resp_server_t *server, harness_stream_t *stream, const char *channel) {
  char reply[REPLY_SIZE];

  snprintf(reply, sizeof reply, "*3\r\n$9\r\nsubscribe\r\n$%zu\r\n%s\r\n:1\r\n", strlen(channel), channel);
  say(stream, reply);
  for (const char *const *message = server->messages; message != NULL && *message != NULL; message++) {
    harness_sleep(server->h, 1);
    snprintf(reply, sizeof reply, "*3\r\n$7\r\nmessage\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n", strlen(channel),
             channel, strlen(*message), *message);
    say(stream, reply);
  }
}

/* Returns 0, or a negative code where the conversation has ended. */
static int answer(resp_server_t *server, harness_stream_t *stream, const command_t *command) {
  char reply[REPLY_SIZE];

  if (command->count == 2 && strcasecmp(command->words[0], "SUBSCRIBE") == 0) {
    publish(server, stream, command->words[1]);
    return 0;
  }
  if (command->count == 2 && strcasecmp(command->words[0], "UNSUBSCRIBE") == 0)
    snprintf(reply, sizeof reply, "*3\r\n$11\r\nunsubscribe\r\n$%zu\r\n%s\r\n:0\r\n",
             strlen(command->words[1]), command->words[1]);
  else
    answer_stored(server, command, reply);
  if (server->resets) {
    harness_stream_abort(stream);
    return -ECANCELED;
  }
  if (server->breaks_off && strcasecmp(command->words[0], "GET") == 0) {
    harness_write(stream, reply, strlen(reply) / 2);
    return -ECANCELED;
  }
  say(stream, reply);
  return 0;
}

/* Reads a whole batch before it answers the first command of it. */
static ptrdiff_t serve_batch(resp_server_t *server, harness_stream_t *stream, size_t count) {
  command_t commands[MAX_BATCH];
  int ended = 0;

  for (size_t i = 0; i < count && i < MAX_BATCH; i++) {
    ptrdiff_t status = read_command(stream, &commands[i]);

    if (status < 0)
      return status;
  }
  for (size_t i = 0; i < count && i < MAX_BATCH && !ended; i++)
    ended = answer(server, stream, &commands[i]);
  return ended ? ended : harness_drain(stream);
}

void resp_handler(harness_stream_t *stream, void *arg) {
  resp_server_t *server = arg;
  ptrdiff_t status = 0;
  char rest[1];

  for (const size_t *batch = server->batches; batch != NULL && *batch != 0 && status >= 0; batch++)
    status = serve_batch(server, stream, *batch);
  while (server->batches == NULL && status >= 0)
    status = serve_batch(server, stream, 1);
  if (status >= 0)
    harness_read(stream, rest, sizeof rest); /* the client closes first */
  harness_stream_close(stream);
}
