/* SPDX-License-Identifier: MIT */
/*
 * An unmodified libcurl with its multi interface on the harness's loop. Each transfer has a future, in whose
 * lane it says what came of it: callbacks share the lane "main", where the order of parallel transfers would
 * be chance.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "http_server.h"
#include "libcurl_loop.h"
#include "libcurl_request.h"
#include "real.h"

enum { MOST_TRANSFERS = 3, TIMEOUT_MS = 5 };

typedef struct transfer {
  request_t request;
  harness_task_t *ended;
  harness_task_t *half; /* resolved when half of /half is there; may be NULL */
} transfer_t;

static http_server_t server;
static transfer_t transfers[MOST_TRANSFERS];
static harness_server_t *listener;
static curl_loop_t *curl;

/* libcurl's own sentences differ between versions. */
static const char *name_of(CURLcode code) {
  switch (code) {
  case CURLE_COULDNT_CONNECT:
    return "could not connect";
  case CURLE_OPERATION_TIMEDOUT:
    return "timed out";
  default:
    return curl_easy_strerror(code);
  }
}

static void on_done(CURL *easy, CURLcode code) {
  transfer_t *transfer = NULL;

  curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
  request_end(&transfer->request, code);
  if (code == CURLE_OK)
    harness_future_log(transfer->ended, "%ld %s", transfer->request.status, transfer->request.reply);
  else
    harness_future_log(transfer->ended, "%s", name_of(code));
  harness_future_resolve(transfer->ended, transfer);
}

static size_t keep_half(char *data, size_t size, size_t count, void *arg) {
  transfer_t *transfer = arg;
  size_t kept = request_keep_reply(data, size, count, &transfer->request);

  if (transfer->request.reply_size == HTTP_HALF_SIZE)
    harness_future_resolve(transfer->half, NULL);
  return kept;
}

/* Begins the next transfer; the caller has set what is special about it. */
static int add(harness_t *h, transfer_t *transfer, const char *name, uint16_t port) {
  CURL *easy;

  transfer->ended = harness_future_new_named(h, name);
  transfer->request.port = port;
  if (transfer->ended == NULL || request_begin(&transfer->request) != 0)
    return -1;
  easy = transfer->request.easy;
  curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
  if (transfer->half != NULL) {
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep_half);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
  }
  return curl_multi_add_handle(curl_loop_multi(curl), easy) == CURLM_OK ? 0 : -1;
}

static const char *begin(harness_t *h) {
  memset(&server, 0, sizeof server);
  memset(transfers, 0, sizeof transfers);
  server.h = h;
  curl = harness_loop(h) != NULL ? curl_loop_new(harness_loop(h), on_done) : NULL;
  if (curl == NULL)
    return "no memory for libcurl";
  return real_serve(h, &listener, http_handler, &server);
}

/* Takes back what is still under way, and closes all connections. */
static void end(void) {
  for (size_t i = 0; i < MOST_TRANSFERS; i++) {
    request_t *request = &transfers[i].request;

    if (request->easy != NULL) {
      curl_multi_remove_handle(curl_loop_multi(curl), request->easy);
      request_end(request, CURLE_ABORTED_BY_CALLBACK);
    }
  }
  curl_loop_free(curl);
  curl = NULL;
  harness_server_close(listener);
  listener = NULL;
}

/* As many transfers as there are paths, begun at once; runs until all have ended. */
static const char *transfer_all(harness_t *h, const char *const *paths, size_t count, uint16_t port) {
  harness_task_t *ended[MOST_TRANSFERS];

  for (size_t i = 0; i < count; i++) {
    transfers[i].request.path = paths[i];
    if (add(h, &transfers[i], paths[i] + 1, port) != 0)
      return real_complaint(h);
    ended[i] = transfers[i].ended;
  }
  return real_run(h, harness_wait_all(h, ended, count));
}

static const char *get_path(harness_t *h, const char *path, const char *body) {
  const char *wrong = begin(h);

  transfers[0].request.body = body;
  transfers[0].request.body_size = body != NULL ? HTTP_BODY_SIZE : 0;
  if (wrong == NULL)
    wrong = transfer_all(h, &path, 1, harness_server_port(listener));
  end();
  return wrong;
}

static const char *get(harness_t *h) {
  return get_path(h, "/hello", NULL);
}

