/* SPDX-License-Identifier: MIT */
#include "http_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HEAD_SIZE = 2048, REPLY_SIZE = 256, TEXT_SIZE = 64 };

int http_server_expect_parallel(http_server_t *server) {
  for (size_t i = 0; i < HTTP_PARALLEL; i++) {
    server->arrived[i] = harness_future_new(server->h);
    if (server->arrived[i] == NULL)
      return -1;
  }
  server->all_arrived = harness_wait_all(server->h, server->arrived, HTTP_PARALLEL);
  return server->all_arrived != NULL ? 0 : -1;
}

/* The value of Content-Length in a head, 0 without one. */
static size_t content_length(const char *head) {
  static const char name[] = "Content-Length:";

  for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n")) {
    if (strncasecmp(line + 2, name, sizeof name - 1) == 0)
      return strtoul(line + 2 + sizeof name - 1, NULL, 10);
  }
  return 0;
}

/* length: what the head says, which may be more than there is. */
static void answer_with(harness_stream_t *stream, const char *status, const char *body, size_t length) {
  char reply[REPLY_SIZE];
  int size = snprintf(reply, sizeof reply,
                      "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n%s", status,
                      length, body);

  harness_write(stream, reply, (size_t)size);
  harness_drain(stream);
}

static void answer(harness_stream_t *stream, const char *status, const char *body) {
  answer_with(stream, status, body, strlen(body));
}

/* Reads the body, all of it: so the answer's place in the transcript does not depend on how the kernel cut
 * it. Returns whether there is one to answer. */
static int take_body(http_server_t *server, harness_stream_t *stream, const char *head) {
  server->body_size = content_length(head);
  if (server->body_size > sizeof server->body) {
    answer(stream, "413 Content Too Large", "");
    harness_stream_close(stream); /* the body that follows is no request */
    return 0;
  }
  return server->body_size == 0 ||
         harness_read_exactly(stream, server->body, server->body_size, NULL) == (ptrdiff_t)server->body_size;
}

/* Each handler says that its request is there, and goes on when all are: nobody is the one who was last,
 * which would be chance. */
static void answer_parallel(http_server_t *server, harness_stream_t *stream, char name) {
  char text[TEXT_SIZE];

  if (server->all_arrived != NULL) {
    harness_future_resolve(server->arrived[name - 'a'], NULL);
    harness_await(server->all_arrived, NULL);
  }
  snprintf(text, sizeof text, "This is %c.\n", name);
  answer(stream, "200 OK", text);
}

static void answer_get(http_server_t *server, harness_stream_t *stream, const char *path) {
  char rest[1];

  if (strncmp(path, "/hello ", 7) == 0) {
    answer(stream, "200 OK", HTTP_HELLO);
  } else if (strncmp(path, "/slow ", 6) == 0) {
    harness_sleep(server->h, HTTP_SLOW_MS);
    answer(stream, "200 OK", HTTP_HELLO);
  } else if (strncmp(path, "/half ", 6) == 0) {
    char half[HTTP_HALF_SIZE + 1] = "";

    memcpy(half, HTTP_HELLO, HTTP_HALF_SIZE);
    answer_with(stream, "200 OK", half, strlen(HTTP_HELLO));
    harness_read(stream, rest, sizeof rest);
    harness_stream_close(stream);
  } else if (path[0] == '/' && path[1] >= 'a' && path[1] < 'a' + HTTP_PARALLEL && path[2] == ' ') {
    answer_parallel(server, stream, path[1]);
  } else {
    answer(stream, "404 Not Found", "");
  }
}

static void serve(http_server_t *server, harness_stream_t *stream, const char *head) {
  char text[TEXT_SIZE];

  if (!take_body(server, stream, head))
    return;
  if (strncmp(head, "GET ", 4) == 0) {
    answer_get(server, stream, head + 4);
  } else if (strncmp(head, "POST /upload ", 13) == 0) {
    snprintf(text, sizeof text, "%zu bytes\n", server->body_size);
    answer(stream, "201 Created", text);
  } else {
    answer(stream, "404 Not Found", "");
  }
}

void http_handler(harness_stream_t *stream, void *arg) {
  char head[HEAD_SIZE + 1];
  ptrdiff_t size;

  while ((size = harness_read_until(stream, head, HEAD_SIZE, "\r\n\r\n", 4)) > 0) {
    head[size] = '\0';
    serve(arg, stream, head);
  }
  harness_stream_close(stream);
}
