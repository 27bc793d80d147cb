/* SPDX-License-Identifier: MIT */
/* An unmodified libcurl, as a blocking client in the background, against a small HTTP/1.1 server. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>
#include <harness/cmocka.h>

enum { BODY_SIZE = 100000, HEAD_SIZE = 2048, REPLY_SIZE = 256 };

/* The server's side: what the last request's body was. Not on the handler's stack, since it is large. This
 * and the client's side are static: where an assertion ends a test early, both sides still end in its
 * tear-down. */
typedef struct http_server {
  harness_t *h;
  size_t body_size;
  char body[BODY_SIZE];
} http_server_t;

/* The client's side: one request of libcurl and its outcome. */
typedef struct request {
  uint16_t port;
  const char *body; /* NULL: GET, else POST */
  size_t body_size;
  CURLcode code;
  long status;
  size_t reply_size;
  char reply[REPLY_SIZE];
} request_t;

/* The value of Content-Length in a head, 0 without one. */
static size_t content_length(const char *head) {
  static const char name[] = "Content-Length:";

  for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n")) {
    if (strncasecmp(line + 2, name, sizeof name - 1) == 0)
      return strtoul(line + 2 + sizeof name - 1, NULL, 10);
  }
  return 0;
}

static void answer(harness_stream_t *stream, const char *status, const char *body) {
  char reply[REPLY_SIZE];
  int size = snprintf(reply, sizeof reply,
                      "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n%s", status,
                      strlen(body), body);

  harness_write(stream, reply, (size_t)size);
  harness_drain(stream);
}

/* Answers one request after all of it is there, so that the answer's place in the transcript does not depend
 * on how the kernel cut the body. */
static void serve(http_server_t *server, harness_stream_t *stream, const char *head) {
  char text[REPLY_SIZE];

  server->body_size = content_length(head);
  if (server->body_size > sizeof server->body) {
    answer(stream, "413 Content Too Large", "");
    harness_stream_close(stream); /* the body that follows is no request */
    return;
  }
  if (server->body_size > 0 &&
      harness_read_exactly(stream, server->body, server->body_size, NULL) != (ptrdiff_t)server->body_size)
    return;
  if (strncmp(head, "GET /hello ", 11) == 0) {
    answer(stream, "200 OK", "Hello from the harness!\n");
  } else if (strncmp(head, "POST /upload ", 13) == 0) {
    snprintf(text, sizeof text, "%zu bytes\n", server->body_size);
    answer(stream, "201 Created", text);
  } else {
    answer(stream, "404 Not Found", "");
  }
}

/* Connections persist until the client closes, as HTTP/1.1 has it. */
static void http_handler(harness_stream_t *stream, void *arg) {
  char head[HEAD_SIZE + 1];
  ptrdiff_t size;

  while ((size = harness_read_until(stream, head, HEAD_SIZE, "\r\n\r\n", 4)) > 0) {
    head[size] = '\0';
    serve(arg, stream, head);
  }
  harness_stream_close(stream);
}

static size_t keep_reply(char *data, size_t size, size_t count, void *arg) {
  request_t *request = arg;
  size_t room = sizeof request->reply - 1 - request->reply_size;
  size_t kept = size * count < room ? size * count : room;

  memcpy(request->reply + request->reply_size, data, kept);
  request->reply_size += kept;
  return kept;
}

/* The name in the URL is the one the server sees: the port, which differs on each run, stays out of the
 * request and so out of the transcript. */
static void set_options(CURL *curl, request_t *request, struct curl_slist *route,
                        struct curl_slist *headers) {
  curl_easy_setopt(curl, CURLOPT_URL, request->body == NULL ? "http://server/hello" : "http://server/upload");
  curl_easy_setopt(curl, CURLOPT_CONNECT_TO, route);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep_reply);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, request);
  if (request->body != NULL) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)request->body_size);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
  }
}

/* A background call: blocks in curl_easy_perform. */
static void *perform(void *arg) {
  request_t *request = arg;
  CURL *curl = curl_easy_init();
  struct curl_slist *headers = curl_slist_append(NULL, "Expect:"); /* versions differ in when they send it */
  struct curl_slist *route;
  char text[64];

  snprintf(text, sizeof text, "server:80:127.0.0.1:%u", request->port);
  route = curl_slist_append(NULL, text);
  set_options(curl, request, route, headers);
  request->code = curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &request->status);
  curl_easy_cleanup(curl);
  curl_slist_free_all(route);
  curl_slist_free_all(headers);
  return request;
}

/* One request from the client to the server; the outcome is in request. */
static void exchange(harness_t *h, http_server_t *server, request_t *request) {
  harness_server_t *listener = harness_assert_made(h, harness_start_server(h, http_handler, server, NULL));

  request->port = harness_server_port(listener);
  harness_assert_run(h, harness_call_in_background(h, perform, request));
  harness_server_close(listener);
  assert_int_equal(request->code, CURLE_OK);
  request->reply[request->reply_size] = '\0';
}

static void get(void **state) {
  static http_server_t server;
  static request_t request;

  server.h = *state;
  exchange(*state, &server, &request);
  assert_int_equal(request.status, 200);
  assert_string_equal(request.reply, "Hello from the harness!\n");
  harness_assert_transcript(*state, "real/libcurl_get");
}

static void post_100_kb(void **state) {
  static http_server_t server;
  static char body[BODY_SIZE];
  static request_t request = {.body = body, .body_size = sizeof body};

  for (size_t i = 0; i < sizeof body; i++)
    body[i] = (char)('a' + i % 26);
  server.h = *state;
  exchange(*state, &server, &request);
  assert_int_equal(request.status, 201);
  assert_string_equal(request.reply, "100000 bytes\n");
  assert_int_equal(server.body_size, sizeof body);
  assert_memory_equal(server.body, body, sizeof body);
  harness_assert_transcript(*state, "real/libcurl_post");
}

static const struct CMUnitTest tests[] = {
    harness_unit_test(get),
    harness_unit_test(post_100_kb),
};

/* libcurl asks to be initialised before there are threads. */
int main(int argc, char **argv) {
  int result;

  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return 2;
  result = harness_cmocka_main(argc, argv, "libcurl", tests, sizeof tests / sizeof tests[0]);
  curl_global_cleanup();
  return result;
}
