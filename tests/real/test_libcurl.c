/* SPDX-License-Identifier: MIT */
/* An unmodified libcurl, blocking and with its multi interface on the harness's loop, against a small server.
 */
#include <harness/cmocka.h>

#include <string.h>

#include "http_server.h"
#include "libcurl_loop.h"
#include "libcurl_request.h"
#include "real.h"

static void play(harness_t *h, const real_scenario_t *scenarios, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++) {
    const char *wrong;

    if (strcmp(scenarios[i].name, name) != 0)
      continue;
    wrong = scenarios[i].run(h);
    if (wrong != NULL)
      fail_msg("%s: %s", name, wrong);
    harness_assert_transcript(h, scenarios[i].fixture);
    return;
  }
  fail_msg("there is no %s", name);
}

static void play_blocking(harness_t *h, const char *name) {
  size_t count;
  const real_scenario_t *scenarios = real_libcurl_scenarios(&count);

  play(h, scenarios, count, name);
}

static void play_multi(harness_t *h, const char *name) {
  size_t count;
  const real_scenario_t *scenarios = real_libcurl_multi_scenarios(&count);

  play(h, scenarios, count, name);
}

static void get(void **state) {
  play_blocking(*state, "libcurl get");
}

static void post_100_kb(void **state) {
  play_blocking(*state, "libcurl post");
}

static void multi_get(void **state) {
  play_multi(*state, "libcurl multi get");
}

static void multi_post_100_kb(void **state) {
  play_multi(*state, "libcurl multi post");
}

static void multi_slow_server(void **state) {
  play_multi(*state, "libcurl multi slow");
}

static void multi_parallel(void **state) {
  play_multi(*state, "libcurl multi parallel");
}

static void multi_reuse(void **state) {
  play_multi(*state, "libcurl multi reuse");
}

static void multi_gives_up(void **state) {
  play_multi(*state, "libcurl multi gives up");
}

static void multi_timeout(void **state) {
  play_multi(*state, "libcurl multi timeout");
}

static void multi_refused(void **state) {
  play_multi(*state, "libcurl multi refused");
}

static char reported[2000];
static request_t request;
static harness_task_t *half;

static void keep_report(const char *text, void *arg) {
  (void)arg;
  (void)snprintf(reported, sizeof reported, "%s", text);
}

static void never_done(CURL *easy, CURLcode code) {
  (void)easy;
  (void)code;
  fail();
}

static size_t count_half(char *data, size_t size, size_t count, void *arg) {
  size_t kept = request_keep_reply(data, size, count, arg);

  if (request.reply_size == HTTP_HALF_SIZE)
    harness_future_resolve(half, NULL);
  return kept;
}

/* The harness closes while libcurl has a transfer, a timer and a watched socket: they are counted, and
 * libcurl can still be cleaned up afterwards. */
static void closing_with_transfers_under_way(void **state) {
  harness_options_t options = {.report = keep_report};
  harness_t *h = harness_open(&options);
  static http_server_t server;
  harness_server_t *listener;
  curl_loop_t *curl;

  (void)state;
  assert_non_null(h);
  listener = harness_assert_made(h, harness_start_server(h, http_handler, &server, NULL));
  half = harness_assert_made(h, harness_future_new(h));
  request = (request_t){.port = harness_server_port(listener), .path = "/half"};
  curl = curl_loop_new(harness_loop(h), never_done);
  assert_non_null(curl);
  assert_int_equal(request_begin(&request), 0);
  curl_easy_setopt(request.easy, CURLOPT_WRITEFUNCTION, count_half);
  assert_int_equal(curl_multi_add_handle(curl_loop_multi(curl), request.easy), CURLM_OK);
  (void)harness_run_in_foreground(h, half);
  assert_int_equal(harness_task_status(half), 0);
  harness_server_close(listener);
  assert_int_equal(harness_close(h), 3);
  assert_non_null(strstr(reported, "the connection of server/1 with client was still open"));
  assert_non_null(strstr(reported, "a libuv handle of type timer was still open"));
  assert_non_null(strstr(reported, "a libuv handle of type poll was still open"));
  curl_multi_remove_handle(curl_loop_multi(curl), request.easy);
  request_end(&request, CURLE_OK);
  curl_loop_free(curl);
}

static const struct CMUnitTest tests[] = {
    harness_unit_test(get),
    harness_unit_test(post_100_kb),
    harness_unit_test(multi_get),
    harness_unit_test(multi_post_100_kb),
    harness_unit_test(multi_slow_server),
    harness_unit_test(multi_parallel),
    harness_unit_test(multi_reuse),
    harness_unit_test(multi_gives_up),
    harness_unit_test(multi_timeout),
    harness_unit_test(multi_refused),
    cmocka_unit_test(closing_with_transfers_under_way),
};

int main(int argc, char **argv) {
  int result;

  if (real_libcurl_begin() != 0)
    return 2;
  result = harness_cmocka_main(argc, argv, "libcurl", tests, sizeof tests / sizeof tests[0]);
  real_libcurl_end();
  return result;
}
