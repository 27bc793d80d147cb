/* SPDX-License-Identifier: MIT */
/* One request of libcurl and what came of it, for blocking and async clients. */
#ifndef TESTS_REAL_LIBCURL_REQUEST_H
#define TESTS_REAL_LIBCURL_REQUEST_H

#include <stdint.h>

#include <curl/curl.h>

enum { REQUEST_REPLY_SIZE = 256 };

typedef struct request {
  uint16_t port;
  const char *path;
  const char *body; /* NULL: GET, else POST */
  size_t body_size;
  CURLcode code;
  long status;
  size_t reply_size;
  char reply[REQUEST_REPLY_SIZE]; /* NUL-terminated */
  CURL *easy;
  struct curl_slist *headers;
  struct curl_slist *route;
} request_t;

/* Makes request->easy. Returns 0 or -1. */
int request_begin(request_t *request);

/* Takes down what came of it, and frees what begin made. */
void request_end(request_t *request, CURLcode code);

/* CURLOPT_WRITEFUNCTION: keeps the reply in the request that arg is. */
size_t request_keep_reply(char *data, size_t size, size_t count, void *arg);

/* HTTP_BODY_SIZE letters, always the same. */
const char *request_long_body(void);

#endif
