/* SPDX-License-Identifier: MIT */
/* An unmodified libcurl, as a blocking client in the background. */
#include <string.h>

#include "http_server.h"
#include "libcurl_request.h"
#include "real.h"

static http_server_t server;
static request_t request;

int real_libcurl_begin(void) {
  return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -1;
}

void real_libcurl_end(void) {
  curl_global_cleanup();
}

/* A background call: blocks in curl_easy_perform. */
static void *perform(void *arg) {
  request_t *r = arg;

  request_end(r, request_begin(r) == 0 ? curl_easy_perform(r->easy) : CURLE_OUT_OF_MEMORY);
  return r;
}

/* One request from the client to the server, and what should come of it. */
static const char *exchange(harness_t *h, const char *path, const char *body, long status,
                            const char *reply) {
  harness_server_t *listener;
  const char *wrong;

  memset(&server, 0, sizeof server);
  server.h = h;
  wrong = real_serve(h, &listener, http_handler, &server);
  if (wrong != NULL)
    return wrong;
  request = (request_t){.port = harness_server_port(listener), .path = path, .body = body};
  request.body_size = body != NULL ? HTTP_BODY_SIZE : 0;
  wrong = real_run(h, harness_call_in_background(h, perform, &request));
  harness_server_close(listener);
  if (wrong == NULL && (request.code != CURLE_OK || request.status != status))
    wrong = curl_easy_strerror(request.code);
  if (wrong == NULL && strcmp(request.reply, reply) != 0)
    wrong = "libcurl got another reply";
  return wrong;
}

static const char *get(harness_t *h) {
  return exchange(h, "/hello", NULL, 200, HTTP_HELLO);
}

static const char *post_100_kb(harness_t *h) {
  const char *body = request_long_body();
  const char *wrong = exchange(h, "/upload", body, 201, "100000 bytes\n");
  int whole = server.body_size == HTTP_BODY_SIZE && memcmp(server.body, body, HTTP_BODY_SIZE) == 0;

  return wrong != NULL || whole ? wrong : "the server got another body";
}

const real_scenario_t *real_libcurl_scenarios(size_t *count) {
  static const real_scenario_t scenarios[] = {
      {"libcurl get", "real/libcurl_get", get},
      {"libcurl post", "real/libcurl_post", post_100_kb},
  };

  *count = sizeof scenarios / sizeof scenarios[0];
  return scenarios;
}
