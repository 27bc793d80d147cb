/* SPDX-License-Identifier: MIT */
#include "libcurl_request.h"

#include <stdio.h>
#include <string.h>

#include "http_server.h"

const char *request_long_body(void) {
  static char body[HTTP_BODY_SIZE];

  for (size_t i = 0; i < sizeof body; i++)
    body[i] = (char)('a' + i % 26);
  return body;
}

size_t request_keep_reply(char *data, size_t size, size_t count, void *arg) {
  request_t *request = arg;
  size_t room = sizeof request->reply - 1 - request->reply_size;
  size_t kept = size * count < room ? size * count : room;

  memcpy(request->reply + request->reply_size, data, kept);
  request->reply_size += kept;
  request->reply[request->reply_size] = '\0';
  return kept;
}

/* The name in the URL is the one the server sees: the port, which differs on each run, stays out of the
 * request and so out of the transcript. */
int request_begin(request_t *request) {
  char text[64];

  request->easy = curl_easy_init();
  if (request->easy == NULL)
    return -1;
  snprintf(text, sizeof text, "server:80:127.0.0.1:%u", request->port);
  request->route = curl_slist_append(NULL, text);
  request->headers = curl_slist_append(NULL, "Expect:"); /* versions differ in when they send it */
  snprintf(text, sizeof text, "http://server%s", request->path);
  curl_easy_setopt(request->easy, CURLOPT_URL, text);
  curl_easy_setopt(request->easy, CURLOPT_CONNECT_TO, request->route);
  curl_easy_setopt(request->easy, CURLOPT_HTTPHEADER, request->headers);
  curl_easy_setopt(request->easy, CURLOPT_PROXY, "");
  curl_easy_setopt(request->easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(request->easy, CURLOPT_WRITEFUNCTION, request_keep_reply);
  curl_easy_setopt(request->easy, CURLOPT_WRITEDATA, request);
  if (request->body != NULL) {
    curl_easy_setopt(request->easy, CURLOPT_POSTFIELDSIZE, (long)request->body_size);
    curl_easy_setopt(request->easy, CURLOPT_POSTFIELDS, request->body);
  }
  return request->route != NULL && request->headers != NULL ? 0 : -1;
}

void request_end(request_t *request, CURLcode code) {
  request->code = code;
  if (request->easy != NULL)
    curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &request->status);
  curl_easy_cleanup(request->easy);
  curl_slist_free_all(request->route);
  curl_slist_free_all(request->headers);
  request->easy = NULL;
  request->route = NULL;
  request->headers = NULL;
}
