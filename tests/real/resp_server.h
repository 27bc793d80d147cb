/* SPDX-License-Identifier: MIT */
/* A small server of the Redis protocol (RESP), for blocking and async clients. */
#ifndef TESTS_REAL_RESP_SERVER_H
#define TESTS_REAL_RESP_SERVER_H

#include <stddef.h>

#include <harness/harness.h>

enum { RESP_WORD_SIZE = 64, RESP_STORE_SIZE = 4 };

typedef struct resp_server {
  harness_t *h;
  /* How many commands to read before answering them, batch by batch, ended by 0; NULL: each by itself. */
  const size_t *batches;
  /* Published to who subscribes, one after another, ended by NULL. */
  const char *const *messages;
  /* Closes in the middle of its answer to GET; or aborts instead of it. */
  int breaks_off;
  int resets;
  size_t used;
  char keys[RESP_STORE_SIZE][RESP_WORD_SIZE];
  char values[RESP_STORE_SIZE][RESP_WORD_SIZE];
} resp_server_t;

/* SET, GET, INCR, SUBSCRIBE, UNSUBSCRIBE. arg is the resp_server_t. */
void resp_handler(harness_stream_t *stream, void *arg);

#endif
