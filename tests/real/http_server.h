/* SPDX-License-Identifier: MIT */
/* A small HTTP/1.1 server for blocking and async clients. */
#ifndef TESTS_REAL_HTTP_SERVER_H
#define TESTS_REAL_HTTP_SERVER_H

#include <stddef.h>

#include <harness/harness.h>

enum { HTTP_BODY_SIZE = 100000, HTTP_PARALLEL = 3, HTTP_SLOW_MS = 5, HTTP_HALF_SIZE = 10 };

#define HTTP_HELLO "Hello from the harness!\n"

/* Not for a handler's stack, since it is large. */
typedef struct http_server {
  harness_t *h;
  size_t body_size; /* of the last request */
  char body[HTTP_BODY_SIZE];
  /* GET /a, /b and /c are answered when each of them has come, on a connection of its own; NULL: at once. */
  harness_task_t *arrived[HTTP_PARALLEL];
  harness_task_t *all_arrived;
} http_server_t;

/* Makes the tasks by which parallel requests wait for each other. Returns 0 or -1. */
int http_server_expect_parallel(http_server_t *server);

/* GET /hello; GET /slow, the same after HTTP_SLOW_MS; GET /half, which sends half of its body and waits for
 * the client to go; GET /a /b /c; POST /upload. Connections persist until the client closes. */
void http_handler(harness_stream_t *stream, void *arg);

#endif