static const char *post_100_kb(harness_t *h) {
  const char *wrong = get_path(h, "/upload", request_long_body());
  int whole = memcmp(server.body, request_long_body(), HTTP_BODY_SIZE) == 0;

  return wrong != NULL || whole ? wrong : "the server got another body";
}

/* While libcurl has handles on the loop, the server's time passes as real time does. */
static const char *slow(harness_t *h) {
  uint64_t before_ms = harness_now_ms(h);
  const char *wrong = get_path(h, "/slow", NULL);

  return wrong != NULL || harness_now_ms(h) >= before_ms + HTTP_SLOW_MS ? wrong : "time stood still";
}

static const char *const three_paths[] = {"/a", "/b", "/c"};

/* Three connections: the server answers nobody before all have asked. Which it accepts first is chance. */
static const char *parallel(harness_t *h) {
  const char *wrong = begin(h);

  if (wrong == NULL && http_server_expect_parallel(&server) != 0)
    wrong = real_complaint(h);
  if (wrong == NULL)
    wrong = transfer_all(h, three_paths, 3, harness_server_port(listener));
  end();
  return wrong;
}

/* One connection, which three transfers take by turns, in the order in which they were added. */
static const char *reuse(harness_t *h) {
  const char *wrong = begin(h);

  if (wrong == NULL) {
    curl_multi_setopt(curl_loop_multi(curl), CURLMOPT_MAX_TOTAL_CONNECTIONS, 1L);
    wrong = transfer_all(h, three_paths, 3, harness_server_port(listener));
  }
  end();
  return wrong;
}

/* The run ends while libcurl has a transfer under way, and handles on the loop; then the client gives up. */
static const char *gives_up(harness_t *h) {
  const char *wrong = begin(h);
  transfer_t *transfer = &transfers[0];

  transfer->request.path = "/half";
  transfer->half = harness_future_new(h);
  if (wrong == NULL &&
      (transfer->half == NULL || add(h, transfer, "half", harness_server_port(listener)) != 0))
    wrong = real_complaint(h);
  if (wrong == NULL)
    wrong = real_run(h, transfer->half);
  if (wrong == NULL) {
    harness_future_log(transfer->ended, "given up after '%s'", transfer->request.reply);
    harness_future_fail(transfer->ended, UV_ECANCELED);
  }
  end();
  return wrong;
}

/* A request that nobody answers, by way of nobody. */
static const char *fail_at(harness_t *h, int listening, const char *path, CURLcode expected) {
  const char *wrong = begin(h);
  uint16_t port = 0;
  int fd = real_own_port(listening, &port);

  if (wrong == NULL && fd < 0)
    wrong = "no port";
  transfers[0].request.path = path;
  if (wrong == NULL && add(h, &transfers[0], path + 1, port) != 0)
    wrong = real_complaint(h);
  if (wrong == NULL && listening)
    curl_easy_setopt(transfers[0].request.easy, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS);
  if (wrong == NULL)
    wrong = real_run(h, transfers[0].ended);
  if (wrong == NULL && transfers[0].request.code != expected)
    wrong = "libcurl ended otherwise";
  end();
  if (fd >= 0)
    close(fd);
  return wrong;
}

/* A server that listens and never accepts, so that whatever libcurl has come to in that time, it times out.
 */
static const char *timeout(harness_t *h) {
  return fail_at(h, 1, "/timeout", CURLE_OPERATION_TIMEDOUT);
}

static const char *refused(harness_t *h) {
  return fail_at(h, 0, "/refused", CURLE_COULDNT_CONNECT);
}

const real_scenario_t *real_libcurl_multi_scenarios(size_t *count) {
  static const real_scenario_t scenarios[] = {
      {"libcurl multi get", "real/libcurl_multi_get", get},
      {"libcurl multi post", "real/libcurl_multi_post", post_100_kb},
      {"libcurl multi slow", "real/libcurl_multi_slow", slow},
      {"libcurl multi parallel", "real/libcurl_multi_parallel", parallel},
      {"libcurl multi reuse", "real/libcurl_multi_reuse", reuse},
      {"libcurl multi gives up", "real/libcurl_multi_gives_up", gives_up},
      {"libcurl multi timeout", "real/libcurl_multi_timeout", timeout},
      {"libcurl multi refused", "real/libcurl_multi_refused", refused},
  };

  *count = sizeof scenarios / sizeof scenarios[0];
  return scenarios;
}
